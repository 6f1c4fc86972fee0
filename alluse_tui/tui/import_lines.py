"""An import in lines: what is new by kind and symbol, the comparison, and the ignored rows."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len

from alluse_tui.domain.derived.import_summary import Ending, ImportComparison, SummaryRow
from alluse_tui.domain.model.ignored_rows import IgnoredRows
from alluse_tui.domain.model.instrument import quantity_text
from alluse_tui.domain.views import grouped, printable
from alluse_tui.tui import texts
from alluse_tui.tui.formatting import signed
from alluse_tui.tui.widgets.inked import Piece, fitted

WIDTH = 66
GAP = 4
"""Cells between lines that are side by side."""

_TITLE, _FIGURE = 27, 12
"""Widths of the comparison: the item with its mark, and each of three figures."""

Lines = list[list[Piece]]


def import_lines(
    summary: Sequence[SummaryRow],
    ignored: Sequence[IgnoredRows],
    duplicates: int,
    comparison: ImportComparison,
    *,
    account: str,
    note: str = "",
    side_by_side: bool = False,
) -> Lines:
    """The counts and whether both sides agree; the new rows, the figures, the ignored rows.

    `note` is about the account. `side_by_side`: the figures are beside the table of new rows.
    """
    lines: Lines = wrapped("▲ ", "warn", note) if note else []
    head = texts.IMPORT_HEAD.format(
        imported=sum(row.rows for row in summary),
        account=account,
        duplicates=duplicates,
        ignored=sum(each.rows for each in ignored),
    )
    lines += [*wrapped("", "strong", head, ink="strong"), *verdict_lines(comparison), [("", "")]]
    table, reasons, compared = (
        summary_lines(summary),
        ignored_lines(ignored),
        ending_lines(comparison),
    )
    if side_by_side:
        left = [*table, *([[("", "")]] if table and reasons else []), *reasons]
        return [*lines, *beside(left, compared), [("", "")]]
    for block in (table, compared, reasons):
        lines += [*block, [("", "")]] if block else []
    return lines


def heading_line(digits: str, account: str) -> Lines:
    """What the following lines are about, in a file with several accounts."""
    text = printable(texts.IMPORT_OF_BROKER.format(digits=digits, account=account))
    return [[(f"── {text} ".ljust(WIDTH, "─"), "accent")]]


def summary_lines(summary: Sequence[SummaryRow]) -> Lines:
    """One line a kind, symbol and currency."""
    if not summary:
        return []
    lines: Lines = [[(f"{'new':12}{'symbol':22}{'rows':>8}{'cash':>18}", "dim")]]
    for row in summary:
        amounts = [(signed(micros), currency) for currency, micros in sorted(row.cash.items())]
        (first, currency), *more = amounts or [("—", "")]
        count = f"{row.rows:,}" if row.rows else "—"
        lines.append(
            [
                (fitted(row.kind, 12), ""),
                (fitted(row.symbol or "—", 22), "strong" if row.symbol else "dim"),
                (f"{count:>8}{first:>18}", ""),
                (f" {currency}", "dim"),
            ]
        )
        lines += [[(f"{cash:>60}", ""), (f" {of}", "dim")] for cash, of in more]
    return lines


def verdict_lines(comparison: ImportComparison) -> Lines:
    """Whether the book would agree with the file, or why that is not known."""
    endings, day = comparison.endings, comparison.day
    count = sum(not ending.ok for ending in endings)
    if count:
        text = texts.IMPORT_DIFFERS.format(count=count, of=len(endings), day=day)
        lines = wrapped("▲ ", "warn", text)
    elif endings:
        lines = wrapped("✓ ", "good", texts.IMPORT_AGREES.format(of=len(endings), day=day))
    else:
        lines = []
    for note in comparison.notes:
        lines += wrapped("· ", "dim", note, ink="dim")
    return lines


def ending_lines(comparison: ImportComparison) -> Lines:
    """Each figure in the file and in the book, those that differ first."""
    endings = sorted(comparison.endings, key=lambda ending: ending.ok)
    if not endings:
        return []
    names = "".join(f"{name:>{_FIGURE}}" for name in ("file", "book after", "difference"))
    currencies = {ending.item.currency for ending in endings if not ending.item.is_cash}
    lines: Lines = [[(" " * _TITLE + names, "dim")]]
    lines += [_figures(ending, in_full=len(currencies) > 1) for ending in endings]
    if not endings[0].ok:
        lines += wrapped("", "dim", texts.IMPORT_CAUSES, ink="dim")
    return lines


def _figures(ending: Ending, *, in_full: bool) -> list[Piece]:
    item = ending.item
    title = item.title if item.is_cash or in_full else item.instrument
    text = grouped if item.is_cash else quantity_text
    figures = [text(ending.statement_micros), text(ending.book_micros)]
    figures.append("—" if ending.ok else text(ending.difference_micros))
    return [
        ("✓ ", "good") if ending.ok else ("✗ ", "bad"),
        (fitted(printable(title), _TITLE - 2), "" if ending.ok else "strong"),
        *((f"{figure:>{_FIGURE}}", "dim" if ending.ok else "") for figure in figures),
    ]


def ignored_lines(ignored: Sequence[IgnoredRows]) -> Lines:
    """The reasons, each with its count and the first of its lines in the file."""
    if not ignored:
        return []
    lines: Lines = [[(texts.IMPORT_IGNORED, "dim")]]
    for each in ignored:
        line = texts.IMPORT_FIRST_LINE.format(line=each.first_line) if each.first_line else ""
        mark = f"{each.rows:>6,}  {line:<12}"
        first, *more = textwrap.wrap(printable(each.why), WIDTH - len(mark)) or [""]
        lines.append([(mark, "dim"), (first, "")])
        lines += [[(" " * len(mark), ""), (rest, "")] for rest in more]
    return lines


def beside(left: Lines, right: Lines) -> Lines:
    """Both in columns of WIDTH cells."""
    joined: Lines = []
    empty: list[Piece] = []
    for one, other in zip_longest(left, right, fillvalue=empty):
        used = sum(cell_len(text) for text, _ in one)
        joined.append([*one, (" " * (WIDTH - used + GAP), ""), *other])
    return joined


def wrapped(mark: str, mark_ink: str, text: str, ink: str = "") -> Lines:
    """The text in lines of WIDTH cells, after a mark."""
    first, *more = textwrap.wrap(printable(text), WIDTH - len(mark)) or [""]
    indent = " " * len(mark)
    return [[(mark, mark_ink), (first, ink)], *([(indent, ""), (rest, ink)] for rest in more)]
