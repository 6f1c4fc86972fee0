"""`alluse reconcile`, `explain-difference`: the book against a broker's statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, Common, writing, writing_with
from alluse_tui.cli.completion import complete_account, complete_difference, complete_file
from alluse_tui.cli.import_statement import BASE_CURRENCY, STATEMENT_FORMAT
from alluse_tui.cli.output import plan_json, print_json, receipt_json
from alluse_tui.cli.run_command import act, print_dry_run, print_receipt, submit
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.commands import ExplainDifference
from alluse_tui.domain.derived.breaks import comparison_command
from alluse_tui.domain.derived.reconciliation import Line, Reconciliation
from alluse_tui.domain.derived.reconciliation_fixes import command_line, likely_causes
from alluse_tui.domain.model.comparison import Item
from alluse_tui.domain.model.instrument import instrument_named, quantity_text
from alluse_tui.domain.views import PlanView, Receipt, grouped, plain, printable
from alluse_tui.engine import LocalEngine, statement_to_compare

DIFFERENCES = 8
"""The exit code if something differs that nobody has explained."""


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
@click.option("--record", is_flag=True, help=texts.RECONCILE_RECORD)
@BASE_CURRENCY
@writing_with("record")
def reconcile(
    common: Common,
    file: str,
    format_name: str,
    into: str,
    everything: bool,
    record: bool,
    currency: str,
) -> int:
    """Compare the book with the broker statement FILE.

    Cash in every currency and the quantity of every instrument, at the end of the statement's last
    day. Each difference comes with its likely cause and, where an entry is missing, the command
    that records it: check it before you run it. Exits with 8 if something differs that nobody has
    explained.

    Nothing is recorded without --record, which keeps the differences as an alert until the account
    agrees with a newer statement, or each is explained by `alluse explain-difference`.

    \b
      alluse reconcile january.xml
      alluse reconcile january.xml --into gen-1 --all
      alluse reconcile january.xml --record
    """
    with common.engine() as engine:
        result = _compared(engine, common, Path(file), format_name, into, currency)
        outcome = _recorded(engine, common, result) if record else None
        if common.as_json:
            print_json(_result_json(result, file) | _outcome_json(outcome))
        else:
            _print(result, file, everything=everything)
            if isinstance(outcome, PlanView):
                print_dry_run(common, engine, outcome)
            elif outcome is not None:
                print_receipt(common, engine, outcome)
    return 0 if result.ok else DIFFERENCES


def _compared(
    engine: LocalEngine, common: Common, path: Path, format_name: str, into: str, currency: str
) -> Reconciliation:
    reads = engine.operations.read_statements(
        path, format_name, into=into, portfolio=common.portfolio, currency=currency
    )
    read, code = statement_to_compare(engine, reads, into, common.portfolio)
    return engine.positions.reconcile(read, code, common.portfolio)


def _recorded(engine: LocalEngine, common: Common, result: Reconciliation) -> PlanView | Receipt:
    """The receipt of the recorded comparison, or with --dry-run its plan."""
    command = replace(
        comparison_command(result, note=common.note, key=common.key), date=common.date
    )
    if common.dry_run:
        return engine.commands.preview(command)
    return submit(engine, common, command).receipt


@click.command(name="explain-difference")
@ACCOUNT_CODE
@click.argument("item", shell_complete=complete_difference)
@click.argument("why")
@writing
def explain_difference(common: Common, code: str, item: str, why: str) -> None:
    """Explain why ITEM of CODE differs from the statement.

    ITEM is a currency or an instrument, as `alluse reconcile` prints it. The explanation is for
    the difference as it was last recorded by `alluse reconcile --record`; once it changes, the
    changed part must be explained as well.

    \b
      alluse explain-difference gen-1 USD 'February fee, booked on the 2nd'
      alluse explain-difference gen-1 'MSTR in USD' 'opened before this book'
    """
    act(common, ExplainDifference(account=code, item=item, why=why, **common.envelope))


def _print(result: Reconciliation, file: str, *, everything: bool) -> None:
    differing = [line for line in result.lines if not line.agrees]
    listed = result.lines if everything else differing
    if listed:
        header = ("", "statement", "book", "difference", "likely cause")
        print_table(header, map(_row, listed), right=[1, 2, 3], below=[4])
    if differing:
        print()
    for likely in likely_causes(result, file):
        detail = likely.detail or likely.cause
        print_wrapped(printable(f"{', '.join(likely.titles)}: {detail}"))
        if likely.command:
            click.echo(printable(f"    {likely.command}"))
    for note in result.notes:
        click.echo(printable(f"note: {note}"), err=True)
    click.echo(_summary(result))


def _summary(result: Reconciliation) -> str:
    """'gen-1 has 2 differences from the statement of 2026-01-30; 1 more is explained'."""
    unexplained = sum(not line.ok for line in result.lines)
    explained = sum(bool(line.explained) for line in result.lines)
    rest = f"{explained} {'difference is' if explained == 1 else 'differences are'} explained"
    if not unexplained:
        return f"{result.account} agrees with the statement of {result.day}" + (
            f"; {rest}" if explained else ""
        )
    count = "1 difference" if unexplained == 1 else f"{unexplained} differences"
    return f"{result.account} has {count} from the statement of {result.day}" + (
        f"; {explained} more {'is' if explained == 1 else 'are'} explained" if explained else ""
    )


def _result_json(result: Reconciliation, file: str) -> dict[str, Any]:
    return {
        "ok": result.ok,
        "account": result.account,
        "date": result.day.isoformat(),
        "lines": [_line_json(result, line, file) for line in result.lines],
        "notes": list(result.notes),
    }


def _outcome_json(outcome: PlanView | Receipt | None) -> dict[str, Any]:
    if outcome is None:
        return {}
    if isinstance(outcome, PlanView):
        return {"plan": plan_json(outcome)}
    return {"receipt": receipt_json(outcome)}


def _row(line: Line) -> tuple[str, ...]:
    text = grouped if line.item.is_cash else quantity_text
    return (
        line.item.title,
        text(line.statement_micros),
        text(line.book_micros),
        text(line.difference_micros) if not line.agrees else "",
        f"explained by {line.explained_by}: {line.explained}"
        if line.explained
        else line.cause or "",
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
        "explained": line.explained or None,
    }


def _symbol(item: Item) -> str | None:
    return None if item.is_cash else instrument_named(item.instrument).symbol


def _text(item: Item, micros: int) -> str:
    """'-21.82' for cash, '284' for a quantity."""
    return plain(micros) if item.is_cash else plain(micros).removesuffix(".00")
