"""`alluse query`: one SELECT, typed by the user."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import click

from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.output import print_json
from alluse_tui.cli.tables import print_table


@click.command()
@click.argument("sql")
@reading
def query(common: Common, sql: str) -> None:
    """Run one SELECT over the DuckDB tables.

    Among the tables are account_now, entry, posting and record; `alluse export` writes them all.

    \b
      alluse query "SELECT code, name FROM account_now"
    """
    with common.engine() as engine:
        answer = engine.queries.sql(sql)
    if common.as_json:
        rows = [[_plain(v) for v in row] for row in answer.rows]
        print_json({"columns": list(answer.columns), "rows": rows})
        return
    numeric = {
        i for row in answer.rows[:1] for i, v in enumerate(row) if isinstance(v, (int, Decimal))
    }
    rows_shown = [["" if v is None else str(v) for v in row] for row in answer.rows]
    print_table(answer.columns, rows_shown, right=numeric)


def _plain(value: Any) -> Any:
    """The value as JSON; decimals, dates and other types as strings."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return str(value)
