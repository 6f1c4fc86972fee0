"""`alluse import`: broker statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, writing
from alluse_tui.cli.completion import complete_account, complete_choices, complete_file
from alluse_tui.cli.import_old_database import import_old_database, refuse_with_database
from alluse_tui.cli.import_table import import_table_json, print_import_table
from alluse_tui.cli.input_files import standard_input
from alluse_tui.cli.output import error_json, money_json, plan_json, print_error, print_json
from alluse_tui.cli.run_command import print_dry_run, submit
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.derived.import_summary import import_summaries
from alluse_tui.domain.model.errors import BadInput, Denied, Pending, Refused
from alluse_tui.domain.model.verdict import Outcome
from alluse_tui.domain.views import PlanView, grouped, printable
from alluse_tui.engine import (
    ImportReport,
    LocalEngine,
    ReadStatement,
    accounts_of_statements,
    check_new_mapping,
    import_command,
    import_reports,
    is_database,
    save_mapping,
    statements_by_portfolio,
    typed_mapping,
)

STDIN_LIMIT_BYTES = 16 * 1024 * 1024
"""The most that is read from standard input."""

Part = tuple[Sequence[ReadStatement], Sequence[str]]
"""Statements, and the account of each."""

NO_DATE = "cannot be used with import; each row has its own date"

FORMATS = (
    "auto",
    "ibkr-flex",
    "schwab-csv",
    "schwab-json",
    "fidelity-csv",
    "tastytrade-csv",
    "ofx",
    "fills-text",
    "generic-csv",
)
"""The names of the readers, written out here because completion must not load them."""

STATEMENT_FORMAT = click.option(
    "--format",
    "format_name",
    default="auto",
    show_default=True,
    metavar="FORMAT",
    help=texts.IMPORT_FORMAT,
    shell_complete=complete_choices(*FORMATS),
)

BASE_CURRENCY = click.option(
    "--currency",
    metavar="C",
    default="",
    help=texts.IMPORT_CURRENCY,
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
@click.option(
    "--map", "mapped", multiple=True, metavar="BROKER_ACCOUNT=CODE", help=texts.IMPORT_MAP
)
@BASE_CURRENCY
@click.option(
    "--mapping",
    default="",
    metavar="NAME|FILE",
    help=texts.IMPORT_MAPPING,
    shell_complete=complete_file,
)
@click.option("--save-mapping", "save_as", default="", metavar="NAME", help=texts.SAVE_MAPPING)
@writing
def import_statement(
    common: Common,
    file: str,
    format_name: str,
    into: str,
    mapped: tuple[str, ...],
    currency: str,
    mapping: str,
    save_as: str,
) -> int:
    """Import a broker statement FILE ('-': standard input).

    Rows that were already imported are skipped. One `alluse undo` reverses the whole import, also
    of a file with several accounts; each portfolio has an import of its own. A text file can have
    one pasted fill on each line. The database of the old ALL-USE system opens a portfolio of its
    own.

    \b
      alluse import january.xml --into gen-1
      alluse import both.xml --map 567=gen-1 --map 890=rev-1
      alluse import bank.csv --into gen-1 --mapping bank.toml --save-mapping bank
    """
    if common.date is not None:
        raise BadInput("--date", common.date, NO_DATE)
    if format_name == "auto" and is_database(Path(file)):
        refuse_with_database(into=into, mapped=mapped, currency=currency, mapping=mapping)
        import_old_database(common, Path(file))
        return 0
    if save_as:
        check_new_mapping(save_as, mapping, file)
    content = standard_input(STDIN_LIMIT_BYTES) if file == "-" else None
    with common.engine() as engine:
        reads = engine.operations.read_statements(
            Path(file),
            format_name,
            into=into,
            portfolio=common.portfolio,
            currency=currency,
            mapping=mapping,
            content=content,
        )
        codes = accounts_of_statements(
            engine,
            reads,
            into=into,
            mapping=typed_mapping("--map", mapped),
            portfolio=common.portfolio,
        )
        exit_code = _record(common, engine, reads, codes)
    if save_as and not common.dry_run:
        path = save_mapping(save_as, mapping, file)
        click.echo(texts.MAPPING_SAVED.format(path=path), err=True)
    return exit_code


def _record(
    common: Common, engine: LocalEngine, reads: Sequence[ReadStatement], codes: Sequence[str]
) -> int:
    """Import what was read, or show what that would do; returns the exit code."""
    parts = statements_by_portfolio(engine, reads, codes, common.portfolio)
    if len(parts) > 1:
        return _record_portfolios(common, engine, parts)
    document = _record_part(common, engine, reads, codes)
    if common.as_json:
        print_json(document)
    return 0


def _record_portfolios(common: Common, engine: LocalEngine, parts: Mapping[str, Part]) -> int:
    """Import the statements of each portfolio; none if one of them is refused.

    One that has to be approved is proposed, which does not hold up the next one.
    """
    exit_code, documents = 0, []
    for part in () if common.dry_run else parts.values():
        command = import_command(*part, **common.envelope)
        try:
            engine.commands.preview(command)
        except (Refused, Denied):
            submit(engine, common, command)  # records the refusal and raises it
    for name, part in parts.items():
        if not common.as_json:
            click.echo(texts.IMPORT_PORTFOLIO.format(name=printable(name)))
        try:
            document = _record_part(common, engine, *part)
        except Pending as error:
            exit_code, document = error.exit_code, error_json(error)
            if not common.as_json:
                print_error(error, as_json=False)
        documents.append({"portfolio": name, **document})
    if common.as_json:
        print_json({"portfolios": documents})
    return exit_code


def _record_part(
    common: Common, engine: LocalEngine, reads: Sequence[ReadStatement], codes: Sequence[str]
) -> dict[str, Any]:
    """Import the statements of one portfolio, or plan it; print that unless it is for JSON."""
    command = import_command(reads, codes, **common.envelope)
    if common.dry_run:
        plan = engine.commands.preview(command)
        reports = import_reports(reads, plan, codes)
        if not common.as_json:
            _print(common, engine, reports, plan)
        return _document(reports, plan)
    receipt = submit(engine, common, command).receipt
    reports = import_reports(reads, receipt.plan, codes)
    if not common.as_json:
        _print(common, engine, reports, None)
        for rule in receipt.plan.rules:
            if rule.outcome is Outcome.WARN:
                click.echo(f"note: {printable(rule.message)}", err=True)
        if not receipt.duplicate:
            click.echo(texts.RECORDED.format(seq=receipt.seq))
    return _document(reports, None)


def _document(reports: Sequence[ImportReport], plan: PlanView | None) -> dict[str, Any]:
    """The reports of one portfolio's accounts, and what is new in each if it is only planned."""
    documents = [_json(report) for report in reports]
    if plan is not None:
        new = import_summaries(plan, [report.account for report in reports])
        for document, summary in zip(documents, new, strict=True):
            document["new"] = import_table_json(summary)
    whole: dict[str, Any] = {"accounts": documents} if len(reports) > 1 else documents[0]
    return whole | ({"plan": plan_json(plan)} if plan is not None else {})


def _print(
    common: Common, engine: LocalEngine, reports: Sequence[ImportReport], plan: PlanView | None
) -> None:
    if plan is not None:
        new = import_summaries(plan, [report.account for report in reports])
        for report, summary in zip(reports, new, strict=True):
            print_import_table(summary, report.account if len(reports) > 1 else "")
        print_dry_run(common, engine, plan)
    for report in reports:
        _print_report(report)


def _print_report(report: ImportReport) -> None:
    for note in report.notes:
        click.echo(f"note: {printable(note)}", err=True)
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
    if rows:
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
