"""Creating a journal file, complete before it gets its name."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import apsw

from alluse_tui.domain.model.errors import IntegrityFailed, StoreFailed
from alluse_tui.files import sync_folder
from alluse_tui.journal.schema import FILE_FORMAT, TABLES
from alluse_tui.journal.sqlite import connect, fetched, translated
from alluse_tui.journal.state_digest import digest_text

BUSY_MS = 5_000
"""How long a connection waits for another process's turn, in milliseconds."""

SUFFIXES = ("", "-wal", "-shm", "-journal")
"""Suffixes of a SQLite file and the files that SQLite keeps next to it."""


def create_file(path: Path) -> bool:
    """Create the journal `path`; False if another process created it first.

    It is built under an unpredictable name and linked into place, so no process ever opens half of
    one. Leaves nothing behind on failure. Raises StoreFailed.
    """
    building = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_file(building, secrets.token_hex(16))
        try:
            os.link(building, path)
        except FileExistsError:
            return False
        sync_folder(path.parent)
    except OSError as error:
        raise StoreFailed(f"{path} cannot be created: {error.strerror}") from error
    finally:
        for suffix in SUFFIXES:
            Path(f"{building}{suffix}").unlink(missing_ok=True)
    return True


def check_only_name(path: Path) -> None:
    """Refuse a file with a second name: each name would have its own head file and mark.

    Removes the leftovers of a killed `create_file`. Raises StoreFailed.
    """
    if os.stat(path).st_nlink == 1:
        return
    for building in path.parent.glob(f".{path.name}.*.new"):
        if building.samefile(path):
            building.unlink(missing_ok=True)
    if os.stat(path).st_nlink > 1:
        raise StoreFailed(
            f"{path} has another name (a hard link), under which it would be a second book:"
            f" remove the other one (find it with `find {path.parent} -samefile {path}`)"
        )


def make_file(path: Path, origin: str) -> None:
    """Create an empty journal file. Raises OSError if the path exists, StoreFailed."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    writer = connect(path, BUSY_MS)
    try:
        with translated(path):
            writer.pragma("journal_mode", "wal")
            fill_tables(writer, origin)
            if fetched(writer, "PRAGMA wal_checkpoint(TRUNCATE)") != [(0, 0, 0)]:
                raise StoreFailed(f"{path} could not be written completely")
    finally:
        writer.close(force=True)


def fill_tables(writer: apsw.Connection, origin: str) -> None:
    """Create and fill the tables of an empty journal, in one transaction."""
    with writer:
        for table in TABLES:
            writer.execute(table)
        meta = {
            "origin": origin,
            "life": os.urandom(8).hex(),
            "min_writer": str(FILE_FORMAT),
            "state_digest": digest_text(0),
        }
        for name, value in meta.items():
            writer.execute("INSERT INTO meta VALUES (?, ?)", (name, value))


def identity_in(connection: apsw.Connection) -> str:
    """The identity stored in a journal file: 'ORIGIN.LIFE'. Raises IntegrityFailed."""
    rows = fetched(connection, "SELECT name, value FROM meta WHERE name IN ('origin', 'life')")
    meta = {str(name): str(value) for name, value in rows}
    if "origin" not in meta:
        raise IntegrityFailed(f"{connection.filename} has lost its 'origin'")
    return f"{meta['origin']}.{meta.get('life', '')}"
