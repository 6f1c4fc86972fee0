"""`alluse stress`: what accounts would be worth if prices moved or puts were assigned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.completion import complete_account
from alluse_tui.cli.output import print_json, rule_json, signed
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.derived.stress import StressView, estimates_of, scenario_text
from alluse_tui.domain.views import grouped, plain, printable


@click.command()
@click.argument("code", required=False, default="", shell_complete=complete_account)
@reading
def stress(common: Common, code: str) -> None:
    """Show CODE, or the whole portfolio, if prices moved or puts were assigned.

    Every underlying falls by 10 and 20 % or rises by 10 %, all short puts are assigned, or
    volatility doubles. Options are repriced with the volatility that their own mark implies; what
    had to be estimated is listed. Nothing is recorded.
    """
    with common.engine() as engine:
        now, *scenarios = engine.positions.stress(code, common.portfolio)
    if common.as_json:
        print_json({"now": _json(now), "scenarios": [_json(view) for view in scenarios]})
        return
    print_table(
        ("scenario", "equity", "change", "cash", "available", "collateral", "rules"),
        [_row(view, now) for view in (now, *scenarios)],
        right=range(1, 6),
        spare=(3,),
    )
    estimates = (texts.ESTIMATED.format(estimate=text) for text in estimates_of(scenarios))
    for line in (*_failures((now, *scenarios)), *estimates):
        print_wrapped(printable(line))


def _row(view: StressView, now: StressView) -> tuple[str, ...]:
    failed = sum(not rule.ok for rule in view.rules)
    return (
        scenario_text(view.name),
        grouped(view.equity),
        "" if view is now else signed(view.equity - now.equity),
        grouped(view.cash),
        grouped(view.available),
        grouped(view.collateral),
        f"✗ {failed}" if failed else "✓",
    )


def _failures(views: Sequence[StressView]) -> Iterator[str]:
    """'✗ −20 %: cash 1.00 below the 2.00 buffer'."""
    for view in views:
        for rule in view.rules:
            if not rule.ok:
                yield f"✗ {scenario_text(view.name)}: {rule.worded(grouped)}"


def _json(view: StressView) -> dict[str, Any]:
    return {
        "name": view.name,
        "equity": plain(view.equity),
        "cash": plain(view.cash),
        "available": plain(view.available),
        "collateral": plain(view.collateral),
        "rules": [rule_json(rule) for rule in view.rules],
        "estimated": list(view.estimated),
    }
