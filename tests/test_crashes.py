"""Many writers at once, kill -9, failing and full disks, newer programs, exchanged files."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import apsw
import pytest
from conftest import Cli
from crash_worker import opening

from alluse_tui.cli.output import account_json
from alluse_tui.domain.commands import Deposit, Withdraw, amount
from alluse_tui.domain.errors import StoreFailed
from alluse_tui.domain.state import SCHEMA
from alluse_tui.domain.views import AccountView, Receipt
from alluse_tui.engine import LocalEngine, SystemClock
from alluse_tui.engine.backup import make_backup, restore_backup
from alluse_tui.engine.verification import folded
from alluse_tui.journal import VERSION, Head, Journal, KeyEntry, Record
from alluse_tui.journal import record as record_module
from alluse_tui.journal.record import sealed
from alluse_tui.journal.schema import FORMAT, TABLES
from alluse_tui.replica import replica as replica_module

WORKER = Path(__file__).with_name("crash_worker.py")
JOURNALS = Path(__file__).with_name("journals")
FIVE = Deposit(account="gen-1", amount=amount("5"))
SYSTEM = SystemClock()

Opened = Callable[..., LocalEngine]
Accounts = tuple[AccountView, ...]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book" / "alluse.journal"


@pytest.fixture
def opened(path: Path) -> Iterator[Opened]:
    """Opens engines by the machine's clock, as the workers do; each is closed in the end."""
    engines: list[LocalEngine] = []

    def open_one(at: Path = path, actor: str = "dana") -> LocalEngine:
        engines.append(LocalEngine(at, actor=actor, create=True))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.close()


@pytest.fixture
def book(opened: Opened) -> LocalEngine:
    """A new book with Main and 250,000.00, open in this process."""
    engine = opened()
    engine.submit(opening())
    return engine


def bare(accounts: Accounts) -> list[AccountView]:
    return [replace(a, holdings={}) for a in accounts]


def whole(engine: LocalEngine, *, ask: bool = True) -> None:
    """Nothing is missing, nothing is marked, and SQL says what the Book says."""
    checks = engine.verify(ask=ask).checks
    assert [c for c in checks if not c.ok] == []
    assert engine.quarantined == ""
    engine.refresh()
    assert list(engine.accounts_as_of(engine.today)) == bare(engine.accounts())
    if ask:
        assert engine.sql("SELECT count(*) FROM record").rows == ((engine.seq,),)


# -- worker processes -----------------------------------------------------------------------------


@dataclass
class Worker:
    """A child on the journal, and what it said: receipts by seq, as (hash, note)."""

    process: subprocess.Popen[str]
    acknowledged: dict[int, tuple[str, str]] = field(default_factory=dict)
    again: set[tuple[int, str]] = field(default_factory=set)
    refused: int = 0
    asked: int = 0

    def heed(self, line: str) -> None:
        match line.rstrip("\n").split(" "):
            case ["ack", seq, digest, note]:
                if int(seq) in self.acknowledged:  # after a restore the numbers begin anew
                    self.again.add((int(seq), digest))
                else:
                    self.acknowledged[int(seq)] = (digest, note)
            case ["refused", _]:
                self.refused += 1
            case ["asked", _]:
                self.asked += 1

    def hear(self, lines: int) -> None:
        """Wait for so many more lines."""
        assert self.process.stdout is not None
        for line in islice(self.process.stdout, lines):
            self.heed(line)

    def end(self) -> None:
        """Hear the rest; it must have ended by itself and well."""
        said, trouble = self.process.communicate(timeout=120)
        for line in said.splitlines():
            self.heed(line)
        assert trouble.splitlines()[-1:] == []
        assert self.process.returncode == 0

    def killed(self) -> None:
        """It was killed: hear what it managed to say. A line that was cut says nothing."""
        self.process.kill()
        said, trouble = self.process.communicate(timeout=120)
        for line in said.splitlines(keepends=True):
            if line.endswith("\n"):
                self.heed(line)
        assert trouble.splitlines()[-1:] == []


RUNNING: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def none_left_running() -> Iterator[None]:
    yield
    for process in RUNNING:
        process.kill()
        process.communicate()
    RUNNING.clear()


def worker(mode: str, path: Path, seed: int, count: int = 0) -> Worker:
    command = [sys.executable, str(WORKER), mode, str(path), str(seed), str(count)]
    RUNNING.append(
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    )
    return Worker(RUNNING[-1])


