"""Kills `restore` or `recover` at each of its system calls: `exchange_kills.py SCENE FOLDER`.

Fails at the first call after which no whole book is at the path. Runs in a process of its own,
since it forks for every call.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import apsw

sys.path.insert(0, str(Path(__file__).parents[1]))

from alluse_tui.cli.main import run
from alluse_tui.domain.errors import AllUseError, NoBook
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.backup import make_backup, restore_backup
from alluse_tui.journal.replaced_files import replaced_files
from crash.scenes import FIVE, SYSTEM, read_afresh
from crash.system_calls import killed_at
from crash.worker import opening

RECORDS, BACKED_UP = 5, 30

_STAGING = re.compile(r"\.alluse-(restore|recover)-[a-z0-9_]{8}")
_KEPT = re.compile(r"alluse\.journal\.(replaced|damaged)-\d{8}-\d{6}(-\d+)?(-wal)?")
_KNOWN = {"alluse.journal", "alluse.journal-wal", "alluse.journal-shm", "alluse.journal.head"}


# -- the book and what is done to it --------------------------------------------------------------


def build(folder: Path) -> None:
    """`book/` with five records, all in the main file, and a `backup` of a longer one."""
    path = folder / "longer" / "alluse.journal"
    with LocalEngine(path, actor="dana", create=True) as engine:
        engine.submit(opening())
        for number in range(1, BACKED_UP):
            if number == RECORDS:
                make_backup(path, folder / "start", None, SYSTEM)
            engine.submit(FIVE)
    make_backup(path, folder / "backup", None, SYSTEM)
    restore_backup(folder / "start", folder / "book" / path.name, None, SYSTEM)


def with_a_log(path: Path) -> None:
    """Two more records, in a `-wal` that a process left which did not end well."""
    folder = path.with_name("live")
    folder.mkdir()
    live = folder / path.name
    shutil.copy(path, live)
    with closing(apsw.Connection(str(live))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM record").fetchall()  # nothing leaves the log meanwhile
        with LocalEngine(live, actor="dana") as engine:
            engine.submit(FIVE)
            engine.submit(FIVE)
            for suffix in ("", "-wal"):
                shutil.copy(f"{live}{suffix}", f"{path}{suffix}")
    shutil.copy(f"{live}.head", f"{path}.head")
    shutil.rmtree(folder)


def damage_record(path: Path) -> None:
    """Record 4 says something else."""
    data = path.read_bytes()
    with LocalEngine(path, actor="dana") as engine:
        body = next(iter(engine.records(3))).body
    path.write_bytes(data.replace(body, body.replace(b'"dana"', b'"dane"')))


def damage_log(path: Path) -> None:
    """A byte of the `-wal`'s last record is another one: SQLite ends before it."""
    with_a_log(path)
    with open(f"{path}-wal", "r+b") as log:
        log.seek(-2_000, os.SEEK_END)
        byte = log.read(1)
        log.seek(-1, os.SEEK_CUR)
        log.write(bytes([byte[0] ^ 1]))


def damage_header(path: Path) -> None:
    """SQLite opens it no longer; it may go on where it was open before."""
    with path.open("r+b") as file:
        file.write(b"\0" * 100)


@dataclass(frozen=True)
class Scene:
    """A command, and the book that it finds.

    `old` and `new` are how many records the book before and after it has; an `old` of 0: none that
    is whole, so it may be found in quarantine. `shared`: another process has it open and made a
    deposit, before `damage` comes over it.
    `marks`: a kill may leave a quarantine mark.
    """

    command: str
    new: int
    old: int = 0
    prepare: Callable[[Path], object] = lambda path: None
    shared: bool = False
    damage: Callable[[Path], object] = lambda path: None
    marks: bool = False


SCENES = {
    "restore": Scene("restore", BACKED_UP, RECORDS),
    "restore-log": Scene("restore", BACKED_UP, RECORDS + 2, with_a_log),
    "restore-shared": Scene("restore", BACKED_UP, RECORDS + 1, shared=True, marks=True),
    "restore-new": Scene("restore", BACKED_UP, prepare=Path.unlink),
    "restore-damaged": Scene("restore", BACKED_UP, shared=True, damage=damage_header, marks=True),
    "recover-record": Scene("recover", 4, prepare=damage_record, marks=True),
    "recover-log": Scene("recover", 7, prepare=damage_log, marks=True),
}


