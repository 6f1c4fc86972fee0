"""`alluse adherence`: which trades kept to the rules, and what the others realised."""

from __future__ import annotations

from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.completion import complete_account
from alluse_tui.cli.output import money_json, print_json, signed
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.derived.adherence import Adherence, TradeGroup


@click.command()
@click.argument("code", required=False, default="", shell_complete=complete_account)
@reading
def adherence(common: Common, code: str) -> None:
    """Show how trades kept to the rules.

    The trades are those of CODE, or of the portfolio. Only trades that were typed and opened a
    position are counted. A rule is broken if somebody confirmed the trade in spite of it, and not
    judged if data was missing. Gains are those of the lots that were closed since, before fees.
    """
    with common.engine() as engine:
        summary = engine.positions.adherence(code, common.portfolio)
    if common.as_json:
        print_json(_json(summary))
        return
    groups = {
        "passed every rule": summary.passed,
        "not wholly judged": summary.not_judged,
        "broke a rule": summary.broken,
    }
    if not any(group.trades for group in groups.values()):
        click.echo(texts.NO_ADHERENCE)
        return
    rows = [_row(name, group) for name, group in groups.items()]
    print_table(("trades", "count", "still open", "realised"), rows, right=[1, 2, 3])
    click.echo()
    if not summary.rules:
        click.echo(texts.NO_BROKEN_RULE)
        return
    print_table(
        ("rule", "broken", "still open", "realised", "not judged"),
        [(*_row(rule.rule, rule.broken), str(rule.not_judged)) for rule in summary.rules],
        right=[1, 2, 3, 4],
    )


def _row(name: str, group: TradeGroup) -> tuple[str, str, str, str]:
    realised = ", ".join(f"{signed(micros)} {cur}" for cur, micros in group.realised.items())
    return name, str(group.trades), str(group.open_trades), realised


def _json(summary: Adherence) -> dict[str, Any]:
    return {
        "passed": _group_json(summary.passed),
        "not_judged": _group_json(summary.not_judged),
        "broken": _group_json(summary.broken),
        "rules": [
            {"rule": rule.rule, **_group_json(rule.broken), "not_judged": rule.not_judged}
            for rule in summary.rules
        ],
    }


def _group_json(group: TradeGroup) -> dict[str, Any]:
    return {
        "trades": group.trades,
        "open": group.open_trades,
        "realised": money_json(group.realised),
    }
