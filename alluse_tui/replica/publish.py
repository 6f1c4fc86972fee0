"""Building the DuckDB file aside and renaming it into place, whole (storage.md, Replica)."""

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

REPLICA_SCHEMA = 5
"""Raised whenever tables or views change: a file of another schema is built again."""

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
"""Told now and then: records done, records in all."""

SORTED = {"posting": "portfolio, account, effective, seq, n", "base_change": "account, effective"}
"""How the large tables lie in the file, so that one account's rows are together."""

ATTEMPTS = 5
"""How often a file that is replaced just then is attached again."""

Held = tuple[int, int]
"""How many records a file shows, fewer than it is made of, and the newest of them."""


def publish(
    source: Source,
    path: Path,
    head_seq: int,
    progress: Progress | None = None,
    *,
    whole: bool = False,
) -> None:
    """Build the file up to record `head_seq` and put it at `path`, with its digest beside it.

    It starts from the file that is there when that is proved, else (or if `whole`) from the first
    record; where that file already holds as much, or one that does was put there meanwhile,
    nothing is done. The old file stays until the new one is checked. `progress` (records done, in
    all) may raise to stop. Raises CannotPublish, IntegrityFailed.
    """
    start = published_seq(source, path)  # also where `whole`: it may prove a loss
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
    """`_build`; from the first record where `old` proves unusable only when it is read."""
    if old is not None:
        try:
            return _build(source, new, head_seq, old, progress)
        except (duckdb.Error, Unproved):
            remove(new)
    return _build(source, new, head_seq, None, progress)


def published_seq(source: Source, path: Path) -> int:
    """The record up to which the file at `path` can be used; 0 when it cannot.

    Raises IntegrityFailed when it proves that the journal lost or changed records.
    """
    if not os.path.lexists(path):
        return 0
    with closing(duckdb.connect(":memory:")) as connection:
        try:
            proof, seq = attach_published(connection, source, path)
        except Unproved:
            return 0  # it costs nothing but building it again
        proof.close()
    return seq


def attach_published(
    connection: duckdb.DuckDBPyConnection, source: Source, path: Path
) -> tuple[Proof, int]:
    """Attach the proved file at `path` as `published`; its proof, and its newest record.

    The caller closes the proof. Raises Unproved where the file is not proved or not of this
    version, IntegrityFailed when it proves that the journal lost or changed records.
    """
    quoted = str(path).replace("'", "''")
    for _ in range(ATTEMPTS):
        proof = prove(path, source.origin())
        try:
            connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY, TYPE duckdb)")
            seq = _usable_seq(source, path, connection.execute(_META).fetchone())
            if proof.at_path() and not strays(path):  # so that this very file was attached
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
    raise Unproved(f"{path} is replaced all the time", changed=False)


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
    """Add what these record bodies say to the tables of the current schema."""
    connection.execute(sql_file("expand"), {"bodies": bodies})
    connection.execute(sql_file("security"), {"names": SECURITY_COMMANDS})
    connection.execute(sql_file("fill"))


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
            raise CannotPublish(f"{aside} was made of {done} of {head_seq} records")
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
    """Copies every table of the published file; the newest record in them. Raises Unproved."""
    proof, seq = attach_published(connection, source, path)
    with closing(proof):
        for table in TABLES:
            connection.execute(f"INSERT INTO {table} FROM published.main.{table}")
        if strays(path) or not proof.holds():
            raise Unproved(f"{path} was changed while it was copied", changed=True)
    return seq


def _check(aside: Path, held: Held) -> None:
    if strays(aside):
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
