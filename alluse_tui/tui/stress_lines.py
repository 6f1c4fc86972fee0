"""The stress test in lines: figures of each scenario, rules that would fail, what is estimated."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from alluse_tui.domain.derived.stress import (
    StressView,
    estimates_of,
    scenario_text,
    without_repetition,
)
from alluse_tui.domain.views import grouped, printable
from alluse_tui.tui import texts
from alluse_tui.tui.widgets.inked import Piece, fitted

WIDTH = 66
_NAME, _FIGURE = 26, 14

Lines = list[list[Piece]]


def stress_lines(views: Sequence[StressView]) -> Lines:
    """A table of the scenarios, then each rule that would fail and what had to be estimated."""
    views = without_repetition(views)
    heading = f"{fitted(f'  {texts.STRESS}', _NAME)}{texts.EQUITY:>{_FIGURE}}"
    heading += f"{texts.CASH:>{_FIGURE}}{texts.AVAILABLE:>{_FIGURE}}"
    lines: Lines = [[(heading, "dim")], *(_figures(view) for view in views)]
    for view in views:
        for rule in view.rules:
            if not rule.ok:
                text = f"{scenario_text(view.name)}: {rule.worded(grouped)}"
                lines += _wrapped("✗ ", "bad", text)
    for text in estimates_of([view for view in views if view.estimated]):
        lines += _wrapped("· ", "dim", texts.ESTIMATED.format(estimate=text))
    return lines


def _figures(view: StressView) -> list[Piece]:
    ok = all(rule.ok for rule in view.rules)
    figures = (view.equity, view.cash, view.available)
    return [
        ("✓ " if ok else "✗ ", "good" if ok else "bad"),
        (fitted(scenario_text(view.name), _NAME - 2), ""),
        *((f"{grouped(micros):>{_FIGURE}}", "bad" if micros < 0 else "") for micros in figures),
    ]


def _wrapped(mark: str, ink: str, text: str) -> Lines:
    first, *more = textwrap.wrap(printable(text), WIDTH) or [""]
    return [[(mark, ink), (first, "")], *([("  ", ""), (line, "")] for line in more)]
