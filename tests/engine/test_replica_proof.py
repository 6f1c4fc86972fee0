"""The published DuckDB file is used only while it is proved to be the one that was published."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from books import Cli, init
from foreign import EDITS, WAYS, exchange_regions, run_sql, with_raw_bytes, with_sql
from msgspec.structs import replace

from alluse_tui.domain.commands import Deposit, Withdraw, amount
from alluse_tui.engine import LocalEngine
from alluse_tui.replica.connection import ReplicaConnection

Open = Callable[..., LocalEngine]
DAYS = (date(2026, 1, 5), date(2026, 3, 2), date(2026, 6, 1))


def file_of(engine: LocalEngine) -> Path:
    return engine.path.with_suffix(".duckdb")


def digest_of(engine: LocalEngine) -> Path:
    return Path(f"{file_of(engine)}.digest")


def filled(engine: LocalEngine) -> None:
    engine.commands.submit(replace(init(), date=DAYS[0]))
    for n, day in enumerate(DAYS, start=1):
        engine.commands.submit(
            Deposit(account="gen-1", amount=amount(f"{n}000"), date=day, note=f"note {n}")
        )
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("3"), date=date(2026, 7, 1)))


@pytest.fixture
def book(open_engine: Open) -> LocalEngine:
    """A book of five records on several days; nothing is published yet."""
    engine = open_engine()
    filled(engine)
    return engine


QUESTIONS: dict[str, Callable[[LocalEngine], Any]] = {
    "as of": lambda e: [e.queries.accounts(as_of=day) for day in DAYS],
    "sql": lambda e: [
        e.queries.sql(f"FROM {t} ORDER BY ALL").rows for t in ("entry", "record", "posting")
    ],
    "activity": lambda e: e.queries.query("activity", portfolio="Main", after=0, count=20).rows,
    "records": lambda e: e.queries.query("records", count=20).rows,
    "curve": lambda e: e.queries.query("equity_curve", portfolio="Main", account="").rows,
    "entries": lambda e: e.queries.entries("gen-1", "Main", 50),
    "monthly": lambda e: e.queries.query("monthly", portfolio="Main").rows,
}
"""What the commands and the screens show of the DuckDB file."""


def answers(engine: LocalEngine) -> dict[str, Any]:
    return {name: ask(engine) for name, ask in QUESTIONS.items()}


def exported(engine: LocalEngine, folder: Path) -> dict[str, bytes]:
    engine.operations.export(folder, "csv")
    return {p.name: b"\n".join(sorted(p.read_bytes().splitlines())) for p in folder.iterdir()}


# -- edited files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_an_edited_file_is_never_shown(
    book: LocalEngine, open_engine: Open, tmp_path: Path, way: str
) -> None:
    truth, export = answers(book), exported(book, tmp_path / "before")
    book.close()
    for edit, first in zip(EDITS.values(), QUESTIONS, strict=False):
        WAYS[way](file_of(book), edit)
        with open_engine() as engine:
            assert QUESTIONS[first](engine) == truth[first]
            assert answers(engine) == truth
            assert engine.quarantined == ""
    run_sql(file_of(book), *EDITS.values())
    again = open_engine()
    assert exported(again, tmp_path / "after") == export
    assert again.operations.verify().ok
    assert again.quarantined == ""


@pytest.mark.parametrize(
    "command", ["accounts --as-of 2026-03-02", "query", "export", "show gen-1"]
)
def test_no_command_shows_an_edited_file(book: LocalEngine, cli: Cli, command: str) -> None:
    def shown() -> str:
        arguments = command.split()
        if command == "query":
            arguments.append(
                "SELECT actor, effective, entry.note, kind FROM entry JOIN record USING (seq)"
            )
        elif command == "export":
            folder = tempfile.mkdtemp(dir=book.path.parent)
            cli.json("export", folder, "--format", "csv")
            return "".join(sorted(p.read_text() for p in Path(folder).iterdir()))
        done = cli(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    book.close()
    truth = shown()
    assert "note 2" in truth or command.startswith("accounts")
    run_sql(file_of(book), *EDITS.values())
    assert shown() == truth
    assert cli("verify").returncode == 0


@pytest.mark.parametrize("way", WAYS)
def test_publishing_does_not_start_from_an_edited_file(
    book: LocalEngine, open_engine: Open, way: str
) -> None:
    book.operations.publish()
    book.close()
    WAYS[way](file_of(book), EDITS["note"])
    with open_engine() as engine:
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        assert engine.operations.publish()
    with duckdb.connect(file_of(book), read_only=True) as connection:
        notes = connection.execute("SELECT note FROM entry ORDER BY seq").fetchall()
    assert [n for (n,) in notes if n] == ["note 1", "note 2", "note 3"]


def test_a_quiet_moment_publishes_in_place_of_an_edited_file(
    book: LocalEngine, open_engine: Open
) -> None:
    book.operations.publish()
    book.close()
    with_sql(file_of(book), EDITS["note"])
    with open_engine() as engine:
        assert engine.operations.publish(
            longest_tail=4
        )  # all five records are missing in what is ours


@pytest.mark.parametrize("way", ["raw bytes", "copy"])
def test_a_file_edited_under_a_running_engine_is_never_shown(book: LocalEngine, way: str) -> None:
    truth = answers(book)
    for edit in EDITS.values():
        WAYS[way](file_of(book), edit)
        assert answers(book) == truth
    WAYS[way](file_of(book), EDITS["note"])
    book.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    assert book.operations.publish()
    assert book.operations.verify().ok
    assert book.quarantined == ""


def test_a_file_edited_while_it_is_asked_is_asked_again(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alluse_tui.replica import replica as replica_module

    truth = answers(book)["records"]
    ask, edits = replica_module._run, [EDITS["actor"]]

    def edited_meanwhile(*arguments: Any) -> Any:
        answer = ask(*arguments)
        if edits:
            with_raw_bytes(file_of(book), edits.pop())
            return ask(*arguments)
        return answer

    monkeypatch.setattr(replica_module, "_run", edited_meanwhile)
    assert book.queries.query("records", count=20).rows == truth
    assert edits == []


def test_a_head_that_was_edited_is_no_evidence_against_the_journal(
    book: LocalEngine, open_engine: Open
) -> None:
    truth = answers(book)
    book.close()
    with_sql(file_of(book), "UPDATE meta SET head_seq = 99, head_hash = 'ff'")
    again = open_engine()
    assert answers(again) == truth
    assert again.operations.verify().ok
    assert again.quarantined == ""


def test_views_and_columns_that_were_edited_change_no_answer(
    book: LocalEngine, open_engine: Open
) -> None:
    truth = answers(book)
    book.close()
    run_sql(
        file_of(book),
        "CREATE OR REPLACE VIEW account_balance AS SELECT 1 AS amount",
        "ALTER TABLE record RENAME COLUMN actor TO x",
        "ALTER TABLE record RENAME COLUMN portfolio TO actor",
        "ALTER TABLE record RENAME COLUMN x TO portfolio",
    )
    assert answers(open_engine()) == truth


# -- damage ---------------------------------------------------------------------------------------


@pytest.fixture
def large(book: LocalEngine) -> LocalEngine:
    """A published file of several 256 KiB regions."""
    for n in range(300):
        book.commands.submit(
            Deposit(account="gen-1", amount=amount("1"), note=f"{n:04}" + "x" * 60)
        )
    book.operations.publish()
    assert file_of(book).stat().st_size > 12_288 + 6 * 262_144
    return book


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("regions", [(0, 1), (1, 2), (2, 5)])
def test_exchanged_regions_give_right_answers_and_no_quarantine(
    large: LocalEngine, open_engine: Open, regions: tuple[int, int], running: bool
) -> None:
    truth = answers(large)
    if not running:
        large.close()
    exchange_regions(file_of(large), *regions)
    engine = large if running else open_engine()
    assert answers(engine) == truth
    exchange_regions(file_of(large), *regions)
    assert engine.operations.verify().ok
    assert engine.quarantined == ""
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))


@pytest.mark.parametrize("error", ["FatalException", "InternalException"])
def test_a_fatal_error_of_duckdb_is_healed_by_publishing_again(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    from alluse_tui.replica import replica as replica_module

    truth = answers(book)["records"]
    inode, ask = file_of(book).stat().st_ino, replica_module._run
    failures = [getattr(duckdb, error)("INTERNAL Error: the database has been invalidated")]
    connections = []

    def failing(connection: ReplicaConnection, *arguments: Any) -> Any:
        connections.append(connection)
        if failures:
            raise failures.pop()
        return ask(connection, *arguments)

    monkeypatch.setattr(replica_module, "_run", failing)
    assert book.queries.query("records", count=20).rows == truth
    assert connections[0] is not connections[1]
    assert file_of(book).stat().st_ino != inode
    assert book.quarantined == ""


def test_a_file_that_rots_under_an_unchanged_status_is_found_by_the_full_check(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = answers(book)
    assert book.operations.check_replica(threading.Event()) == ""
    with_raw_bytes(file_of(book), EDITS["actor"])
    entry = json.loads(digest_of(book).read_text())
    status = file_of(book).stat()
    entry["ctime_ns"], entry["size"] = status.st_ctime_ns, status.st_size
    digest_of(book).write_text(json.dumps(entry) + "\n")
    assert "not as it was published" in book.operations.check_replica(threading.Event())
    assert book.operations.check_replica(threading.Event()) == ""
    assert answers(book) == truth
    assert book.quarantined == ""


# -- what is accepted, and what it costs ----------------------------------------------------------


def hashed_files(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever the whole file is hashed."""
    from alluse_tui.replica import digest

    calls: list[int] = []
    hash_all = digest.content_hash

    def counted(descriptor: int, *rest: Any) -> str:
        calls.append(descriptor)
        return hash_all(descriptor, *rest)

    monkeypatch.setattr(digest, "content_hash", counted)
    return calls


