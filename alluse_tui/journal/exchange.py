"""Replacing the journal at a path by another file; a kill at any point leaves a complete book.

SQLite keeps the newest records in a `-wal` file next to the database. Without it the database is
incomplete, next to another database it would be replayed into that one, and two files cannot be
renamed in one step. So the log is checkpointed into the database first, and the files next to it
are removed before the new file gets its name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import apsw

from alluse_tui.domain.model.errors import Busy, IntegrityFailed, StoreFailed
from alluse_tui.files import rename_new, sync_folder
from alluse_tui.journal.creation import BUSY_MS
from alluse_tui.journal.head_file import head_path
from alluse_tui.journal.quarantine import finding, mark_path, quarantine
from alluse_tui.journal.replaced_files import free_name
from alluse_tui.journal.sqlite import connect, fetched

LOGS = ("-wal", "-journal")
"""Suffixes of SQLite's log files, which may hold records."""

BESIDE = ("-shm", *LOGS)
"""Suffixes of all files that SQLite keeps next to a database, in order of safe removal."""

INTERRUPTED = (
    "`restore` or `recover` was interrupted while it replaced this file:"
    " run it again, or run `alluse recover`"
)
"""Text of the quarantine mark during the steps in which the file must not be written."""

LOCKED_BYTES = 512
"""SQLite's locks: one byte that every connection locks briefly when it opens the file, and 511 for
the state of open connections (https://www.sqlite.org/fileformat2.html, The Lock-Byte Page)."""

FIRST_LOCKED = 0x4000_0000

ATTEMPTS = 5
"""How often to retry when another writer or reader gets in between."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The result of an exchange.

    `kept` is the new name of the old file, None if there was none. `notes` are failures after the
    exchange, which harm neither file.
    """

    kept: Path | None
    notes: tuple[str, ...]


def exchange(new: Path, path: Path, reason: str) -> Exchanged:
    """Put the settled file `new` at `path`; the old file is kept as 'PATH.reason'.

    A link at `path` is followed. `new` is alone in a folder on the same file system, which also
    takes temporary files. Files derived from the old one (head file, quarantine mark, replica) are
    removed. Processes that have the old file open notice at their next turn. Raises Busy if one is
    in a turn or reading, StoreFailed; the old file is then still at `path`.
    """
    path = Path(os.path.realpath(path))
    try:
        with _locked(new):  # nobody opens it before the files derived from the old one are gone
            kept = None if _put_where_none_is(new, path, reason) else _replace(new, path, reason)
            return Exchanged(kept, tuple(_remove_derived(path)))
    except OSError as error:
        other = f"{error.filename}: " if error.filename not in (None, str(path)) else ""
        raise StoreFailed(f"{path} cannot be replaced: {other}{error.strerror}") from error


def _put_where_none_is(new: Path, path: Path, reason: str) -> bool:
    """Put `new` at `path` unless a file exists there; orphaned logs are kept like a file."""
    if os.path.lexists(path):
        return False
    kept = free_name(path, reason)
    for suffix in _beside(path):
        log = Path(f"{path}{suffix}")
        if suffix in LOGS and log.stat().st_size:
            rename_new(log, Path(f"{kept}{suffix}"))
        else:
            log.unlink(missing_ok=True)
    sync_folder(path.parent)
    try:
        rename_new(new, path)
    except FileExistsError:  # created by another process meanwhile
        return False
    return True


def _replace(new: Path, path: Path, reason: str) -> Path:
    """Copy the file at `path`, rename `new` over it and return the copy's path.

    If there are logs next to the file, a quarantine mark blocks writing from before their removal
    until after the exchange. Without it, a kill in between would leave other processes writing to
    unlinked logs, or a damaged file without the log that it could not check in.
    """
    marked = bool(finding(path))
    with _held(path) as (file, whole):
        copies = _Copies(free_name(path, reason), new.parent)
        try:
            if not whole:
                quarantine(path, INTERRUPTED)  # SQLite cannot lock it: this ends others' writing
                for suffix in _beside(path, LOGS):
                    with open(f"{path}{suffix}", "rb") as log:
                        copies.add(suffix, log)
            copies.add("", file)
            copies.publish()
            if beside := _beside(path):
                quarantine(path, INTERRUPTED)
        except BaseException:
            copies.discard()
            if not marked and finding(path) == INTERRUPTED:
                mark_path(path).unlink(missing_ok=True)
            raise
        for suffix in beside:
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        os.rename(new, path)
    return copies.kept


def _remove_derived(path: Path) -> Iterator[str]:
    """Remove the files derived from the old one, once the new name is durable; yield failures.

    After a kill, leftovers are ignored as another journal's, except for the quarantine mark.
    """
    replica = path.with_suffix(".duckdb")
    mark, head, digest = mark_path(path), head_path(path), Path(f"{replica}.digest")
    yield from _noted(path.parent, lambda: sync_folder(path.parent), _NOT_DURABLE)
    yield from _noted(mark, mark.unlink, "cannot be removed, so writing is refused: remove it")
    for file in (head, replica, digest, *_unfinished(mark, head, digest)):
        yield from _noted(file, file.unlink, "belongs to the old file and cannot be removed")
    yield from _noted(path.parent, lambda: sync_folder(path.parent), _NOT_DURABLE)


