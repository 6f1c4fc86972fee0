"""The exchange's calendar and who may enter when; levels and week types need market data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.views import SessionView
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Panel, Piece
from alluse_tui.tui.widgets.row_sources import Listed

DAYS = 42

CalendarQuery = tuple[str, int, date]
"""Portfolio, the record up to which its policy is read, and today."""


def _hours(s: SessionView) -> Cell:
    if s.opens is None or s.closes is None:
        return ("closed ", "warn"), (s.why_closed, "dim")
    early: Cell = ((" half day", "warn"),) if s.half else ()
    return (f"{s.opens:%H:%M} – {s.closes:%H:%M}", ""), *early


def _entry(s: SessionView) -> Cell:
    return ((", ".join(tier.full_name for tier in s.entry), "due"),)


class NoData(Panel):
    """What is not set up, and why."""

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """Two lines."""
        return [
            [("Week type, regime and levels: not set up", "strong")],
            [("They need market data, which this version does not load yet.", "dim")],
        ]


class MarketPage(LoadingPage[CalendarQuery, tuple[SessionView, ...]]):
    """Sessions."""

    NAME = "market"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("market")

    def body(self) -> Iterable[Widget]:
        """The calendar over what is missing."""
        yield Grid[SessionView](
            (
                Column("day", lambda s: ((f"{s.day:%a} {s.day.day:>2} {s.day:%b %Y}", ""),),
                       lambda s: s.day, 16, csv=(("day", lambda s: s.day.isoformat()),)),
                Column("New York", _hours, width=36),
                Column("enters", _entry, lambda s: s.entry),
            ),
            lambda s: s.day.isoformat(),
            id="calendar", title="NYSE", empty="looking …", rests=True,
        )  # fmt: skip
        yield NoData(id="no-data")

    def on_mount(self) -> None:
        """Start in the calendar."""
        super().on_mount()
        self.query_one("#no-data").border_title = "Levels"
        self.query_one("#calendar").focus()

    def draw(self) -> None:
        """Load the calendar; it changes with the policy and the day."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        self.load((snapshot.portfolio.name, snapshot.seq, self.shell.engine.today))

    def read_data(self, query: CalendarQuery) -> tuple[SessionView, ...]:
        """The trading days ahead."""
        return self.shell.engine.queries.calendar(query[0], DAYS)

    def on_loaded(self, query: CalendarQuery, data: tuple[SessionView, ...]) -> None:
        """Draw them."""
        rows = Listed(data, lambda s: f"{s.day:%A %d %B %Y} {s.why_closed}".casefold())
        self.query_one("#calendar", Grid).show_rows(rows)
