"""The columns of a grid: what a cell shows, what rows are sorted by, and how wide each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rich.cells import cell_len

from alluse_tui.domain.views import printable
from alluse_tui.tui.widgets.inked import Piece, fitted

T = TypeVar("T")

Cell = tuple[Piece, ...]

LEAST_WIDTH = 8
"""Cells that a column without a width of its own needs to be shown at all."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column of rows `T`, shown from `from_width` cells of grid on.

    `width`: cells it has at least; 0 takes what the others leave. `grow`: its part of the cells
    that are left, in proportion to the other columns that grow. `keep_end`: what does not fit is
    cut in the first piece of a cell, not at its end.

    `value`: what rows are sorted by; None where the column cannot be sorted. `csv`: titles and
    plain texts of what CSV has in its place; empty where CSV has what is shown.
    """

    title: str
    cell: Callable[[T], Cell]
    value: Callable[[T], Any] | None = None
    width: int = 0
    right: bool = False
    from_width: int = 0
    csv: tuple[tuple[str, Callable[[T], str]], ...] = ()
    grow: int = 0
    keep_end: bool = False

    def text(self, item: T) -> str:
        """The cell as plain text."""
        return "".join(text for text, _ in self.cell(item))


def column_widths(columns: Sequence[Column[T]], width: int) -> list[tuple[Column[T], int]]:
    """The columns that fit into `width` cells, each with its share; the last ones make way."""
    fitting = list(columns)
    while len(fitting) > 1 and _least(fitting) > width:
        fitting.pop()
    weights = [c.grow or int(c.width == 0) for c in fitting]
    left = max(0, width - sum(c.width for c in fitting) - len(fitting) + 1)
    shares = []
    for column, weight in zip(fitting, weights, strict=True):
        extra = left * weight // max(1, sum(weights))
        shares.append((column, column.width + extra))
    return shares


def _least(columns: Sequence[Column[T]]) -> int:
    return sum(c.width or LEAST_WIDTH for c in columns) + len(columns) - 1


def title_cell(column: Column[Any], width: int, arrow: str) -> Cell:
    """The column's title in at most `width` cells; the arrow of the sort order always fits."""
    if not arrow:
        return ((column.title, "dim"),)
    room = max(0, width - cell_len(arrow) - 1)
    title = column.title if cell_len(column.title) <= room else fitted(column.title, room)
    return (f"{title} ", "dim"), (arrow, "due")


def shortened(cell: Cell, width: int) -> Cell:
    """The cell with its first piece cut, so that the pieces after it fit into `width` cells."""
    (first, ink), *rest = cell
    room = max(0, width - sum(cell_len(printable(text)) for text, _ in rest))
    return ((fitted(first, room) if cell_len(printable(first)) > room else first, ink), *rest)
