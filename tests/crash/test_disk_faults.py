"""A disk that fails: a commit is wholly there or wholly not, and everybody is told."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import apsw
import pytest
from msgspec.structs import replace

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import LocalEngine
from crash.scenes import (
    FIVE,
    Accounts,
    Opened,
    cash_of,
    read_afresh,
    whole,
)
from crash.worker import opening


@dataclass
class Disk:
    """Fails the `at`-th call (0: none) of `call` on the file that ends in `suffix`."""

    suffix: str = "-wal"
    call: str = "xWrite"
    at: int = 0
    error: type[apsw.Error] = apsw.IOError
    forever: bool = False
    closed: bool = False
    calls: int = 0

    def arm(self, at: int, *, forever: bool = False, closed: bool = False) -> None:
        """From now on the `at`-th call fails; `forever`: each later one too; `closed`: opening."""
        self.calls, self.at, self.forever, self.closed = 0, at, forever, closed

    def rest(self) -> None:
        self.arm(0)

    def fails(self, name: str, call: str) -> bool:
        if call != self.call or not name.endswith(self.suffix):
            return False
        self.calls += 1
        return 0 < self.at == self.calls or (self.forever and self.calls >= self.at > 0)

    def reached(self, at: int) -> bool:
        return self.calls >= at


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk
        self._file_name = str(name if isinstance(name, str) or name is None else name.filename())

    def xWrite(self, data: Any, offset: int) -> None:
        if self._disk.fails(self._file_name, "xWrite"):
            super().xWrite(bytes(data)[: len(data) // 2], offset)  # torn
            raise self._disk.error("the disk failed")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if self._disk.fails(self._file_name, "xSync"):
            raise self._disk.error("the disk failed")
        super().xSync(flags)


class _Files(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        super().__init__("failing", "unix")
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        if self._disk.closed:
            raise apsw.CantOpenError("the disk failed")
        return _File(self._disk, name, flags)


@pytest.fixture
def disk() -> Iterator[Disk]:
    """Every file that SQLite opens from now on lies on this disk."""
    before = apsw.vfs_names()[0]
    disk = Disk()
    files = _Files(disk)
    apsw.set_default_vfs("failing")
    try:
        yield disk
    finally:
        disk.rest()
        apsw.set_default_vfs(before)
        files.unregister()


def after_power_cut(path: Path, folder: Path) -> Accounts:
    """The book as the next program finds it where everything stopped just now."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for suffix in ("", "-wal", ".head"):
        if Path(f"{path}{suffix}").exists():
            shutil.copy(f"{path}{suffix}", folder / f"{path.name}{suffix}")
    with LocalEngine(folder / path.name, actor="next") as engine:
        assert [c for c in engine.operations.verify(ask=False).checks if not c.ok] == []
        return engine.queries.accounts()


def submitted_on(disk: Disk, engine: LocalEngine, at: int, **how: bool) -> Receipt | StoreFailed:
    disk.arm(at, **how)
    try:
        return engine.commands.submit(FIVE)
    except StoreFailed as error:
        assert "\n" not in str(error)
        assert str(engine.path) in str(error)
        return error
    finally:
        disk.at = 0


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "with-a-screen"])
@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError])
@pytest.mark.parametrize(
    ("suffix", "call"),
    [("-wal", "xWrite"), ("-wal", "xSync"), (".journal", "xWrite"), (".journal", "xSync")],
)
def test_a_commit_that_fails_at_any_call_is_wholly_there_or_wholly_not(
    disk: Disk,
    path: Path,
    opened: Opened,
    suffix: str,
    call: str,
    error: type[apsw.Error],
    others: int,
) -> None:
    disk.suffix, disk.call, disk.error = suffix, call, error
    engine = opened()
    engine.commands.submit(opening())
    screens = [opened(actor="screen") for _ in range(others)]
    if suffix != "-wal":  # the log is moved into the file by each commit, not by each thousandth
        cast(apsw.Connection, engine.core.journal._writer).pragma("wal_autocheckpoint", 1)
    failed = 0
    for at in range(1, 40):
        before = engine.seq, engine.queries.accounts()
        outcome = submitted_on(disk, engine, at)
        reached = disk.reached(at)
        disk.rest()
        now = engine.seq, engine.queries.accounts()
        assert now == read_afresh(path)
        made = before[0] + 1, after_five(before[1])
        if isinstance(outcome, Receipt):
            assert (outcome.seq, now[0]) == (made[0], made[0])
            assert engine.queries.account("gen-1").cash == made[1]
            cut = after_power_cut(path, path.parent.parent / "cut")
            assert cut == now[1]
        else:
            failed += 1
            assert now == before
            cut = after_power_cut(path, path.parent.parent / "cut")
            assert cash_of(cut) in (cash_of(before[1]), made[1])
        assert engine.commands.submit(FIVE).seq == now[0] + 1
        for screen in screens:
            screen.refresh()
            assert screen.queries.accounts() == engine.queries.accounts()
        if not reached:
            break
    assert not reached, "there were more calls than were tried"
    assert failed or suffix != "-wal"
    whole(engine)


def after_five(accounts: Accounts) -> int:
    return cash_of(accounts) + FIVE.amount


