"""The grid: rows drawn a line at a time, with a cursor that follows a row's identity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from alluse_tui.domain.views import printable
from alluse_tui.tui.actions.registry import LIST_KEYS
from alluse_tui.tui.widgets.column import (
    Cell,
    Column,
    column_widths,
    shortened,
    title_cell,
)
from alluse_tui.tui.widgets.inked import Drawn, as_title
from alluse_tui.tui.widgets.row_sources import Listed, Rows

__all__ = ["Cell", "Column", "Grid"]

T = TypeVar("T")

MANY = 2_000
"""More rows than this are sorted and filtered in a thread."""

LOADING = "loading …"

TREE_KEYS = ("collapse", "closed")
"""Keys of lists that only the tree has."""


class Grid(Drawn, ScrollView, Generic[T], can_focus=True, inherit_bindings=False):
    """Rows under columns. The cursor stays with its row's key when rows change or move."""

    DEFAULT_CSS = """
    Grid {
        height: 1fr; border-top: solid $line; padding: 0 1;
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
        *(a.binding for a in LIST_KEYS if a.id not in TREE_KEYS),
    ]

    class CursorMoved(Message):
        """The cursor came to another row."""

        def __init__(self, grid: Grid[Any], key: str) -> None:
            """`key` is the row's."""
            super().__init__()
            self.grid = grid
            self.key = key

        def can_replace(self, message: Message) -> bool:
            """Only the last position matters."""
            return isinstance(message, Grid.CursorMoved) and message.grid is self.grid

    class ListCommand(Message):
        """A key of the list that needs the screen: 'find', 'columns', 'copy', 'copy_csv'."""

        def __init__(self, grid: Grid[Any], command: str) -> None:
            """`grid` is the list that had the key."""
            super().__init__()
            self.grid = grid
            self.command = command

    class RowsArranged(Message):
        """A thread has sorted and filtered the rows."""

        def __init__(self, turn: int, items: Sequence[Any], key: str, at: int | None) -> None:
            """`turn` is the arrangement that was asked for; `at` is the index of row `key`."""
            super().__init__()
            self.turn, self.items, self.key, self.at = turn, items, key, at

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], str],
        *,
        id: str,
        title: str = "",
        empty: str = "nothing yet",
        header_from_width: int = 0,
        rests: bool = False,
        loads: bool = False,
    ) -> None:
        """`empty` is shown where there are no rows; columns have titles from that width on.

        `rests` keeps the cursor's row marked while another widget has the focus. `loads`: rows
        come later, and until then the list says so.
        """
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.hidden: frozenset[str] | None = None
        self.words = ""
        self.title = title
        self._key_of = key
        self._rows: Rows[T] = Listed((), lambda _: "")
        self._items: Sequence[T] = ()
        self._sorted_by: Column[T] | None = None
        self._down = False
        self._empty = empty
        self._loading = loads
        self._rests = rests
        self._header_from_width = header_from_width
        self._key = ""
        self._at = 0
        self._turn = 0
        self._arranging = False
        self._following = False
        self._drawn: dict[int, tuple[Cell, ...]] = {}
        self._entitle(len(self._items))

    # -- what is shown ----------------------------------------

    @property
    def key(self) -> str:
        """The key of the row under the cursor; empty when there are no rows."""
        return self._key

    @property
    def item(self) -> T | None:
        """The row under the cursor."""
        index = self._index()
        return None if index is None else self._items[index]

    @property
    def items(self) -> Sequence[T]:
        """The rows as they are laid out now."""
        return self._items

    def show_rows(self, rows: Rows[T], *, same_order: bool = False) -> None:
        """Show these rows; repaints only what looks different.

        `same_order`: they are as they were before, unless they are sorted or narrowed here.
        """
        self._rows = rows
        if self._loading:
            self._loading = False
            self.refresh()
        if same_order and not self.words and self._sorted_by is None and not self._following:
            self._repaint_changed()
        else:
            self._arrange()

    def show_loading(self) -> None:
        """Show no rows, and that they are being loaded."""
        self._rows, self._loading = Listed((), lambda _: ""), True
        self._arrange()
        self.refresh()

    def say_when_empty(self, text: str) -> None:
        """Show `text` where there are no rows."""
        if text != self._empty:
            self._empty = text
            self.refresh()

    def find(self, words: str) -> None:
        """Show only rows that have all these words; all rows when there are none."""
        self.words = words
        self._following = True
        self._arrange()

    def choose(self, hidden: frozenset[str]) -> None:
        """Show every column but these, whatever the width."""
        self.hidden = hidden
        self._drawn.clear()
        self.refresh()

    def recall(self, hidden: frozenset[str] | None) -> None:
        """Hide those columns that are still there; one always stays."""
        titles = {c.title for c in self.columns}
        if hidden is not None and titles - hidden:
            self.choose(hidden & titles)

    def select(self, key: str) -> None:
        """Put the cursor on that row, if there is one; among many once a thread has found it."""
        if key == self._key and self._index() is not None:
            self._go_to(self._at)
        else:
            self.seek(key)
            self._arrange()

    def seek(self, key: str) -> None:
        """The next rows are shown with the cursor on that one."""
        self._refresh_row(self._at)
        self._key = key
        self._following = True

    def text(self, most: int) -> list[list[str]]:
        """Titles and the first `most` rows, as they are laid out, as text."""
        shown = self.shown_columns()
        lines = [[column.title for column in shown]]
        for item in self._items[:most]:
            lines.append([column.text(item).strip() for column in shown])
        return lines

    def csv(self, most: int) -> list[list[str]]:
        """The same rows for a machine: one plain date, number or text in each cell."""
        columns = [pair for c in self.shown_columns() for pair in c.csv or ((c.title, c.text),)]
        rows = ([text(item).strip() for _, text in columns] for item in self._items[:most])
        return [[title for title, _ in columns], *rows]

    def shown_columns(self) -> list[Column[T]]:
        """The columns that show at this width, or that were chosen."""
        if self.hidden is not None:
            return [c for c in self.columns if c.title not in self.hidden]
        return [c for c in self.columns if c.from_width <= self._width]

    # -- keys ----------------------------------------

    def action_move(self, by: int) -> None:
        """Up or down."""
        index = self._index()
        if index is not None:
            self._go_to(min(max(index + by, 0), len(self._items) - 1))

    def action_page(self, by: int) -> None:
        """A screenful up or down."""
        self.action_move(by * max(1, self.scrollable_content_region.height - 1 - self._header))

    def action_edge(self, index: int) -> None:
        """The first or the last row."""
        if self._items:
            self._go_to(index % len(self._items))

    def action_sort(self) -> None:
        """Sort by the next visible column; after the last, as the rows came."""
        sortable = [c for c, _ in self._widths(self._width) if c.value is not None]
        at = -1 if self._sorted_by not in sortable else sortable.index(self._sorted_by)
        self._sort_by(sortable[at + 1] if at + 1 < len(sortable) else None)

    def action_reverse(self) -> None:
        """Sort the other way round; by the first column where nothing is sorted."""
        if self._sorted_by is None:
            self.action_sort()
            return
        self._down = not self._down
        self._following = True
        self.refresh()
        self._arrange()

    def action_find(self) -> None:
        """Ask the screen for the words to find."""
        self.post_message(self.ListCommand(self, "find"))

    def action_columns(self) -> None:
        """Ask the screen for a choice of columns."""
        self.post_message(self.ListCommand(self, "columns"))

    def action_copy(self) -> None:
        """Ask the screen to copy the rows as text."""
        self.post_message(self.ListCommand(self, "copy"))

    def action_copy_csv(self) -> None:
        """Ask the screen to copy the rows as CSV."""
        self.post_message(self.ListCommand(self, "copy_csv"))

    def on_click(self, event: events.Click) -> None:
        """The row that was clicked, or the column whose title was."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if self._header and offset.y == 0:
            self._sort_at(offset.x)
            return
        index = offset.y + self.scroll_offset.y - self._header
        if 0 <= index < len(self._items):
            self._go_to(index)

    # -- order ----------------------------------------

    def _sort_by(self, column: Column[T] | None) -> None:
        self._sorted_by = column
        self._down = column is not None and column.right
        self._following = True
        self.refresh()
        self._arrange()

    def _sort_at(self, x: int) -> None:
        left = 0
        for column, width in self._widths(self._width):
            if left <= x <= left + width and column.value is not None:
                if column is self._sorted_by:
                    self.action_reverse()
                else:
                    self._sort_by(column)
                return
            left += width + 1

    def _arrange(self) -> None:
        self._turn += 1
        value = self._sorted_by.value if self._sorted_by is not None else None
        if len(self._rows) <= MANY:
            items = self._rows.arranged(self.words, value, self._down)
            self._lay_out(items, self._place(items, self._key))
        elif not self._arranging:
            self._arranging = True
            self._arrange_in_thread(self._turn, self._rows, self.words, value, self._down)

    @work(thread=True, group="arrange", description="arrange")
    def _arrange_in_thread(
        self,
        turn: int,
        rows: Rows[T],
        words: str,
        value: Callable[[T], Any] | None,
        down: bool,
    ) -> None:
        items = rows.arranged(words, value, down)
        key = self._key
        self.post_message(self.RowsArranged(turn, items, key, self._place(items, key)))

    @on(RowsArranged)
    def _take(self, message: RowsArranged) -> None:
        message.stop()
        self._arranging = False
        if message.turn != self._turn:
            self._arrange()
        elif message.key == self._key:
            self._lay_out(message.items, message.at)
        else:
            self._lay_out(message.items, self._place(message.items, self._key))

    def _place(self, items: Sequence[T], key: str) -> int | None:
        """Where that row is; it is looked for first where the cursor is."""
        key_of, at = self._key_of, min(self._at, len(items))
        places = chain(range(at, len(items)), range(at))
        return next((i for i in places if key_of(items[i]) == key), None)

    def _lay_out(self, items: Sequence[T], at: int | None) -> None:
        """Show the items; `at` is the cursor's row among them, None where it is gone."""
        count = len(self._items)
        self._items = items
        size = Size(0, len(items) + self._header)
        if count != len(items) or self.virtual_size.height != size.height:
            self.virtual_size = size
            self._drawn.clear()
            self.refresh()
        else:
            self._repaint_changed()
        self._entitle(len(items))
        following, self._following = self._following, False
        if items and at is None:
            self._go_to(min(self._at, len(items) - 1))
        elif at is not None and following:
            self._go_to(at)
        elif at is not None and at != self._at:
            self._refresh_row(self._at)
            self._at = at
            self._refresh_row(at)
        elif not items and self._key:
            self._key = ""
            self.post_message(self.CursorMoved(self, ""))

    def _repaint_changed(self) -> None:
        """Repaint the lines whose rows look different now."""
        top = self.scroll_offset.y
        for y, before in list(self._drawn.items()):
            index = y + top - self._header
            if index >= len(self._items) or self._cells(self._items[index]) != before:
                self.refresh(Region(0, y, self.size.width, 1))

    def _entitle(self, shown: int) -> None:
        matches = f" /{self.words}  {shown:,} of {len(self._rows):,}" if self.words else ""
        title = as_title(f"{self.title}{matches}")
        if title != self.border_title:
            self.border_title = title

    def set_title(self, title: str) -> None:
        """Put `title` over the rows."""
        self.title = title
        self._entitle(len(self._items))

    # -- the cursor ----------------------------------------

    def _index(self) -> int | None:
        """The index of the cursor's row; None while no row has its key."""
        items, at = self._items, self._at
        return at if at < len(items) and self._key_of(items[at]) == self._key else None

    def _go_to(self, index: int) -> None:
        self._refresh_row(self._at)
        self._key, self._at = self._key_of(self._items[index]), index
        self._refresh_row(index)
        self._scroll_to_row(index)
        self.post_message(self.CursorMoved(self, self._key))

    def _scroll_to_row(self, index: int) -> None:
        line = Region(0, index, 1, 1 + self._header)
        self.scroll_to_region(line, animate=False, force=True)

    def _refresh_row(self, index: int) -> None:
        y = index + self._header - self.scroll_offset.y
        width, height = self.size
        if 0 <= y < height:
            self.refresh(Region(0, y, width, 1))

    # -- drawing ----------------------------------------

    @property
    def allow_vertical_scroll(self) -> bool:
        """Whether the mouse wheel scrolls: there are more rows than lines."""
        return self.max_scroll_y > 0

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def _header(self) -> int:
        """How many lines the column titles take: they stay while the rows scroll."""
        return int(self._width >= self._header_from_width or self._sorted_by is not None)

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is visible: the column titles, a row, or why there are no rows."""
        width = self._width
        index = y + self.scroll_offset.y - self._header
        base = self.rich_style
        self._drawn.pop(y, None)
        if self._header and y == 0:
            return self._titles(width, base)
        if not self._items and index == 0:
            reason: Cell = ((self._no_rows(), "dim"),)
            return self._strip([(Column("", lambda _: reason), width)], [reason], base, Style())
        if not max(0, self.scroll_offset.y) <= index < len(self._items):
            return Strip.blank(width, base)
        item = self._items[index]
        under = Style()
        if self._key_of(item) == self._key:
            under = self.ink("cursor") if self.has_focus else Style(bold=self._rests)
        cells = self._drawn[y] = self._cells(item)
        return self._strip(self._widths(width), cells, base, under)

    def _no_rows(self) -> str:
        if self._loading:
            return LOADING
        return f"no row has '{self.words}' (esc shows all)" if self.words else self._empty

    def _cells(self, item: T) -> tuple[Cell, ...]:
        return tuple(column.cell(item) for column in self.shown_columns())

    def _titles(self, width: int, base: Style) -> Strip:
        arrow = "▼" if self._down else "▲"
        shares = self._widths(width)
        titles = [
            title_cell(column, share, arrow if column is self._sorted_by else "")
            for column, share in shares
        ]
        return self._strip(shares, titles, base, Style())

    def _widths(self, width: int) -> list[tuple[Column[T], int]]:
        """The visible columns with their widths; those that have no room are left out."""
        return column_widths(self.shown_columns(), width)

    def _strip(
        self,
        shares: Sequence[tuple[Column[T], int]],
        cells: Sequence[Cell],
        base: Style,
        under: Style,
    ) -> Strip:
        segments: list[Segment] = []
        for i, ((column, share), cell) in enumerate(zip(shares, cells, strict=False)):
            if i:
                segments.append(Segment(" ", base + under))
            segments += self._cell(column, cell, share, base, under)
        return Strip(segments).adjust_cell_length(self._width, base + under).simplify()

    def _cell(
        self, column: Column[T], cell: Cell, width: int, base: Style, under: Style
    ) -> list[Segment]:
        pieces = shortened(cell, width) if column.keep_end and cell else cell
        segments = [Segment(printable(t), base + under + self.ink(i)) for t, i in pieces]
        strip = Strip(segments)
        if strip.cell_length > width:
            last = pieces[-1][1] if pieces else ""
            ellipsis = Segment("…", base + under + self.ink(last))
            return [*strip.crop(0, width - 1), ellipsis] if width else []
        padding = Segment(" " * (width - strip.cell_length), base + under)
        return [padding, *segments] if column.right else [*segments, padding]
