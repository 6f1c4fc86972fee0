"""Proof that a DuckDB file is the published one: its digest, in a small file next to it.

Other programs may write to the DuckDB file, so it is verified before use: by its status (size,
inode, device, modification and change time, of which the last cannot be set back), or if that
differs, by its SHA-256. A file that fails is rebuilt from the journal.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from alluse_tui.files import read_regular, replace_file
from alluse_tui.replica.failures import CannotPublish, Unproved

STRAY = (".wal", ".wal.checkpoint", ".wal.recovery")
"""Suffixes of files that another program leaves next to a DuckDB file after writing to it."""

ENTRIES = 8
"""The most files that one digest lists: the published one and those about to replace it."""

DIGEST_BYTES = 16_384
"""The largest size of a digest file."""

CHUNK_BYTES = 1 << 20

TICK_NS = 20_000_000
"""Changes of a file that are further apart than this have different change times."""

LOCK_SECONDS = 5.0
"""How long a publisher waits for another one to put its file in place."""

LOCK_POLL_SECONDS = 0.01


class Stamp(NamedTuple):
    """The status of a file, which differs after any change of the file."""

    size: int
    inode: int
    device: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One published file: its journal's identity, its SHA-256 in hex, its status.

    `stamp` is None before the file is in place; then only the SHA-256 verifies it.
    """

    journal: str
    sha256: str
    stamp: Stamp | None = None


class Proof:
    """A verified file, kept open; `holds` checks whether it is unchanged."""

    def __init__(self, path: Path, descriptor: int, entry: Entry) -> None:
        """Takes over the descriptor; `entry` has the status of the file."""
        self._path = path
        self._descriptor = descriptor
        self._entry = entry

    def at_path(self) -> bool:
        """Whether the path still names this file, unchanged."""
        try:
            return stamp_of(os.lstat(self._path)) == self._entry.stamp
        except OSError:
            return False  # removed or inaccessible

    def holds(self, *, full: bool = False) -> bool:
        """Whether the open file is unchanged: by its status, else (or if `full`) by its hash.

        True for a file that was replaced or deleted at its path.
        """
        if not full and stamp_of(os.fstat(self._descriptor)) == self._entry.stamp:
            return True
        stamp = _settled(self._descriptor)
        try:
            same = content_hash(self._descriptor) == self._entry.sha256
        except OSError:
            return False  # the disk cannot read it
        if not same or stamp_of(os.fstat(self._descriptor)) != stamp:
            return False
        self._entry = Entry(self._entry.journal, self._entry.sha256, stamp)
        _renew(self._path, self._entry)
        return True

    def close(self) -> None:
        """Close the descriptor. Safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def digest_path(path: Path) -> Path:
    """The path of the digest of the DuckDB file `path`."""
    return Path(f"{path}.digest")


def stamp_of(status: os.stat_result) -> Stamp:
    """The compared parts of a file's status."""
    return Stamp(
        status.st_size, status.st_ino, status.st_dev, status.st_mtime_ns, status.st_ctime_ns
    )


def strays(path: Path) -> bool:
    """Whether another program is writing to the file, or stopped while writing."""
    return any(os.path.lexists(f"{path}{suffix}") for suffix in STRAY)


def content_hash(descriptor: int, stop: threading.Event | None = None) -> str:
    """The SHA-256 of the open file in hex; empty if `stop` was set before the end."""
    digest, offset = hashlib.sha256(), 0
    while chunk := os.pread(descriptor, CHUNK_BYTES, offset):
        if stop is not None and stop.is_set():
            return ""
        digest.update(chunk)
        offset += len(chunk)
    return digest.hexdigest()


def prove(
    path: Path, journal: str, *, full: bool = False, stop: threading.Event | None = None
) -> Proof:
    """Verify that the file at `path` is the one published from `journal`.

    Reads the whole file only if its status differs from the digest's, or if `full`; `stop` ends
    that early. Raises Unproved, CannotPublish (another publisher holds the folder too long).
    """
    if strays(path):
        raise Unproved(f"{path}: another program has written to it", changed=True)
    if not full:
        descriptor = _opened(path)
        stamp = stamp_of(os.fstat(descriptor))
        for entry in entries_beside(path):
            if entry.journal == journal and entry.stamp == stamp:
                return Proof(path, descriptor, entry)
        os.close(descriptor)
    with locked(path.parent):  # so that file and digest are consistent
        descriptor, entries = _opened(path), entries_beside(path)
    try:
        entry = _entry_of_content(path, descriptor, journal, entries, stop)
    except BaseException:
        os.close(descriptor)
        raise
    if entry not in entries:
        _renew(path, entry)
    return Proof(path, descriptor, entry)


