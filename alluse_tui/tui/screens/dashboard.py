"""The dashboard: accounts, balances and allocation, alerts, activity, all live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from alluse_tui.domain.views import AccountView, AlertView
from alluse_tui.tui import list_columns as lists
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.snapshot import Activity
from alluse_tui.tui.widgets.accounts import AccountTree
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.panels import Allocation, Balances, Curve
from alluse_tui.tui.widgets.row_sources import Listed


class Dashboard(Page):
    """What an operator looks at all day."""

    NAME = "dashboard"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("dashboard")

    def body(self) -> Iterable[Widget]:
        """The panes, the same at every size; the stylesheet arranges them."""
        with Horizontal(id="top"):
            yield AccountTree()
            with Vertical(id="side"):
                yield Allocation()
                yield Balances()
                yield Curve()
        with Vertical(id="bottom"):
            yield Grid[AlertView](
                lists.alerts(lambda: self.shell.engine.today), lambda a: a.id,
                id="alerts", title="Alerts", empty="✓ nothing needs you", header_from_width=10_000,
            )  # fmt: skip
            yield Grid[Activity](
                lists.activity(lambda: self.shell.engine.now_ns), lambda a: str(a.seq),
                id="activity", title="Activity", empty="nothing recorded yet",
                header_from_width=10_000,
            )  # fmt: skip

    def on_mount(self) -> None:
        """Start among the accounts."""
        super().on_mount()
        self.query_one(AccountTree).focus()

    def on_screen_resume(self) -> None:
        """The account that was looked at elsewhere is under the cursor."""
        super().on_screen_resume()
        if self.shell.snapshot is not None and self.shell.selected:
            self.query_one(AccountTree).reveal(self.shell.selected)

    def draw(self) -> None:
        """Every pane."""
        snapshot, history = self.shell.snapshot, self.shell.history
        assert snapshot is not None
        self.query_one(AccountTree).show(snapshot)
        alerts = self.query_one("#alerts", Grid)
        count = sum(not a.acknowledged for a in snapshot.alerts)
        alerts.set_title(f"Alerts {count}" if count else "Alerts")
        alerts.show_rows(Listed(snapshot.alerts, lists.alert_said))
        if history is not None and history.portfolio == snapshot.portfolio.name:
            acts = Listed(history.activity, lists.activity_said)
            self.query_one("#activity", Grid).show_rows(acts)
            self.query_one(Curve).show(history.curve)
        self.query_one(Allocation).show(snapshot.portfolio)
        self.query_one(Balances).show(snapshot, self.account)

    @property
    def account(self) -> AccountView | None:
        """The account under the cursor: of the alerts when those have it, else of the tree."""
        snapshot = self.shell.snapshot
        if snapshot is None:
            return None
        if self.query_one("#alerts").has_focus:
            return snapshot.account(self.alert.account) if self.alert is not None else None
        return snapshot.account(self.query_one(AccountTree).key)

    @property
    def alert(self) -> AlertView | None:
        """The alert under the cursor, while the cursor is among the alerts."""
        alerts = self.query_one("#alerts", Grid)
        return alerts.item if alerts.has_focus else None

    @property
    def record(self) -> int:
        """The record under the cursor, while the cursor is among the activity."""
        acts = self.query_one("#activity", Grid)
        return acts.item.seq if acts.has_focus and acts.item is not None else 0

    @property
    def opens(self) -> str:
        """The account's own screen."""
        return "account" if self.account is not None and not self.record else ""

    def open_it(self) -> None:
        """To the account's own screen."""
        self.shell.go("account")

    def cursor_moved(self) -> None:
        """The account under the cursor is the one that is meant elsewhere too."""
        if self.shell.snapshot is not None:
            if self.account is not None:
                self.shell.select(self.account.code)
            self.query_one(Balances).show(self.shell.snapshot, self.account)
        super().cursor_moved()
