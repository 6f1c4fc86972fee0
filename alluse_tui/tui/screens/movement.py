"""The form for a deposit, a withdrawal or a transfer; what it makes goes to the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Static

from alluse_tui.domain.commands import Command, Deposit, Transfer, Withdraw, amount
from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.views import AccountView, Receipt, grouped
from alluse_tui.tui.sight import Sight

if TYPE_CHECKING:
    from alluse_tui.tui.app import AllUseApp

_TITLES = {"deposit": "Deposit into", "withdraw": "Withdraw from", "transfer": "Transfer from"}


class MovementForm(ModalScreen[None]):
    """Amount, where to, a note; Enter goes on to the plan."""

    app: AllUseApp

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, name: str, account: AccountView, sight: Sight) -> None:
        """`name` is 'deposit', 'withdraw' or 'transfer'."""
        super().__init__()
        self._movement = name
        self._account = account
        self._codes = [
            a.code for a in sight.accounts if a.status == "active" and a.code != account.code
        ]

    def compose(self) -> ComposeResult:
        """One line a field."""
        a = self._account
        with Vertical(id="dialog") as dialog:
            dialog.border_title = f"{_TITLES[self._movement]} {a.code}"
            dialog.border_subtitle = "enter shows the plan · esc cancels"
            yield Static(
                f"equity {grouped(a.equity)}   cash {grouped(a.cash)}"
                f"   available {grouped(a.available)}",
                classes="about",
                markup=False,
            )
            with Horizontal(classes="field"):
                yield Label("amount")
                yield Input(placeholder="12500.00", id="amount", select_on_focus=False)
            if self._movement == "transfer":
                with Horizontal(classes="field"):
                    yield Label("to")
                    yield Input(
                        self._codes[0] if len(self._codes) == 1 else "",
                        placeholder=", ".join(self._codes[:6]),
                        suggester=SuggestFromList(self._codes),
                        id="target",
                    )
            with Horizontal(classes="field"):
                yield Label("note")
                yield Input(placeholder="optional", id="note")
            yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        """Start where the typing starts."""
        self.query_one("#amount").focus()

    @on(Input.Changed)
    def forget_wrong(self) -> None:
        """A new attempt."""
        self.query_one("#wrong", Static).update("")

    @on(Input.Submitted)
    def go_on(self) -> None:
        """To the plan, or say what is wrong and where."""
        try:
            command = self._command()
        except BadInput as error:
            self.query_one("#wrong", Static).update(f"✗ {error}")
            return
        self.app.propose(command, self._after)

    def _after(self, receipt: Receipt | None) -> None:
        """Done, or back to what was typed."""
        if receipt is not None:
            self.dismiss()

    def action_cancel(self) -> None:
        """Back, nothing done."""
        self.dismiss()

    def _command(self) -> Command:
        micros = amount(self.query_one("#amount", Input).value.strip())
        note = self.query_one("#note", Input).value.strip()
        home, code = self._account.portfolio, self._account.code
        match self._movement:
            case "deposit":
                return Deposit(portfolio=home, account=code, amount=micros, note=note)
            case "withdraw":
                return Withdraw(portfolio=home, account=code, amount=micros, note=note)
        target = self.query_one("#target", Input).value.strip()
        if not target:
            raise BadInput("to", None, f"must be one of: {', '.join(self._codes[:8])}")
        return Transfer(portfolio=home, source=code, target=target, amount=micros, note=note)
