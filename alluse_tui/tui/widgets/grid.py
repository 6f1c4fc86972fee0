"""The grid: rows drawn a line at a time, with a cursor that follows a row's identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from alluse_tui.domain.views import printable
from alluse_tui.tui.widgets.drawn import Drawn, Piece


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `width` 0 takes what is left; it shows from `from_width` cells of grid on."""

    title: str
    width: int = 0
    right: bool = False
    from_width: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it is, and for each column its pieces."""

    key: str
    cells: tuple[tuple[Piece, ...], ...]


class Grid(Drawn, ScrollView, can_focus=True, inherit_bindings=False):
    """Rows under columns. The cursor stays with its row's key when rows change or move."""

    DEFAULT_CSS = """
    Grid {
        height: 1fr; border-top: solid $panel-lighten-2; padding: 0 1;
        scrollbar-size-horizontal: 0; scrollbar-size-vertical: 1;
        &:focus { border-top: solid $primary; border-title-style: bold; border-title-color: $text; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Row up", show=False),
        Binding("down,j", "move(1)", "Row down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "edge(0)", "First row", show=False),
        Binding("end,G", "edge(-1)", "Last row", show=False),
    ]

    class Moved(Message):
        """The cursor came to another row."""

        def __init__(self, grid: Grid, key: str) -> None:
            """`key` is the row's."""
            super().__init__()
            self.grid = grid
            self.key = key

        def can_replace(self, message: Message) -> bool:
            """Only the last position matters."""
            return isinstance(message, Grid.Moved) and message.grid is self.grid

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        id: str,
        empty: str = "nothing yet",
        header_from_width: int = 10_000,
        rests: bool = False,
    ) -> None:
        """`empty` is said where there are no rows; columns have titles from that width on.

        `rests` keeps the cursor's row marked while another widget has the focus.
        """
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.rows: tuple[Row, ...] = ()
        self._empty = empty
        self._rests = rests
        self._header_from_width = header_from_width
        self._key = ""

    @property
    def _header(self) -> int:
        """How many lines the titles take."""
        return int(self.scrollable_content_region.width >= self._header_from_width)

    @property
    def key(self) -> str:
        """The key of the row under the cursor; empty when there are no rows."""
        return self._key

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; repaints only what looks different."""
        old, self.rows = self.rows, tuple(rows)
        if len(old) != len(self.rows):
            self.virtual_size = Size(0, len(self.rows) + self._header)
            self.refresh()
        else:
            for y, (before, now) in enumerate(zip(old, self.rows, strict=True)):
                if before != now:
                    self._refresh_row(y)
        if self.rows and self._index() is None:
            self._go_to(0)

    def select(self, key: str) -> None:
        """Put the cursor on that row, if there is one."""
        index = next((i for i, row in enumerate(self.rows) if row.key == key), None)
        if index is not None:
            self._go_to(index)

    def render_line(self, y: int) -> Strip:
        """One line of what is scrolled into sight."""
        width = self.scrollable_content_region.width
        row_y = y + self.scroll_offset.y - self._header
        base = self.rich_style
        if self._header and y == 0:
            titles = tuple(((c.title, "dim"),) for c in self.columns)
            return self._strip(titles, width, base, Style())
        if not self.rows and row_y == 0:
            return self._strip((((self._empty, "dim"),),), width, base, Style(), whole=True)
        if not 0 <= row_y < len(self.rows):
            return Strip.blank(width, base)
        row = self.rows[row_y]
        under = Style()
        if row.key == self._key:
            under = self.ink("cursor") if self.has_focus else Style(bold=self._rests)
        return self._strip(row.cells, width, base, under)

    def action_move(self, by: int) -> None:
        """Up or down."""
        index = self._index()
        if index is not None:
            self._go_to(min(max(index + by, 0), len(self.rows) - 1))

    def action_page(self, by: int) -> None:
        """A screenful up or down."""
        self.action_move(by * max(1, self.scrollable_content_region.height - 1 - self._header))

    def action_edge(self, index: int) -> None:
        """The first or the last row."""
        if self.rows:
            self._go_to(index % len(self.rows))

    def on_click(self, event: events.Click) -> None:
        """The row that was clicked."""
        offset = event.get_content_offset(self)
        if offset is not None:
            index = offset.y + self.scroll_offset.y - self._header
            if 0 <= index < len(self.rows):
                self._go_to(index)

    def _index(self) -> int | None:
        return next((i for i, row in enumerate(self.rows) if row.key == self._key), None)

    def _go_to(self, index: int) -> None:
        before = self._index()
        self._key = self.rows[index].key
        if before is not None and before != index:
            self._refresh_row(before)
        self._refresh_row(index)
        line = Region(0, index + self._header, 1, 1)
        self.scroll_to_region(line, animate=False, force=True)
        self.post_message(self.Moved(self, self._key))

    def _refresh_row(self, index: int) -> None:
        y = index + self._header - self.scroll_offset.y
        width, height = self.size
        if 0 <= y < height:
            self.refresh(Region(0, y, width, 1))

    def _strip(
        self,
        cells: Sequence[Sequence[Piece]],
        width: int,
        base: Style,
        under: Style,
        *,
        whole: bool = False,
    ) -> Strip:
        """The cells laid out; `whole` gives the one cell all the width."""
        segments: list[Segment] = []
        shown = [(Column(""), cells[0])] if whole else list(zip(self.columns, cells, strict=True))
        shown = [(c, cell) for c, cell in shown if c.from_width <= width]
        fixed = sum(c.width for c, _ in shown) + len(shown) - 1
        flexible = sum(c.width == 0 for c, _ in shown)
        left = max(0, width - fixed)
        for i, (column, cell) in enumerate(shown):
            if i:
                segments.append(Segment(" ", base + under))
            share = column.width or left // max(1, flexible)
            segments += self._cell(cell, share, column.right, base, under)
        return Strip(segments).adjust_cell_length(width, base + under)

    def _cell(
        self, pieces: Sequence[Piece], width: int, right: bool, base: Style, under: Style
    ) -> list[Segment]:
        segments = [Segment(printable(t), base + under + self.ink(i)) for t, i in pieces]
        strip = Strip(segments)
        if strip.cell_length > width:
            last = pieces[-1][1] if pieces else ""
            ellipsis = Segment("…", base + under + self.ink(last))
            return [*strip.crop(0, width - 1), ellipsis] if width else []
        padding = Segment(" " * (width - strip.cell_length), base + under)
        return [padding, *segments] if right else [*segments, padding]
