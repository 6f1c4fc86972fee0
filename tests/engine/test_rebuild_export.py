"""Rebuild, export, and other programs that read the DuckDB file (storage.md, Replica)."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from backup_book import Book, six_records

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import BadInput


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Book:
    return six_records(tmp_path, capsys)


def test_a_rebuild_that_is_stopped_leaves_the_old_file(book: Book) -> None:
    with book.opened() as engine:
        assert engine.operations.rebuild() == 6
        before = book.path.with_suffix(".duckdb").read_bytes()

        def stop(done: int, expected: int) -> None:
            assert 0 < done <= expected
            raise KeyboardInterrupt

        engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        with pytest.raises(KeyboardInterrupt):
            engine.operations.rebuild(stop)
        assert book.path.with_suffix(".duckdb").read_bytes() == before
        assert engine.queries.sql("SELECT count(*) FROM record").rows == ((7,),)
    assert not [n for n in book.files() if n.startswith(".")]
    assert book.done("rebuild") == {"path": str(book.path.with_suffix(".duckdb")), "records": 7}


def test_a_rebuild_that_is_stopped_where_there_was_no_file_leaves_none(book: Book) -> None:
    def stop(done: int, expected: int) -> None:
        raise BadInput("stop", None, "was typed")

    with book.opened() as engine:
        with pytest.raises(BadInput):
            engine.operations.rebuild(stop)
        assert not book.path.with_suffix(".duckdb").exists()


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_an_export_read_back_equals_the_book(book: Book, tmp_path: Path, form: str) -> None:
    folder = tmp_path / "it's out"
    done = book.done("export", folder, "--format", form)
    assert {p.name for p in folder.iterdir()} == {f"{n}.{form}" for n in done["tables"]}
    assert {"account", "entry", "posting", "account_balance"} <= set(done["tables"])
    with book.opened() as engine, duckdb.connect() as connection:
        held = {a.code: Decimal(a.cash) / 1_000_000 for a in engine.queries.accounts()}
        for table in ("account_balance", "posting"):
            named = str(folder / f"{table}.{form}").replace("'", "''")
            exact = "sum(amount::DECIMAL(38, 6))"  # of a CSV, DuckDB takes amounts for floats
            sql = f"SELECT account, {exact} FROM '{named}' WHERE bucket = 'cash' GROUP BY ALL"
            found = dict(connection.execute(sql).fetchall())
            assert {code: found[code] for code in held} == held
    again = book("export", folder, "--format", form, "--json")
    assert (again.code, again.error["code"]) == (2, "bad_input")


def test_an_export_of_another_form_or_onto_a_file_is_refused(book: Book, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target, form in ((tmp_path / "new", "xlsx"), (tmp_path / "file", "csv")):
        assert book("export", target, "--format", form, "--json").code == 2
    assert not (tmp_path / "new").exists()


def test_the_operators_own_tool_may_read_the_file_at_any_time(book: Book) -> None:
    reader = """
import duckdb, sys
for _ in sys.stdin:
    with duckdb.connect(sys.argv[1], read_only=True) as c:
        seq = c.execute("SELECT max(seq) FROM record").fetchone()[0]
        total = c.execute("SELECT sum(amount) FROM posting").fetchone()[0]
        print(seq, total, flush=True)
"""
    command = [sys.executable, "-c", reader, str(book.path.with_suffix(".duckdb"))]
    pipe = subprocess.PIPE
    with (
        book.opened() as engine,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as tool,
    ):
        assert tool.stdin is not None and tool.stdout is not None
        engine.operations.publish()
        for seq in range(7, 19):
            print(file=tool.stdin, flush=True)
            engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
            assert engine.operations.publish()
            seen, total = tool.stdout.readline().split()
            assert int(seen) in (seq - 1, seq)
            assert Decimal(total) == 0
            assert engine.queries.sql("SELECT max(seq) FROM record").rows == ((seq,),)
        tool.stdin.close()
        assert tool.wait(timeout=20) == 0
