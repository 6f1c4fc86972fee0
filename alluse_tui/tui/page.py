"""What every screen has: the header, a body, the line to find with, the key bar, and its keys."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from alluse_tui.domain.views import AccountView, AlertView, ApprovalView, UserView, printable
from alluse_tui.tui.actions.action_handlers import HANDLERS
from alluse_tui.tui.actions.disabled_reasons import Situation
from alluse_tui.tui.actions.registry import BY_ID, GO, LIST, of_page
from alluse_tui.tui.modals.columns import ColumnsScreen
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.header import Header
from alluse_tui.tui.widgets.keybar import KeyBar
from alluse_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from alluse_tui.tui.app import AllUseApp

FREE = ("help", "quit", "theme", "login", "lock", "stop")
"""What a locked screen still does besides showing."""

COPIED_AT_MOST = 2_000
"""Rows that are copied at once: more than terminals take through OSC 52."""


def page_bindings(page: str) -> list[BindingType]:
    """The keys of that screen, from the registry."""
    return [a.binding for a in of_page(page) if a.group != LIST]


class Page(Screen[None]):
    """A screen of the program; `NAME` is its name in the registry."""

    app: AllUseApp

    NAME: ClassVar[str] = ""

    def compose(self) -> ComposeResult:
        """The frame, the same everywhere; the stylesheet arranges what is in it."""
        yield Static("needs 80×24", id="notice", markup=False)
        with Vertical(id="all"):
            yield Header(self.app.environment, self.app.engine.caller.name)
            with Vertical(id="body"):
                yield from self.body()
            yield TextInput(id="find", placeholder="words that a row must have")
            yield KeyBar(self.NAME)

    def body(self) -> Iterable[Widget]:
        """What is on this screen."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw what the app knows; called whenever that changes while the screen is shown."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Nothing is looked for yet."""
        self.query_one("#find", Input).display = False
        for grid in self.query(Grid):
            grid.recall(self.app.columns.get(grid.id or ""))
        self.show()

    def on_screen_resume(self) -> None:
        """What has changed meanwhile."""
        self.show()

    def on_resize(self) -> None:
        """Say what is needed where there is too little room."""
        width, height = self.app.size
        self.query_one("#notice", Static).update(f"needs 80×24, this is {width}×{height}")

    @property
    def stands(self) -> bool:
        """Whether its parts are there: it is neither being made nor taken down."""
        return self.is_mounted and bool(self.query(Header))

    def show(self) -> None:
        """Draw everything."""
        app = self.app
        self.query_one(Header).show(app.sight, app.history, app.engine.now_ns, app.state)
        if app.sight is not None:
            self.draw()
        self.show_keys()

    def show_keys(self) -> None:
        """The keys, or what there is to say."""
        self.query_one(KeyBar).show(self.situation, self.app.keymap, self.app.said)

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
    def approval(self) -> ApprovalView | None:
        """The proposal under the cursor."""
        return None

    @property
    def user(self) -> UserView | None:
        """The user under the cursor."""
        return None

    @property
    def opens(self) -> str:
        """What Enter opens here; empty where nothing."""
        return ""

    def open_it(self) -> None:
        """Enter, where there is no alert to answer."""

    @property
    def situation(self) -> Situation:
        """What actions are judged on."""
        work = self.app.work
        return Situation(
            self.app.sight, self.account, self.alert, self.record, self.opens,
            work.name if work is not None else "", self.approval,
        )  # fmt: skip

    def on_grid_moved(self, _: Grid.Moved) -> None:
        """Another account, other figures and keys."""
        self.cursor_moved()

    def on_descendant_focus(self) -> None:
        """The cursor that counts is the focused grid's."""
        self.cursor_moved()

    def cursor_moved(self) -> None:
        """Draw what hangs on the cursor."""
        self.show_keys()

    # -- keys ----------------------------------------

    def action_act(self, name: str) -> None:
        """Do an action of the registry, or say why it cannot be done now."""
        self.app.hush()
        width, height = self.app.size
        if (width < 80 or height < 24) and name != "quit":
            return  # nothing is done that cannot be seen; the screen says what it needs
        action = BY_ID[name]
        if self.app.is_locked and action.group not in (GO, LIST) and name not in FREE:
            self.app.ask_unlock()
            return
        reason = action.disabled_reason(self.situation)
        if reason is not None:
            self.app.say(reason, warning=True)
        else:
            HANDLERS[name](self)

    def on_key(self) -> None:
        """What was said goes with the next key."""
        self.app.hush()

    @on(Grid.Asked)
    def serve(self, message: Grid.Asked) -> None:
        """What a list's key needs of the screen."""
        grid = message.grid
        match message.what:
            case "find":
                self._open_find(grid)
            case "columns":
                self.app.push_screen(ColumnsScreen(grid))
            case "copy":
                self._copy(grid, _aligned(grid.text(COPIED_AT_MOST)), "as text")
            case "copy_csv":
                self._copy(grid, _csv(grid.csv(COPIED_AT_MOST)), "as CSV")

    def _copy(self, grid: Grid[Any], text: str, how: str) -> None:
        count = min(len(grid.items), COPIED_AT_MOST)
        left = len(grid.items) - count
        self.app.copy_to_clipboard(text)
        more = f"; {left:,} more were left out: find fewer" if left else ""
        rows = "row" if count == 1 else "rows"
        self.app.say(f"{count:,} {rows} copied {how}{more}", warning=bool(left))

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
        """Narrow the list while the words are typed."""
        if self._finding is not None:
            self._finding.find(message.value)

    @on(Input.Submitted, "#find")
    def keep_find(self) -> None:
        """Back to the list, narrowed."""
        self._close_find()

    def _close_find(self) -> None:
        grid, self._finding = self._finding, None
        self.query_one("#find", Input).display = False
        if grid is not None:
            grid.focus()

    def step_back(self) -> bool:
        """Undo one step of looking: the words first; whether there was one."""
        grid = self._finding or (self.focused if isinstance(self.focused, Grid) else None)
        if grid is not None and (grid.words or self._finding is not None):
            self._finding = grid
            self.query_one("#find", Input).value = ""
            grid.find("")
            self._close_find()
            return True
        return False


def _aligned(lines: list[list[str]]) -> str:
    """Columns aligned with spaces."""
    lines = [[printable(cell) for cell in line] for line in lines]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(lines[0]))]
    padded = (
        "  ".join(cell + " " * (w - cell_len(cell)) for cell, w in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded) + "\n"


def _csv(lines: list[list[str]]) -> str:
    """RFC 4180; a cell that a spreadsheet would run as a formula gets a quote before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for line in lines:
        writer.writerow([f"'{c}" if c.startswith(("=", "@", "+", "-", "\t")) and not _number(c)
                         else c for c in map(printable, line)])  # fmt: skip
    return out.getvalue()


def _number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "", 1).isdecimal()


MODAL_KEYS: list[BindingType] = [Binding("escape", "cancel", "Cancel")]
"""What every modal has."""
