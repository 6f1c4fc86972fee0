"""No acknowledged record is lost without a word, and no stale figure is shown."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest
from books import NOON, init
from damage_law import reading_at
from here import Here

from alluse_tui.domain.commands import Deposit, Withdraw, amount
from alluse_tui.domain.model.errors import IntegrityFailed, Refused, StoreFailed
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.journal import ClockAhead, Journal
from alluse_tui.journal.head_file import head_path, stored_head
from alluse_tui.journal.quarantine import mark_path

FIVE = Deposit(account="gen-1", amount=amount("5"))
Opened = Callable[..., LocalEngine]


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


# -- the head file and the -wal at rest -----------------------------------------------------------


def test_the_head_file_names_the_newest_record_within_a_second_of_rest(engine: LocalEngine) -> None:
    for _ in range(61):
        engine.commands.submit(FIVE)
    journal = Journal(engine.path)
    assert within(1, lambda: stored_head(engine.path, journal.identity()) == journal.head())
    assert journal.head().seq == 62
    journal.close()


def test_two_processes_that_take_turns_leave_the_newest_head(open_engine: Opened) -> None:
    one, other = open_engine(), open_engine("eli")
    one.commands.submit(init())
    for _ in range(20):
        one.commands.submit(FIVE)
        other.commands.submit(FIVE)
    journal = Journal(one.path)
    assert within(1, lambda: stored_head(one.path, journal.identity()) == journal.head())
    journal.close()


def test_at_rest_nothing_acknowledged_depends_on_the_wal(engine: LocalEngine) -> None:
    engine.commands.submit(FIVE)
    wal = Path(f"{engine.path}-wal")
    assert within(2, lambda: wal.stat().st_size == 0)
    with LocalEngine(Path(shutil.copy(engine.path, engine.path.parent / "copy")), actor="a") as at:
        assert at.seq == 2


def test_a_bit_flipped_in_the_wal_of_a_killed_process_is_loud(
    open_engine: Opened, tmp_path: Path
) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    reader = reading_at(engine.path)  # keeps the -wal
    for _ in range(61):
        engine.commands.submit(FIVE)
    journal = Journal(engine.path)
    assert within(1, lambda: stored_head(engine.path, journal.identity()) == journal.head())
    journal.close()
    killed = Path(shutil.copytree(engine.path.parent, tmp_path / "killed")) / engine.path.name
    reader.close()
    with Path(f"{killed}-wal").open("r+b") as wal:
        wal.seek(32 + 24 + 100)
        byte = wal.read(1)[0]
        wal.seek(-1, os.SEEK_CUR)
        wal.write(bytes([byte ^ 4]))
    with LocalEngine(killed, actor="dana") as short:
        assert "record 62 was there before" in short.quarantined
        with pytest.raises(IntegrityFailed):
            short.commands.submit(FIVE)


def test_an_idle_journal_has_no_thread(engine: LocalEngine) -> None:
    before = threading.active_count()
    assert within(2, lambda: threading.active_count() < before or before == 1)


@pytest.mark.parametrize("kind", ["pipe", "folder", "three gigabytes", "link"])
def test_a_head_file_of_another_kind_is_replaced_and_never_read_whole(
    engine: LocalEngine, kind: str
) -> None:
    engine.close()
    head = head_path(engine.path)
    head.unlink()
    precious = engine.path.parent / "precious"
    precious.write_text("precious")
    match kind:
        case "pipe":
            os.mkfifo(head)
        case "folder":
            head.mkdir()
        case "link":
            head.symlink_to(precious)
        case _:
            with head.open("wb") as file:
                file.truncate(3 << 30)
    with LocalEngine(engine.path, actor="dana", clock=FixedClock(NOON)) as again:
        again.commands.submit(FIVE)
        assert again.operations.verify().ok
    assert precious.read_text() == "precious"
    if kind == "folder":
        assert "cannot be written" in again.last_warning
    else:
        assert stat.S_ISREG(head.lstat().st_mode)


@pytest.mark.parametrize("kind", ["pipe", "folder", "empty", "three gigabytes"])
def test_a_quarantine_mark_of_another_kind_still_counts(engine: LocalEngine, kind: str) -> None:
    mark = mark_path(engine.path)
    match kind:
        case "pipe":
            os.mkfifo(mark)
        case "folder":
            mark.mkdir()
        case "empty":
            mark.touch()
        case _:
            with mark.open("wb") as file:
                file.truncate(3 << 30)
    assert engine.quarantined
    with pytest.raises(IntegrityFailed, match="quarantine"):
        engine.commands.submit(FIVE)


def test_nothing_predictable_beside_the_journal_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "precious").write_text("precious")
    for name in ("alluse.journal.head", "alluse.journal.quarantine"):
        for planted in (f".{name}.{os.getpid()}", f"{name}.{os.getpid()}"):
            (folder / planted).symlink_to(folder / "precious")
    (folder / f".alluse.journal.{os.getpid()}.new").symlink_to(folder / "precious")
    with LocalEngine(folder / "alluse.journal", actor="dana", create=True) as engine:
        engine.commands.submit(init())
        engine.core.journal.quarantine("a test")
    assert (folder / "precious").read_text() == "precious"
    assert mark_path(folder / "alluse.journal").read_text() == "a test"


# -- the state ------------------------------------------------------------------------------------


def pages_that_changed(before: bytes, after: bytes) -> list[int]:
    size = 4_096
    count = min(len(before), len(after)) // size
    return [
        number
        for number in range(1, count)  # the first page belongs to SQLite
        if before[number * size : (number + 1) * size] != after[number * size : (number + 1) * size]
    ]


def test_every_page_that_a_disk_failed_to_write_is_noticed_on_opening(
    open_engine: Opened, tmp_path: Path
) -> None:
    """A stale page is a valid page: only the digest over all rows knows better."""
    engine = open_engine()
    engine.commands.submit(init())
    for _ in range(20):
        engine.commands.submit(FIVE)
    engine.close()
    before = engine.path.read_bytes()
    with LocalEngine(engine.path, actor="dana", clock=FixedClock(NOON)) as later:
        later.commands.submit(Withdraw(account="gen-1", amount=amount("900")))
        accounts = later.queries.accounts()
    after = engine.path.read_bytes()
    changed = pages_that_changed(before, after)
    assert len(changed) >= 3
    for number in changed:
        stale = bytearray(after)
        stale[number * 4_096 : (number + 1) * 4_096] = before[number * 4_096 : (number + 1) * 4_096]
        book = tmp_path / f"stale-{number}"
        book.mkdir()
        (book / "alluse.journal").write_bytes(stale)
        shutil.copy(head_path(engine.path), book)
        try:
            with LocalEngine(book / "alluse.journal", actor="dana") as opened:
                assert opened.quarantined or opened.queries.accounts() == accounts, number
        except (IntegrityFailed, StoreFailed):
            pass


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM state WHERE id = 'Main/gen-1'",
        "UPDATE state SET body = (SELECT body FROM state WHERE id = 'Main/rev-1')"
        " WHERE id = 'Main/gen-1'",
        "UPDATE state SET body = substr(body, 2)",
        "UPDATE meta SET value = '0000000000000000' WHERE name = 'state_digest'",
        "UPDATE meta SET value = 'nonsense' WHERE name = 'state_digest'",
        "DELETE FROM meta WHERE name = 'state_digest'",
    ],
)
def test_a_state_that_does_not_match_its_digest_is_refused_and_the_figures_are_right(
    engine: LocalEngine, change: str
) -> None:
    accounts = engine.queries.accounts()
    engine.close()
    file = apsw.Connection(str(engine.path))
    file.execute(change)
    file.close()
    with LocalEngine(engine.path, actor="dana", clock=FixedClock(NOON)) as opened:
        assert opened.queries.accounts() == accounts, (
            "the records are whole: figures come from them"
        )
        assert opened.quarantined
        with pytest.raises(IntegrityFailed):
            opened.commands.submit(FIVE)


def test_a_file_of_the_format_before_gets_a_digest_with_its_next_record(
    engine: LocalEngine,
) -> None:
    engine.close()
    file = apsw.Connection(str(engine.path))
    file.execute("UPDATE meta SET value = '3' WHERE name = 'min_writer'")
    file.execute("DELETE FROM meta WHERE name = 'state_digest'")
    file.close()
    with LocalEngine(engine.path, actor="dana", clock=FixedClock(NOON)) as opened:
        opened.commands.submit(FIVE)
        assert opened.operations.verify().ok
    file = apsw.Connection(str(engine.path))
    pairs: list[Any] = file.execute("SELECT name, value FROM meta").fetchall()
    rows = dict(pairs)
    file.close()
    assert rows["min_writer"] == "4"
    assert int(rows["state_digest"], 16) > 0
    with LocalEngine(engine.path, actor="dana", clock=FixedClock(NOON)) as again:
        assert not again.quarantined


def test_a_turn_that_would_leave_the_book_out_of_balance_is_rolled_back(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alluse_tui.domain.fold import apply as fold
    from alluse_tui.domain.fold.sums import sum_of

    def lossy(amounts: dict[str, int], changes: dict[str, int]) -> dict[str, int]:
        summed = sum_of(amounts, changes)
        return {k: v + 1 if k == "cash:USD" else v for k, v in summed.items()}

    monkeypatch.setattr(fold, "sum_of", lossy)
    with pytest.raises(IntegrityFailed, match="out of balance"):
        engine.commands.submit(FIVE)
    assert engine.seq == 1
    journal = Journal(engine.path)
    assert journal.head().seq == 1
    journal.close()


# -- the clock ------------------------------------------------------------------------------------


def test_a_clock_that_is_far_ahead_must_be_confirmed(
    open_engine: Opened, clock: FixedClock
) -> None:
    engine = open_engine(accept_clock=False)
    engine.commands.submit(init())
    clock.advance(timedelta(days=10))
    engine.commands.submit(FIVE)
    clock.advance(timedelta(days=365 * 64))
    with pytest.raises(ClockAhead, match=r"2090-.* after the newest record of 2026-12-04"):
        engine.commands.submit(FIVE)
    assert engine.seq == 2
    assert open_engine(accept_clock=True).commands.submit(FIVE).seq == 3


def test_a_refusal_is_not_recorded_under_a_wrong_clock_either(
    open_engine: Opened, clock: FixedClock
) -> None:
    engine = open_engine(accept_clock=False)
    engine.commands.submit(init())
    clock.advance(timedelta(days=11))
    with pytest.raises(ClockAhead):
        engine.commands.submit(Withdraw(account="com-1", amount=amount("5")))
    assert engine.seq == 1


@pytest.mark.parametrize("place", ["before the command", "after it"])
def test_the_command_line_confirms_the_clock(here: Here, place: str) -> None:
    here.clock.advance(timedelta(days=400))
    error = here("deposit", "gen-1", "5", "--json", code=6).error
    assert "--accept-clock" in error["message"]
    confirm = ["--accept-clock"]
    before, after = (confirm, []) if place == "before the command" else ([], confirm)
    here(*before, "deposit", "gen-1", "5", *after, code=0)


# -- names ----------------------------------------------------------------------------------------


def test_a_link_is_the_same_book(engine: LocalEngine, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "book.journal"
    link.parent.mkdir()
    link.symlink_to(engine.path)
    with LocalEngine(link, actor="dana", clock=FixedClock(NOON)) as other:
        other.commands.submit(FIVE)
        assert other.path == engine.path
        engine.core.journal.quarantine("a test")
        with pytest.raises(IntegrityFailed, match="a test"):
            other.commands.submit(FIVE)
    assert [p.name for p in link.parent.iterdir()] == [link.name]


def test_a_second_name_of_the_file_is_refused(engine: LocalEngine, tmp_path: Path) -> None:
    os.link(engine.path, tmp_path / "second")
    with pytest.raises(StoreFailed, match="another name"):
        Journal(engine.path)
    with pytest.raises(StoreFailed, match="another name"):
        Journal(tmp_path / "second")
    (tmp_path / "second").unlink()
    Journal(engine.path).close()


def test_what_a_process_killed_while_creating_left_is_removed(engine: LocalEngine) -> None:
    leftover = engine.path.with_name(f".{engine.path.name}.00ff.new")
    os.link(engine.path, leftover)
    Journal(engine.path).close()
    assert not leftover.exists()


# -- a mark that cannot be written ----------------------------------------------------------------


def test_a_failed_check_whose_mark_cannot_be_written_ends_every_waiting_command(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    def damaged(*_: object) -> None:
        raise IntegrityFailed("a check failed in the turn")

    monkeypatch.setattr("alluse_tui.journal.quarantine.replace_file", full)
    monkeypatch.setattr(engine.commands, "_put_state", damaged)
    errors: list[Exception] = []

    def submit() -> None:
        try:
            engine.commands.submit(FIVE)
        except (IntegrityFailed, StoreFailed, Refused) as error:
            errors.append(error)

    threads = [threading.Thread(target=submit, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert len(errors) == 8
    monkeypatch.undo()
    assert "cannot be written" in engine.last_warning
    with pytest.raises(IntegrityFailed, match="a check failed in the turn"):
        engine.commands.submit(FIVE)