def expect_acknowledged(engine: LocalEngine, workers: list[Worker]) -> dict[int, Record]:
    """Every receipt stands in the journal with its hash and its command."""
    records = {r.seq: r for r in engine.records()}
    assert sorted(records) == list(range(1, len(records) + 1))
    for one in workers:
        assert one.again == set()
        for seq, (digest, note) in one.acknowledged.items():
            assert records[seq].hash.hex() == digest
            assert records[seq].plain["content"]["note"] == note
    return records


@contextmanager
def dashboard(engine: LocalEngine) -> Iterator[Callable[[int], set[str]]]:
    """`engine` follows like an open screen; the value waits until it saw that seq."""
    told: set[str] = set()
    seen = [engine.seq]
    stop = threading.Event()

    def follow() -> None:
        for notice in engine.changes(engine.seq, stop):
            assert notice.seq > seen[0]
            told.update(notice.accounts)
            seen[0] = notice.seq

    def wait_for(seq: int) -> set[str]:
        deadline = time.monotonic() + 20
        while seen[0] < seq and time.monotonic() < deadline:
            time.sleep(0.02)
        assert seen[0] == seq
        return told

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield wait_for
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


# -- many writers at once -------------------------------------------------------------------------


def test_four_processes_posting_at_once_lose_nothing_and_screens_agree(
    book: LocalEngine, opened: Opened
) -> None:
    screens = [opened(actor="screen") for _ in range(2)]
    with dashboard(screens[0]) as first, dashboard(screens[1]) as second:
        workers = [worker("mixed", book.path, seed, 150) for seed in range(1, 5)]
        for one in workers:
            one.end()
        seq = 1 + 4 * 150  # a refusal is a record too
        touched = {"Main/gen-1", "Main/rev-1", "Main/com-1"}
        assert first(seq) == second(seq) == touched
    book.refresh()
    assert book.seq == seq
    assert book.accounts() == screens[0].accounts() == screens[1].accounts()
    assert book.accounts() == opened().accounts()
    expect_acknowledged(book, workers)
    assert sum(len(w.acknowledged) + w.refused for w in workers) == 600
    assert all(w.refused for w in workers)
    notes = {note for w in workers for _, note in w.acknowledged.values()}
    assert len(notes) == sum(len(w.acknowledged) for w in workers)
    whole(book)


def test_two_processes_of_500_deposits_each_add_up(book: LocalEngine, opened: Opened) -> None:
    screen = opened(actor="screen")
    with dashboard(screen) as seen:
        workers = [worker("deposits", book.path, seed, 500) for seed in (1, 2)]
        for one in workers:
            one.end()
        assert seen(1_001) == {"Main/gen-1"}
    assert screen.account("gen-1").cash == amount("101000")
    assert set().union(*(w.acknowledged for w in workers)) == set(range(2, 1_002))
    expect_acknowledged(screen, workers)
    whole(screen)
    book.refresh()
    assert book.accounts() == screen.accounts()


def test_the_command_line_writes_beside_busy_processes(book: LocalEngine, cli: Cli) -> None:
    workers = [
        worker("deposits", book.path, 1, 150),
        worker("churn", book.path, 2, 60),
        worker("publish", book.path, 3, 6),
    ]
    receipts = [cli.json("deposit", "gen-1", "1", "--note", f"cli:{n}") for n in range(4)]
    for one in workers:
        one.end()
    book.refresh()
    records = expect_acknowledged(book, workers)
    for n, receipt in enumerate(receipts):
        assert records[receipt["seq"]].hash.hex() == receipt["hash"]
        assert records[receipt["seq"]].plain["content"]["note"] == f"cli:{n}"
    assert book.account("gen-1").cash == amount("100214")
    assert book.seq == 1 + 150 + 60 + 4
    assert workers[2].asked == 6
    whole(book)


def test_processes_that_publish_at_once_do_not_spoil_each_others_file(book: LocalEngine) -> None:
    writer = worker("deposits", book.path, 9, 400)
    publishers = [worker("publish", book.path, seed, 8) for seed in (1, 2, 3)]
    for one in [writer, *publishers]:
        one.end()
    assert [p.asked for p in publishers] == [8, 8, 8]
    book.refresh()
    whole(book)
    assert leftovers(book.path) == []


def test_an_engine_behind_the_published_file_still_gets_its_answer(
    book: LocalEngine, opened: Opened
) -> None:
    behind = opened(actor="screen")
    book.submit(FIVE)
    book.publish()
    assert behind.seq == 1
    assert [a.code for a in behind.accounts_as_of(behind.today)] == ["gen-1", "rev-1", "com-1"]
    whole(behind)


