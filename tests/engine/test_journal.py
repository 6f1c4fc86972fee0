"""The journal: records, their chain, turns, integrity (storage.md, Journal)."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from books import Cli

from alluse_tui.domain.commands import Deposit, Undo, Withdraw, amount
from alluse_tui.domain.model.errors import (
    AllUseError,
    Busy,
    IntegrityFailed,
    NoBook,
    Refused,
    StoreFailed,
)
from alluse_tui.engine import LocalEngine
from alluse_tui.journal import GENESIS, RECORD_FORMAT, Head, Journal, KeyEntry, Record, State
from alluse_tui.journal.journal import BUSY_MS, POLL_SECONDS  # type: ignore[attr-defined]
from alluse_tui.journal.quarantine import mark_path
from alluse_tui.journal.schema import FILE_FORMAT

ROW = '0123456789abcdef{"cash":5}'
"""A row of the state, which begins with its check."""

T0 = 1_700_000_000_000_000_000
SECOND = 1_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book" / "alluse.journal"


@pytest.fixture
def open_journal(path: Path) -> Iterator[Callable[..., Journal]]:
    opened: list[Journal] = []

    def open_one(**options: Any) -> Journal:
        opened.append(Journal(path, **{"create": True, **options}))
        return opened[-1]

    yield open_one
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(open_journal: Callable[..., Journal]) -> Journal:
    return open_journal()


def append(journal: Journal, count: int = 1, now_ns: int = T0) -> list[Record]:
    with journal.turn() as turn:
        return turn.append(({"actor": "dana", "n": n} for n in range(count)), now_ns)


def tamper(path: Path, *statements: str) -> None:
    connection = apsw.Connection(os.fspath(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def stored(path: Path) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(os.fspath(path))
    sql = "SELECT seq, CAST(body AS BLOB), prev, hash FROM record ORDER BY seq"
    rows = connection.execute(sql).fetchall()
    connection.close()
    return rows


# -- creating, appending, reading -----------------------------------------------------------------


def test_opening_a_missing_journal_says_no_book_and_creates_nothing(path: Path) -> None:
    with pytest.raises(NoBook, match=r"no book at .*: `alluse init`, or `alluse restore`"):
        Journal(path)
    assert not path.parent.exists()


def test_a_journal_is_made_by_its_first_turn_and_not_by_opening(journal: Journal) -> None:
    assert (journal.exists, journal.path.exists(), journal.head()) == (False, False, Head())
    append(journal)
    assert (journal.exists, journal.path.exists(), journal.head().seq) == (True, True, 1)


def test_records_come_back_as_they_were_appended(
    journal: Journal, open_journal: Callable[..., Journal]
) -> None:
    made = append(journal, 3) + append(journal, 2)
    other = open_journal()
    assert list(other.records()) == made
    assert [r.seq for r in other.records(1, 4)] == [2, 3, 4]
    assert list(other.newest_first()) == made[::-1]
    assert [r.plain["n"] for r in made] == [0, 1, 2, 0, 1]


def test_pages_of_records_join_without_gap_or_repeat(journal: Journal) -> None:
    append(journal, 2_001)
    assert [r.seq for r in journal.records()] == list(range(1, 2_002))
    assert [r.seq for r in journal.newest_first()] == list(range(2_001, 0, -1))


def test_each_hash_covers_the_stored_bytes_and_the_hash_before(journal: Journal) -> None:
    with journal.turn() as turn:
        turn.append(({"actor": "Zoë", "note": "naïve ☃ \n"} for _ in range(3)), T0)
    before = GENESIS
    for _, body, prev, digest in stored(journal.path):
        assert prev == before
        parts = b"".join(len(p).to_bytes(8, "big") + p for p in (prev, body))
        assert hashlib.sha256(b"alluse.record.1" + parts).digest() == digest
        before = digest
    assert before == journal.head().hash


def test_state_and_keys_are_kept_with_the_records(
    journal: Journal, open_journal: Callable[..., Journal]
) -> None:
    used = KeyEntry("Main", "k1", 1, "content", "{}")
    with journal.turn() as turn:
        turn.append([{"actor": "dana"}], T0)
        turn.put_state(1, [("account", "Main/gen-1", ROW)])
        turn.claim_keys([used])
    other = open_journal()
    rows = {"account": {"Main/gen-1": ROW}}
    assert other.state() == State(1, RECORD_FORMAT, other.head(), rows)
    assert other.keys("Main", ["k1", "k2"]) == {"k1": used}
    assert other.keys("Smith", ["k1"]) == {}
    with pytest.raises(StoreFailed), other.turn() as turn:
        turn.claim_keys([used])
    with other.turn() as turn:
        turn.free_keys("Main", ["k1"])
        turn.claim_keys([KeyEntry("Main", "k1", 2, "other")])
    assert other.keys("Main", ["k1"])["k1"].seq == 2


def test_only_the_owner_may_read_the_file(path: Path, journal: Journal) -> None:
    old = os.umask(0)
    try:
        append(journal)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {p.name.removeprefix(path.name) for p in path.parent.iterdir()} <= {
        "",
        "-wal",
        "-shm",
        ".head",
    }


# -- time -----------------------------------------------------------------------------------------


def test_time_moves_on_while_the_clock_stands_still_or_goes_back_a_little(journal: Journal) -> None:
    made = append(journal, 2, T0) + append(journal, 1, T0) + append(journal, 1, T0 - 60 * SECOND)
    assert [r.recorded_ns - T0 for r in made] == [0, 1, 2, 3]
    assert append(journal, 1, T0 + SECOND)[0].recorded_ns == T0 + SECOND


def test_a_clock_far_behind_the_newest_record_is_refused(journal: Journal) -> None:
    append(journal, 1, T0)
    append(journal, 1, T0 - 600 * SECOND + 1)
    with pytest.raises(StoreFailed, match=r"clock is 10 min behind the newest record"):
        append(journal, 1, T0 - 601 * SECOND)
    assert journal.head().seq == 2


# -- turns ----------------------------------------------------------------------------------------


def test_an_exception_in_a_turn_leaves_nothing_and_no_gap(journal: Journal) -> None:
    append(journal, 2)
    before = journal.state()
    with pytest.raises(ZeroDivisionError), journal.turn() as turn:
        turn.append([{"actor": "dana"}], T0)
        turn.put_state(9, [("account", "x", ROW)])
        turn.claim_keys([KeyEntry("Main", "k", 3, "c")])
        raise ZeroDivisionError
    assert journal.state() == before
    assert journal.keys("Main", ["k"]) == {}
    assert append(journal)[0].seq == 3


def test_two_connections_take_turns(journal: Journal, open_journal: Callable[..., Journal]) -> None:
    append(journal)
    seen: list[int] = []

    def other() -> None:
        seen.append(append(open_journal())[0].seq)

    thread = threading.Thread(target=other)
    with journal.turn() as turn:
        thread.start()
        time.sleep(0.2)
        assert seen == []
        turn.append([{"actor": "dana"}], T0)
    thread.join()
    assert seen == [3]
    assert [found for _, found in journal.audit() if found] == []


def test_many_threads_lose_no_record(open_journal: Callable[..., Journal]) -> None:
    append(open_journal())
    journals = [open_journal() for _ in range(4)]

    def write(journal: Journal) -> None:
        for _ in range(25):
            append(journal)

    threads = [threading.Thread(target=write, args=(j,)) for j in journals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    audited = list(journals[0].audit())
    assert len(audited) == 101
    assert [found for _, found in audited if found] == []


def test_a_held_turn_ends_in_busy_within_the_bound(
    journal: Journal, open_journal: Callable[..., Journal]
) -> None:
    append(journal)
    other = open_journal(busy_ms=300)
    with journal.turn():
        begun = time.monotonic()
        with pytest.raises(Busy, match="try again"), other.turn():
            pass
        assert 0.2 < time.monotonic() - begun < BUSY_MS / 1_000
        assert len(list(other.records())) == 1
    assert append(other)[0].seq == 2


def test_another_connections_commit_is_noticed_within_a_quarter_second(
    journal: Journal, open_journal: Callable[..., Journal]
) -> None:
    append(journal)
    watcher = open_journal()
    assert not watcher.wait_for_change(1, 0.05)
    assert POLL_SECONDS <= 0.25

    def write_soon() -> None:
        time.sleep(0.3)
        append(open_journal())

    thread = threading.Thread(target=write_soon)
    thread.start()
    assert watcher.wait_for_change(1, 30)
    thread.join()


def test_opening_reading_and_waiting_leave_every_byte_as_it_was(path: Path) -> None:
    journal = Journal(path, create=True)
    append(journal, 5)
    journal.close()
    before = path.read_bytes()
    journal = Journal(path)
    journal.state()
    journal.keys("Main", ["k"])
    journal.wait_for_change(5, 0)
    assert len(list(journal.audit())) == 5
    journal.close()
    assert path.read_bytes() == before


def test_previewing_never_appends(engine: LocalEngine) -> None:
    engine.commands.preview(Deposit(account="gen-1", amount=amount("5"), key="k"))
    with pytest.raises(Refused):
        engine.commands.preview(Withdraw(account="com-1", amount=amount("5")))
    with pytest.raises(Refused):
        engine.commands.preview(Undo())
    assert engine.seq == 1
    assert len(list(engine.queries.records())) == 1


# -- integrity ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seq", [37, 70, 100])
def test_a_changed_byte_among_the_newest_64_stops_writing_and_not_reading(
    path: Path, seq: int
) -> None:
    journal = Journal(path, create=True)
    append(journal, 100)
    journal.close()
    tamper(path, f"UPDATE record SET body = replace(body, 'dana', 'dama') WHERE seq = {seq}")
    journal = Journal(path)
    assert f"record {seq} was changed" in journal.quarantined
    with pytest.raises(IntegrityFailed, match="quarantine"):
        append(journal)
    assert len(list(journal.records())) == 100
    journal.close()


@pytest.mark.parametrize(
    ("statements", "seq", "said"),
    [
        (["UPDATE record SET body = body || ' ' WHERE seq = 3"], 3, "record 3 was changed"),
        (["UPDATE record SET actor = 'eve' WHERE seq = 3"], 3, "record 3 disagrees"),
        (["UPDATE record SET recorded_ns = 5 WHERE seq = 3"], 3, "record 3 disagrees"),
        (["UPDATE record SET prev = zeroblob(32) WHERE seq = 3"], 3, "record 3 does not follow"),
        (["UPDATE record SET hash = zeroblob(32) WHERE seq = 3"], 3, "record 3 was changed"),
        (["DELETE FROM record WHERE seq = 3"], 4, "record 3 is missing"),
        (["DELETE FROM record WHERE seq = 1"], 2, "record 1 is missing"),
        (
            [
                "UPDATE record SET seq = 99 WHERE seq = 3",
                "UPDATE record SET seq = 3 WHERE seq = 4",
                "UPDATE record SET seq = 4 WHERE seq = 99",
            ],
            3,
            "record 3 does not follow",
        ),
    ],
    ids=["body", "actor", "time", "prev", "hash", "deleted", "first-deleted", "swapped"],
)
def test_the_audit_names_the_first_record_that_was_tampered_with(
    path: Path, statements: list[str], seq: int, said: str
) -> None:
    journal = Journal(path, create=True)
    append(journal, 6)
    tamper(path, *statements)
    faults = [(record.seq, found) for record, found in journal.audit() if found]
    journal.close()
    assert faults[0][0] == seq
    assert faults[0][1].startswith(said)


def test_a_forged_record_with_a_matching_hash_breaks_the_next_one(path: Path) -> None:
    journal = Journal(path, create=True)
    append(journal, 4)
    _, body, prev, _ = stored(path)[1]
    forged = body.replace(b'"n":1', b'"n":7')
    parts = b"".join(len(p).to_bytes(8, "big") + p for p in (prev, forged))
    digest = hashlib.sha256(b"alluse.record.1" + parts).hexdigest()
    text = forged.decode()
    tamper(path, f"UPDATE record SET body = '{text}', hash = x'{digest}' WHERE seq = 2")
    faults = [found for _, found in journal.audit() if found]
    journal.close()
    assert faults == ["record 3 does not follow the record before it"]


def test_a_quarantine_holds_for_every_process_and_the_first_finding_stands(
    journal: Journal, open_journal: Callable[..., Journal]
) -> None:
    append(journal)
    other = open_journal()
    journal.quarantine("first")
    journal.quarantine("second")
    assert other.quarantined == "first"
    with pytest.raises(IntegrityFailed, match="first"):
        append(other)
    assert len(list(other.records())) == 1


def test_a_quarantine_survives_a_power_cut(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark's content is on the disk before it has its name, and its name before we go on."""
    append(journal)
    steps: list[str] = []
    replace, fsync, here = os.replace, os.fsync, threading.get_ident()

    def note(step: str) -> None:
        if threading.get_ident() == here:  # another thread keeps the head
            steps.append(step)

    def renamed(source: str, target: Path) -> None:
        replace(source, target)
        note(f"named {Path(target).name}")

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        place = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        note("folder" if place == path.parent else "content")

    monkeypatch.setattr(os, "replace", renamed)
    monkeypatch.setattr(os, "fsync", synced)
    journal.quarantine("first")
    assert steps == ["content", f"named {mark_path(path).name}", "folder"]