def _entry_of_content(
    path: Path,
    descriptor: int,
    journal: str,
    entries: list[Entry],
    stop: threading.Event | None,
) -> Entry:
    """The entry that matches the open file's content, with its current status."""
    if not entries:
        raise Unproved(f"{path} has no digest", changed=False)
    if all(entry.journal != journal for entry in entries):
        raise Unproved(f"{path} was published from another journal", changed=False)
    stamp = _settled(descriptor)
    try:
        sha256 = content_hash(descriptor, stop)
    except OSError as error:
        raise Unproved(f"{path} cannot be read: {error.strerror}", changed=True) from error
    if not sha256:
        raise Unproved(f"{path} was not read to its end", changed=False)
    if stamp_of(os.fstat(descriptor)) != stamp and _named_by(path, descriptor):
        raise Unproved(f"{path} was changed while it was read", changed=True)
    if all((entry.journal, entry.sha256) != (journal, sha256) for entry in entries):
        if any(entry.stamp == stamp for entry in entries):
            digest_path(path).unlink(missing_ok=True)  # else others trust the status
        raise Unproved(f"{path} is not as it was published", changed=True)
    return Entry(journal, sha256, stamp)


def put_in_place(new: Path, path: Path, journal: str) -> None:
    """Rename the finished file `new` to `path` and record its digest.

    The digest lists the file at `path` at every moment, so that a killed publisher leaves a usable
    one. Raises OSError, CannotPublish; the old file is then still there.
    """
    descriptor = _opened(new)
    try:
        entry = Entry(journal, content_hash(descriptor))
    finally:
        os.close(descriptor)
    with locked(path.parent):
        for suffix in STRAY:
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        _write(path, [entry, *entries_beside(path)])
        os.replace(new, path)
    with suppress(Unproved, CannotPublish):  # the file is in place; its next use verifies it
        prove(path, journal).close()


def entries_beside(path: Path) -> list[Entry]:
    """The entries of the digest of `path`; none if it is missing, damaged or not a regular file."""
    try:
        lines = read_regular(digest_path(path), DIGEST_BYTES).decode().splitlines()
        return [_entry(json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []  # then nothing is verified and the file is rebuilt


def _entry(plain: dict[str, object]) -> Entry:
    journal, sha256 = plain["journal"], plain["sha256"]
    numbers = [plain[name] for name in Stamp._fields]
    if not (isinstance(journal, str) and isinstance(sha256, str)):
        raise TypeError("a digest of other types")
    whole = [n for n in numbers if isinstance(n, int)]
    return Entry(journal, sha256, Stamp(*whole) if any(whole) else None)


def _write(path: Path, entries: list[Entry]) -> None:
    absent = Stamp(0, 0, 0, 0, 0)
    lines = [
        json.dumps({"journal": e.journal, "sha256": e.sha256, **(e.stamp or absent)._asdict()})
        for e in entries[:ENTRIES]
    ]
    replace_file(digest_path(path), ("\n".join(lines) + "\n").encode())


def _renew(path: Path, entry: Entry) -> None:
    """Record the file's current status, unless another file has taken its place.

    If that fails, the next process verifies the file by its content again.
    """
    with suppress(OSError, CannotPublish), locked(path.parent):
        known = any(e.sha256 == entry.sha256 for e in entries_beside(path))
        if known and stamp_of(os.lstat(path)) == entry.stamp:
            _write(path, [entry])


def _opened(path: Path) -> int:
    """A descriptor of the regular file at `path`. Raises Unproved, also for a link."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise Unproved(f"{path} does not exist", changed=False) from None
    except OSError as error:
        raise Unproved(f"{path} cannot be read: {error.strerror}", changed=True) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unproved(f"{path} is not a regular file", changed=True)
    return descriptor


def _named_by(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except OSError:
        return False


def _settled(descriptor: int) -> Stamp:
    """The file's status, after waiting until a later change gets a different change time."""
    age_ns = time.time_ns() - os.fstat(descriptor).st_ctime_ns
    if 0 <= age_ns < TICK_NS:
        time.sleep((TICK_NS - age_ns) / 1e9)
    return stamp_of(os.fstat(descriptor))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the folder, so that no other process puts a file or a digest in place meanwhile.

    Not reentrant; ends with the process. Raises CannotPublish, at the latest after LOCK_SECONDS.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise CannotPublish(f"{folder} cannot be opened: {error.strerror}") from error
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise CannotPublish(
                    f"{folder}: another process keeps this folder locked; try again"
                ) from None
        except OSError as error:
            raise CannotPublish(f"{folder} cannot be locked: {error.strerror}") from error
        time.sleep(LOCK_POLL_SECONDS)
