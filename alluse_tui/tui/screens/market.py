"""The exchange's calendar and the entry days of each tier; levels need market data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.views import SessionView
from alluse_tui.engine import new_york
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed
from alluse_tui.tui.widgets.text_panel import TextPanel

DAYS = 42

CalendarQuery = tuple[str, int, date]
"""Portfolio, the record up to which its policy is read, and today."""


def is_over(session: SessionView, now: datetime) -> bool:
    """Whether the session has closed; `now` is New York time."""
    return session.closes is not None and session.day == now.date() and now.time() >= session.closes


def _is_open(session: SessionView, now: datetime) -> bool:
    return (
        session.opens is not None
        and session.day == now.date()
        and session.opens <= now.time()
        and not is_over(session, now)
    )


def _entry(session: SessionView) -> Cell:
    return ((", ".join(tier.full_name for tier in session.entry), "due"),)


class MarketPage(LoadingPage[CalendarQuery, tuple[SessionView, ...]]):
    """The sessions of the next six weeks that are not over."""

    NAME = "market"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("market")

    def __init__(self) -> None:
        """No calendar is loaded yet."""
        super().__init__()
        self._sessions: tuple[SessionView, ...] | None = None

    def body(self) -> Iterable[Widget]:
        """The calendar above a note about market data."""
        yield Grid[SessionView](
            (
                Column(
                    title="day",
                    cell=lambda s: ((f"{s.day:%a} {s.day.day:>2} {s.day:%b %Y}", ""),),
                    value=lambda s: s.day,
                    width=16,
                    csv=(("day", lambda s: s.day.isoformat()),),
                ),
                Column(title="New York", cell=self._hours, width=36),
                Column(title="entry day of", cell=_entry, value=lambda s: s.entry),
            ),
            lambda s: s.day.isoformat(),
            id="calendar",
            title="NYSE",
            rests=True,
            loads=True,
        )
        yield TextPanel("Levels", id="no-data", lines=texts.NO_MARKET_DATA)

    def on_mount(self) -> None:
        """Focus the calendar."""
        super().on_mount()
        self.query_one("#calendar").focus()

    def draw(self) -> None:
        """Draw the calendar again, and load it when the policy or the day has changed."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        self._draw_sessions()
        self.load((snapshot.portfolio.name, snapshot.seq, self.shell.engine.today))

    def read_data(self, query: CalendarQuery) -> tuple[SessionView, ...]:
        """Read the weekdays from today on."""
        return self.shell.engine.queries.calendar(query[0], DAYS)

    def on_loaded(self, query: CalendarQuery, data: tuple[SessionView, ...]) -> None:
        """Draw the sessions."""
        self._sessions = data
        self._draw_sessions()

    def _draw_sessions(self) -> None:
        if self._sessions is None:
            return
        now = self._now()
        coming = [session for session in self._sessions if not is_over(session, now)]
        rows = Listed(coming, lambda s: f"{s.day:%A %d %B %Y} {s.why_closed}".casefold())
        self.query_one("#calendar", Grid).show_rows(rows)

    def _hours(self, session: SessionView) -> Cell:
        if session.opens is None or session.closes is None:
            return ("closed ", "warn"), (session.why_closed, "dim")
        hours = f"{session.opens:%H:%M} – {session.closes:%H:%M}"
        half = " half day" if session.half else ""
        is_open = " open now" if _is_open(session, self._now()) else ""
        return (hours, ""), (half, "warn"), (is_open, "good")

    def _now(self) -> datetime:
        return new_york(self.shell.engine.now_ns)
