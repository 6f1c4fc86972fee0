"""The dashboard: accounts, balances and allocation, alerts, activity, all live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from alluse_tui.domain.views import AccountView, AlertView
from alluse_tui.tui import list_columns as lists
from alluse_tui.tui.modals.record import RecordScreen
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.snapshot import Activity
from alluse_tui.tui.widgets.accounts import AccountTree
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.panels import Allocation, Balances, Curve
from alluse_tui.tui.widgets.row_sources import Listed

NO_HEADING = 10_000
"""No terminal is that wide: lists without a heading until they are sorted."""


class Dashboard(Page):
    """The page that an operator looks at all day."""

    NAME = "dashboard"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("dashboard")

    _selected_on_leaving = ""

    def body(self) -> Iterable[Widget]:
        """The panes, the same at every size; the stylesheet arranges them."""
        with Horizontal(id="top"):
            yield AccountTree(shows_ended=self.shell.ui_state.shows_ended)
            with Vertical(id="side"):
                yield Allocation()
                yield Balances()
                yield Curve()
        with Vertical(id="bottom"):
            yield Grid[AlertView](
                lists.alert_columns(lambda: self.shell.engine.today),
                lambda alert: alert.id,
                id="alerts",
                title="Alerts",
                empty=texts.NO_ALERTS,
                loads=True,
                header_from_width=NO_HEADING,
            )
            yield Grid[Activity](
                lists.activity_columns(lambda: self.shell.engine.now_ns),
                lambda activity: str(activity.seq),
                id="activity",
                title="Activity",
                header_from_width=NO_HEADING,
                loads=True,
            )

    def on_mount(self) -> None:
        """Focus the accounts."""
        super().on_mount()
        self.query_one(AccountTree).focus()

    def on_screen_suspend(self) -> None:
        """Note which account was selected when another screen covered this one."""
        self._selected_on_leaving = self.shell.selected

    def on_screen_resume(self) -> None:
        """Move the cursor only if another account was selected on another screen."""
        super().on_screen_resume()
        selected = self.shell.selected
        if self.shell.snapshot is not None and selected and selected != self._selected_on_leaving:
            self.query_one(AccountTree).reveal(selected)

    def draw(self) -> None:
        """Draw every pane."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        self.query_one(AccountTree).show(snapshot)
        alerts = self.query_one("#alerts", Grid)
        count = sum(not a.acknowledged for a in snapshot.alerts)
        alerts.set_title(f"Alerts {count}" if count else "Alerts")
        alerts.show_rows(Listed(snapshot.alerts, lists.alert_search_text))
        self._draw_history(snapshot.portfolio.name)
        self.query_one(Allocation).show(snapshot.portfolio)
        self.query_one(Balances).show(snapshot, self.account)

    def _draw_history(self, portfolio: str) -> None:
        history = self.shell.history
        activity, curve = self.query_one("#activity", Grid), self.query_one(Curve)
        if history is None or history.portfolio != portfolio:
            activity.show_loading()
            curve.show(f"Equity of {portfolio}", None)
            return
        activity.say_when_empty(texts.NO_ACTIVITY if history.is_whole else texts.NO_RECENT_ACTIVITY)
        activity.show_rows(Listed(history.activity, lists.activity_search_text))
        curve.show(f"Equity of {portfolio}", history.curve)

    @on(AccountTree.EndedToggled)
    def save_shows_ended(self, message: AccountTree.EndedToggled) -> None:
        """Keep the choice for the next run."""
        self.shell.ui_state.save_shows_ended(message.shows)

    @property
    def account(self) -> AccountView | None:
        """The account of the alert under the cursor while the alerts have the focus, else the
        account under the cursor of the tree."""
        snapshot = self.shell.snapshot
        if snapshot is None:
            return None
        if self.query_one("#alerts").has_focus:
            return snapshot.account(self.alert.account) if self.alert is not None else None
        return snapshot.account(self.query_one(AccountTree).key)

    @property
    def alert(self) -> AlertView | None:
        """The alert under the cursor, while the alerts have the focus."""
        alerts = self.query_one("#alerts", Grid)
        return alerts.item if alerts.has_focus else None

    @property
    def record(self) -> int:
        """The record under the cursor, while the activity has the focus."""
        activity = self.query_one("#activity", Grid)
        return activity.item.seq if activity.has_focus and activity.item is not None else 0

    @property
    def opens(self) -> str:
        """The record or the page of the account under the cursor."""
        if self.record:
            return "record"
        return "account" if self.account is not None else ""

    def open_it(self) -> None:
        """Show the record, or go to the account's page."""
        if self.record:
            self.shell.push_screen(RecordScreen(self.record))
        else:
            self.shell.go("account")

    def cursor_moved(self) -> None:
        """Select the account under the cursor, also for the other pages."""
        if self.shell.snapshot is not None:
            if self.account is not None:
                self.shell.select(self.account.code)
            self.query_one(Balances).show(self.shell.snapshot, self.account)
        super().cursor_moved()