def test_a_question_hashes_nothing_while_the_status_matches(
    book: LocalEngine, open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.operations.publish()
    calls = hashed_files(monkeypatch)
    answers(book)
    with open_engine() as engine:
        answers(engine)
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        answers(engine)
        assert not engine.operations.publish(longest_tail=10)
    assert calls == []


TOUCHES: dict[str, Callable[[Path], object]] = {
    "touched": lambda p: os.utime(p, (1_000_000_000, 1_000_000_000)),
    "mode": lambda p: p.chmod(0o640),
    "copied": lambda p: (shutil.copy(p, f"{p}.copy"), Path(f"{p}.copy").replace(p)),
    "linked": lambda p: os.link(p, p.with_name("another-name")),
}


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("touch", TOUCHES)
def test_the_same_bytes_under_another_status_are_accepted_once_hashed(
    book: LocalEngine,
    open_engine: Open,
    monkeypatch: pytest.MonkeyPatch,
    touch: str,
    running: bool,
) -> None:
    truth = answers(book)
    if not running:
        book.close()
    TOUCHES[touch](file_of(book))
    inode = file_of(book).stat().st_ino
    calls = hashed_files(monkeypatch)
    assert answers(book if running else open_engine()) == truth
    assert len(calls) in (1, 1 + running)
    assert answers(open_engine()) == truth
    hashes = len(calls)
    assert answers(open_engine()) == truth
    assert len(calls) == hashes <= 2
    assert file_of(book).stat().st_ino == inode


DIGESTS: dict[str, Callable[[Path], object]] = {
    "deleted": lambda p: p.unlink(),
    "empty": lambda p: p.write_bytes(b""),
    "noise": lambda p: p.write_bytes(os.urandom(300)),
    "not an object": lambda p: p.write_text("[1]\n7\n"),
    "other types": lambda p: p.write_text(
        p.read_text().replace('"sha256": "', '"sha256": 7, "x": "')
    ),
    "huge": lambda p: os.truncate(p, 1 << 31),
    "pipe": lambda p: (p.unlink(), os.mkfifo(p)),  # type: ignore[func-returns-value]
    "of another journal": lambda p: p.write_text(
        json.dumps({**json.loads(p.read_text()), "journal": "another"}) + "\n"
    ),
}


@pytest.mark.parametrize("damage", DIGESTS)
def test_without_a_valid_digest_the_file_is_built_from_the_journal(
    book: LocalEngine, open_engine: Open, damage: str
) -> None:
    truth = answers(book)
    book.close()
    inode = file_of(book).stat().st_ino
    DIGESTS[damage](digest_of(book))
    with open_engine() as engine:
        assert answers(engine) == truth
        assert engine.quarantined == ""
    assert file_of(book).stat().st_ino != inode
    assert digest_of(book).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_not_a_regular_file_is_not_read(
    book: LocalEngine, open_engine: Open, tmp_path: Path, kind: str
) -> None:
    truth = answers(book)
    book.close()
    file = file_of(book)
    file.rename(tmp_path / "elsewhere")
    if kind == "link":
        file.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(file)
    assert answers(open_engine()) == truth
    assert file.is_file() and not file.is_symlink()
    assert (tmp_path / "elsewhere").exists()