def test_who_opens_while_another_writes_reads_one_moment(book: LocalEngine, opened: Opened) -> None:
    """Another engine records between any two statements that opening runs."""
    writing = True

    def record_first(_: object, __: str, ___: object) -> bool:
        if writing and threading.current_thread() is threading.main_thread():
            thread = threading.Thread(target=book.submit, args=(FIVE,))
            thread.start()
            thread.join()
        return True

    def traced(connection: apsw.Connection) -> None:
        if threading.current_thread() is threading.main_thread():
            connection.set_exec_trace(record_first)

    apsw.connection_hooks.append(traced)
    try:
        late = opened(actor="late")
    finally:
        writing = False
        apsw.connection_hooks.remove(traced)
    assert book.seq > 3
    late.refresh()
    assert (late.seq, late.accounts()) == (book.seq, book.accounts())
    late.submit(FIVE)
    book.refresh()
    assert late.accounts() == book.accounts()
    whole(late)


@pytest.mark.parametrize("seed", range(2))
def test_processes_that_come_and_go_while_others_post_leave_the_state_as_the_fold(
    book: LocalEngine, seed: int
) -> None:
    workers = [worker("mixed", book.path, 10 * seed + 1, 300)]
    workers += [worker("churn", book.path, 10 * seed + n, 150) for n in (2, 3)]
    for one in workers:
        one.end()
    book.refresh()
    expect_acknowledged(book, workers)
    assert book.seq == 1 + 300 + 300
    whole(book)


# -- kill -9 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", range(4))
def test_what_was_acknowledged_outlives_kill_9(book: LocalEngine, chunk: int) -> None:
    """25 rounds: one process posts, another posts, publishes or comes and goes; both are killed."""
    drawn = random.Random(chunk)
    ended: list[Worker] = []
    for number in range(25):
        seed = 1_000 * (chunk + 1) + 2 * number
        other = drawn.choice(["mixed", "publish", "publish", "churn"])
        running = [worker("mixed", book.path, seed), worker(other, book.path, seed + 1)]
        if number % 5:  # every fifth dies while it starts, or soon after
            for one in running:
                one.hear(1 + drawn.randint(0, 1))
            running[0].hear(drawn.randint(0, 30))
        time.sleep(drawn.random() * 0.06)
        drawn.shuffle(running)
        for one in running:
            one.killed()
        ended += running
        with LocalEngine(book.path, actor="next") as engine:
            expect_acknowledged(engine, running)
            whole(engine, ask=number % 5 == 0)
            book.refresh()
            assert engine.accounts() == book.accounts()
            assert engine.submit(FIVE).seq == book.seq + 1
    book.refresh()
    expect_acknowledged(book, ended)
    assert sum(len(w.acknowledged) for w in ended) > 100
    assert sum(w.asked for w in ended) > 0
    whole(book)


def test_a_book_whose_first_program_is_killed_is_there_or_is_not(
    path: Path, opened: Opened
) -> None:
    drawn = random.Random(7)
    ended = []
    for seed in range(8):
        first = worker("init", path, seed)
        first.hear(1)
        time.sleep(drawn.random() * 0.02)
        first.killed()
        ended.append(first)
        if path.exists():
            with LocalEngine(path, actor="next") as engine:
                expect_acknowledged(engine, ended)
                assert [c for c in engine.verify(ask=False).checks if not c.ok] == []
        else:
            assert first.acknowledged == {}
    engine = opened()
    engine.submit(opening("Last"))
    whole(engine)


# -- a disk that fails ----------------------------------------------------------------------------


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
        assert [c for c in engine.verify(ask=False).checks if not c.ok] == []
        return engine.accounts()


def read_afresh(path: Path) -> tuple[int, Accounts]:
    with LocalEngine(path, actor="next") as engine:
        assert [c for c in engine.verify(ask=False).checks if not c.ok] == []
        return engine.seq, engine.accounts()


def submitted_on(disk: Disk, engine: LocalEngine, at: int, **how: bool) -> Receipt | StoreFailed:
    disk.arm(at, **how)
    try:
        return engine.submit(FIVE)
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
    engine.submit(opening())
    screens = [opened(actor="screen") for _ in range(others)]
    if suffix != "-wal":  # the log is moved into the file by each commit, not by each thousandth
        cast(apsw.Connection, engine._journal._writer).pragma("wal_autocheckpoint", 1)
    failed = 0
    for at in range(1, 40):
        before = engine.seq, engine.accounts()
        outcome = submitted_on(disk, engine, at)
        reached = disk.reached(at)
        disk.rest()
        now = engine.seq, engine.accounts()
        assert now == read_afresh(path)
        made = before[0] + 1, after_five(before[1])
        if isinstance(outcome, Receipt):
            assert (outcome.seq, now[0]) == (made[0], made[0])
            assert engine.account("gen-1").cash == made[1]
            cut = after_power_cut(path, path.parent.parent / "cut")
            assert cut == now[1]
        else:
            failed += 1
            assert now == before
            cut = after_power_cut(path, path.parent.parent / "cut")
            assert cash_of(cut) in (cash_of(before[1]), made[1])
        assert engine.submit(FIVE).seq == now[0] + 1
        for screen in screens:
            screen.refresh()
            assert screen.accounts() == engine.accounts()
        if not reached:
            break
    assert not reached, "there were more calls than were tried"
    assert failed or suffix != "-wal"
    whole(engine)


