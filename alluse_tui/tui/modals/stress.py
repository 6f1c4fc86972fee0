"""The stress test of one account, which is only looked at."""

from __future__ import annotations

from textual import on, work
from textual.message import Message

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import AccountView
from alluse_tui.tui import texts
from alluse_tui.tui.modals.plan_lines import error_lines
from alluse_tui.tui.modals.text_dialog import TextDialog
from alluse_tui.tui.stress_lines import Lines, stress_lines
from alluse_tui.tui.widgets.inked import Listing


class StressScreen(TextDialog[None]):
    """The account as it is, and in each scenario."""

    class Read(Message):
        """The scenarios have been worked out."""

        def __init__(self, lines: Lines) -> None:
            """What is to be shown."""
            super().__init__()
            self.lines = lines

    def __init__(self, account: AccountView) -> None:
        """The account whose scenarios are shown."""
        title = texts.STRESS_TITLE.format(code=account.code)
        super().__init__(title, texts.STRESS_KEYS, texts.STRESS_READING)
        self._account = account

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
