"""An operator's own SQL: exactly one SELECT that can only read (storage.md, Replica)."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from alluse_tui.domain.model.errors import BadInput

ROW_LIMIT = 100_000
"""The most rows of a result; larger results are refused."""

ALLOWED = "must be one SELECT"

_NODES = {
    "SELECT_NODE",
    "SET_OPERATION_NODE",
    "RECURSIVE_CTE_NODE",
    "CTE_NODE",
    "STATEMENT_NODE",
}
_FORBIDDEN = {
    "query",
    "query_table",
    "json_execute_serialized_sql",
    "sleep_ms",
    "write_log",
    "checkpoint",
    "force_checkpoint",
}


def checked_select(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """`text` as DuckDB writes it, if it is one SELECT without side effects. Raises BadInput.

    The statement type is not enough: a SELECT may contain a COPY or an INSERT in a WITH.
    """
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        raise BadInput("sql", text, f"{ALLOWED} in valid text")
    try:
        statements = connection.extract_statements(text)
    except duckdb.Error as error:
        raise BadInput("sql", text, _first_line(error)) from None
    if len(statements) != 1:
        raise BadInput("sql", text, f"{ALLOWED}, not {len(statements)} statements")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise BadInput("sql", text, f"{ALLOWED}, not {statements[0].type.name}")
    if statements[0].named_parameters:
        raise BadInput("sql", text, "must not have parameters")
    row = connection.execute("SELECT json_serialize_sql($1)", [text]).fetchone()
    assert row is not None
    tree = json.loads(row[0])
    if tree["error"] or len(tree["statements"]) != 1:
        raise BadInput("sql", text, tree.get("error_message", ALLOWED))
    _check_tree(tree, text)
    row = connection.execute("SELECT json_deserialize_sql($1::JSON)", [row[0]]).fetchone()
    assert row is not None
    return str(row[0]).rstrip().rstrip(";")


def shown_rows(
    connection: duckdb.DuckDBPyConnection, select: str
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """Column names and rows of a checked SELECT; times with a zone come as text."""
    try:
        described = connection.execute(f"DESCRIBE {select}").fetchall()
        columns = tuple(str(d[0]) for d in described)
        picked = ", ".join(
            f"#{i}::VARCHAR" if "WITH TIME ZONE" in str(d[1]) else f"#{i}"
            for i, d in enumerate(described, start=1)
        )
        answer = connection.execute(f"SELECT {picked} FROM ({select})")
        rows = answer.fetchmany(ROW_LIMIT + 1)
    except duckdb.OutOfMemoryException as error:
        raise BadInput("sql", select, "needs more memory than is allowed") from error
    except duckdb.Error as error:
        if damaged(error):
            raise
        raise BadInput("sql", select, _first_line(error)) from None
    if len(rows) > ROW_LIMIT:
        raise BadInput("sql", select, f"returns more than {ROW_LIMIT} rows: add a LIMIT")
    return columns, tuple(tuple(r) for r in rows)


def damaged(error: Exception) -> bool:
    """Whether the file may be at fault: it cannot be read, or DuckDB fails internally."""
    return isinstance(error, duckdb.IOException) or type(error) is duckdb.Error or poisoned(error)


def poisoned(error: Exception) -> bool:
    """Whether the error makes DuckDB's connection unusable."""
    return isinstance(error, (duckdb.FatalException, duckdb.InternalException))


def _check_tree(tree: Any, text: str) -> None:
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo.extend(node)
        elif isinstance(node, dict):
            kind = node.get("type")
            if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _NODES:
                raise BadInput("sql", text, f"{ALLOWED}; {kind} does more than read")
            if node.get("function_name") in _FORBIDDEN:
                raise BadInput("sql", text, f"must not call {node['function_name']}")
            todo.extend(node.values())


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