def cash_of(accounts: Accounts) -> int:
    return accounts[0].cash


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
            receipt: Receipt | None = engine.submit(opening())
        except StoreFailed as failure:
            assert "\n" not in str(failure)
            receipt = None
        reached = disk.reached(at)
        disk.rest()
        if path.exists():
            assert read_afresh(path)[0] == engine.seq == (1 if receipt else 0)
        assert [p.name for p in path.parent.iterdir() if ".new" in p.name] == []
        if receipt is None:
            assert engine.submit(opening()).seq == 1
        assert engine.submit(FIVE).seq == 2
        assert [c for c in engine.verify(ask=False).checks if not c.ok] == []
        if not reached:
            return
    pytest.fail("there were more calls than were tried")


def all_at_once(engine: LocalEngine, count: int) -> list[Receipt | Exception]:
    """What became of commands that waited for the same turn, each in its own thread."""
    outcomes: list[Receipt | Exception] = []

    def submit(number: int) -> None:
        try:
            outcomes.append(engine.submit(replace(FIVE, note=str(number))))
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=submit, args=(n,)) for n in range(count)]
    with closing(apsw.Connection(str(engine.path))) as other:
        other.execute("BEGIN IMMEDIATE")
        for thread in threads:
            thread.start()
        time.sleep(0.15)
        other.execute("ROLLBACK")
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.parametrize("call", ["xWrite", "xSync"])
@pytest.mark.parametrize("at", [1, 2])
def test_all_who_waited_for_a_commit_that_fails_are_told(
    disk: Disk, path: Path, opened: Opened, call: str, at: int
) -> None:
    """The first and the second turn: whoever was in it gets the error, the others their receipt."""
    engine = opened()
    engine.submit(opening())
    disk.call = call
    if at == 1 or call == "xSync":
        disk.arm(at)
    else:
        disk.arm(1)
        engine_calls = submitted_calls(disk, engine)
        disk.arm(engine_calls + 1)
    before = engine.seq, cash_of(engine.accounts())
    outcomes = all_at_once(engine, 24)
    disk.rest()
    receipts = [o for o in outcomes if isinstance(o, Receipt)]
    failed = [o for o in outcomes if isinstance(o, StoreFailed)]
    assert len(receipts) + len(failed) == 24
    assert failed
    assert engine.seq == before[0] + len(receipts)
    assert cash_of(engine.accounts()) == before[1] + len(receipts) * FIVE.amount
    assert read_afresh(path) == (engine.seq, engine.accounts())
    recorded = {r.seq: r.hash.hex() for r in engine.records()}
    assert all(recorded[r.seq] == r.hash for r in receipts)
    engine.submit(FIVE)
    whole(engine)


def submitted_calls(disk: Disk, engine: LocalEngine) -> int:
    """How many calls one command's commit makes."""
    disk.arm(0)
    engine.submit(FIVE)
    return disk.calls


def test_all_who_wait_while_the_disk_fails_are_told_and_the_book_goes_on_after(
    disk: Disk, path: Path, opened: Opened
) -> None:
    engine = opened()
    engine.submit(opening())
    before = engine.seq, engine.accounts()
    disk.arm(1, forever=True)
    outcomes = all_at_once(engine, 24)
    disk.rest()
    assert [type(o) for o in outcomes] == [StoreFailed] * 24
    assert (engine.seq, engine.accounts()) == before == read_afresh(path)
    assert engine.submit(FIVE).seq == before[0] + 1
    whole(engine)


def test_looking_while_the_disk_is_gone_condemns_no_sound_book(
    disk: Disk, path: Path, opened: Opened
) -> None:
    """The commit fails and the file cannot be opened again either, for a while."""
    engine = opened()
    engine.submit(opening())
    before = engine.seq, engine.accounts()
    assert isinstance(submitted_on(disk, engine, 1, forever=True, closed=True), StoreFailed)
    for look in (engine.refresh, lambda: engine.preview(FIVE), lambda: engine.submit(FIVE)):
        with pytest.raises(StoreFailed):
            look()
    assert (engine.seq, engine.accounts()) == before
    disk.rest()
    assert engine.quarantined == ""
    engine.refresh()
    assert engine.quarantined == ""
    assert (engine.seq, engine.accounts()) == before == read_afresh(path)
    assert engine.submit(FIVE).seq == before[0] + 1
    whole(engine)


