"""An account against a broker's statement; the result can be recorded."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from alluse_tui.domain.derived.breaks import comparison_command
from alluse_tui.domain.derived.reconciliation import Reconciliation
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.engine import statement_to_compare
from alluse_tui.tui import texts
from alluse_tui.tui.modals.text_dialog import TextDialog
from alluse_tui.tui.outcome import Outcome
from alluse_tui.tui.reconciliation_lines import reconciliation_lines
from alluse_tui.tui.widgets.inked import Listing, as_title


class ReconcileScreen(TextDialog[AllUseError]):
    """What differs, why, and what would record it; closes at once with an error."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "record", "Record")]

    class Compared(Message):
        """Both sides have been compared, or cannot be."""

        def __init__(self, outcome: Reconciliation | AllUseError) -> None:
            """What is to be shown, or why nothing is."""
            super().__init__()
            self.outcome = outcome

    def __init__(self, path: Path, into: str, portfolio: str) -> None:
        """The statement's file, and the account; '' for the one that holds its statements."""
        super().__init__(texts.RECONCILE_TITLE, texts.RECONCILE_KEYS, texts.RECONCILE_READING)
        self._path, self._into, self._portfolio = path, into, portfolio
        self._shown: Reconciliation | None = None

    @work(thread=True)
    def read(self) -> None:
        """Read the file and ask the engine, off the event loop."""
        try:
            self.post_message(self.Compared(self._result()))
        except AllUseError as error:
            self.post_message(self.Compared(error))

    def _result(self) -> Reconciliation:
        engine = self.shell.engine
        portfolio = self._portfolio if "/" not in self._into else ""
        reads = engine.operations.read_statements(self._path, into=self._into, portfolio=portfolio)
        read, code = statement_to_compare(engine, reads, self._into, portfolio)
        portfolio = self._portfolio if "/" not in code else ""
        return engine.positions.reconcile(read, code, portfolio)

    @on(Compared)
    def draw(self, message: Compared) -> None:
        """Show the result, or hand an error back to the form."""
        outcome = message.outcome
        if isinstance(outcome, AllUseError):
            self.dismiss(outcome)
            return
        self._shown = outcome
        title = texts.RECONCILED_TITLE.format(account=outcome.account, day=outcome.day)
        self.query_one("#dialog").border_title = as_title(title)
        self.query_one(Listing).show(reconciliation_lines(outcome, str(self._path)))

    def action_record(self) -> None:
        """Show the plan that records the result; close once it is recorded."""

        def closed(outcome: Outcome) -> None:
            if outcome is not None:
                self.dismiss(None)

        if self._shown is not None:
            self.shell.propose(comparison_command(self._shown), closed)
