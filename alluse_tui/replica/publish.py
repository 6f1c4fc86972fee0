"""Building the DuckDB file aside and renaming it into place, whole (20-store, Replica)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from alluse_tui.domain.errors import IntegrityFailed, StoreFailed
from alluse_tui.replica.source import Source
from alluse_tui.replica.statements import statement

SCHEMA = 5
"""Raised whenever tables or views change: a file of another schema is built again."""

TABLES = (
    "record",
    "portfolio",
    "account",
    "account_change",
    "setting_change",
    "alert_note",
    "reversal",
    "entry",
    "posting",
    "base_change",
    "holding_change",
    "rate_change",
)

Progress = Callable[[int, int], None]
"""Told now and then: records done, records in all."""

SORTED = {"posting": "portfolio, account, effective, seq, n", "base_change": "account, effective"}
"""How the large tables lie in the file, so that one account's rows are together."""

STRAY = (".wal", ".wal.checkpoint", ".wal.recovery")
"""What a foreign program leaves beside a file it wrote to."""


Held = tuple[int, int]
"""How many records a file shows, fewer than it is made of, and the newest of them."""


class CannotPublish(StoreFailed):
    """The file could not be built; what was there before is untouched."""


def publish(
    source: Source,
    path: Path,
    head_seq: int,
    progress: Progress | None = None,
    *,
    whole: bool = False,
) -> None:
    """Build the file up to record `head_seq` and put it at `path`.

    It starts from the file that is there when that is usable, else (or if `whole`) from the first
    record; where that file already holds as much, or one that does was put there meanwhile,
    nothing is done. The old file stays until the new one is checked. `progress` (records done, in
    all) may raise to stop. Raises CannotPublish, IntegrityFailed.
    """
    start = 0 if whole else published_seq(source, path)
    if start >= head_seq > 0:
        return
    _sweep(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.building")
    try:
        try:
            held = _build(source, aside, head_seq, path if start else None, progress)
        except duckdb.Error:
            if not start:
                raise
            remove(aside)  # the old file proved damaged only when it was read
            held = _build(source, aside, head_seq, None, progress)
        if held is None:
            return
        _check(aside, held)
        if not whole and published_seq(source, path) >= head_seq > 0:
            return  # somebody was quicker
        for suffix in STRAY:
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        aside.chmod(0o600)
        aside.replace(path)
    except (duckdb.Error, OSError) as error:
        raise CannotPublish(f"{path}: {str(error).splitlines()[0]}") from error
    finally:
        remove(aside)


def _sweep(path: Path) -> None:
    """Remove what publishers left that were killed."""
    for left in path.parent.glob(f".{path.name}.*.building*"):
        pid = left.name.removeprefix(f".{path.name}.").partition("-")[0]
        if not (pid.isdigit() and Path(f"/proc/{pid}").exists()):
            left.unlink(missing_ok=True)


def published_seq(source: Source, path: Path) -> int:
    """The record up to which the file at `path` can be used; 0 when it cannot.

    Raises IntegrityFailed when it proves that the journal lost or changed records.
    """
    if not path.is_file() or _strays(path):
        return 0
    try:
        with duckdb.connect(path, read_only=True) as connection:
            row = connection.execute(f"{_META} meta").fetchone()
    except duckdb.Error:
        return 0  # damaged or not ours: it costs nothing but building it again
    return _usable_seq(source, path, row)


_META = "SELECT origin, schema, head_seq, head_hash FROM"


def _usable_seq(source: Source, path: Path, row: tuple[Any, ...] | None) -> int:
    if row is None or row[:2] != (source.origin(), SCHEMA) or not isinstance(row[2], int):
        return 0
    if row[3] != source.hash_of(row[2]):
        raise IntegrityFailed(
            f"{path} was built from a record {row[2]} that the journal no longer has"
        )
    return int(row[2])


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


def _build(
    source: Source, aside: Path, head_seq: int, old: Path | None, progress: Progress | None
) -> Held | None:
    """Builds the file `aside`, beginning with what `old` holds; what it holds then.

    None where `old` proved to hold as much.
    """
    done = 0
    connection = duckdb.connect(aside, config={"temp_directory": ""})
    try:
        connection.execute("SET python_enable_replacements=false")
        connection.execute(statement("schema"))
        connection.begin()
        if old is not None:
            done = _copy_from(source, connection, old)
            if done >= head_seq:
                return None
        for bodies in source.bodies(done, head_seq):
            fill(connection, bodies)
            done += len(bodies)
            if progress is not None:
                progress(done, head_seq)
        if done != head_seq:
            raise CannotPublish(f"{aside} was made of {done} of {head_seq} records")
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
        return _held(connection)
    finally:
        connection.close()


def _copy_from(source: Source, connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Copies every table; the newest record in them.

    The file is judged again: another process may have put a new one there.
    """
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY, TYPE duckdb)")
    seq = _usable_seq(source, path, connection.execute(f"{_META} published.meta").fetchone())
    if seq:
        for table in TABLES:
            connection.execute(f"INSERT INTO {table} FROM published.main.{table}")
    if _strays(path):
        raise duckdb.IOException(f"{path} is being written to by another program")
    return seq


def _strays(path: Path) -> bool:
    return any(Path(f"{path}{suffix}").exists() for suffix in STRAY)


def _check(aside: Path, held: Held) -> None:
    if _strays(aside):
        raise CannotPublish(f"{aside} was not closed cleanly")
    with duckdb.connect(aside, read_only=True) as connection:
        found = _held(connection)
    if found != held:
        raise CannotPublish(f"{aside} holds {found}, and {held} was written to it")


def _held(connection: duckdb.DuckDBPyConnection) -> Held:
    counted = "SELECT count(*), coalesce(max(seq), 0) FROM record"
    row = connection.execute(counted).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def remove(aside: Path) -> None:
    """Remove a file and what DuckDB may have left beside it."""
    for suffix in ("", *STRAY):
        Path(f"{aside}{suffix}").unlink(missing_ok=True)
