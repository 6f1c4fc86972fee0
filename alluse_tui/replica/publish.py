"""Building the DuckDB file in a staging folder and renaming it into place (storage.md, Replica)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from alluse_tui.domain.model.errors import IntegrityFailed, StoreFailed
from alluse_tui.domain.model.traits import commands_with
from alluse_tui.replica.building import building_folder
from alluse_tui.replica.digest import STRAY, Proof, prove, put_in_place, strays
from alluse_tui.replica.failures import CannotPublish, Unproved
from alluse_tui.replica.source import Source
from alluse_tui.replica.sql_files import sql_file

REPLICA_SCHEMA = 9
"""Incremented when tables or views change; a file of another schema is rebuilt."""

SECURITY_COMMANDS = list(commands_with(lambda t: t.security))
"""Commands whose records never reach the replica."""

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
"""Called periodically with the records done and the total."""

SORTED = {"posting": "portfolio, account, effective, seq, n", "base_change": "account, effective"}
"""The order of the large tables in the file, which keeps one account's rows together."""

ATTEMPTS = 5
"""How often to attach again if the file is replaced meanwhile."""

Held = tuple[int, int]
"""The number of records in a file (without the security records), and the newest seq."""


def publish(
    source: Source,
    path: Path,
    head_seq: int,
    progress: Progress | None = None,
    *,
    whole: bool = False,
) -> None:
    """Build the file up to record `head_seq` and put it at `path`, with its digest next to it.

    Extends the existing file if that is verified, else (or if `whole`) starts from the first
    record. Does nothing if the existing file, or one put there meanwhile, is as recent. The old
    file stays until the new one is checked. `progress` (records done, total) may raise to stop.
    Raises CannotPublish, IntegrityFailed.
    """
    start = published_seq(source, path)  # also if `whole`: it may prove a loss
    if whole:
        start = 0
    if start >= head_seq > 0:
        return
    try:
        with building_folder(path) as folder:
            new = folder / path.name
            held = _build_from(source, new, head_seq, path if start else None, progress)
            if held is None:
                return
            _check(new, held)
            if not whole and published_seq(source, path) >= head_seq > 0:
                return  # another publisher was faster
            new.chmod(0o600)
            put_in_place(new, path, source.origin())
    except (duckdb.Error, OSError) as error:
        raise CannotPublish(f"{path}: {str(error).splitlines()[0]}") from error


def _build_from(
    source: Source, new: Path, head_seq: int, old: Path | None, progress: Progress | None
) -> Held | None:
    """As `_build`, but from the first record if `old` turns out to be unusable."""
    if old is not None:
        try:
            return _build(source, new, head_seq, old, progress)
        except (duckdb.Error, Unproved):
            remove(new)
    return _build(source, new, head_seq, None, progress)


def published_seq(source: Source, path: Path) -> int:
    """The newest record in the file at `path`; 0 if the file cannot be used.

    Raises IntegrityFailed if the file proves that the journal lost or changed records.
    """
    if not os.path.lexists(path):
        return 0
    with closing(duckdb.connect(":memory:")) as connection:
        try:
            proof, seq = attach_published(connection, source, path)
        except Unproved:
            return 0  # the file is rebuilt
        proof.close()
    return seq


def attach_published(
    connection: duckdb.DuckDBPyConnection, source: Source, path: Path
) -> tuple[Proof, int]:
    """Attach the verified file at `path` as `published`; returns its proof and newest record.

    The caller closes the proof. Raises Unproved if the file is not verified or not of this
    version, IntegrityFailed if it proves that the journal lost or changed records.
    """
    quoted = str(path).replace("'", "''")
    for _ in range(ATTEMPTS):
        proof = prove(path, source.origin())
        try:
            connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY, TYPE duckdb)")
            seq = _usable_seq(source, path, connection.execute(_META).fetchone())
            if proof.at_path() and not strays(path):  # so this is the file that was attached
                return proof, seq
            connection.execute("DETACH published")
        except duckdb.Error as error:
            proof.close()
            message = str(error).splitlines()[0]
            raise Unproved(f"{path} cannot be opened: {message}", changed=True) from error
        except BaseException:
            proof.close()
            raise
        proof.close()
    raise Unproved(f"{path} keeps being replaced", changed=False)


