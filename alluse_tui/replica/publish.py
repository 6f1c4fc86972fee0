"""Building the DuckDB file aside and renaming it into place, whole (20-store, Replica)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from alluse_tui.domain.errors import StoreFailed
from alluse_tui.replica.source import Source
from alluse_tui.replica.statements import statement

SCHEMA = 1
"""Raised whenever tables or views change: a file of another schema is built again."""

SORTED = {"posting": "portfolio, account, effective, seq, n", "base_change": "account, effective"}
"""How the large tables lie in the file, so that one account's rows are together."""

STRAY = (".wal", ".wal.checkpoint", ".wal.recovery")
"""What a foreign program leaves beside a file it wrote to."""


def publish(source: Source, path: Path, head_seq: int) -> None:
    """Build the file from the records up to `head_seq` and put it at `path`.

    The old file stays until the new one is checked. Raises StoreFailed.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.building")
    _remove(aside)
    try:
        with failing_as_store(path):
            _build(source, aside, head_seq)
            _check(aside, head_seq)
            for suffix in STRAY:
                Path(f"{path}{suffix}").unlink(missing_ok=True)
            aside.chmod(0o600)
            aside.replace(path)
    finally:
        _remove(aside)


def fill(connection: duckdb.DuckDBPyConnection, bodies: list[str]) -> None:
    """Add what these record bodies say to the tables of the current schema."""
    connection.execute(statement("expand"), {"bodies": bodies})
    connection.execute(statement("fill"))


@contextmanager
def failing_as_store(path: Path) -> Iterator[None]:
    """Turns DuckDB's and the system's errors into StoreFailed, naming the file."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise StoreFailed(f"{path}: {str(error).splitlines()[0]}") from error


def _build(source: Source, aside: Path, head_seq: int) -> None:
    connection = duckdb.connect(aside, config={"temp_directory": ""})
    try:
        connection.execute("SET python_enable_replacements=false")
        connection.execute(statement("schema"))
        connection.begin()
        for bodies in source.bodies(0, head_seq):
            fill(connection, bodies)
        for table, order in SORTED.items():
            connection.execute(f"CREATE TEMP TABLE sorting AS FROM {table} ORDER BY {order}")
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} FROM temp.sorting")
            connection.execute("DROP TABLE temp.sorting")
        connection.execute(statement("views"))
        connection.execute(
            "CREATE TABLE meta AS SELECT ? AS origin, ? AS schema, ? AS head_seq, ? AS head_hash",
            (source.origin(), SCHEMA, head_seq, source.hash_of(head_seq)),
        )
        connection.execute(statement("comments"))
        connection.commit()
        connection.execute("CHECKPOINT")
    finally:
        connection.close()


def _check(aside: Path, head_seq: int) -> None:
    if any(Path(f"{aside}{suffix}").exists() for suffix in STRAY):
        raise StoreFailed(f"{aside} was not closed cleanly")
    with duckdb.connect(aside, read_only=True) as connection:
        row = connection.execute("SELECT count(*), coalesce(max(seq), 0) FROM record").fetchone()
    if row != (head_seq, head_seq):
        raise StoreFailed(f"{aside} holds {row} of {head_seq} records")


def _remove(aside: Path) -> None:
    for suffix in ("", *STRAY):
        Path(f"{aside}{suffix}").unlink(missing_ok=True)