# -- a full disk ----------------------------------------------------------------------------------


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Neither this process nor one that it starts can make a file longer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def leftovers(path: Path) -> list[str]:
    """What should not be beside a journal."""
    known = {"", "-wal", "-shm", ".head"}
    names = {p.name for p in path.parent.iterdir()} - {f"{path.name}{s}" for s in known}
    return sorted(names - {path.with_suffix(".duckdb").name})


def refused_for_space(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 6, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("alluse: ")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def full(book: LocalEngine) -> LocalEngine:
    """A book of 600 records of a fair length, and its replica."""
    for number in range(600):
        book.submit(replace(FIVE, note=f"{number} " + "n" * 400))
    book.publish()
    return book


def test_a_full_disk_refuses_the_command_and_keeps_the_book(
    book: LocalEngine, opened: Opened, cli: Cli
) -> None:
    screen = opened(actor="screen")  # so that the log stays as long as it is
    for _ in range(5):
        book.submit(FIVE)
    before = book.seq, book.accounts()
    with no_file_beyond(Path(f"{book.path}-wal").stat().st_size + 2_000):
        for _ in range(2):
            with pytest.raises(StoreFailed) as raised:
                book.submit(FIVE)
        assert str(book.path) in str(raised.value)
        assert "\n" not in str(raised.value)
        refused_for_space(cli("deposit", "gen-1", "1"))
        assert (book.seq, book.accounts()) == before == read_afresh(book.path)
        assert cli("accounts").returncode == 0
    assert book.submit(FIVE).seq == before[0] + 1
    screen.refresh()
    assert screen.accounts() == book.accounts()
    whole(book)
    assert leftovers(book.path) == []


@pytest.mark.parametrize("size", [0, 5_000, 100_000, 400_000])
@pytest.mark.parametrize("way", ["publish", "rebuild"])
def test_a_full_disk_keeps_the_replica_that_is_there(
    full: LocalEngine, cli: Cli, way: str, size: int
) -> None:
    file = full.path.with_suffix(".duckdb")
    full.submit(FIVE)
    before = file.read_bytes()
    act = full.publish if way == "publish" else full.rebuild
    with no_file_beyond(size):
        with pytest.raises(StoreFailed) as raised:
            act()
        assert list(full.accounts_as_of(full.today)) == bare(full.accounts())
    assert "\n" not in str(raised.value)
    assert str(file) in str(raised.value)
    assert file.read_bytes() == before
    assert leftovers(full.path) == []
    if way == "rebuild" and size == 100_000:
        with no_file_beyond(size):
            refused_for_space(cli("rebuild"))
        assert file.read_bytes() == before
        assert leftovers(full.path) == []
    act()
    assert file.read_bytes() != before
    whole(full)


@pytest.mark.parametrize("size", [0, 5_000, 100_000])
def test_a_question_that_finds_no_room_to_publish_keeps_the_replica_that_is_there(
    full: LocalEngine, opened: Opened, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    file = full.path.with_suffix(".duckdb")
    for _ in range(10):
        full.submit(FIVE)
    before = file.read_bytes()
    monkeypatch.setattr(replica_module, "TAIL_LIMIT", 5)
    other = opened()
    with no_file_beyond(size):
        try:
            assert list(other.accounts_as_of(other.today)) == bare(full.accounts())
        except StoreFailed as error:
            assert "\n" not in str(error)
    assert leftovers(full.path) == []
    assert file.exists()
    assert file.read_bytes() == before
    whole(other)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_full_disk_fails_an_export_in_one_line_and_leaves_none_of_it(
    full: LocalEngine, cli: Cli, tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "out"
    with no_file_beyond(3_000):
        refused_for_space(cli("export", str(folder), "--format", form))
        with pytest.raises(StoreFailed):
            full.export(tmp_path / "second", form)
    assert not folder.exists() or list(folder.iterdir()) == []
    assert len(full.export(folder, form)) > 10
    assert leftovers(full.path) == []
    whole(full)


def test_a_full_disk_fails_a_backup_or_a_restore_and_leaves_none_of_it(
    full: LocalEngine, cli: Cli, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    good = make_backup(full.path, away / "good", None, SYSTEM).path
    size = good.stat().st_size
    for most in (0, 3_000, 30_000, size // 2, size - 1):
        with no_file_beyond(most):
            with pytest.raises(StoreFailed) as raised:
                make_backup(full.path, away / "new", None, SYSTEM)
            with pytest.raises(StoreFailed):
                restore_backup(good, full.path, None, SYSTEM)
        assert "\n" not in str(raised.value)
    with no_file_beyond(size // 2):
        refused_for_space(cli("backup", str(away / "new"), "--plain"))
        refused_for_space(cli("restore", str(good), "--yes"))
    assert [p.name for p in away.iterdir()] == ["good"]
    assert leftovers(full.path) == []
    with no_file_beyond(size + 40_000):
        assert make_backup(full.path, away / "new", None, SYSTEM).records == full.seq
    full.submit(FIVE)
    whole(full)


def test_a_full_disk_fails_a_sealed_backup_and_leaves_none_of_it(
    full: LocalEngine, cli: Cli, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("correct horse battery staple\n")
    plain = make_backup(full.path, away / "plain", None, SYSTEM).path
    # the copy fits, but not what is sealed, which is longer by a header
    with no_file_beyond(plain.stat().st_size + 50):
        refused_for_space(cli("backup", str(away / "new"), "--passphrase-file", str(secret)))
    assert [p.name for p in away.iterdir()] == ["plain"]
    assert leftovers(full.path) == []
    whole(full)


# -- a newer program ------------------------------------------------------------------------------


def tampered(path: Path, statement: str, *values: str) -> None:
    with closing(apsw.Connection(os.fspath(path))) as connection:
        connection.execute(statement, values)


def stored(path: Path) -> list[tuple[Any, ...]]:
    """All that the file says."""
    with closing(apsw.Connection(os.fspath(path))) as connection:
        return [
            row
            for table in ("meta", "record", "state", "key_use")
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
        ]


def test_a_file_that_a_newer_program_must_write_is_read_and_left_as_it_is(
    book: LocalEngine, cli: Cli, opened: Opened
) -> None:
    tampered(book.path, "UPDATE meta SET value = ? WHERE name = 'min_writer'", str(FORMAT + 1))
    before = stored(book.path)
    later = opened()
    for engine in (book, later):
        with pytest.raises(StoreFailed, match="upgrade"):
            engine.submit(FIVE)
        assert engine.accounts()[0].cash == amount("100000")
        assert engine.preview(FIVE).entries
        whole(engine)
    refused = cli("deposit", "gen-1", "1")
    refused_for_space(refused)
    assert "upgrade" in refused.stderr
    assert len(cli.json("accounts")["accounts"]) == 3
    assert cli("verify").returncode == 0
    assert stored(book.path) == before


ENTRY = {
    "type": "entry", "portfolio": "Main", "kind": "deposit", "effective": "2026-11-24",
    "postings": [
        {"account": "gen-1", "bucket": "cash", "currency": "USD", "micros": 5},
        {"account": "world:capital", "bucket": "", "currency": "USD", "micros": -5},
    ],
}  # fmt: skip
NEWER = {
    "event": (VERSION, {"type": "portfolio_split", "portfolio": "Main", "code": "gen-1"}),
    "field": (VERSION, {**ENTRY, "tax_lot": "7"}),
    "form": (VERSION + 1, ENTRY),
    "form-and-event": (VERSION + 1, {"type": "portfolio_split", "portfolio": "Main"}),
}


def append_newer(path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, *, state: bool) -> None:
    """What a newer program would append; `state`: and how it would mark the state."""
    version, event = NEWER[kind]
    content = {
        "actor": "eve", "session": "", "portfolio": "Main", "command": "deposit",
        "content": {"account": "gen-1"}, "events": [event], "part": [1, 1], "key": "", "rules": [],
    }  # fmt: skip
    with closing(Journal(path)) as journal, journal.turn() as turn:
        with monkeypatch.context() as patch:
            patch.setattr(record_module, "VERSION", version)
            turn.insert(sealed(content, turn.head, turn.newest_ns + 1))
        if state:
            turn.put_state(SCHEMA + 1, [("novelty", "Main", "{}")])


@pytest.mark.parametrize("state", [False, True], ids=["old-state", "new-state"])
@pytest.mark.parametrize("kind", NEWER)
def test_a_newer_programs_record_turns_the_book_read_only(
    book: LocalEngine,
    opened: Opened,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    state: bool,
) -> None:
    book.submit(FIVE)
    running = opened(actor="screen")
    known = book.accounts()
    append_newer(book.path, kind, monkeypatch, state=state)
    before = stored(book.path)
    later = opened(actor="later")
    running.refresh()
    for engine in (later, running, book):  # the last one learns of it in its turn
        with pytest.raises(StoreFailed, match="upgrade"):
            engine.submit(FIVE)
        assert "record 3" in engine.read_only
        assert "upgrade" in engine.read_only
        assert (engine.seq, engine.accounts()) == (2, known)
        engine.refresh()
        assert list(engine.accounts_as_of(engine.today)) == bare(known)
        assert engine.quarantined == ""
    done = cli("deposit", "gen-1", "1")
    refused_for_space(done)
    assert "upgrade" in done.stderr
    assert cli.json("accounts")["accounts"] == [account_json(a) for a in known]
    assert stored(book.path) == before
    assert later.check_chain(threading.Event()) == ""
    assert later.quarantined == ""


@pytest.mark.parametrize("kind", ["event", "form"])
def test_verifying_a_newer_programs_book_condemns_it_not(
    book: LocalEngine, opened: Opened, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Not knowing a record proves no damage; a mark would stop the newer program too."""
    append_newer(book.path, kind, monkeypatch, state=False)
    engine = opened()
    try:
        engine.verify()
    except StoreFailed as error:
        assert "upgrade" in str(error)
    assert engine.quarantined == ""


@pytest.mark.parametrize("known_first", [0, 2])
def test_waiting_behind_a_newer_programs_record_does_not_spin(
    book: LocalEngine, opened: Opened, monkeypatch: pytest.MonkeyPatch, known_first: int
) -> None:
    screen = opened(actor="screen")
    waits: list[float] = []
    wait = screen._journal.wait_for_change

    def counted(seq: int, timeout_seconds: float) -> bool:
        waits.append(time.monotonic())
        return wait(seq, timeout_seconds)

    monkeypatch.setattr(screen._journal, "wait_for_change", counted)
    for _ in range(known_first):
        book.submit(FIVE)
    append_newer(book.path, "event", monkeypatch, state=False)
    notices = []
    stop = threading.Event()
    thread = threading.Thread(target=lambda: notices.extend(screen.changes(1, stop)))
    thread.start()
    time.sleep(1)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert [n.seq for n in notices] == ([1 + known_first] if known_first else [])
    assert 0 < len(waits) < 12
    assert "upgrade" in screen.read_only


# -- an older program -----------------------------------------------------------------------------


def version_1_journal(path: Path) -> Path:
    """The file as the first program left it: its records, its keys, and a state of its form."""
    path.parent.mkdir()
    lines = (JOURNALS / "version-1.jsonl").read_text(encoding="utf-8").splitlines()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        for table in TABLES:
            connection.execute(table)
        meta = {"origin": "0123456789abcdef" * 2, "min_writer": "1", "state_schema": "1"}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        for seq, line in enumerate(lines, start=1):
            row = json.loads(line)
            connection.execute(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)",
                (
                    seq,
                    row["recorded_ns"],
                    row["actor"],
                    row["body"],
                    bytes.fromhex(row["prev"]),
                    bytes.fromhex(row["hash"]),
                ),
            )
        connection.execute("INSERT INTO state VALUES ('account', 'Main/ghost-1', '{}')")
    with closing(Journal(path)) as journal:
        keys = [
            KeyEntry(portfolio, key, seq, content, "{}" if receipt else "")
            for (portfolio, key), (seq, content, receipt) in folded(journal).keys.items()
        ]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executemany(
            "INSERT INTO key_use VALUES (?, ?, ?, ?, ?)",
            [(k.portfolio, k.key, k.seq, k.content, k.receipt) for k in keys],
        )
    assert {"d-1", "imp"} < {k.key for k in keys}
    return path


def test_a_journal_of_the_first_version_is_read_and_goes_on(
    path: Path, opened: Opened, cli: Cli
) -> None:
    version_1_journal(path)
    kept = json.loads((JOURNALS / "version-1.accounts.json").read_text(encoding="utf-8"))
    before = stored(path)

    def shown(engine: LocalEngine) -> list[dict[str, Any]]:
        found = [account_json(a) for a in engine.accounts()]
        return [{name: f[name] for name in k} for k, f in zip(kept, found, strict=True)]

    engine = opened()
    assert shown(engine) == kept
    assert (engine.seq, engine.read_only, engine.quarantined) == (17, "", "")
    assert [c for c in engine.verify().checks if not c.ok] == []
    assert cli("verify").returncode == 0
    assert cli.json("accounts")["accounts"] == [account_json(a) for a in engine.accounts()]
    assert stored(path) == before
    first = kept[0]
    command = Deposit(account="Main/gen-1", amount=amount("5"))
    assert engine.submit(command).seq == 18
    meta = {row[0]: row[1] for row in stored(path) if len(row) == 2}
    assert meta["min_writer"] == "2" == str(FORMAT)
    later = opened()
    assert later.accounts() == engine.accounts()
    assert account_json(later.accounts()[0])["cash"] != first["cash"]
    assert not any("Main/ghost-1" in row for row in stored(path))
    assert later.submit(command).seq == 19
    whole(later)


def test_a_first_version_journal_is_posted_to_by_several_at_once(
    path: Path, opened: Opened
) -> None:
    version_1_journal(path)
    running = opened(actor="screen")
    codes = [a.code for a in running.accounts() if a.portfolio == "Main"]
    assert "gen-1" in codes
    engines = [opened(actor=f"w{n}") for n in range(3)]
    command = Deposit(account="Main/gen-1", amount=amount("1"))
    before = running.account("gen-1", "Main").cash
    threads = [
        threading.Thread(target=lambda e=e: [e.submit(command) for _ in range(10)]) for e in engines
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.refresh()
    assert running.account("gen-1", "Main").cash == before + amount("30")
    assert running.seq == 47
    whole(running)


# -- another file at the path ---------------------------------------------------------------------


def test_a_running_engine_notices_that_its_journal_was_replaced(
    book: LocalEngine, opened: Opened, cli: Cli, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    assert cli("backup", str(backup), "--plain").returncode == 0
    receipts = [book.submit(FIVE) for _ in range(3)]
    known = book.accounts()
    put_aside = Path(cli.json("restore", str(backup), "--yes")["put_aside"])
    for act in (
        book.refresh,
        lambda: book.submit(FIVE),
        lambda: book.preview(FIVE),
        lambda: next(book.changes(book.seq)),
    ):
        with pytest.raises(StoreFailed, match="was replaced"):
            act()
    assert (book.seq, book.accounts()) == (4, known)
    book.close()
    later = opened()
    assert (later.seq, cash_of(later.accounts())) == (1, amount("100000"))
    assert later.submit(FIVE).seq == 2
    whole(later)
    with LocalEngine(put_aside, actor="dana") as old:
        recorded = {r.seq: r.hash.hex() for r in old.records()}
        assert [recorded[r.seq] for r in receipts] == [r.hash for r in receipts]
        assert old.accounts() == known
        assert [c for c in old.verify(ask=False).checks if not c.ok] == []


def test_a_replaced_journal_leaves_the_new_one_as_it_is(
    book: LocalEngine, opened: Opened, cli: Cli, tmp_path: Path
) -> None:
    """Closing what was open on the old file touches neither the new one nor what lies beside it."""
    make_backup(book.path, tmp_path / "backup", None, SYSTEM)
    book.submit(FIVE)
    book.publish()
    assert cli("restore", str(tmp_path / "backup"), "--yes").returncode == 0
    later = opened()
    later.submit(Withdraw(account="gen-1", amount=amount("1")))
    head = Head(later.seq, bytes.fromhex(later.verify(ask=False).head))
    book.close()
    again = opened()
    assert (again.seq, again.quarantined) == (head.seq, "")
    assert cash_of(again.accounts()) == amount("99999")
    whole(again)


@pytest.mark.parametrize("mode", ["deposits", "churn"])
def test_every_receipt_of_a_restore_under_load_is_in_the_file_that_was_put_aside(
    book: LocalEngine, opened: Opened, tmp_path: Path, mode: str
) -> None:
    backup = make_backup(book.path, tmp_path / "backup", None, SYSTEM).path
    book.close()
    for number in range(4):
        workers = [worker(mode, book.path, seed) for seed in (1, 2)]
        for one in workers:
            one.hear(5 + 3 * number)
        restored = restore_backup(backup, book.path, None, SYSTEM)
        assert restored.put_aside is not None
        time.sleep(0.05)
        for one in workers:
            one.process.kill()
            said, _ = one.process.communicate()
            for line in said.splitlines(keepends=True):
                if line.endswith("\n"):
                    one.heed(line)
        place = restored.put_aside
        moved = place.rename(tmp_path / f"{number}.journal")
        for suffix in ("-wal", ".head"):
            if Path(f"{place}{suffix}").exists():
                Path(f"{place}{suffix}").rename(f"{moved}{suffix}")
        found: set[tuple[int, str]] = set()  # who comes after may write to the new file
        for file in (moved, book.path):
            with LocalEngine(file, actor="next") as engine:
                found |= {(r.seq, r.hash.hex()) for r in engine.records()}
                assert [c for c in engine.verify(ask=False).checks if not c.ok] == []
                assert engine.quarantined == ""
        for one in workers:
            assert one.acknowledged
            assert {(seq, digest) for seq, (digest, _) in one.acknowledged.items()} <= found
            assert one.again <= found
    whole(opened())
