"""`verify` compares the DuckDB file with the journal row by row, and replaces one that differs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from books import Cli, init
from foreign import EDITS, exchange_regions, run_sql
from replicas import fill

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.operations.verification import Check
from alluse_tui.journal.head_file import head_path
from alluse_tui.journal.quarantine import mark_path
from alluse_tui.replica import publish as publish_module
from alluse_tui.replica import replica as replica_module
from alluse_tui.replica.publish import TABLES

Open = Callable[..., LocalEngine]


def file_of(engine: LocalEngine) -> Path:
    return engine.path.with_suffix(".duckdb")


def replica_check(engine: LocalEngine) -> Check:
    (check,) = [c for c in engine.operations.verify().checks if c.name == "replica"]
    return check


def adopt_digest(path: Path) -> None:
    """The digest is made to say that the file, as it is now, was published: by somebody who knows
    this program and means harm."""
    digest, status = Path(f"{path}.digest"), path.stat()
    entry = json.loads(digest.read_text().splitlines()[0])
    entry |= {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "size": status.st_size,
        "inode": status.st_ino,
        "device": status.st_dev,
        "mtime_ns": status.st_mtime_ns,
        "ctime_ns": status.st_ctime_ns,
    }
    digest.write_text(json.dumps(entry) + "\n")


@pytest.fixture
def book(engine: LocalEngine) -> LocalEngine:
    """Several currencies and portfolios, published, and one record more."""
    fill(engine)
    engine.operations.publish()
    engine.commands.submit(Deposit(account="Main/gen-1", amount=amount("2"), note="in the tail"))
    engine.close()
    return engine


FORGED: dict[str, str] = {
    **EDITS,
    "row missing": "DELETE FROM holding_change WHERE seq = (SELECT min(seq) FROM holding_change)",
    "row twice": "INSERT INTO rate_change FROM rate_change LIMIT 1",
    "row of no record": "INSERT INTO reversal VALUES (999, 1, 1)",
    "row before the first": "INSERT INTO reversal VALUES (-1, 1, 1)",
    "rows exchanged": "UPDATE record SET note = 'x' || note WHERE seq % 2 = 0",
    "an unset text": "UPDATE record SET refusal = '' WHERE seq = 2",
    "columns exchanged": "ALTER TABLE record RENAME COLUMN actor TO x;"
    "ALTER TABLE record RENAME COLUMN portfolio TO actor;"
    "ALTER TABLE record RENAME COLUMN x TO portfolio",
    "table missing": "DROP VIEW account_now CASCADE; DROP TABLE account_change",
    "table empty": "DELETE FROM posting",
}


@pytest.mark.parametrize("change", FORGED)
def test_a_forged_digest_does_not_save_an_edited_file_from_verify(
    book: LocalEngine, open_engine: Open, change: str
) -> None:
    run_sql(file_of(book), FORGED[change])
    adopt_digest(file_of(book))
    with open_engine() as engine:
        check = replica_check(engine)
        assert check.ok
        assert "changed by another program" in check.detail
        assert "rebuilt" in check.detail
        assert engine.quarantined == ""
        engine.commands.submit(Deposit(account="Main/gen-1", amount=amount("1")))
        again = replica_check(engine)
        assert again.ok
        assert "rebuilt" not in again.detail


def test_an_untouched_file_is_compared_and_stays(book: LocalEngine, open_engine: Open) -> None:
    inode = file_of(book).stat().st_ino
    check = replica_check(open_engine())
    assert check.ok
    assert "all rows" in check.detail
    assert "rebuilt" not in check.detail
    assert file_of(book).stat().st_ino == inode


@pytest.mark.parametrize("damage", ["edited", "exchanged", "missing", "no digest", "cut"])
def test_verify_says_what_was_changed_and_condemns_no_journal(
    book: LocalEngine, open_engine: Open, cli: Cli, damage: str
) -> None:
    file = file_of(book)
    match damage:
        case "edited":
            run_sql(file, *EDITS.values())
        case "exchanged":
            exchange_regions(file, 0, 1)
        case "missing":
            file.unlink()
        case "no digest":
            Path(f"{file}.digest").unlink()
        case "cut":
            file.write_bytes(file.read_bytes()[:-1])
    done = cli.json("verify")
    (detail,) = [c["detail"] for c in done["checks"] if c["check"] == "replica"]
    assert done["ok"]
    assert ("changed by another program" in detail) == (damage in ("edited", "exchanged", "cut"))
    assert not mark_path(book.path).exists()
    assert replica_check(open_engine()).ok


@pytest.mark.parametrize("failure", ["cannot be built", "differs for good"])
def test_a_check_of_the_replica_that_fails_stops_nobody_from_writing(
    book: LocalEngine, open_engine: Open, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    run_sql(file_of(book), EDITS["note"])
    if failure == "cannot be built":

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(publish_module, "put_in_place", full)
    else:
        monkeypatch.setattr(replica_module, "differences", lambda *_: "entry: 1 rows missing")
    engine = open_engine()
    found = engine.operations.verify()
    assert [c.name for c in found.checks if not c.ok] == ["replica"]
    assert not found.ok
    assert engine.quarantined == ""
    engine.commands.submit(Deposit(account="Main/gen-1", amount=amount("1")))


def test_verify_still_proves_a_loss_by_a_file_that_was_published(
    engine: LocalEngine, open_engine: Open
) -> None:
    engine.close()
    old = engine.path.read_bytes()
    with open_engine() as again:
        again.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        again.operations.publish()
    engine.path.write_bytes(old)
    head_path(engine.path).unlink()
    with open_engine() as short:
        for act in (short.operations.verify, short.operations.rebuild):
            with pytest.raises(IntegrityFailed, match="record 2"):
                act()
        assert "record 2" in short.quarantined
    with open_engine() as short, pytest.raises(IntegrityFailed, match="record 2"):
        short.operations.verify()  # the evidence is still there


def test_a_forged_loss_in_an_edited_file_quarantines_nothing(
    book: LocalEngine, open_engine: Open
) -> None:
    run_sql(file_of(book), "UPDATE meta SET head_hash = 'ff'")
    engine = open_engine()
    assert engine.operations.rebuild() == engine.seq
    assert engine.operations.verify().ok
    assert engine.quarantined == ""


def test_others_go_on_writing_while_rows_are_compared(
    book: LocalEngine, open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, other = open_engine(), open_engine("erik")
    compare = replica_module.differences  # type: ignore[attr-defined]

    def meanwhile(*arguments: object) -> str:
        other.commands.submit(Deposit(account="Main/gen-1", amount=amount("3")))
        other.operations.publish()
        return compare(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replica_module, "differences", meanwhile)
    assert engine.operations.verify().ok
    monkeypatch.undo()
    other.refresh()
    other.commands.submit(Deposit(account="Main/gen-1", amount=amount("3")))
    other.operations.publish()  # the file is newer than what this engine has read
    assert engine.operations.verify().ok


def test_every_table_of_the_file_is_compared(book: LocalEngine) -> None:
    with duckdb.connect(file_of(book), read_only=True) as connection:
        rows = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert {name for (name,) in rows} == {*TABLES, "meta"}


def test_a_file_copied_with_its_digest_is_evidence_only_for_its_own_journal(
    book: LocalEngine, open_engine: Open, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "alluse.journal"
    with LocalEngine(other, actor="eve", create=True) as engine:
        engine.commands.submit(init("Other", "1"))
        for suffix in ("", ".digest"):
            shutil.copy(f"{file_of(book)}{suffix}", f"{file_of(engine)}{suffix}")
        assert {row[0] for row in engine.queries.sql("SELECT portfolio FROM account").rows} == {
            "Other"
        }
        assert engine.operations.verify().ok
        assert engine.quarantined == ""
