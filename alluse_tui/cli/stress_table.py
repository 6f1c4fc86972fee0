"""Scenarios of the stress test as a table, with what would fail and what is estimated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alluse_tui.cli import texts
from alluse_tui.cli.output import signed
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.derived.stress import (
    NOW,
    StressView,
    estimates_of,
    scenario_text,
    starting_view,
    without_repetition,
)
from alluse_tui.domain.views import grouped, printable


def print_stress(views: Sequence[StressView]) -> None:
    """Print the figures as they are and in each scenario; nothing if there are none."""
    if not views:
        return
    start = starting_view(views)
    views = without_repetition(views)
    scenarios = views[1:]
    print_table(
        ("scenario", "equity", "change", "cash", "available", "collateral", "rules"),
        [_row(view, start) for view in views],
        right=range(1, 6),
        spare=(3,),
    )
    estimates = (texts.ESTIMATED.format(estimate=text) for text in estimates_of(scenarios))
    for line in (*_failures(views), *estimates):
        print_wrapped(printable(line))


def _row(view: StressView, start: StressView) -> tuple[str, ...]:
    is_start = view.name in (start.name, NOW.name)
    failed = sum(not rule.ok for rule in view.rules)
    return (
        scenario_text(view.name),
        grouped(view.equity),
        "" if is_start else signed(view.equity - start.equity),
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
