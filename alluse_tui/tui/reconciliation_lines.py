"""A reconciliation in lines: what differs, then each explanation with its command."""

from __future__ import annotations

import textwrap

from alluse_tui.domain.derived.reconciliation import Line, Reconciliation
from alluse_tui.domain.derived.reconciliation_fixes import likely_causes
from alluse_tui.domain.model.instrument import quantity_text
from alluse_tui.domain.views import grouped, printable
from alluse_tui.tui import texts
from alluse_tui.tui.widgets.inked import Piece, fitted

WIDTH = 66
_NAME, _FIGURE = 29, 13

Lines = list[list[Piece]]


def reconciliation_lines(result: Reconciliation, file: str) -> Lines:
    """A table of the differences, their causes or explanations, and what was not compared."""
    lines: Lines = []
    differing = [line for line in result.lines if not line.agrees]
    if differing:
        heading = "".join(f"{name:>{_FIGURE}}" for name in ("statement", "book", "difference"))
        lines = [[(" " * _NAME + heading, "dim")], *map(_figures, differing)]
    else:
        agrees = texts.RECONCILED.format(day=result.day)
        lines = [[("✓ ", "good"), (f"{result.account} {agrees}", "")]]
    for line in differing:
        if line.explained:
            text = texts.EXPLAINED.format(
                title=line.item.title, by=line.explained_by, why=line.explained
            )
            lines += [[("", "")], *_wrapped("✓ ", "good", text)]
    for likely in likely_causes(result, file):
        lines.append([("", "")])
        lines += _wrapped("▲ ", "warn", f"{', '.join(likely.titles)}: {likely.cause}")
        lines += _wrapped("  ", "", likely.detail)
        lines += _wrapped("  ", "", likely.command, ink="dim")
    for note in result.notes:
        lines += [[("", "")], *_wrapped("· ", "dim", note)]
    return lines


def _figures(line: Line) -> list[Piece]:
    text = grouped if line.item.is_cash else quantity_text
    figures = (line.statement_micros, line.book_micros, line.difference_micros)
    return [
        ("✓ ", "dim") if line.explained else ("✗ ", "bad"),
        (fitted(printable(line.item.title), _NAME - 2), ""),
        *((f"{text(micros):>{_FIGURE}}", "") for micros in figures),
    ]


def _wrapped(mark: str, mark_ink: str, text: str, ink: str = "") -> Lines:
    first, *more = textwrap.wrap(printable(text), WIDTH) or [""]
    if not first:
        return []
    return [[(mark, mark_ink), (first, ink)], *([("  ", ""), (line, ink)] for line in more)]
