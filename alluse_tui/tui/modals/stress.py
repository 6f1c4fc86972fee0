"""The stress test of one account, which is only looked at."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import AccountView
from alluse_tui.tui import texts
from alluse_tui.tui.modals.plan_lines import error_lines
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.stress_lines import Lines, stress_lines
from alluse_tui.tui.widgets.inked import Listing, as_title


class StressScreen(UsesShell, ModalScreen[None]):
    """The account as it is, and in each scenario."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
    ]

    class Read(Message):
        """The scenarios have been worked out."""

        def __init__(self, lines: Lines) -> None:
            """What is to be shown."""
            super().__init__()
            self.lines = lines

    def __init__(self, account: AccountView) -> None:
        """The account whose scenarios are shown."""
        super().__init__()
        self._account = account

    def compose(self) -> ComposeResult:
        """The lines."""
        with VerticalScroll(id="dialog", can_focus=False) as dialog:
            dialog.border_title = as_title(texts.STRESS_TITLE.format(code=self._account.code))
            dialog.border_subtitle = texts.STRESS_KEYS
            yield Listing(texts.STRESS_READING)

    def on_mount(self) -> None:
        """Work them out."""
        self.read()

    @work(thread=True)
    def read(self) -> None:
        """Ask the engine, off the event loop."""
        account = self._account
        try:
            views = self.shell.engine.positions.stress(account.code, account.portfolio)
            self.post_message(self.Read(stress_lines(views)))
        except AllUseError as error:
            self.post_message(self.Read(error_lines(str(error))))

    @on(Read)
    def draw(self, message: Read) -> None:
        """Show them."""
        self.query_one(Listing).show(message.lines)

    def action_scroll(self, lines: int) -> None:
        """Scroll what is longer than the screen."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Close."""
        self.dismiss()
