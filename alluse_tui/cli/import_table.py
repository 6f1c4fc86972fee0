"""What an import records by kind and symbol, as a table and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alluse_tui.cli.output import money_json, signed
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.derived.import_summary import SummaryRow

HEADER = ("new", "symbol", "rows", "cash", "currency")


def print_import_table(summary: Sequence[SummaryRow], account: str = "") -> None:
    """One line a kind, symbol and currency; the count of rows is in the first of its lines.

    `account` is named in the first line if the file has several.
    """
    lines: list[tuple[str, ...]] = []
    for row in summary:
        amounts = [(signed(micros), currency) for currency, micros in sorted(row.cash.items())]
        (first, currency), *more = amounts or [("—", "")]
        count = str(row.rows) if row.rows else "—"
        lines.append((row.kind, row.symbol or "—", count, first, currency))
        lines += [("", "", "", cash, currency) for cash, currency in more]
    if lines:
        first, *others = HEADER
        print_table((f"new in {account}" if account else first, *others), lines, right=[2, 3])


def import_table_json(summary: Sequence[SummaryRow]) -> list[dict[str, Any]]:
    """The rows of the table; cash by currency."""
    return [
        {"kind": row.kind, "symbol": row.symbol, "rows": row.rows, "cash": money_json(row.cash)}
        for row in summary
    ]