@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError])
@pytest.mark.parametrize(
    ("suffix", "call"),
    [("-wal", "xWrite"), ("-wal", "xSync"), (".new", "xWrite"), (".new", "xSync")],
)
def test_a_book_whose_first_commit_fails_is_begun_by_the_next(
    disk: Disk, tmp_path: Path, opened: Opened, suffix: str, call: str, error: type[apsw.Error]
) -> None:
    disk.suffix, disk.call, disk.error = suffix, call, error
    for at in range(1, 60):
        path = tmp_path / str(at) / "alluse.journal"
        engine = opened(path)
        disk.arm(at)
        try:
            receipt: Receipt | None = engine.commands.submit(opening())
        except StoreFailed as failure:
            assert "\n" not in str(failure)
            receipt = None
        reached = disk.reached(at)
        disk.rest()
        if path.exists():
            assert read_afresh(path)[0] == engine.seq == (1 if receipt else 0)
        assert [p.name for p in path.parent.iterdir() if ".new" in p.name] == []
        if receipt is None:
            assert engine.commands.submit(opening()).seq == 1
        assert engine.commands.submit(FIVE).seq == 2
        assert [c for c in engine.operations.verify(ask=False).checks if not c.ok] == []
        if not reached:
            return
    pytest.fail("there were more calls than were tried")


def all_at_once(engine: LocalEngine, count: int) -> list[Receipt | Exception]:
    """What became of commands that waited for the same turn, each in its own thread."""
    outcomes: list[Receipt | Exception] = []

    def submit(number: int) -> None:
        try:
            outcomes.append(engine.commands.submit(replace(FIVE, note=str(number))))
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=submit, args=(n,)) for n in range(count)]
    with closing(apsw.Connection(str(engine.path))) as other:
        other.set_busy_timeout(5_000)  # the engine may be emptying its write-ahead log
        other.execute("BEGIN IMMEDIATE")
        for thread in threads:
            thread.start()
        time.sleep(0.15)
        other.execute("ROLLBACK")
    for thread in threads:
        thread.join()
    return outcomes


def wait_until_at_rest(path: Path) -> None:
    """Waits until the write-ahead log was emptied, as it is after a burst."""
    log = Path(f"{path}-wal")
    while log.exists() and log.stat().st_size:
        time.sleep(0.02)


@pytest.mark.parametrize("call", ["xWrite", "xSync"])
@pytest.mark.parametrize("at", [1, 2])
def test_all_who_waited_for_a_commit_that_fails_are_told(
    disk: Disk, path: Path, opened: Opened, call: str, at: int
) -> None:
    """The first and the second turn: whoever was in it gets the error, the others their receipt."""
    engine = opened()
    engine.commands.submit(opening())
    wait_until_at_rest(path)  # or the fault would meet the work after the opening
    disk.call = call
    if at == 1 or call == "xSync":
        disk.arm(at)
    else:
        disk.arm(1)
        engine_calls = submitted_calls(disk, engine)
        disk.arm(engine_calls + 1)
    before = engine.seq, cash_of(engine.queries.accounts())
    outcomes = all_at_once(engine, 24)
    disk.rest()
    receipts = [o for o in outcomes if isinstance(o, Receipt)]
    failed = [o for o in outcomes if isinstance(o, StoreFailed)]
    assert len(receipts) + len(failed) == 24
    assert failed
    assert engine.seq == before[0] + len(receipts)
    assert cash_of(engine.queries.accounts()) == before[1] + len(receipts) * FIVE.amount
    assert read_afresh(path) == (engine.seq, engine.queries.accounts())
    recorded = {r.seq: r.hash.hex() for r in engine.queries.records()}
    assert all(recorded[r.seq] == r.hash for r in receipts)
    engine.commands.submit(FIVE)
    whole(engine)


def submitted_calls(disk: Disk, engine: LocalEngine) -> int:
    """How many calls one command's commit makes."""
    disk.arm(0)
    engine.commands.submit(FIVE)
    return disk.calls


def test_all_who_wait_while_the_disk_fails_are_told_and_the_book_goes_on_after(
    disk: Disk, path: Path, opened: Opened
) -> None:
    engine = opened()
    engine.commands.submit(opening())
    before = engine.seq, engine.queries.accounts()
    disk.arm(1, forever=True)
    outcomes = all_at_once(engine, 24)
    disk.rest()
    assert [type(o) for o in outcomes] == [StoreFailed] * 24
    assert (engine.seq, engine.queries.accounts()) == before == read_afresh(path)
    assert engine.commands.submit(FIVE).seq == before[0] + 1
    whole(engine)


def test_looking_while_the_disk_is_gone_condemns_no_sound_book(
    disk: Disk, path: Path, opened: Opened
) -> None:
    """The commit fails and the file cannot be opened again either, for a while."""
    engine = opened()
    engine.commands.submit(opening())
    before = engine.seq, engine.queries.accounts()
    assert isinstance(submitted_on(disk, engine, 1, forever=True, closed=True), StoreFailed)
    for look in (
        engine.refresh,
        lambda: engine.commands.preview(FIVE),
        lambda: engine.commands.submit(FIVE),
    ):
        with pytest.raises(StoreFailed):
            look()
    assert (engine.seq, engine.queries.accounts()) == before
    disk.rest()
    assert engine.quarantined == ""
    engine.refresh()
    assert engine.quarantined == ""
    assert (engine.seq, engine.queries.accounts()) == before == read_afresh(path)
    assert engine.commands.submit(FIVE).seq == before[0] + 1
    whole(engine)
