"""The frame of every page: header, body, search line and key bar, and the keys of the page."""

from __future__ import annotations

import csv
import io
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from alluse_tui.domain.derived.positions import Position
from alluse_tui.domain.views import AccountView, AlertView, ApprovalView, UserView, printable
from alluse_tui.tui.actions.action_handlers import HANDLERS
from alluse_tui.tui.actions.disabled_reasons import Situation
from alluse_tui.tui.actions.registry import BY_ID, GO, LIST, of_page
from alluse_tui.tui.modals.columns import ColumnsScreen
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.header import Header
from alluse_tui.tui.widgets.keybar import KeyBar
from alluse_tui.tui.widgets.text_input import TextInput

FREE = ("help", "quit", "theme", "login", "lock", "stop")
"""The actions that a locked screen allows, besides those that only change the view."""

COPIED_AT_MOST = 2_000
"""The most rows that are copied at once; terminals accept less through OSC 52."""


def page_bindings(page: str) -> list[BindingType]:
    """The key bindings of that page, from the registry."""
    return [a.binding for a in of_page(page) if a.group != LIST]


class Page(UsesShell, Screen[None]):
    """A page; `NAME` is its name in PAGES."""

    NAME: ClassVar[str] = ""

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield Static("needs 80×24", id="notice", markup=False)
        with Vertical(id="all"):
            yield Header(self.shell.environment, self.shell.engine.caller.name)
            with Vertical(id="body"):
                yield from self.body()
            yield TextInput(id="find", placeholder="show rows that contain these words")
            yield KeyBar(self.NAME)

    @abstractmethod
    def body(self) -> Iterable[Widget]:
        """The widgets between header and key bar."""

    @abstractmethod
    def draw(self) -> None:
        """Draw the snapshot and the history; called whenever they change."""

    def on_mount(self) -> None:
        """Hide the search line, and restore the columns of each list."""
        self.query_one("#find", Input).display = False
        for grid in self.query(Grid):
            grid.recall(self.shell.ui_state.columns.get(grid.id or ""))
        self.show()

    def on_screen_resume(self) -> None:
        """Draw what has changed while another screen was shown."""
        self.show()

    def on_resize(self) -> None:
        """Update the notice that a terminal that is too small shows."""
        width, height = self.app.size
        self.query_one("#notice", Static).update(f"needs 80×24, this is {width}×{height}")

    @property
    def is_ready(self) -> bool:
        """Whether its widgets exist: the page is neither being composed nor removed."""
        return self.is_mounted and bool(self.query(Header))

    def show(self) -> None:
        """Draw everything."""
        shell = self.shell
        snapshot = shell.snapshot
        self.query_one(Header).show(snapshot, shell.history, shell.engine.now_ns, shell.state)
        if snapshot is not None:
            self.draw()
        self.show_keys()

    def show_keys(self) -> None:
        """Draw the key bar, or the status message."""
        self.query_one(KeyBar).show(self.situation, self.shell.keymap, self.shell.status)

    # -- what is under the cursor ----------------------------------------

    @property
    def account(self) -> AccountView | None:
        """The account that keys act on."""
        return None

    @property
    def alert(self) -> AlertView | None:
        """The alert under the cursor."""
        return None

    @property
    def record(self) -> int:
        """The record under the cursor; 0 for none."""
        return 0

    @property
    def position(self) -> Position | None:
        """The position under the cursor."""
        return None

    @property
    def approval(self) -> ApprovalView | None:
        """The proposal under the cursor."""
        return None

    @property
    def user(self) -> UserView | None:
        """The user under the cursor."""
        return None

    @property
    def opens(self) -> str:
        """What Enter opens; empty where it opens nothing."""
        return ""

    def open_it(self) -> None:
        """Open what is under the cursor."""

    def switch(self, what: str) -> None:
        """Show another choice of `what`, on pages that have choices."""

    @property
    def situation(self) -> Situation:
        """What decides which actions are possible."""
        job = self.shell.jobs.current
        return Situation(
            snapshot=self.shell.snapshot,
            account=self.account,
            alert=self.alert,
            record=self.record,
            opens=self.opens,
            work=job.name if job is not None else "",
            approval=self.approval,
            undo_seq=self.shell.session.undo_seq,
            position=self.position,
        )

    def on_grid_cursor_moved(self, _: Grid.CursorMoved) -> None:
        """Draw what depends on the row under the cursor."""
        self.cursor_moved()

    def on_descendant_focus(self) -> None:
        """The cursor of the list that has the focus decides."""
        self.cursor_moved()

    def cursor_moved(self) -> None:
        """Draw what depends on the cursor."""
        self.show_keys()

    # -- keys ----------------------------------------

    def action_act(self, name: str) -> None:
        """Run an action of the registry, or show why it is not possible now."""
        self.shell.clear_status()
        width, height = self.app.size
        if (width < 80 or height < 24) and name != "quit":
            return  # the screen shows nothing but the size that it needs
        action = BY_ID[name]
        if self.shell.session.is_locked and action.group not in (GO, LIST) and name not in FREE:
            self.shell.session.ask_unlock()
            return
        reason = action.disabled_reason(self.situation)
        if reason is not None:
            self.shell.show_status(reason, warning=True)
        else:
            HANDLERS[name](self)

    def on_key(self) -> None:
        """A key clears the status message."""
        self.shell.clear_status()

    @on(Grid.ListCommand)
    def run_list_command(self, message: Grid.ListCommand) -> None:
        """Run a command of a list that needs the screen."""
        grid = message.grid
        match message.command:
            case "find":
                self._open_find(grid)
            case "columns":
                self.app.push_screen(ColumnsScreen(grid))
            case "copy":
                self._copy(grid, _aligned(grid.text(COPIED_AT_MOST)), "as text")
            case "copy_csv":
                self._copy(grid, _csv(grid.csv(COPIED_AT_MOST)), "as CSV")

    def _copy(self, grid: Grid[Any], text: str, form: str) -> None:
        count = min(len(grid.items), COPIED_AT_MOST)
        omitted = len(grid.items) - count
        self.app.copy_to_clipboard(text)
        rest = f"; {omitted:,} more omitted: narrow the list with /" if omitted else ""
        rows = "row" if count == 1 else "rows"
        self.shell.show_status(f"{count:,} {rows} copied {form}{rest}", warning=bool(omitted))

    # -- finding ----------------------------------------

    def _open_find(self, grid: Grid[Any]) -> None:
        find = self.query_one("#find", Input)
        self._finding = grid
        find.value = grid.words
        find.display = True
        find.focus()

    _finding: Grid[Any] | None = None

    @on(Input.Changed, "#find")
    def find(self, message: Input.Changed) -> None:
        """Filter the list while the words are typed."""
        if self._finding is not None:
            self._finding.find(message.value)

    @on(Input.Submitted, "#find")
    def keep_find(self) -> None:
        """Return to the filtered list."""
        self._close_find()

    def _close_find(self) -> None:
        grid, self._finding = self._finding, None
        self.query_one("#find", Input).display = False
        if grid is not None:
            grid.focus()

    def step_back(self) -> bool:
        """Clear the filter of the list. Returns whether there was one."""
        grid = self._finding or (self.focused if isinstance(self.focused, Grid) else None)
        if grid is not None and (grid.words or self._finding is not None):
            self._finding = grid
            self.query_one("#find", Input).value = ""
            grid.find("")
            self._close_find()
            return True
        return False


def _aligned(lines: list[list[str]]) -> str:
    """The rows as text, with columns aligned by spaces."""
    lines = [[printable(cell) for cell in line] for line in lines]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(lines[0]))]
    padded = (
        "  ".join(cell + " " * (w - cell_len(cell)) for cell, w in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded) + "\n"


def _csv(lines: list[list[str]]) -> str:
    """The rows as CSV (RFC 4180); a quote precedes what a spreadsheet would run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_harmless(printable(cell)) for cell in line] for line in lines)
    return out.getvalue()


def _harmless(cell: str) -> str:
    is_number = cell.lstrip("+-").replace(".", "", 1).isdecimal()
    is_formula = cell.startswith(("=", "@", "+", "-", "\t")) and not is_number
    return f"'{cell}" if is_formula else cell