# -- another process that has the book open -------------------------------------------------------


def other_process(path: Path, orders: Connection) -> None:
    """Deposits when it is told to; says which record that became, or nothing where it may not."""
    with LocalEngine(path, actor="other") as engine:
        orders.send("ready")
        while orders.recv() == "deposit":
            try:
                receipt = engine.submit(FIVE)
                orders.send((receipt.seq, receipt.hash))
            except AllUseError:
                orders.send(None)


@contextmanager
def other_on(path: Path) -> Iterator[Callable[[], tuple[int, str] | None]]:
    """Another process has the book open; calling the value deposits there."""
    mine, its = Pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            mine.close()
            other_process(path, its)
            status = 0
        finally:
            os._exit(status)
    its.close()
    try:
        assert mine.recv() == "ready"

        def deposit() -> tuple[int, str] | None:
            mine.send("deposit")
            answer: tuple[int, str] | None = mine.recv()
            return answer

        yield deposit
        mine.send("end")
        assert os.waitpid(child, 0)[1] == 0
        child = 0
    finally:
        mine.close()
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


# -- after a kill ---------------------------------------------------------------------------------


@dataclass
class Run:
    """One scene, killed at each call."""

    scene: Scene
    top: Path
    calls: list[str] = field(default_factory=list)
    quarantined: int = 0
    looked_at: set[str] = field(default_factory=set)

    @property
    def book(self) -> Path:
        """As every kill finds it."""
        return self.top / "book" / "alluse.journal"

    @property
    def path(self) -> Path:
        """Of the book of this kill."""
        return self.top / "killed" / "alluse.journal"

    def all_calls(self) -> None:
        """Kill at the first call, the second and so on, until it ends before."""
        while True:
            self.fresh_book()
            with self.somebody_else() as deposit:
                name = killed_at(len(self.calls) + 1, self.command)
                self.calls.append(name)
                if not name:
                    self.ended()
                    return
                if (state := self.state()) in self.looked_at:
                    continue
                self.looked_at.add(state)
                self.killed(deposit)
            self.run_again()

    def fresh_book(self) -> None:
        shutil.rmtree(self.path.parent, ignore_errors=True)
        shutil.copytree(self.book.parent, self.path.parent)

    @contextmanager
    def somebody_else(self) -> Iterator[Callable[[], tuple[int, str] | None] | None]:
        if not self.scene.shared:
            yield None
            return
        with other_on(self.path) as deposit:
            assert deposit()
            self.scene.damage(self.path)
            yield deposit

    def command(self) -> None:
        """In the child, which says nothing."""
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        assert self.completes() == 0

    def completes(self) -> int:
        """The exit code of the command in this process."""
        source = [str(self.top / "backup")] if self.scene.command == "restore" else []
        with redirect_stderr(StringIO()):
            return run([self.scene.command, *source, "--yes", "--db", str(self.path), "--json"])

    def state(self) -> str:
        """What is on disk, but for what is in temporary files: the same needs no second look."""
        digest = hashlib.sha256()
        for file in sorted(self.path.parent.rglob("*")):
            name = str(file.relative_to(self.path.parent))
            digest.update(re.sub(r"\d{8}-\d{6}|(?<=-)[a-z0-9_]{8}\b", "*", name).encode())
            if file.is_file() and not _STAGING.search(name) and not name.endswith("-shm"):
                content = (
                    str(file.stat().st_size).encode() if self.scene.shared else file.read_bytes()
                )
                digest.update(hashlib.sha256(content).digest())
        return digest.hexdigest()

    def killed(self, deposit: Callable[[], tuple[int, str] | None] | None) -> None:
        """A whole book is at the path, or a mark is, and `recover` lifts that."""
        if not self.path.exists():
            assert self.scene.command == "restore" and not self.scene.old, "no file at the path"
            assert not self.book.exists(), "no file at the path"
            return
        made = [deposit()] if deposit is not None else []
        seq, mark = self.seen(made)
        if mark:
            self.quarantined += 1
            assert self.scene.marks, f"a mark: {mark}"
        if deposit is None:
            if mark:
                shutil.rmtree(self.top / "copy", ignore_errors=True)
                copy = shutil.copytree(self.path.parent, self.top / "copy")
                recovered(copy / self.path.name, seq)
            return
        made.append(deposit())
        assert not (mark and made[1]), "a deposit in spite of the mark"
        self.seen(made)
        if mark:
            recovered(self.path, seq)
            assert deposit() is None, "a deposit in the file that was replaced"
            assert read_afresh(self.path)[0] == seq + 2

    def seen(self, made: list[tuple[int, str] | None]) -> tuple[int, str]:
        """The book as the next process finds it: its records, and what put it into quarantine.

        `made` are the deposits of the other process.
        """
        if not self.scene.old and self.is_untouched():
            return 0, ""
        with LocalEngine(self.path, actor="next") as engine:
            seq, mark = engine.seq, engine.quarantined
            if mark and not self.scene.old:
                assert seq >= self.scene.new - 1, f"{seq} records"  # `recover` adds one
                return seq, mark
            wrong = [c for c in engine.verify(ask=False).checks if not c.ok]
            assert [c.name for c in wrong] == (["quarantine"] if mark else [])
            hashes = {r.seq: r.hash.hex() for r in engine.records()}
            deposits = [d for d in made if d is not None]
            lost = [d for d in deposits if hashes.get(d[0]) != d[1]]
            assert lost == [], "deposits are lost"
            assert seq - len(deposits) in (self.scene.old, self.scene.new), f"{seq} records"
            return seq, mark

    def is_untouched(self) -> bool:
        """Whether the damaged book is as it was: with its log, or unusable for everybody."""
        if self.scene.shared:
            return not self.path.read_bytes().startswith(b"SQLite")
        for suffix in ("", "-wal"):
            before, now = Path(f"{self.book}{suffix}"), Path(f"{self.path}{suffix}")
            if before.exists() and not (now.exists() and now.read_bytes() == before.read_bytes()):
                return False
        return True

    def run_again(self) -> None:
        """The same command completes what was killed, and removes what that left."""
        code = self.completes()
        done_before = self.scene.command == "recover" and code == 2  # nothing is wrong any longer
        assert code == 0 or done_before, f"running it again: {code}"
        self.ended()

    def ended(self) -> None:
        """The new book can be used, the old one is kept, and nothing else is left."""
        with LocalEngine(self.path, actor="next") as engine:
            assert engine.quarantined == ""
            assert [c for c in engine.verify(ask=False).checks if not c.ok] == []
            assert self.scene.new <= engine.seq <= self.scene.new + 1, (
                f"{engine.seq} of {self.scene.new} records"
            )
            engine.submit(FIVE)
        names = {p.name for p in self.path.parent.iterdir()}
        strange = {n for n in names - _KNOWN if not _KEPT.fullmatch(n)}
        assert strange == set(), f"left behind: {strange}"
        kept = list(replaced_files(self.path))
        assert kept or not self.book.exists()
        for file in kept if self.scene.old else ():
            assert read_afresh(file)[0] >= self.scene.old


def recovered(path: Path, seq: int) -> None:
    """The way out of quarantine: nothing is lost, and it can be written to again."""
    assert run(["recover", "--yes", "--json", "--db", str(path)]) == 0
    with LocalEngine(path, actor="next") as engine:
        assert engine.seq == seq + 1
        assert engine.submit(FIVE).seq == seq + 2


def main(name: str, folder: Path) -> None:
    """Print what was tried as JSON."""
    scene = SCENES[name]
    build(folder)
    scene.prepare(folder / "book" / "alluse.journal")
    tried = Run(scene, folder)
    quiet = os.open(os.devnull, os.O_WRONLY)
    stdout = os.dup(1)
    os.dup2(quiet, 1)
    try:
        tried.all_calls()
    except (AssertionError, AllUseError, NoBook) as error:
        error.add_note(f"killed before call {len(tried.calls)}: {tried.calls[-3:]}")
        error.add_note(f"files: {sorted(str(p) for p in tried.path.parent.rglob('*'))}")
        raise
    summary = {
        "kills": len(tried.calls) - 1,
        "states": len(tried.looked_at),
        "quarantined": tried.quarantined,
    }
    os.write(stdout, json.dumps(summary).encode())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
