"""An account against a broker's statement, which is only looked at."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen

from alluse_tui.domain.derived.reconciliation import Reconciliation
from alluse_tui.domain.model.errors import AllUseError, BadInput
from alluse_tui.tui import texts
from alluse_tui.tui.reconciliation_lines import reconciliation_lines
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.inked import Listing, as_title


class ReconcileScreen(UsesShell, ModalScreen[AllUseError | None]):
    """What differs, why, and what would record it; closes at once with an error."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
    ]

    class Compared(Message):
        """Both sides have been compared, or cannot be."""

        def __init__(self, outcome: Reconciliation | AllUseError) -> None:
            """What is to be shown, or why nothing is."""
            super().__init__()
            self.outcome = outcome

    def __init__(self, path: Path, into: str, portfolio: str) -> None:
        """The statement's file, and the account; '' for the one that holds its statements."""
        super().__init__()
        self._path, self._into, self._portfolio = path, into, portfolio

    def compose(self) -> ComposeResult:
        """The lines."""
        with VerticalScroll(id="dialog", can_focus=False) as dialog:
            dialog.border_title = as_title(texts.RECONCILE_TITLE)
            dialog.border_subtitle = texts.RECONCILE_KEYS
            yield Listing(texts.RECONCILE_READING)

    def on_mount(self) -> None:
        """Compare both sides."""
        self.compare()

    @work(thread=True)
    def compare(self) -> None:
        """Read the file and ask the engine, off the event loop."""
        try:
            self.post_message(self.Compared(self._result()))
        except AllUseError as error:
            self.post_message(self.Compared(error))

    def _result(self) -> Reconciliation:
        engine = self.shell.engine
        portfolio = self._portfolio if "/" not in self._into else ""
        read = engine.operations.read_statement(self._path, into=self._into, portfolio=portfolio)
        code = self._into or engine.operations.account_of_statement(read.facts.source)
        if not code:
            raise BadInput("into", None, texts.RECONCILE_CHOOSE)
        portfolio = self._portfolio if "/" not in code else ""
        return engine.positions.reconcile(read, code, portfolio)

    @on(Compared)
    def draw(self, message: Compared) -> None:
        """Show the result, or hand an error back to the form."""
        outcome = message.outcome
        if isinstance(outcome, AllUseError):
            self.dismiss(outcome)
            return
        title = texts.RECONCILED_TITLE.format(account=outcome.account, day=outcome.day)
        self.query_one("#dialog").border_title = as_title(title)
        self.query_one(Listing).show(reconciliation_lines(outcome, str(self._path)))

    def action_scroll(self, lines: int) -> None:
        """Scroll what is longer than the screen."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)