def _unfinished(*targets: Path) -> list[Path]:
    """Temporary files of processes that were killed in `files.replace_file`."""
    names = [re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]{{8}}") for target in targets]
    folder = targets[0].parent
    return [folder / n for n in os.listdir(folder) if any(name.fullmatch(n) for name in names)]


_NOT_DURABLE = "the exchange may not outlive a power cut"


def _noted(file: Path, act: Callable[[], None], trouble: str) -> Iterator[str]:
    try:
        act()
    except FileNotFoundError:
        return
    except OSError as error:
        yield f"{file}: {trouble} ({error.strerror})"


@dataclass
class _Copies:
    """Copies of a file and its logs, which get their names once all of them are on disk."""

    kept: Path
    folder: Path
    _written: dict[Path, Path] = field(default_factory=dict)
    _named: list[Path] = field(default_factory=list)

    def add(self, suffix: str, source: BinaryIO) -> None:
        """Copy an open file under an unpredictable name."""
        descriptor, name = tempfile.mkstemp(prefix="old-", dir=self.folder)
        with open(descriptor, "wb") as copy:
            source.seek(0)
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        self._written[Path(name)] = Path(f"{self.kept}{suffix}")

    def publish(self) -> None:
        """Give the copies their names durably, the main file last, after its logs."""
        for temporary, name in self._written.items():
            rename_new(temporary, name)
            self._named.append(name)
        sync_folder(self.kept.parent)

    def discard(self) -> None:
        """Remove the copies that have their names; the others are removed with their folder."""
        for name in self._named:
            name.unlink(missing_ok=True)


# -- locks ----------------------------------------------------------------------------------------


@contextmanager
def _held(path: Path) -> Iterator[tuple[BinaryIO, bool]]:
    """Yield the file at `path`, open, and whether it is complete without its logs.

    Meanwhile no process can open it and, unless it is too damaged to lock, none is in a turn. The
    file is closed last, as closing it releases all locks of this process on it. Raises Busy,
    OSError.
    """
    _take_in_log(path)
    with _opened(path) as file, ExitStack() as turn:
        whole = _lock(file, LOCKED_BYTES) and not _beside(path)
        if not whole:  # others have it open, or its log could not be checkpointed
            whole = turn.enter_context(_no_turn(path))
            _wait_for_lock(file, path)
        yield file, whole


def _take_in_log(path: Path) -> None:
    """Open and close the file: SQLite then removes its logs if no other process has it open."""
    with suppress(IntegrityFailed, StoreFailed):  # too damaged: its logs are kept, too
        connection = connect(path, BUSY_MS)
        try:
            fetched(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close(force=True)


@contextmanager
def _no_turn(path: Path) -> Iterator[bool]:
    """Hold a turn; yields False if the file is too damaged for that. Raises Busy."""
    with ExitStack() as stack:
        try:
            connection = connect(path, BUSY_MS)
            stack.callback(connection.close, force=True)
            _take_turn(connection, path)
            whole = True
        except (IntegrityFailed, StoreFailed):
            whole = False
        yield whole


def _take_turn(connection: apsw.Connection, path: Path) -> None:
    """Begin a turn with the whole log checkpointed. Raises Busy, IntegrityFailed."""
    for _ in range(ATTEMPTS):  # a turn begun among many readers may itself hold the log
        fetched(connection, "PRAGMA wal_checkpoint(TRUNCATE)")  # waits for readers of the log
        fetched(connection, "BEGIN IMMEDIATE")
        if _checkpointed(path, BUSY_MS / ATTEMPTS / 1000):
            return
        fetched(connection, "ROLLBACK")
    raise Busy(f"{path} is being read by another process: try again once it has finished")


def _checkpointed(path: Path, patience_seconds: float) -> bool:
    """Checkpoint the log during a turn, which only a second connection can do.

    Readers that began before the turn hold the log's end; False if they take too long.
    """
    deadline = time.monotonic() + patience_seconds
    other = connect(path, BUSY_MS)
    try:
        while True:
            busy, logged, taken_in = fetched(other, "PRAGMA wal_checkpoint(PASSIVE)")[0]
            if not busy and logged == taken_in:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
    finally:
        other.close(force=True)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The regular file at `path`, for reading and locking. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(path))
    with open(descriptor, "r+b") as file:
        yield file


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """No process can open the file meanwhile, under any name. Raises Busy, OSError."""
    with _opened(path) as file:
        if not _lock(file, LOCKED_BYTES):
            raise Busy(f"{path} is in use: try again")
        yield


def _wait_for_lock(file: BinaryIO, path: Path) -> None:
    """Take the lock that makes every process that opens the file wait. Raises Busy."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while not _lock(file, 1):
        if time.monotonic() > deadline:
            raise Busy(f"{path} is being opened by another process: try again")
        time.sleep(0.01)


def _lock(file: BinaryIO, count_bytes: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, count_bytes, FIRST_LOCKED)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _beside(path: Path, suffixes: tuple[str, ...] = BESIDE) -> list[str]:
    """The suffixes of those files next to `path` that exist."""
    return [suffix for suffix in suffixes if os.path.lexists(f"{path}{suffix}")]
