"""Copies of a journal file: one made online, what can be saved of a damaged one, and the exchange
of the file at a path for another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from alluse_tui.domain.errors import IntegrityFailed, StoreFailed
from alluse_tui.journal.journal import BUSY_MS, Journal, make_file
from alluse_tui.journal.kept_head import kept_path
from alluse_tui.journal.quarantine import mark_path, synced
from alluse_tui.journal.reading import paged
from alluse_tui.journal.record import Record
from alluse_tui.journal.sqlite import connect, fetched, translated

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a file."""


def copy_online(source: Path, target: Path) -> None:
    """Copy a journal of one moment to a new file, while others go on writing."""
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


def salvaged(path: Path) -> Iterator[Record]:
    """Records of a file that may be damaged, as far as SQLite can read them.

    Raises IntegrityFailed where it cannot go on.
    """
    connection = connect(path, BUSY_MS)
    try:
        yield from paged(connection)
    finally:
        connection.close()


def origin_of(path: Path) -> str:
    """The origin of a file that may be damaged. Raises IntegrityFailed."""
    connection = connect(path, BUSY_MS)
    try:
        rows = fetched(connection, "SELECT value FROM meta WHERE name = 'origin'")
    finally:
        connection.close()
    if not rows:
        raise IntegrityFailed(f"{path} has lost its 'origin'")
    return str(rows[0][0])


def new_copy(path: Path, origin: str) -> Journal:
    """A new, empty journal of that origin. Raises StoreFailed."""
    try:
        make_file(path, origin)
    except OSError as error:
        raise StoreFailed(f"{path} cannot be created: {error.strerror}") from error
    return Journal(path)


def settle(path: Path) -> None:
    """Put all of a closed copy into its one file, on disk."""
    connection = connect(path, BUSY_MS)
    with translated(path):
        connection.pragma("wal_checkpoint(TRUNCATE)")
        connection.close()
    _tidy(path)


def exchange(new: Path, path: Path, put_aside: str) -> Path | None:
    """Put the settled file `new` at `path`; what was there is kept under `put_aside`'s name.

    What was derived from the old file (kept head, quarantine mark, replica) goes. Processes that
    have the old file open notice at their next turn. Raises Busy when one is in a turn.
    """
    old = path.with_name(put_aside) if path.exists() else None
    if old is not None:
        with _held(path):
            for suffix in ("-wal", ""):  # the log first: a log beside another file is poison
                if Path(f"{path}{suffix}").exists():
                    Path(f"{path}{suffix}").rename(f"{old}{suffix}")
            Path(f"{path}-shm").unlink(missing_ok=True)
            new.rename(path)
    else:
        for suffix in BESIDE:
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        new.rename(path)
    for derived in (kept_path(path), mark_path(path), path.with_suffix(".duckdb")):
        derived.unlink(missing_ok=True)
    synced(path.parent)
    return old


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Nobody is in a turn on the file meanwhile, as far as SQLite can still say of it."""
    connection: apsw.Connection | None = None
    with suppress(IntegrityFailed):  # too damaged to be locked, so nobody writes to it either
        connection = connect(path, BUSY_MS)
        with translated(path):
            connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        if connection is not None:
            connection.close(force=True)


def _tidy(path: Path) -> None:
    for suffix in BESIDE:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def remove_copy(path: Path) -> None:
    """Remove a copy and what SQLite kept beside it."""
    for suffix in ("", *BESIDE, ".head", ".quarantine"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
