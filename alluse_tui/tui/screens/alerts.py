"""All alerts, with what can be done about each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.views import AccountView, AlertView, grouped
from alluse_tui.tui import list_columns as lists
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Panel, Piece
from alluse_tui.tui.widgets.row_sources import Listed


class WholeAlert(Panel):
    """The alert under the cursor, nothing cut off."""

    def __init__(self) -> None:
        """Empty until it is shown an alert."""
        super().__init__(id="whole")
        self.border_title = "In full"
        self._alert: AlertView | None = None

    def show(self, alert: AlertView | None) -> None:
        """Draw it."""
        if alert != self._alert:
            self._alert = alert
            self.refresh()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """Where, why, since nobody knows when, and what answers it."""
        a = self._alert
        if a is None:
            return [[("✓ nothing needs you", "good")]]
        import textwrap

        whole = "the whole portfolio" if a.portfolio else "the whole book"
        why = textwrap.wrap(a.verdict.worded(grouped), max(20, width)) or [""]
        seen = "seen by somebody at this severity" if a.acknowledged else "not acknowledged"
        if a.silent_until is not None:
            seen = f"snoozed until {a.silent_until}, unless it gets worse; a: seen instead"
        return [
            [(f"{a.kind}  ", "strong"), (a.account or whole, "")],
            *([(line, "")] for line in why),
            [(f"{a.severity.name.lower()} · {seen}", "dim")],
        ]


def _key(alert: AlertView) -> str:
    """A snoozed one is another row: the cursor stays among those that still need somebody."""
    return alert.id if alert.silent_until is None else f"snoozed {alert.id}"


class AlertsPage(Page):
    """The worst first, what was snoozed last; ↵ answers, a acknowledges, z silences."""

    NAME = "alerts"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("alerts")

    def body(self) -> Iterable[Widget]:
        """The list, and the one under the cursor in full."""
        yield Grid[AlertView](
            lists.alerts(lambda: self.shell.engine.today), _key, id="all-alerts", title="Alerts",
            empty="✓ nothing needs you", rests=True,
        )  # fmt: skip
        yield WholeAlert()

    def on_mount(self) -> None:
        """Start in the list."""
        super().on_mount()
        self.query_one("#all-alerts").focus()

    def draw(self) -> None:
        """Every alert."""
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
        grid.show_rows(Listed((*snapshot.alerts, *snapshot.snoozed), lists.alert_said))
        self.query_one(WholeAlert).show(self.alert)

    def cursor_moved(self) -> None:
        """The one under the cursor."""
        self.query_one(WholeAlert).show(self.alert)
        if self.account is not None:
            self.shell.select(self.account.code)
        super().cursor_moved()

    @property
    def alert(self) -> AlertView | None:
        """The alert under the cursor."""
        return self.query_one("#all-alerts", Grid).item

    @property
    def account(self) -> AccountView | None:
        """Its account."""
        if self.shell.snapshot is None or self.alert is None:
            return None
        return self.shell.snapshot.account(self.alert.account)
