"""The exchange's calendar and the entry days of each tier, and one week: regime and week types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.derived.week_view import WeekView
from alluse_tui.domain.views import SessionView
from alluse_tui.engine import new_york
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.week_lines import WeekRow, market_lines, row_key, week_columns, week_rows
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed
from alluse_tui.tui.widgets.text_panel import TextPanel

DAYS = 42

WEEK_LINES = 6
"""The most lines about the market of a week."""


@dataclass(frozen=True, slots=True)
class MarketQuery:
    """A portfolio up to record `seq` on a day, and the week that `day` is in."""

    portfolio: str
    seq: int
    today: date
    day: date


@dataclass(frozen=True, slots=True)
class MarketView:
    """What the page shows."""

    sessions: tuple[SessionView, ...]
    week: WeekView


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


class MarketPage(LoadingPage[MarketQuery, MarketView]):
    """The sessions of the next six weeks that are not over, above the selected week."""

    NAME = "market"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("market")

    def __init__(self) -> None:
        """No calendar is loaded yet."""
        super().__init__()
        self._sessions: tuple[SessionView, ...] | None = None
        self._weeks_away = 0

    def body(self) -> Iterable[Widget]:
        """The calendar above the regime of the week and its types."""
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
        yield TextPanel(texts.WEEK, id="week")
        yield Grid[WeekRow](
            week_columns(),
            row_key,
            id="week-types",
            title=texts.WEEK_TYPES,
            empty=texts.NO_WEEK_TYPES,
            rests=True,
            loads=True,
        )

    def on_mount(self) -> None:
        """Focus the calendar."""
        super().on_mount()
        self.query_one("#calendar").focus()

    def draw(self) -> None:
        """Draw the calendar again, and load it when the policy or the day has changed."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        self._draw_sessions()
        today = self.shell.engine.today
        day = today + timedelta(weeks=self._weeks_away)
        self.load(MarketQuery(snapshot.portfolio.name, snapshot.seq, today, day))

    def switch(self, what: str) -> None:
        """Show the week before ('before') or after ('after')."""
        self._weeks_away += -1 if what == "before" else 1
        self.draw()

    def read_data(self, query: MarketQuery) -> MarketView:
        """Read the weekdays from today on, and the week."""
        engine = self.shell.engine
        return MarketView(
            engine.queries.calendar(query.portfolio, DAYS),
            engine.positions.week(query.day, "", query.portfolio),
        )

    def on_loaded(self, query: MarketQuery, data: MarketView) -> None:
        """Draw the sessions and the week."""
        self._sessions = data.sessions
        self._draw_sessions()
        panel = self.query_one("#week", TextPanel)
        panel.border_title = texts.WEEK_OF.format(monday=data.week.week.monday)
        lines = market_lines(data.week.market)
        panel.styles.height = 1 + min(len(lines), WEEK_LINES)
        panel.show(lines)
        rows = Listed(week_rows(data.week), lambda row: row_key(row).casefold())
        self.query_one("#week-types", Grid).show_rows(rows)

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
