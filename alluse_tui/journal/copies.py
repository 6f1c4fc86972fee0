"""Copies of a journal file: online copies, and the readable records of a damaged file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.journal.creation import BUSY_MS, identity_in, make_file
from alluse_tui.journal.journal import Journal
from alluse_tui.journal.record import Record
from alluse_tui.journal.record_reader import one_by_one
from alluse_tui.journal.sqlite import connect, fetched, translated

MOST_PADDED = 1 << 40

COPIED = "damaged"
"""File name of the copy that `salvaged` reads."""

BESIDE = ("-wal", "-shm")
"""Suffixes of the files that SQLite keeps next to a database."""


def copy_online(source: Path, target: Path) -> None:
    """Copy a consistent snapshot of a journal to a new file while other processes keep writing."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    reader = connect(source, BUSY_MS)
    writer = connect(target, BUSY_MS)
    try:
        with translated(source), writer.backup("main", reader, "main") as backup:
            backup.step(-1)
        with translated(target):
            writer.pragma("wal_checkpoint(TRUNCATE)")
    finally:
        writer.close()
        reader.close()
    _tidy(target)


def salvaged(path: Path, folder: Path) -> Iterator[Record]:
    """Yield the records of a possibly damaged file, as far as SQLite can read them.

    Reads a copy made in `folder`. Raises IntegrityFailed or StoreFailed at unreadable data.
    """
    copy = folder / COPIED
    for suffix in ("", "-wal"):
        if Path(f"{path}{suffix}").exists():
            shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
    _padded(copy)
    connection = connect(copy, BUSY_MS)
    try:
        yield from one_by_one(connection)
    finally:
        connection.close(force=True)


def _padded(path: Path) -> None:
    """Pad a truncated file with zeros to the size in its header, else SQLite reads no page."""
    with path.open("r+b") as file:
        header = file.read(32)
        if len(header) == 32 and header.startswith(b"SQLite format 3"):
            size = int.from_bytes(header[16:18], "big")
            pages = int.from_bytes(header[28:32], "big")
            whole = (65_536 if size == 1 else size) * pages
            if path.stat().st_size < whole <= MOST_PADDED:
                file.truncate(whole)


def identity_of(path: Path) -> str:
    """The identity stored in a possibly damaged file. Raises IntegrityFailed."""
    connection = connect(path, BUSY_MS)
    try:
        return identity_in(connection)
    finally:
        connection.close()


def new_copy(path: Path, origin: str) -> Journal:
    """Create an empty journal of the given origin at `path`. Raises StoreFailed."""
    try:
        make_file(path, origin)
    except OSError as error:
        raise StoreFailed(f"{path} cannot be created: {error.strerror}") from error
    return Journal(path)


def settle(path: Path) -> None:
    """Give a closed copy a new life id and checkpoint it into a single file, on disk.

    Deletes all login sessions: the copy cannot know which of them have been ended since.
    """
    connection = connect(path, BUSY_MS)
    with translated(path):
        life = os.urandom(8).hex()
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('life', ?)", (life,))
        if fetched(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'session'"):
            connection.execute("DELETE FROM session")
        connection.pragma("wal_checkpoint(TRUNCATE)")
        connection.close()
    _tidy(path)


def _tidy(path: Path) -> None:
    for suffix in BESIDE:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def remove_copy(path: Path) -> None:
    """Remove a copy and the files next to it."""
    path.unlink(missing_ok=True)
    remove_beside(path)


def remove_beside(path: Path) -> None:
    """Remove the files next to a copy that no process has open."""
    for suffix in (*BESIDE, ".head", ".quarantine"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
