"""`alluse alerts`, `ack`, `snooze`: what needs attention."""

from __future__ import annotations

import shlex

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, parse_date, reading, writing
from alluse_tui.cli.completion import complete_alert
from alluse_tui.cli.output import print_json
from alluse_tui.cli.run_command import act
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import AcknowledgeAlert
from alluse_tui.domain.views import AlertView, grouped, plain, printable


@click.command()
@click.option("--all", "silent", is_flag=True, help=texts.ALERTS_ALL)
@reading
def alerts(common: Common, silent: bool) -> None:
    """List alerts, the most severe first."""
    with common.engine() as engine:
        views = engine.queries.alerts(common.portfolio, silent=silent)
        damage = engine.quarantined
        several = len(engine.queries.portfolio_names()) > 1
    if common.as_json:
        documents = [_alert_json(alert) for alert in views]
        print_json({"alerts": [*([_damage_json(damage)] if damage else []), *documents]})
        return
    if damage:
        click.echo(printable(f"integrity failure: {damage}"))
        click.echo("resolve with: alluse recover --dry-run, or alluse restore PATH")
    rows = [
        (
            a.severity.name.lower() + (" ✓" if a.acknowledged else ""),
            a.kind,
            f"{a.portfolio}/{a.account}"
            if several and a.account
            else a.account or a.portfolio or "the book",
            a.verdict.worded(grouped),
            _resolving_command(a, several),
            shlex.quote(a.id),
        )
        for a in views
    ]
    if rows:
        header = ("severity", "alert", "account", "why", "resolve with", "id")
        print_table(header, rows, below=(4, 5))
    else:
        click.echo("no alerts")


def _alert_json(alert: AlertView) -> dict[str, object]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "severity": alert.severity.name.lower(),
        "account": alert.account or None,
        "portfolio": alert.portfolio or None,
        "message": alert.verdict.message,
        "action": alert.action or None,
        "acknowledged": alert.acknowledged,
        "silent_until": alert.silent_until.isoformat() if alert.silent_until else None,
    }


def _damage_json(damage: str) -> dict[str, object]:
    """The failed check of a quarantined book, in the form of an alert."""
    return {
        "id": "integrity failure",
        "kind": "integrity failure",
        "severity": "critical",
        "account": None,
        "portfolio": None,
        "message": damage,
        "action": "recover",
        "acknowledged": False,
        "silent_until": None,
    }


@click.command()
@click.argument("ident", metavar="ID", shell_complete=complete_alert)
@writing
def ack(common: Common, ident: str) -> None:
    """Acknowledge the alert ID. It returns when it gets worse.

    `alluse alerts` prints each ID quoted, ready to paste:

    \b
      alluse ack 'fork due:Main/gen-1:0'
    """
    act(common, AcknowledgeAlert(alert=ident, **common.envelope))


@click.command()
@click.argument("ident", metavar="ID", shell_complete=complete_alert)
@click.option("--until", required=True, metavar="YYYY-MM-DD", help=texts.SNOOZE_UNTIL)
@writing
def snooze(common: Common, ident: str, until: str) -> None:
    """Hide the alert ID until a date, unless it gets worse.

    `alluse alerts` prints each ID quoted, ready to paste:

    \b
      alluse snooze 'fork due:Main/gen-1:0' --until 2026-12-01
    """
    day = parse_date("--until", until)
    act(common, AcknowledgeAlert(alert=ident, until=day, **common.envelope))


def _resolving_command(alert: AlertView, several: bool) -> str:
    """The command that resolves the alert, as typed; FROM and WHY are left to the user."""
    if alert.for_audit:
        return shlex.join(["alluse", alert.action, alert.id])
    if not alert.codes:
        return ""
    codes = [f"{alert.portfolio}/{code}" if several and code else code for code in alert.codes]
    typed = ["alluse", alert.action, *(code or "FROM" for code in codes)]
    if alert.items:
        return shlex.join([*typed, alert.items[0], "WHY"])
    return shlex.join([*typed, plain(alert.micros)] if alert.micros else typed)
