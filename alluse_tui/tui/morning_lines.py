"""The steps of the morning close in lines."""

from __future__ import annotations

import textwrap

from alluse_tui.domain.views import AlertView, DueView, grouped, printable
from alluse_tui.engine import Step, StepResult, Today
from alluse_tui.tui import texts
from alluse_tui.tui.reconciliation_lines import WIDTH, Lines, reconciliation_lines
from alluse_tui.tui.widgets.accounts import SIGNS

ALERTS_SHOWN = 8

MARKS = {
    StepResult.DONE: ("✓ ", "good"),
    StepResult.NOTHING: ("· ", "dim"),
    StepResult.PLANNED: ("· ", "dim"),
    StepResult.WAITING: ("! ", "warn"),
    StepResult.FAILED: ("✗ ", "bad"),
    StepResult.AGREES: ("✓ ", "good"),
    StepResult.DIFFERS: ("▲ ", "warn"),
    StepResult.NOT_COMPARED: ("· ", "dim"),
}


def step_lines(step: Step) -> Lines:
    """What the step came to, and what a person has to do; of a comparison, its differences."""
    lines = wrapped(*MARKS[step.result], step.detail)
    if step.comparison is not None and not step.comparison.ok:
        return [*lines, [("", "")], *reconciliation_lines(step.comparison, step.path), [("", "")]]
    for need in step.needs:
        lines += wrapped("  ", "", need, ink="dim")
    return lines


def today_lines(today: Today, *, compared: bool, differs: bool) -> Lines:
    """Whether the book agrees with the broker; then what is due, and the first alerts."""
    if differs:
        lines = wrapped("▲ ", "warn", texts.MORNING_DIFFERS, ink="strong")
    elif compared:
        lines = wrapped("✓ ", "good", texts.MORNING_AGREES, ink="strong")
    else:
        lines = wrapped("· ", "dim", texts.MORNING_UNCOMPARED)
    lines += [[("", "")], *wrapped("", "", f"{today.step.step}: {today.step.detail}")]
    for due in today.due:
        lines += _due(due)
    for alert in today.alerts[:ALERTS_SHOWN]:
        lines += _alert(alert)
    if more := len(today.alerts) - ALERTS_SHOWN:
        lines += wrapped("  ", "", texts.MORNING_MORE.format(count=more), "dim") if more > 0 else []
    return lines


def wrapped(mark: str, mark_ink: str, text: str, ink: str = "") -> Lines:
    """The text after a mark, on as many lines as it needs."""
    first, *more = textwrap.wrap(printable(text), WIDTH) or [""]
    return [[(mark, mark_ink), (first, ink)], *([("  ", ""), (line, ink)] for line in more)]


def _due(due: DueView) -> Lines:
    return wrapped("◆ ", "due", f"{due.command} due  {due.account}  {due.verdict.worded(grouped)}")


def _alert(alert: AlertView) -> Lines:
    sign, ink = SIGNS[alert.severity]
    return wrapped(f"{sign} ", ink, f"{alert.kind}  {alert.verdict.worded(grouped)}")
