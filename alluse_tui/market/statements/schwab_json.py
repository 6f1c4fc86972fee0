"""Schwab's transaction history in JSON into facts (market.md, CSV files).

Its transactions have the columns and the meaning of those in CSV, and so the same keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements.csv_columns import SCHWAB_COLUMNS
from alluse_tui.market.statements.csv_rows import ROW_LIMIT, Row, decoded
from alluse_tui.market.statements.csv_statement import CsvStatement
from alluse_tui.market.statements.reading_progress import row_read
from alluse_tui.market.statements.schwab_csv import BROKER, check_total, collect
from alluse_tui.market.statements.statement import ReadStatement, SourceFile

TRANSACTIONS = "BrokerageTransactions"
SUM = "TotalTransactionsAmount"

_LIST = re.compile(rf'"{TRANSACTIONS}"\s*:\s*\[')
_SPACE = re.compile(r"[\s,]*")


def read_schwab_json(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The transactions in the file, which does not name its account. Raises BadInput."""
    text = decoded(file.content, file.name)
    document = _document(text, file.name)
    transactions = document.get(TRANSACTIONS)
    if not isinstance(transactions, list):
        raise BadInput(f"{file.name}: {TRANSACTIONS}", None, "is missing; export the file again")
    if len(transactions) > ROW_LIMIT:
        raise BadInput("file", file.name, f"has more than {ROW_LIMIT:,} rows")
    lines = _lines(text, len(transactions))
    unit = "line"
    if len(set(lines)) < len(lines):  # several on one line
        unit, lines = "transaction", list(range(1, len(lines) + 1))
    rows = [
        _row(each, Row(file.name, line, {}, ".", unit))
        for each, line in zip(transactions, lines, strict=True)
    ]
    statement = CsvStatement("schwab-json", BROKER, "", file.name, file.sha256)
    collect(statement, lambda: rows)
    if document.get(SUM):
        line = text.count("\n", 0, text.find(f'"{SUM}"')) + 1
        check_total(statement, Row(file.name, line, _texts(document, (SUM,)), "."), SUM)
    return (statement.result(),)


def _document(text: str, file_name: str) -> Mapping[str, Any]:
    """The JSON object in `text`, with its numbers as they are written. Raises BadInput."""
    try:
        document = json.loads(
            text, object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=str
        )
    except json.JSONDecodeError as error:
        where = f"{file_name} line {error.lineno}, column {error.colno}"
        raise BadInput(
            where, None, f"is not valid JSON: {error.msg}; the file is cut off"
        ) from None
    except _TwiceError as error:
        raise BadInput(
            f"{file_name}: {error}", None, "must not appear twice in one object"
        ) from None
    except RecursionError:
        raise BadInput("file", file_name, "is nested too deeply") from None
    if not isinstance(document, dict):
        raise BadInput("file", file_name, "must be a JSON object, as Schwab exports it")
    return document


class _TwiceError(ValueError):
    """A name that one object has twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ. Raises _TwiceError."""
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return members


def _lines(text: str, count: int) -> list[int]:
    """The line on which each transaction begins."""
    listed = _LIST.search(text)
    assert listed is not None
    decoder, at, lines, line, before = json.JSONDecoder(), listed.end(), [], 1, 0
    for _ in range(count):
        space = _SPACE.match(text, at)
        begin = space.end() if space else at
        line += text.count("\n", before, begin)
        lines.append(line)
        before, (_, at) = begin, decoder.raw_decode(text, begin)
    return lines


def _row(transaction: Any, row: Row) -> Row:
    """A transaction as a row of the CSV, in the place of `row`. Raises BadInput."""
    row_read()
    if not isinstance(transaction, dict):
        raise BadInput(row.where(TRANSACTIONS), None, "must be an object")
    for name in SCHWAB_COLUMNS:
        if name not in transaction:
            raise BadInput(row.where(name), None, "is missing")
        if not isinstance(transaction[name], str | None):
            raise BadInput(row.where(name), None, "must be quoted text")
    return replace(row, cells=_texts(transaction, SCHWAB_COLUMNS))


def _texts(members: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """The members with these names as text; '' for null."""
    return {name: str(members[name] or "") for name in names}
