"""The weeks of a portfolio: how they went for positions and accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import Any

from alluse_tui.domain.derived.fills import HoldingEntry, fills
from alluse_tui.domain.derived.lot_sources import lot_methods
from alluse_tui.domain.derived.lots import ClosedLot, LotPeriod, lot_periods
from alluse_tui.domain.derived.position_history import rolls
from alluse_tui.domain.derived.recorded_marks import recorded_marks
from alluse_tui.domain.derived.underlying_prices import PriceSource
from alluse_tui.domain.derived.week_positions import (
    DayPrice,
    Evidence,
    PositionWeek,
    Week,
    account_weeks,
    position_weeks,
    week_of,
)
from alluse_tui.domain.derived.week_regime import monday_of
from alluse_tui.domain.derived.week_returns import DayChange, week_returns
from alluse_tui.domain.derived.week_view import WeekView
from alluse_tui.domain.derived.week_year import AccountWeekReturn, WeekYear, week_year
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.calendar import TradingCalendar
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Kind, Status
from alluse_tui.engine.core import Core
from alluse_tui.engine.read.market_week import closes, market_week
from alluse_tui.market.data.reading import MarketFiles
from alluse_tui.market.data.storage import MarketFolder


class WeekQueries:
    """The weeks of some accounts of a portfolio.

    `entries` are those of all its accounts: a merge moves lots, and any account's mark is a price.
    """

    def __init__(
        self,
        core: Core,
        book: Book,
        portfolio: str,
        accounts: Sequence[Account],
        entries: Sequence[HoldingEntry],
    ) -> None:
        """Reads the fills; the lots follow with the first question."""
        self._core, self._owner = core, book.portfolios[portfolio]
        self._accounts = accounts
        self._codes = frozenset(account.code for account in accounts)
        self._rates = book.rates_of(portfolio)
        self._files = MarketFiles(MarketFolder(core.path), book.market)
        self._fills = fills(entries)
        self._rolls = {roll.seq: roll for roll in rolls(self._fills.steps)}
        self._methods = lot_methods(book, portfolio, [a.code for a in book.accounts_of(portfolio)])
        self._prices = _Prices(self._files, entries)

    def week(self, day: date) -> WeekView:
        """The week that `day` is in."""
        week = week_of(day, self._core.trading_calendar)
        account = self._accounts[0]
        policy = self._owner.policy
        if len(self._accounts) == 1:
            policy = policy_of(account, self._owner)
        (positions,) = self.positions([week])
        is_over = week.last < self._core.today
        codes = self.present(week, positions)
        return WeekView(
            week=week,
            market=market_week(self._files, week.monday, policy, self._core.trading_calendar),
            positions=positions,
            accounts=tuple(account_weeks(positions, codes, is_over=is_over)),
        )

    def year(self, year: int, rows: Iterable[tuple[Any, ...]]) -> WeekYear:
        """The weeks that begin in `year` and are over; `rows` are those of `daily_changes.sql`."""
        weeks = list(_weeks_over(year, self._core.trading_calendar, self._core.today))
        if not weeks:
            return week_year(year, ())
        gains = self._gains(weeks, rows)
        return week_year(
            year,
            (
                AccountWeekReturn(
                    week.monday, of.account, of.type, gains.get((of.account, week.monday))
                )
                for week, positions in zip(weeks, self.positions(weeks), strict=True)
                for of in account_weeks(positions, self.present(week, positions), is_over=True)
            ),
        )

    def _gains(
        self, weeks: Sequence[Week], rows: Iterable[tuple[Any, ...]]
    ) -> dict[tuple[str, date], Fraction | None]:
        """What each account returned, by its code and the Monday of the week."""
        own, rates = self._owner.currency, self._rates

        def value(balances: Mapping[str, int], day: date) -> int | None:
            values = [
                micros if currency == own else rates.value(micros, currency, own, day)
                for currency, micros in balances.items()
                if micros
            ]
            known = [micros for micros in values if micros is not None]
            return sum(known) if len(known) == len(values) else None

        changes = (DayChange(code, day, cur, Kind(kind), n) for code, day, cur, kind, n in rows)
        return {
            (code, week.monday): gain
            for code, of_account in groupby(changes, key=attrgetter("account"))
            if code in self._codes
            for week, gain in zip(weeks, week_returns(of_account, weeks, value), strict=True)
        }

    def positions(self, weeks: Sequence[Week]) -> list[tuple[PositionWeek, ...]]:
        """The positions of each of these weeks, which follow each other."""
        _before, *periods = lot_periods(
            self._fills,
            [weeks[0].monday - timedelta(days=1), *(week.sunday for week in weeks), date.max],
            self._methods,
        )
        self._prices.cover(weeks[0].monday, weeks[-1].sunday)
        own = [self._own(period) for period in periods]
        return [
            position_weeks(
                Evidence(
                    week=week,
                    lots=own[place],
                    later=_closed(own[place + 1 :]),
                    rolls=self._rolls,
                    price=self._prices.on,
                    calendar=self._core.trading_calendar,
                    today=self._core.today,
                )
            )
            for place, week in enumerate(weeks)
        ]

    def present(self, week: Week, positions: Iterable[PositionWeek]) -> list[str]:
        """The accounts that were there in the week.

        When an account was closed is not asked: a closed one counts where it held positions.
        """
        holders = {position.account for position in positions}
        return [
            account.code
            for account in self._accounts
            if account.code in holders
            or (
                account.opened <= week.sunday
                and account.status in (Status.ACTIVE, Status.SUSPENDED)
            )
        ]

    def _own(self, period: LotPeriod) -> LotPeriod:
        """The lots of the accounts asked for."""
        return LotPeriod(
            period.day,
            tuple(lot for lot in period.open if lot.account in self._codes),
            tuple(lot for lot in period.closed if lot.account in self._codes),
        )


def _weeks_over(year: int, calendar: TradingCalendar, today: date) -> Iterator[Week]:
    monday = monday_of(date(year, 1, 7))  # the first of the year
    while monday.year == year and (week := week_of(monday, calendar)).last < today:
        yield week
        monday += timedelta(days=7)


def _closed(periods: Iterable[LotPeriod]) -> list[ClosedLot]:
    return [lot for period in periods for lot in period.closed]


class _Prices:
    """The prices of underlyings by day: stored closes, else recorded marks of their shares."""

    def __init__(self, files: MarketFiles, entries: Iterable[HoldingEntry]) -> None:
        self._files = files
        self._marks = recorded_marks(entries)
        self._closes: dict[str, dict[date, int]] = {}
        self._range = (date.min, date.min)

    def cover(self, first: date, last: date) -> None:
        """Answer for days from `first` to `last`."""
        self._closes, self._range = {}, (first, last)

    def on(self, symbol: str, currency: str, day: date) -> DayPrice | None:
        """The price on that day."""
        known = self._closes.get(symbol)
        if known is None:
            known = self._closes[symbol] = closes(self._files, symbol, *self._range)
        if (close := known.get(day)) is not None:
            return DayPrice(close)
        mark = self._marks.get((symbol, currency, day))
        return None if mark is None else DayPrice(mark, PriceSource.MARK)