@pytest.mark.parametrize("what", ["text", "empty", "directory", "other database"])
def test_what_is_no_journal_is_one_clear_error_and_left_alone(path: Path, what: str) -> None:
    path.parent.mkdir()
    match what:
        case "directory":
            path.mkdir()
        case "other database":
            tamper(path, "CREATE TABLE record(seq INTEGER)")
        case _:
            path.write_bytes(b"" if what == "empty" else b"these are not the books\n" * 200)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(AllUseError) as raised:
        Journal(path, create=True)
    assert raised.value.exit_code in (2, 4, 6)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert path.is_dir() or path.read_bytes() == before


def test_a_file_that_needs_a_newer_program_is_read_and_not_written(journal: Journal) -> None:
    append(journal)
    tamper(journal.path, f"UPDATE meta SET value = '{FILE_FORMAT + 1}' WHERE name = 'min_writer'")
    with pytest.raises(StoreFailed, match="upgrade"):
        append(journal)
    assert len(list(journal.records())) == 1


@pytest.mark.parametrize("page", range(5))
def test_a_zeroed_page_is_a_failed_check_not_a_crash(cli: Cli, page: int) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    connection = apsw.Connection(str(cli.journal))
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
    data = bytearray(cli.journal.read_bytes())
    start = 4_096 * page
    assert start < len(data)
    data[start : start + 4_096] = bytes(4_096)
    cli.journal.write_bytes(data)
    done = cli("verify")
    assert done.returncode == 4, done.stderr
    assert cli("deposit", "gen-1", "1").returncode == 4
