"""A DuckDB connection that reads and writes only the named files and folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

_SETTINGS = (
    "SET python_enable_replacements=false",
    "SET autoinstall_known_extensions=false",
    "SET autoload_known_extensions=false",
    "SET TimeZone='UTC'",
)

_LOCKS = ("SET enable_external_access=false", "SET lock_configuration=true")


@contextmanager
def locked_connection(
    *, paths: Sequence[str] = (), folders: Sequence[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory, without extensions or network, closed on leaving.

    `paths` are the files that it may read, `folders` those in which it may read and write.
    """
    connection = duckdb.connect(
        ":memory:", config={"threads": 2, "memory_limit": "1GB", "temp_directory": ""}
    )
    try:
        for setting in _SETTINGS:
            connection.execute(setting)
        connection.execute(f"SET allowed_paths=[{_listed(paths)}]")
        connection.execute(f"SET allowed_directories=[{_listed(map(str, folders))}]")
        for setting in _LOCKS:
            connection.execute(setting)
        yield connection
    finally:
        connection.close()


def quoted(text: str) -> str:
    """`text` as a literal in SQL."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


@cache
def statements(name: str) -> tuple[str, ...]:
    """The SQL statements of `sql/NAME.sql`."""
    text = (files("alluse_tui.market.data") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return tuple(part for part in text.split(";\n") if part.strip())


def _listed(texts: Sequence[str] | Iterator[str]) -> str:
    return ", ".join(quoted(text) for text in texts)
