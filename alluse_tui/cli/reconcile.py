"""`alluse reconcile`: the book against a broker's statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.completion import complete_account, complete_file
from alluse_tui.cli.import_statement import BASE_CURRENCY, STATEMENT_FORMAT
from alluse_tui.cli.output import print_json
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.derived.reconciliation import Line, Reconciliation
from alluse_tui.domain.derived.reconciliation_evidence import Item
from alluse_tui.domain.derived.reconciliation_fixes import command_line, explanations
from alluse_tui.domain.model.instrument import instrument_named, quantity_text
from alluse_tui.domain.views import grouped, plain, printable
from alluse_tui.engine import statement_to_compare

DIFFERENCES = 8
"""The exit code if something differs."""


@click.command()
@click.argument("file", shell_complete=complete_file)
@STATEMENT_FORMAT
@click.option(
    "--into",
    default="",
    metavar="CODE",
    help=texts.RECONCILE_INTO,
    shell_complete=complete_account,
)
@click.option("--all", "everything", is_flag=True, help=texts.RECONCILE_ALL)
@BASE_CURRENCY
@reading
def reconcile(
    common: Common, file: str, format_name: str, into: str, everything: bool, currency: str
) -> int:
    """Compare the book with the broker statement FILE.

    Cash in every currency and the quantity of every instrument, at the end of the statement's last
    day. Each difference comes with its likely cause and, where an entry is missing, the command
    that records it: check it before you run it. Nothing is recorded. Exits with 8 if something
    differs.

    \b
      alluse reconcile january.xml
      alluse reconcile january.xml --into gen-1 --all
    """
    with common.engine() as engine:
        reads = engine.operations.read_statements(
            Path(file), format_name, into=into, portfolio=common.portfolio, currency=currency
        )
        read, code = statement_to_compare(engine, reads, into, common.portfolio)
        result = engine.positions.reconcile(read, code, common.portfolio)
    if common.as_json:
        print_json(
            {
                "ok": result.ok,
                "account": result.account,
                "date": result.day.isoformat(),
                "lines": [_line_json(result, line, file) for line in result.lines],
                "notes": list(result.notes),
            }
        )
    else:
        _print(result, file, everything=everything)
    return 0 if result.ok else DIFFERENCES


def _print(result: Reconciliation, file: str, *, everything: bool) -> None:
    differing = [line for line in result.lines if not line.ok]
    listed = result.lines if everything else differing
    if listed:
        header = ("", "statement", "book", "difference", "likely cause")
        print_table(header, map(_row, listed), right=[1, 2, 3], below=[4])
    if differing:
        print()
    for explanation in explanations(result, file):
        detail = explanation.detail or explanation.cause
        print_wrapped(printable(f"{', '.join(explanation.titles)}: {detail}"))
        if explanation.command:
            click.echo(printable(f"    {explanation.command}"))
    for note in result.notes:
        click.echo(printable(f"note: {note}"), err=True)
    if result.ok:
        click.echo(f"{result.account} agrees with the statement of {result.day}")
    else:
        count = "1 difference" if len(differing) == 1 else f"{len(differing)} differences"
        click.echo(f"{result.account} has {count} from the statement of {result.day}")


def _row(line: Line) -> tuple[str, ...]:
    text = grouped if line.item.is_cash else quantity_text
    return (
        line.item.title,
        text(line.statement_micros),
        text(line.book_micros),
        text(line.difference_micros) if not line.ok else "",
        line.cause or "",
    )


def _line_json(result: Reconciliation, line: Line, file: str) -> dict[str, Any]:
    return {
        "what": "cash" if line.item.is_cash else "quantity",
        "currency": line.item.currency,
        "symbol": _symbol(line.item),
        "instrument": line.item.instrument or None,
        "statement": _text(line.item, line.statement_micros),
        "book": _text(line.item, line.book_micros),
        "difference": _text(line.item, line.difference_micros),
        "cause": line.cause,
        "detail": line.detail,
        "fix": command_line(result, line, file),
    }


def _symbol(item: Item) -> str | None:
    return None if item.is_cash else instrument_named(item.instrument).symbol


def _text(item: Item, micros: int) -> str:
    """'-21.82' for cash, '284' for a quantity."""
    return plain(micros) if item.is_cash else plain(micros).removesuffix(".00")
