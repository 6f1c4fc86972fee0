"""All alerts, each with the action that resolves it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.views import AccountView, AlertView, grouped
from alluse_tui.tui import list_columns as lists
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Panel, Piece
from alluse_tui.tui.widgets.row_sources import Listed


class AlertDetails(Panel):
    """The alert under the cursor, with its whole text."""

    def __init__(self) -> None:
        """Empty until `show` is called."""
        super().__init__(id="whole")
        self.border_title = "Details"
        self._alert: AlertView | None = None
        self._loaded = False

    def show(self, alert: AlertView | None) -> None:
        """Draw this alert."""
        if alert != self._alert or not self._loaded:
            self._alert, self._loaded = alert, True
            self.refresh()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """Kind and account, the reason, severity and state."""
        alert = self._alert
        if alert is None:
            return [[(texts.NO_ALERTS, "good")]] if self._loaded else []
        about = texts.WHOLE_PORTFOLIO if alert.portfolio else texts.WHOLE_BOOK
        reason = textwrap.wrap(alert.verdict.worded(grouped), max(20, width)) or [""]
        state = texts.SEEN if alert.acknowledged else texts.NOT_SEEN
        if alert.silent_until is not None:
            state = f"snoozed until {alert.silent_until} or until it gets worse; a acknowledges it"
        return [
            [(f"{alert.kind}  ", "strong"), (alert.account or about, "")],
            *([(line, "")] for line in reason),
            [(f"{alert.severity.name.lower()} · {state}", "dim")],
        ]


def _key(alert: AlertView) -> str:
    """Snoozing an alert changes its key, so the cursor stays among the other alerts."""
    return alert.id if alert.silent_until is None else f"snoozed {alert.id}"


class AlertsPage(Page):
    """The worst alert first, snoozed ones last; ↵ resolves, a acknowledges, z snoozes."""

    NAME = "alerts"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("alerts")

    def body(self) -> Iterable[Widget]:
        """The list, and the details of the alert under the cursor."""
        yield Grid[AlertView](
            lists.alert_columns(lambda: self.shell.engine.today),
            _key,
            id="all-alerts",
            title="Alerts",
            empty=texts.NO_ALERTS,
            loads=True,
            rests=True,
        )
        yield AlertDetails()

    def on_mount(self) -> None:
        """Focus the list."""
        super().on_mount()
        self.query_one("#all-alerts").focus()

    def draw(self) -> None:
        """Draw all alerts."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        grid = self.query_one("#all-alerts", Grid)
        seen = sum(a.acknowledged for a in snapshot.alerts)
        snoozed = len(snapshot.snoozed)
        grid.set_title(
            f"Alerts {len(snapshot.alerts) - seen}"
            + (f", {seen} seen" if seen else "")
            + (f", {snoozed} snoozed" if snoozed else "")
        )
        grid.show_rows(Listed((*snapshot.alerts, *snapshot.snoozed), lists.alert_search_text))
        self.query_one(AlertDetails).show(self.alert)

    def cursor_moved(self) -> None:
        """Draw the details of the alert under the cursor, and select its account."""
        if self.shell.snapshot is None:
            return
        self.query_one(AlertDetails).show(self.alert)
        if self.account is not None:
            self.shell.select(self.account.code)
        super().cursor_moved()

    @property
    def alert(self) -> AlertView | None:
        """The alert under the cursor."""
        return self.query_one("#all-alerts", Grid).item

    @property
    def account(self) -> AccountView | None:
        """The account of the alert under the cursor."""
        if self.shell.snapshot is None or self.alert is None:
            return None
        return self.shell.snapshot.account(self.alert.account)
