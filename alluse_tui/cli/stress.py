"""`alluse stress`: what accounts would be worth if prices moved or puts were assigned."""

from __future__ import annotations

from typing import Any

import click

from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.completion import complete_account
from alluse_tui.cli.output import print_json, rule_json
from alluse_tui.cli.stress_table import print_stress
from alluse_tui.domain.derived.stress import StressView
from alluse_tui.domain.views import plain


@click.command()
@click.argument("code", required=False, default="", shell_complete=complete_account)
@reading
def stress(common: Common, code: str) -> None:
    """Run the stress test of CODE, or of all accounts.

    Every underlying falls by 10 and 20 % or rises by 10 %, all short puts are assigned, or
    volatility doubles. Options are repriced with the volatility that their own mark implies; what
    had to be estimated is listed. Nothing is recorded.
    """
    with common.engine() as engine:
        now, *scenarios = engine.positions.stress(code, common.portfolio)
    if common.as_json:
        print_json({"now": _json(now), "scenarios": [_json(view) for view in scenarios]})
        return
    print_stress((now, *scenarios))


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
