"""`alluse import`: broker statements."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, writing
from alluse_tui.cli.completion import complete_account, complete_choices, complete_file
from alluse_tui.cli.import_table import import_table_json, print_import_table
from alluse_tui.cli.output import money_json, plan_json, print_json
from alluse_tui.cli.run_command import print_dry_run, submit
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import Import
from alluse_tui.domain.derived.import_summary import import_summary
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import PlanView, grouped, printable
from alluse_tui.engine import ImportReport, LocalEngine, import_report

FORMATS = ("auto", "ibkr-flex", "schwab-csv", "fidelity-csv", "tastytrade-csv")


STATEMENT_FORMAT = click.option(
    "--format",
    "format_name",
    default="auto",
    show_default=True,
    metavar="FORMAT",
    help=texts.IMPORT_FORMAT,
    shell_complete=complete_choices(*FORMATS),
)


@click.command(name="import")
@click.argument("file", shell_complete=complete_file)
@STATEMENT_FORMAT
@click.option(
    "--into",
    default="",
    metavar="CODE",
    help=texts.IMPORT_INTO,
    shell_complete=complete_account,
)
@writing
def import_statement(common: Common, file: str, format_name: str, into: str) -> None:
    """Import the broker statement FILE.

    Rows that were already imported are skipped. One `alluse undo` reverses the whole import.
    """
    if common.date is not None:
        raise BadInput(
            "--date", common.date, "cannot be used with import; each row has its own date"
        )
    with common.engine() as engine:
        read = engine.operations.read_statement(
            Path(file), format_name, into=into, portfolio=common.portfolio
        )
        code = into or engine.operations.account_of_statement(read.facts.source)
        if not code:
            codes = ", ".join(a.code for a in engine.queries.accounts(common.portfolio))
            raise BadInput("--into", None, f"{read.account_question}: {codes}")
        command = Import(account=code, statement=read.with_report, **common.envelope)
        if common.dry_run:
            plan = engine.commands.preview(command)
            _print(common, engine, import_report(read, plan, code), plan)
            return
        receipt = submit(engine, common, command).receipt
        _print(common, engine, import_report(read, receipt.plan, code), None)
        if not common.as_json and not receipt.duplicate:
            click.echo(texts.RECORDED.format(seq=receipt.seq))


def _print(
    common: Common, engine: LocalEngine, report: ImportReport, plan: PlanView | None
) -> None:
    if common.as_json:
        document: dict[str, Any] = _json(report)
        if plan is not None:
            document["new"] = import_table_json(import_summary(plan.entries, report.account))
            document["plan"] = plan_json(plan)
        print_json(document)
        return
    if plan is not None:
        print_import_table(import_summary(plan.entries, report.account))
        print_dry_run(common, engine, plan)
    for why, count in Counter(row.why for row in report.ignored).most_common():
        first = next(row.row for row in report.ignored if row.why == why)
        click.echo(f"ignored {count} (first in line {first}): {printable(why)}", err=True)
    click.echo(
        f"{report.format} into {report.account}: {report.rows} rows = {report.imported} imported"
        f" + {report.duplicates} duplicates + {len(report.ignored)} ignored"
    )
    rows = [
        *(("option net cash", c, grouped(m)) for c, m in report.option_net_cash.items()),
        *(("stock net cash", c, grouped(m)) for c, m in report.stock_net_cash.items()),
        *(
            (kind, c, grouped(m))
            for kind, sums in report.cash_by_type.items()
            for c, m in sums.items()
        ),
        *(("ending cash", c, grouped(m)) for c, m in report.ending_cash.items()),
    ]
    print_table(("in the file", "currency", "amount"), rows, right=[2])


def _json(report: ImportReport) -> dict[str, Any]:
    return {
        "format": report.format,
        "account": report.account,
        "rows": report.rows,
        "imported": report.imported,
        "duplicates": report.duplicates,
        "ignored": [{"row": r.row, "why": r.why} for r in report.ignored],
        "totals": {
            "option_net_cash": money_json(report.option_net_cash),
            "stock_net_cash": money_json(report.stock_net_cash),
            "cash_by_type": {k: money_json(v) for k, v in report.cash_by_type.items()},
            "ending_cash": money_json(report.ending_cash),
        },
    }
