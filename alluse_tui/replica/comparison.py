"""Comparison of the published tables with the journal's records, row by row."""

from __future__ import annotations

from collections import Counter

import duckdb

from alluse_tui.replica.connection import ReplicaConnection
from alluse_tui.replica.publish import TABLES, fill
from alluse_tui.replica.source import Source
from alluse_tui.replica.sql_files import sql_file


def differences(attached: ReplicaConnection, source: Source, seq: int) -> str:
    """How the rows of the file and of newer records up to `seq` differ from the journal's.

    Empty if they match. Compares every table in both directions, with one batch of records in
    memory at a time. Raises duckdb.Error if the file is damaged.
    """
    attached.extend(seq)
    seq = attached.seq  # the file may be newer
    connection = attached.connection
    missing: Counter[str] = Counter()
    foreign: Counter[str] = Counter()
    done = 0
    for bodies in source.bodies(0, seq):
        _fill_reference(connection, bodies)
        upto = done + len(bodies)
        for table in TABLES:
            lacks, exceeds = _compare(connection, table, done + 1, upto)
            missing[table] += lacks
            foreign[table] += exceeds
        done = upto
    for table in TABLES:
        beyond = f"SELECT count(*) FROM {table} WHERE (seq BETWEEN 1 AND $1) IS NOT TRUE"
        foreign[table] += _numbers(connection, beyond, seq)[0]
    return ", ".join(
        f"{table}: {missing[table]} rows missing, {foreign[table]} not from the journal"
        for table in TABLES
        if missing[table] or foreign[table]
    )


def _fill_reference(connection: duckdb.DuckDBPyConnection, bodies: list[str]) -> None:
    connection.execute("DROP SCHEMA IF EXISTS memory.journal CASCADE")
    connection.execute("CREATE SCHEMA memory.journal")
    connection.execute("USE memory.journal")
    try:
        connection.execute(sql_file("schema"))
        fill(connection, bodies)
    finally:
        connection.execute("USE memory.main")


def _compare(
    connection: duckdb.DuckDBPyConnection, table: str, first: int, last: int
) -> tuple[int, ...]:
    """The numbers of rows of these records that the published table lacks, and has in excess."""
    described = connection.execute(f"DESCRIBE memory.journal.{table}").fetchall()
    columns = ", ".join(f'"{row[0]}"' for row in described)
    return _numbers(
        connection,
        f"""SELECT coalesce(sum(n) FILTER (n > 0), 0), coalesce(-sum(n) FILTER (n < 0), 0)
            FROM (
                SELECT sum(side) AS n
                FROM (
                    SELECT {columns}, 1 AS side FROM memory.journal.{table}
                    UNION ALL
                    SELECT {columns}, -1 FROM memory.main.{table} WHERE seq BETWEEN $1 AND $2
                )
                GROUP BY {columns}
            )""",
        first,
        last,
    )


def _numbers(connection: duckdb.DuckDBPyConnection, sql: str, *values: int) -> tuple[int, ...]:
    row = connection.execute(sql, list(values)).fetchone()
    assert row is not None
    return tuple(int(number) for number in row)
