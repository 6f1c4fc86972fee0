"""Which columns a list shows."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.grid import Column, Grid
from alluse_tui.tui.widgets.row_sources import Listed


class ColumnsScreen(UsesShell, ModalScreen[None]):
    """A tick a column; space sets and takes it, r gives the choice back to the width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close"),
        Binding("space", "tick", "Show or hide"),
        Binding("r", "reset", "By the width again"),
    ]

    def __init__(self, grid: Grid[Any]) -> None:
        """`grid` is changed at once."""
        super().__init__()
        self._grid = grid
        self._shown = {c.title for c in grid.shown_columns()}

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(id="dialog", classes="small") as dialog:
            dialog.border_title = "Columns"
            dialog.border_subtitle = "space shows or hides · r by width · esc closes"
            yield Grid[str](
                [Column("", lambda title: ((self._mark(title), "due"), (title, "")))],
                str,
                id="columns",
                header_from_width=10_000,
            )

    def on_mount(self) -> None:
        """Every column."""
        self._draw()
        self.query_one(Grid).focus()

    def action_tick(self) -> None:
        """Show or hide; one always stays."""
        grid = self.query_one("#columns", Grid)
        if self._shown != {grid.key}:
            self._shown ^= {grid.key}
            self._grid.choose(frozenset(c.title for c in self._grid.columns) - self._shown)
        self._draw()

    def action_reset(self) -> None:
        """As many as there is room for."""
        self._grid.hidden = None
        self._grid.refresh()
        self._shown = {c.title for c in self._grid.shown_columns()}
        self._draw()

    def action_close(self) -> None:
        """Back; the choice holds the next time too."""
        if self._grid.id:
            self.shell.ui_state.save_columns(self._grid.id, self._grid.hidden)
        self.dismiss()

    def _mark(self, title: str) -> str:
        return "✓ " if title in self._shown else "  "

    def _draw(self) -> None:
        grid = self.query_one("#columns", Grid)
        grid.show_rows(Listed([c.title for c in self._grid.columns], str.casefold))
