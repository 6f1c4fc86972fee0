"""The dialog in which a list's columns are chosen."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from alluse_tui.tui import texts
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.grid import Column, Grid
from alluse_tui.tui.widgets.row_sources import Listed


class ColumnsScreen(UsesShell, ModalScreen[None]):
    """Space ticks a column; r lets the width choose again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close"),
        Binding("space", "tick", "Show or hide"),
        Binding("r", "reset", "Reset"),
    ]

    def __init__(self, grid: Grid[Any]) -> None:
        """`grid` changes with every tick."""
        super().__init__()
        self._grid = grid
        self._shown = {c.title for c in grid.shown_columns()}

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(id="dialog", classes="small") as dialog:
            dialog.border_title = texts.COLUMNS_TITLE
            dialog.border_subtitle = texts.COLUMNS_KEYS
            yield Grid[str](
                [Column("", lambda title: ((self._mark(title), "due"), (title, "")))],
                str,
                id="columns",
                header_from_width=10_000,
            )

    def on_mount(self) -> None:
        """Show every column."""
        self._draw()
        self.query_one(Grid).focus()

    def action_tick(self) -> None:
        """Show or hide the column; one always stays."""
        grid = self.query_one("#columns", Grid)
        if self._shown != {grid.key}:
            self._shown ^= {grid.key}
            self._grid.choose(frozenset(c.title for c in self._grid.columns) - self._shown)
        self._draw()

    def action_reset(self) -> None:
        """Show as many columns as there is room for."""
        self._grid.hidden = None
        self._grid.refresh()
        self._shown = {c.title for c in self._grid.shown_columns()}
        self._draw()

    def action_close(self) -> None:
        """Close, and keep the choice for the next session."""
        if self._grid.id:
            self.shell.ui_state.save_columns(self._grid.id, self._grid.hidden)
        self.dismiss()

    def _mark(self, title: str) -> str:
        return "✓ " if title in self._shown else "  "

    def _draw(self) -> None:
        grid = self.query_one("#columns", Grid)
        grid.show_rows(Listed([c.title for c in self._grid.columns], str.casefold))
