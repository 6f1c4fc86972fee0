"""Plain tables: complete in a pipe, fitted to the width of a terminal."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence

from alluse_tui.domain.views import printable

GAP = "  "
NARROWEST = 16
"""The least width to which a text column is wrapped."""


def print_table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: Collection[int] = (),
    *,
    spare: Sequence[int] = (),
    below: Collection[int] = (),
) -> None:
    """Aligned columns; those numbered in `right` are set to the right.

    On a terminal too narrow for all of them the columns `below` move under their rows, wrapped,
    those in `spare` are left out one after the other, with a note, and in the end the widest
    column of text is wrapped. A pipe gets everything.
    """
    lines = [[printable(cell) for cell in line] for line in (header, *rows)]
    room = terminal_columns()
    visible = [*range(len(header))]
    if _width(lines, visible) > room:
        visible = [i for i in visible if i not in below]
    moved = [i for i in range(len(header)) if i not in visible]
    left_out: list[str] = []
    for i in spare:
        if _width(lines, visible) > room:
            visible.remove(i)
            left_out.append(header[i])
    widths = _fitted(lines, visible, right, room)
    for number, line in enumerate(lines):
        for text in _rows_of(line, visible, widths, right):
            print(text)
        for i in moved if number else ():
            if line[i]:
                print_wrapped(f"{GAP}{GAP}{header[i]}: {line[i]}", GAP * 3)
    if left_out:
        print(
            f"note: columns left out, terminal too narrow: {', '.join(left_out)}", file=sys.stderr
        )


def print_wrapped(text: str, indent: str = GAP) -> None:
    """Print one line; at a terminal too narrow for it, on several, from the second by `indent`."""
    room = terminal_columns()
    if len(text) <= room:
        print(text)
        return
    for line in textwrap.wrap(text, int(max(NARROWEST, room)), subsequent_indent=indent):
        print(line)


def terminal_columns() -> float:
    """The terminal's width; no limit where the output goes elsewhere."""
    if not sys.stdout.isatty():
        return float("inf")
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or float("inf")
    except OSError:
        return float("inf")


def _widest(lines: Sequence[Sequence[str]], column: int) -> int:
    return max(len(line[column]) for line in lines)


def _width(lines: Sequence[Sequence[str]], visible: Sequence[int]) -> int:
    return sum(_widest(lines, i) for i in visible) + len(GAP) * (len(visible) - 1)


def _fitted(
    lines: Sequence[Sequence[str]], visible: Sequence[int], right: Collection[int], room: float
) -> dict[int, int]:
    """Each shown column's width, the widest text column made to fit."""
    widths = {i: _widest(lines, i) for i in visible}
    words = [i for i in visible if i not in right]
    over = _width(lines, visible) - room
    if over > 0 and words:
        widest = max(words, key=lambda i: widths[i])
        widths[widest] = int(max(NARROWEST, widths[widest] - over))
    return widths


def _rows_of(
    line: Sequence[str], visible: Sequence[int], widths: dict[int, int], right: Collection[int]
) -> Iterator[str]:
    """The row, on as many lines as its wrapped cell needs."""
    parts = {
        i: [line[i]] if len(line[i]) <= widths[i] else textwrap.wrap(line[i], widths[i])
        for i in visible
    }
    for n in range(max(len(lines_of_cell) for lines_of_cell in parts.values())):
        cells = [
            (parts[i][n] if n < len(parts[i]) else "").rjust(widths[i])
            if i in right
            else (parts[i][n] if n < len(parts[i]) else "").ljust(widths[i])
            for i in visible
        ]
        yield GAP.join(cells).rstrip()
