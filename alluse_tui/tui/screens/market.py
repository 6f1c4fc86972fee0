"""The exchange's calendar, the week, ATR levels, and the strikes that an account may sell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.derived.atr_levels import AtrLevel
from alluse_tui.domain.derived.strikes import Strike
from alluse_tui.domain.views import AccountView, SessionView
from alluse_tui.engine import MarketOutlook, new_york
from alluse_tui.tui.actions.disabled_reasons import on_account
from alluse_tui.tui.forms import trade_forms
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.market_columns import (
    level_columns,
    market_lines,
    strike_columns,
    strike_key,
)
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed
from alluse_tui.tui.widgets.text_panel import TextPanel

DAYS = 42

MarketQuery = tuple[str, str, int, date, int]
"""Portfolio, account, the record up to which they are read, today, and the minute."""

MINUTE_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class MarketScreenData:
    """What is read for an account; no outlook without an account."""

    sessions: tuple[SessionView, ...]
    outlook: MarketOutlook | None


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


class MarketPage(LoadingPage[MarketQuery, MarketScreenData]):
    """The sessions of the next six weeks that are not over, above what is stored of the market."""

    NAME = "market"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("market")

    def __init__(self) -> None:
        """No calendar is loaded yet."""
        super().__init__()
        self._sessions: tuple[SessionView, ...] | None = None
        self._has_quotes = False

    def body(self) -> Iterable[Widget]:
        """The calendar, the week, the levels of what is short, and the strikes."""
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
        yield TextPanel(texts.MARKET_DATA, id="market-data")
        yield Grid[AtrLevel](
            level_columns(),
            lambda level: f"{level.account}:{level.position.instrument.name}",
            id="levels",
            title=texts.ATR_LEVELS,
            rests=True,
        )
        yield Grid[Strike](strike_columns(), strike_key, id="strikes", rests=True)

    def on_mount(self) -> None:
        """Focus the calendar."""
        super().on_mount()
        for name in ("#levels", "#strikes"):
            self.query_one(name).display = False
        self.query_one("#calendar").focus()

    @property
    def account(self) -> AccountView | None:
        """The account that was selected last: the strikes are those that it may sell."""
        snapshot = self.shell.snapshot
        return None if snapshot is None else snapshot.account(self.shell.selected)

    def draw(self) -> None:
        """Draw the calendar again, and load what has changed, quotes every minute."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        self._draw_sessions()
        code = self.account.code if self.account is not None else ""
        engine, name = self.shell.engine, snapshot.portfolio.name
        minute = engine.now_ns // MINUTE_NS if self._has_quotes else 0
        self.load((name, code, snapshot.seq, engine.today, minute))

    def read_data(self, query: MarketQuery) -> MarketScreenData:
        """Read the weekdays from today on, and the market for the account."""
        portfolio, code, *_ = query
        engine = self.shell.engine
        sessions = engine.queries.calendar(portfolio, DAYS)
        outlook = engine.market.outlook(code, portfolio) if code else None
        return MarketScreenData(sessions, outlook)

    def on_loaded(self, query: MarketQuery, data: MarketScreenData) -> None:
        """Draw the sessions and the market."""
        self._sessions = data.sessions
        self._draw_sessions()
        if data.outlook is not None:
            self._draw_outlook(data.outlook)
        self.show_keys()

    def _draw_outlook(self, outlook: MarketOutlook) -> None:
        lines = market_lines(outlook)
        self._has_quotes = bool(outlook.strikes)
        if not outlook.strikes:
            lines.insert(2, [(texts.NO_CHAINS, "dim")])
        self.query_one("#market-data", TextPanel).show(lines)
        levels, strikes = self.query_one("#levels", Grid), self.query_one("#strikes", Grid)
        levels.display, strikes.display = bool(outlook.levels), self._has_quotes
        self.set_class(levels.display or strikes.display, "-stored")
        levels.show_rows(Listed(outlook.levels, lambda x: x.position.instrument.name.casefold()))
        rows = [strike for view in outlook.strikes for strike in view.rows]
        for view in outlook.strikes[:1]:
            strikes.set_title(
                texts.STRIKES.format(
                    tier=view.tier, code=view.account, low=view.low, high=view.high
                )
            )
        strikes.show_rows(Listed(rows, lambda s: s.option.name.casefold()))

    @property
    def opens(self) -> str:
        """The trade form of the strike under the cursor."""
        strikes = self.query_one("#strikes", Grid)
        return "trade" if strikes.has_focus and strikes.item is not None else ""

    def open_it(self) -> None:
        """Fill in the sale of the strike under the cursor."""
        strike = self.query_one("#strikes", Grid).item
        if strike is None:
            return
        if reason := on_account("post")(self.situation):
            self.shell.show_status(reason, warning=True)
            return
        self.shell.push_screen(trade_forms.sell(self, strike))

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
