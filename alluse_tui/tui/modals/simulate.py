"""Asks before ten years are simulated, and says what the simulation assumes."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from alluse_tui.domain.views import PortfolioView, Tier, grouped, printable
from alluse_tui.tui import texts


class SimulateScreen(ModalScreen[bool]):
    """Ends with whether to start."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel"),
        Binding("y", "start", "Start"),
        Binding("left,right", "app.focus_next", "Other button", show=False),
    ]

    def __init__(self, portfolio: PortfolioView) -> None:
        """`portfolio` gives the capital and the policy to start with."""
        super().__init__()
        self._portfolio = portfolio

    def compose(self) -> ComposeResult:
        """The assumptions, then the buttons."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = texts.SIMULATE_TITLE
            dialog.border_subtitle = texts.SIMULATE_KEYS
            yield Static(self._assumptions(), classes="about", markup=False)
            with Horizontal(id="buttons"):
                yield Button(texts.CANCEL, id="cancel", compact=True)
                yield Button(f"y  {texts.START}", id="confirm", compact=True)

    def on_mount(self) -> None:
        """Nothing starts by accident."""
        self.query_one("#cancel").focus()

    @on(Button.Pressed, "#confirm")
    def action_start(self) -> None:
        """Close and start."""
        self.dismiss(True)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Close."""
        self.dismiss(False)

    def _assumptions(self) -> str:
        from alluse_tui.engine import SPREAD_BPS, WEEKLY_BPS

        def percent(bps: int) -> str:
            return f"{bps / 100:g} %"

        return texts.SIMULATE_ABOUT.format(
            equity=grouped(self._portfolio.totals.equity),
            currency=self._portfolio.currency,
            portfolio=printable(self._portfolio.name),
            generation=percent(WEEKLY_BPS[Tier.GEN]),
            revenue=percent(WEEKLY_BPS[Tier.REV]),
            compounding=percent(WEEKLY_BPS[Tier.COM]),
            spread=percent(SPREAD_BPS),
        )
