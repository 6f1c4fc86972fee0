"""A SQLite file as rows, read from memory: nothing is ever written beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import open_regular, read_regular

MAGIC = b"SQLite format 3\0"

SIZE_LIMIT_BYTES = 256 * 1024 * 1024

VALUE_LIMIT_BYTES = 16 * 1024 * 1024

JOURNAL_TABLES = {"record", "key_use", "state"}
"""Tables by which a journal of this program is recognised."""

NEEDED = {"accounts": ("account_id", "account_type", "current_balance")}
"""Columns without which a file is not the old system's."""

_WAL_MODE = slice(18, 20)
"""Where the header says that changes are in a `-wal` file, which memory cannot have."""

Row = Mapping[str, object]
"""A row by its columns' names in lower case."""


def is_database(path: Path) -> bool:
    """Whether the file begins as a SQLite database does; False if it cannot be read."""
    try:
        with open_regular(path) as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def content_of(path: Path) -> bytes:
    """The whole file. Raises BadInput, also if changes to it are still in a file beside it."""
    try:
        content = read_regular(path, SIZE_LIMIT_BYTES)
    except OSError as error:
        raise BadInput("file", path, f"cannot be read: {error.strerror}") from None
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.is_file() and beside.stat().st_size:
            allowed = f"has changes that are still in {beside.name}: close the old system first"
            raise BadInput("file", path, allowed)
    return content


def tables_of(content: bytes, path: Path) -> Mapping[str, list[Row]]:
    """The rows of each table of QUERIES that the file has. Raises BadInput."""
    in_memory = content[: _WAL_MODE.start] + b"\x01\x01" + content[_WAL_MODE.stop :]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        try:
            database.deserialize(in_memory)
            _make_safe(database)
            names = _table_names(database)
            _check_tables(database, names, path)
            return {name: _rows(database, name) for name in QUERIES if name in names}
        except (sqlite3.Error, UnicodeDecodeError) as error:  # a name may not be UTF-8
            fault = str(error).splitlines()[-1]
            raise BadInput("file", path, f"is a damaged database: {fault}") from None


QUERIES = {
    "accounts": "SELECT * FROM accounts",
    "account_relationships": "SELECT * FROM account_relationships",
    "transactions": "SELECT * FROM transactions",
    "forking_history": "SELECT * FROM forking_history",
    "merging_history": "SELECT * FROM merging_history",
    "performance_metrics": "SELECT * FROM performance_metrics",
    "reinvestment_history": "SELECT * FROM reinvestment_history",
}
"""The query of each table of the old system."""


def _make_safe(database: sqlite3.Connection) -> None:
    """Refuse writing and what a hostile schema could call, and check every page."""
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_LIMIT_BYTES)
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    for pragma in ("query_only = 1", "trusted_schema = 0", "cell_size_check = 1"):
        database.execute(f"PRAGMA {pragma}")
    (fault,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if fault != "ok":
        raise sqlite3.DatabaseError(str(fault))


def _table_names(database: sqlite3.Connection) -> set[str]:
    """The names of real tables, in lower case; views and virtual tables are left out."""
    rows = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    return {
        str(name).lower() for name, sql in rows if not str(sql).upper().startswith("CREATE VIRTUAL")
    }


def _check_tables(database: sqlite3.Connection, names: set[str], path: Path) -> None:
    if names >= JOURNAL_TABLES:
        allowed = "is a journal of ALL-USE: open it with --db"
        raise BadInput("file", path, allowed)
    columns = set(_columns(database)) if "accounts" in names else set()
    missing = [name for name in NEEDED["accounts"] if name not in columns]
    if missing:
        allowed = (
            "is a SQLite database, but not one of the old ALL-USE system: "
            f"it needs a table accounts with {', '.join(NEEDED['accounts'])}"
        )
        raise BadInput("file", path, allowed)


def _columns(database: sqlite3.Connection) -> list[str]:
    return [str(row[1]).lower() for row in database.execute("PRAGMA table_info(accounts)")]


def _rows(database: sqlite3.Connection, table: str) -> list[Row]:
    cursor = database.execute(QUERIES[table])
    names = [str(column[0]).lower() for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
