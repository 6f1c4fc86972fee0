"""`alluse alerts`, `ack`, `snooze`: what needs somebody."""

from __future__ import annotations

import shlex

import click

from alluse_tui.cli.common import Common, reading, typed_date, writing
from alluse_tui.cli.output import print_json
from alluse_tui.cli.run_command import act
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import AcknowledgeAlert
from alluse_tui.domain.views import AlertView, grouped, plain, printable


@click.command()
@click.option("--all", "silent", is_flag=True, help="Those that were snoozed too.")
@reading
def alerts(common: Common, silent: bool) -> None:
    """List what needs somebody, the worst first."""
    with common.engine() as engine:
        found = engine.queries.alerts(common.portfolio, silent=silent)
        mark = engine.quarantined
        several = len(engine.queries.portfolio_names()) > 1
    if common.as_json:
        listed = [
            {
                "id": a.id,
                "kind": a.kind,
                "severity": a.severity.name.lower(),
                "account": a.account or None,
                "portfolio": a.portfolio or None,
                "message": a.verdict.message,
                "action": a.action or None,
                "acknowledged": a.acknowledged,
                "silent_until": a.silent_until.isoformat() if a.silent_until else None,
            }
            for a in found
        ]
        if mark:
            failure = {
                "id": "integrity failure", "kind": "integrity failure", "severity": "critical",
                "account": None, "portfolio": None, "message": mark, "action": "recover",
                "acknowledged": False, "silent_until": None,
            }  # fmt: skip
            listed.insert(0, failure)
        print_json({"alerts": listed})
        return
    if mark:
        click.echo(printable(f"integrity failure: {mark}"))
        click.echo("answer: alluse recover --dry-run, or alluse restore PATH")
    rows = [
        (
            a.severity.name.lower() + (" ✓" if a.acknowledged else ""),
            a.kind,
            f"{a.portfolio}/{a.account}"
            if several and a.account
            else a.account or a.portfolio or "the book",
            a.verdict.worded(grouped),
            _answer(a, several),
            shlex.quote(a.id),
        )
        for a in found
    ]
    if rows:
        header = ("severity", "alert", "account", "why", "answer", "id")
        print_table(header, rows, below=(4, 5))
    else:
        click.echo("nothing needs you")


@click.command()
@click.argument("ident", metavar="ID")
@writing
def ack(common: Common, ident: str) -> None:
    """Say that the alert ID was seen. It comes back when it gets worse.

    `alluse alerts` prints each ID as it is to be typed, in quotes:

    \b
      alluse ack 'fork due:Main/gen-1:0'
    """
    act(common, AcknowledgeAlert(alert=ident, **common.envelope))


@click.command()
@click.argument("ident", metavar="ID")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="Silent before that day.")
@writing
def snooze(common: Common, ident: str, until: str) -> None:
    """Keep the alert ID silent until a day, unless it gets worse.

    `alluse alerts` prints each ID as it is to be typed, in quotes:

    \b
      alluse snooze 'fork due:Main/gen-1:0' --until 2026-12-01
    """
    day = typed_date("--until", until)
    act(common, AcknowledgeAlert(alert=ident, until=day, **common.envelope))


def _answer(alert: AlertView, several: bool) -> str:
    """The command that answers the alert, as it would be typed; FROM is to be chosen."""
    if alert.for_audit:
        return shlex.join(["alluse", alert.action, alert.id])
    if not alert.codes:
        return ""
    codes = [f"{alert.portfolio}/{code}" if several and code else code for code in alert.codes]
    typed = ["alluse", alert.action, *(code or "FROM" for code in codes)]
    return shlex.join([*typed, plain(alert.micros)] if alert.micros else typed)