_META = "SELECT origin, schema, head_seq, head_hash FROM published.meta"


def _usable_seq(source: Source, path: Path, row: tuple[Any, ...] | None) -> int:
    if row is None or row[:2] != (source.origin(), REPLICA_SCHEMA) or not isinstance(row[2], int):
        raise Unproved(f"{path} was published by another version", changed=False)
    if row[3] != source.hash_of(row[2]):
        raise IntegrityFailed(
            f"{path} was built from a record {row[2]} that the journal no longer has"
        )
    return int(row[2])


def fill(connection: duckdb.DuckDBPyConnection, bodies: list[str]) -> None:
    """Add the rows of these record bodies to the tables of the current schema."""
    connection.execute(sql_file("expand"), {"bodies": bodies})
    connection.execute(sql_file("security"), {"names": SECURITY_COMMANDS})
    connection.execute(sql_file("fill"))


@contextmanager
def failing_as_store(path: Path) -> Iterator[None]:
    """Translate DuckDB's and the system's errors into StoreFailed, which names the file."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise StoreFailed(f"{path}: {str(error).splitlines()[0]}") from error


def _build(
    source: Source, staged: Path, head_seq: int, old: Path | None, progress: Progress | None
) -> Held | None:
    """Build the file `staged`, starting from the rows of `old`; returns what it holds.

    Returns None if `old` is as recent.
    """
    done = 0
    connection = duckdb.connect(staged, config={"temp_directory": ""})
    try:
        connection.execute("SET python_enable_replacements=false")
        connection.execute(sql_file("schema"))
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
            raise CannotPublish(f"{staged} holds {done} of {head_seq} records")
        for table, order in SORTED.items():
            connection.execute(f"CREATE TEMP TABLE sorting AS FROM {table} ORDER BY {order}")
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} FROM temp.sorting")
            connection.execute("DROP TABLE temp.sorting")
        connection.execute(sql_file("views"))
        connection.execute(
            "CREATE TABLE meta AS SELECT ? AS origin, ? AS schema, ? AS head_seq, ? AS head_hash",
            (source.origin(), REPLICA_SCHEMA, head_seq, source.hash_of(head_seq)),
        )
        connection.execute(sql_file("comments"))
        connection.commit()
        connection.execute("CHECKPOINT")
        return _held(connection)
    finally:
        connection.close()


def _copy_from(source: Source, connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Copy every table of the published file; returns its newest record. Raises Unproved."""
    proof, seq = attach_published(connection, source, path)
    with closing(proof):
        for table in TABLES:
            connection.execute(f"INSERT INTO {table} FROM published.main.{table}")
        if strays(path) or not proof.holds():
            raise Unproved(f"{path} was changed while it was copied", changed=True)
    return seq


def _check(staged: Path, held: Held) -> None:
    if strays(staged):
        raise CannotPublish(f"{staged} was not closed cleanly")
    with duckdb.connect(staged, read_only=True) as connection:
        read_back = _held(connection)
    if read_back != held:
        raise CannotPublish(f"{staged} holds {read_back}, but {held} was written to it")


def _held(connection: duckdb.DuckDBPyConnection) -> Held:
    counted = "SELECT count(*), coalesce(max(seq), 0) FROM record"
    row = connection.execute(counted).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def remove(staged: Path) -> None:
    """Remove a DuckDB file and the files that DuckDB may have left next to it."""
    for suffix in ("", *STRAY):
        Path(f"{staged}{suffix}").unlink(missing_ok=True)
