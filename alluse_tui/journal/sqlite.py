"""Connections to a journal file, and SQLite's errors in the program's own words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from alluse_tui.domain.model.errors import AllUseError, Busy, IntegrityFailed, StoreFailed

FIXED_SQLITE = (3, 51, 3)
"""The first SQLite without the WAL-reset race, in which a commit can be lost."""


def connect(path: Path, busy_ms: int, *, writable: bool = True) -> apsw.Connection:
    """An open connection in WAL mode with full durability. Raises StoreFailed and kin."""
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


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """Turns SQLite's errors into Busy, IntegrityFailed or StoreFailed, naming the file."""
    try:
        yield
    except apsw.BusyError:
        raise Busy(f"{path} is held by another process: try again") from None
    except (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError) as error:
        raise IntegrityFailed(f"{path} is damaged: {_line(error)}") from error
    except apsw.FullError as error:
        raise StoreFailed(f"{path}: the disk is full; nothing was recorded") from error
    except AllUseError:
        raise
    except apsw.Error as error:
        raise StoreFailed(f"{path}: {_line(error)}") from error


def _line(error: Exception) -> str:
    """SQLite quotes a damaged table's definition with its line ends."""
    return " ".join(str(error).split())


def fetched(
    connection: apsw.Connection, sql: str, values: tuple[str | int | bytes, ...] = ()
) -> list[tuple[Any, ...]]:
    """All rows of one statement, so that its cursor is exhausted; errors as `translated`."""
    with translated(connection.filename):
        return connection.execute(sql, values).fetchall()
