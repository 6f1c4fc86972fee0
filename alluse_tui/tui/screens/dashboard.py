"""The dashboard: accounts, balances and allocation, alerts, activity, all live."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from alluse_tui.domain.commands import Command, Fork, Merge, NoteAlert, Reinvest, Undo
from alluse_tui.domain.views import AccountView, AlertView
from alluse_tui.tui.actions import ACTIONS, BY_ID, Situation
from alluse_tui.tui.rows import (
    ACCOUNT_COLUMNS,
    ACTIVITY_COLUMNS,
    ALERT_COLUMNS,
    account_rows,
    activity_rows,
    alert_rows,
)
from alluse_tui.tui.screens.help import HelpScreen
from alluse_tui.tui.screens.movement import MovementForm
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.header import Header
from alluse_tui.tui.widgets.keybar import KeyBar
from alluse_tui.tui.widgets.panels import Allocation, Balances, Curve

if TYPE_CHECKING:
    from alluse_tui.tui.app import AllUseApp


_GROWTH: dict[str, Callable[..., Command]] = {"fork": Fork, "merge": Merge, "reinvest": Reinvest}


class Dashboard(Screen[None]):
    """What an operator looks at all day."""

    app: AllUseApp

    BINDINGS: ClassVar[list[BindingType]] = [a.binding for a in ACTIONS]

    def compose(self) -> ComposeResult:
        """The panes, the same at every size; the stylesheet arranges them."""
        yield Static("needs 80×24", id="notice", markup=False)
        with Vertical(id="all"):
            yield Header(self.app.environment, self.app.engine.actor)
            with Horizontal(id="top"):
                yield Grid(
                    ACCOUNT_COLUMNS,
                    id="accounts",
                    empty="no accounts",
                    header_from_width=74,
                    rests=True,
                )
                with Vertical(id="side"):
                    yield Allocation()
                    yield Balances()
                    yield Curve()
            with Vertical(id="bottom"):
                yield Grid(ALERT_COLUMNS, id="alerts", empty="✓ nothing needs you")
                yield Grid(ACTIVITY_COLUMNS, id="activity", empty="nothing recorded yet")
            yield KeyBar()

    def on_mount(self) -> None:
        """Titles, and whatever is known by now."""
        self.query_one("#accounts").border_title = "Accounts"
        self.query_one("#alerts").border_title = "Alerts"
        self.query_one("#activity").border_title = "Activity"
        self.query_one("#accounts").focus()
        self.show()

    def on_resize(self) -> None:
        """Say what is needed where there is too little room."""
        width, height = self.app.size
        self.query_one("#notice", Static).update(f"needs 80×24, this is {width}×{height}")

    def show(self) -> None:
        """Draw what the app knows; called whenever that changes."""
        sight = self.app.sight
        self.query_one(Header).show(sight, self.app.engine.now_ns, self.app.trouble)
        if sight is not None:
            self.query_one("#accounts", Grid).show_rows(account_rows(sight))
            self.query_one("#alerts", Grid).show_rows(alert_rows(sight))
            now_ns = self.app.engine.now_ns
            self.query_one("#activity", Grid).show_rows(activity_rows(sight, now_ns))
            count = len(sight.alerts)
            self.query_one("#alerts").border_title = f"Alerts {count}" if count else "Alerts"
            self.query_one(Allocation).show(sight.portfolio)
            self.query_one(Curve).show(sight)
            self.query_one(Balances).show(sight, self.account)
        self.query_one(KeyBar).show(self.situation)

    @property
    def account(self) -> AccountView | None:
        """The account under the cursor: of the alerts when those have it, else of the tree."""
        sight = self.app.sight
        if sight is None:
            return None
        alerts = self.query_one("#alerts", Grid)
        if alerts.has_focus:
            alert = next((a for a in sight.alerts if a.id == alerts.key), None)
            return sight.account(alert.account) if alert is not None else None
        return sight.account(self.query_one("#accounts", Grid).key)

    @property
    def alert(self) -> AlertView | None:
        """The alert under the cursor, while the cursor is among the alerts."""
        alerts = self.query_one("#alerts", Grid)
        if self.app.sight is None or not alerts.has_focus:
            return None
        return next((a for a in self.app.sight.alerts if a.id == alerts.key), None)

    @property
    def situation(self) -> Situation:
        """What actions are judged on."""
        return Situation(self.app.sight, self.account, self.alert)

    def on_grid_moved(self, _: Grid.Moved) -> None:
        """Another account, other figures and keys."""
        self._show_account()

    def on_descendant_focus(self) -> None:
        """The cursor that counts is the focused grid's."""
        self._show_account()

    def _show_account(self) -> None:
        if self.app.sight is not None:
            self.query_one(Balances).show(self.app.sight, self.account)
        self.query_one(KeyBar).show(self.situation)

    def action_act(self, name: str) -> None:
        """Do an action of the registry, or say why it cannot be done now."""
        reason = BY_ID[name].disabled_reason(self.situation)
        if reason is not None:
            self.app.say(reason, warning=True)
            return
        sight, account, alert = self.app.sight, self.account, self.alert
        if name == "answer":
            assert alert is not None
            name = alert.action
        match name:
            case "deposit" | "withdraw" | "transfer":
                assert account is not None and sight is not None
                self.app.push_screen(MovementForm(name, account, sight))
            case "fork" | "merge" | "reinvest":
                assert account is not None
                self.app.propose(_GROWTH[name](account=account.id), lambda _: None)
            case "undo":
                assert sight is not None
                self.app.propose(Undo(portfolio=sight.portfolio.name), lambda _: None)
            case "ack":
                assert alert is not None
                if alert.acknowledged:
                    self.app.say(f"{alert.kind} was seen already", warning=True)
                else:
                    self.app.carry_out(
                        NoteAlert(alert=alert.id), f"{alert.kind} seen; u takes that back"
                    )
            case "portfolio":
                self.app.next_portfolio()
            case "help":
                self.app.push_screen(HelpScreen(self.active_bindings))
            case "quit":
                self.app.exit()
