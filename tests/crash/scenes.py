"""A book, workers on it that may be killed, and a screen that follows: for the crash tests."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.views import AccountView
from alluse_tui.engine import LocalEngine, SystemClock
from alluse_tui.journal import Record

WORKER = Path(__file__).with_name("worker.py")
JOURNALS = Path(__file__).with_name("journals")
FIVE = Deposit(account="gen-1", amount=amount("5"))
SYSTEM = SystemClock()

Opened = Callable[..., LocalEngine]
Accounts = tuple[AccountView, ...]


def whole(engine: LocalEngine, *, ask: bool = True) -> None:
    """Nothing is missing, nothing is marked, and SQL says what the Book says."""
    checks = engine.operations.verify(ask=ask).checks
    assert [c for c in checks if not c.ok] == []
    assert engine.quarantined == ""
    engine.refresh()
    assert list(engine.queries.accounts(as_of=engine.today)) == list(engine.queries.accounts())
    if ask:
        assert engine.queries.sql("SELECT count(*) FROM record").rows == ((engine.seq,),)


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


def started(*arguments: str) -> subprocess.Popen[str]:
    """Python with those arguments, killed when the test ends."""
    command = [sys.executable, *arguments]
    RUNNING.append(
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    )
    return RUNNING[-1]


def worker(mode: str, path: Path, seed: int, count: int = 0) -> Worker:
    return Worker(started(str(WORKER), mode, str(path), str(seed), str(count)))


def expect_acknowledged(engine: LocalEngine, workers: list[Worker]) -> dict[int, Record]:
    """Every receipt stands in the journal with its hash and its command."""
    records = {r.seq: r for r in engine.queries.records()}
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
        for notice in engine.commands.changes(engine.seq, stop):
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


def read_afresh(path: Path) -> tuple[int, Accounts]:
    with LocalEngine(path, actor="next", accept_clock=True) as engine:
        assert [c for c in engine.operations.verify(ask=False).checks if not c.ok] == []
        return engine.seq, engine.queries.accounts()


def cash_of(accounts: Accounts) -> int:
    return accounts[0].cash


def leftovers(path: Path) -> list[str]:
    """What should not be beside a journal."""
    known = {"", "-wal", "-shm", ".head"}
    names = {p.name for p in path.parent.iterdir()} - {f"{path.name}{s}" for s in known}
    replica = path.with_suffix(".duckdb").name
    return sorted(names - {replica, f"{replica}.digest"})


def refused_for_space(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 6, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("alluse: ")
    assert done.stderr.count("\n") == 1
