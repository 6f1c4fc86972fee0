"""Connections to a journal file, and SQLite's errors as the program's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import apsw

from alluse_tui.domain.model.errors import Busy, IntegrityFailed, StoreFailed

FIXED_SQLITE = (3, 51, 3)
"""The first SQLite without the WAL-reset race, in which a commit can be lost."""


def connect(path: Path, busy_ms: int, *, writable: bool = True) -> apsw.Connection:
    """An open connection in WAL mode with full durability. Raises as `translated`."""
    version = tuple(int(n) for n in apsw.sqlite_lib_version().split("."))
    if version < FIXED_SQLITE:
        named = apsw.sqlite_lib_version()
        raise StoreFailed(f"SQLite {named} can lose a commit; install apsw with 3.51.3 or newer")
    flags = apsw.SQLITE_OPEN_READWRITE if writable else apsw.SQLITE_OPEN_READONLY
    with translated(path):
        connection = apsw.Connection(os.fspath(path), flags=flags)
        connection.set_busy_timeout(busy_ms)
        connection.pragma("synchronous", "FULL")
        return connection


class translated:
    """A context in which SQLite's errors become Busy, IntegrityFailed or StoreFailed.

    The message names the file. A class, because every command enters several of these.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path | str) -> None:
        """`path` is the file that the errors name."""
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        """Raise the program's error for SQLite's."""
        if isinstance(error, apsw.BusyError):
            raise Busy(f"{self._path} is held by another process; try again") from None
        if isinstance(error, (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError)):
            raise IntegrityFailed(f"{self._path} is damaged: {_line(error)}") from error
        if isinstance(error, apsw.FullError):
            raise StoreFailed(f"{self._path}: the disk is full; nothing was recorded") from error
        if isinstance(error, apsw.Error):
            raise StoreFailed(f"{self._path}: {_line(error)}") from error


def _line(error: Exception) -> str:
    """The message on one line: SQLite may quote a table's definition with line breaks."""
    return " ".join(str(error).split())


def fetched(
    connection: apsw.Connection, sql: str, values: tuple[str | int | bytes, ...] = ()
) -> list[tuple[Any, ...]]:
    """All rows of one statement, with its cursor exhausted. Raises as `translated`."""
    with translated(connection.filename):
        return connection.execute(sql, values).fetchall()


def data_version(connection: apsw.Connection) -> int:
    """A number that changes whenever another connection, of any process, has written."""
    ((version,),) = connection.execute("PRAGMA data_version").fetchall()
    assert isinstance(version, int)
    return version
