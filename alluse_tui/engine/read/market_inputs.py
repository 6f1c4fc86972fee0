"""What the stored data says of the market when a trade is judged (market.md, Inputs)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from alluse_tui.domain.commands import Command, Post, TradeFact
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import last_session
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.instrument import Instrument
from alluse_tui.domain.model.market import MarketEvent, MarketKind, OptionQuote, market_key
from alluse_tui.domain.model.market_inputs import NO_MARKET, MarketInputs, Regime
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.engine.clock import NEW_YORK, Clock, new_york_date
from alluse_tui.market.data.storage import MarketFolder

if TYPE_CHECKING:
    from alluse_tui.market.data.reading import MarketFiles
    from alluse_tui.market.trading_calendar import NewYorkCalendar

BENCHMARK_DAYS = 330
"""Calendar days with at least the 200 trading days that a regime needs."""

REMEMBERED = 64
"""The most answers that are kept, as a trade is judged in its preview and in its turn."""

_Question = tuple[str, date, int, tuple[str, ...]]


class MarketInputsReader:
    """Answers from the current files; what is missing, out of date or unreadable is unknown."""

    def __init__(self, journal: Path, clock: Clock, sessions: NewYorkCalendar) -> None:
        """Reads the files beside the journal."""
        self._folder = MarketFolder(journal)
        self._clock, self.sessions = clock, sessions
        self._answers: dict[_Question, MarketInputs] = {}
        self._chain: tuple[tuple[str, str], tuple[OptionQuote, ...]] = (("", ""), ())

    def of_command(self, book: Book, command: Command) -> MarketInputs:
        """The market of the option that `command` sells; nothing for any other command.

        What belongs to one underlying is unknown if options on several are sold. Raises BadInput
        for an account that does not exist.
        """
        sold = sold_options(command)
        if not sold or not book.market:
            return NO_MARKET
        assert isinstance(command, Post)
        account = book.account(command.account, command.portfolio)
        policy = policy_of(account, book.portfolios[account.portfolio])
        symbols = {option.symbol for option in sold}
        symbol = sold[0].symbol if len(symbols) == 1 else ""
        day = command.date or self._today
        market = self.of_day(book, symbol, day, policy)
        asked_ns = self._moment_ns(command, day)
        if len(sold) > 1 or asked_ns is None:
            return market
        return self._with_quote(market, book, sold[0], asked_ns, policy.market_stale_seconds)

    def of_symbol(self, book: Book, symbol: str, day: date, atr_period: int) -> MarketInputs:
        """The values of `symbol` and VIX on `day`, without the regime. Raises StoreFailed."""
        from alluse_tui.market.data.reading import MarketFiles

        files = MarketFiles(self._folder, book.market)
        market = _indicators(files, symbol, day, atr_period, self.sessions)
        market = replace(market, earnings_on=_earnings_on(files, symbol, day))
        return _with_noted_vix(market, book, day, self.sessions)

    def events(self, book: Book, symbol: str, kind: MarketKind) -> Sequence[MarketEvent]:
        """The known events of that kind; none if none are known. Raises StoreFailed."""
        from alluse_tui.market.data.reading import MarketFiles

        return MarketFiles(self._folder, book.market).events(symbol, kind) or ()

    @property
    def _today(self) -> date:
        return new_york_date(self._clock.now_ns())

    def _moment_ns(self, command: Post, day: date) -> int | None:
        """When the trade was made; None for another day than today if its time is not known."""
        if command.at_minutes is not None:
            moment = datetime.combine(day, time(*divmod(command.at_minutes, 60)), NEW_YORK)
            return int(moment.timestamp()) * 1_000_000_000
        return self._clock.now_ns() if day == self._today else None

    def _with_quote(
        self, market: MarketInputs, book: Book, option: Instrument, asked_ns: int, stale: int
    ) -> MarketInputs:
        """With the option's quote from the stored chain; only its time if it is out of date."""
        quote = next((one for one in self.chain(book, option.symbol) if one.is_of(option)), None)
        return market if quote is None else quoted(market, quote, asked_ns, stale)

    def chain(self, book: Book, symbol: str) -> Sequence[OptionQuote]:
        """The stored chain of `symbol`; empty if there is none that can be read."""
        from alluse_tui.market.data.reading import MarketFiles

        file = book.market.get(market_key(MarketKind.CHAIN, symbol))
        if file is None:
            return ()
        if self._chain[0] != (file.sha256, symbol):
            try:
                read = MarketFiles(self._folder, book.market).chain(symbol)
            except StoreFailed:
                read = None
            if read is None:
                return ()
            self._chain = (file.sha256, symbol), read
        return self._chain[1]

    def of_day(self, book: Book, symbol: str, day: date, policy: Policy) -> MarketInputs:
        """The daily values on `day`: those that were known then, or are known today.

        An empty `symbol` leaves out what belongs to an underlying. `policy` has the benchmark of
        the regime and the period of the ATR.
        """
        symbols = (symbol, policy.regime_benchmark, "VIX")
        digests = [file.sha256 for file in book.market.values() if file.symbol in symbols]
        known_by = (str(self._today), policy.regime_benchmark, *digests)
        question = (symbol, day, policy.atr_period, known_by)
        if (known := self._answers.get(question)) is None:
            known = self._read(book, symbol, day, policy)
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[question] = known
        return _with_noted_vix(known, book, min(day, self._today), self.sessions)

    def _read(self, book: Book, symbol: str, day: date, policy: Policy) -> MarketInputs:
        from alluse_tui.market.data.reading import MarketFiles

        files = MarketFiles(self._folder, book.market)
        sessions, known_until = self.sessions, min(day, self._today)
        try:
            market = _indicators(files, symbol, known_until, policy.atr_period, sessions)
            market = replace(market, earnings_on=_earnings_on(files, symbol, day))
            if last_close_before_week(day, sessions) > known_until:
                return market
            return _with_regime(market, files, policy.regime_benchmark, day, sessions)
        except StoreFailed:  # a trade is recorded without market data too
            return NO_MARKET


def quoted(market: MarketInputs, quote: OptionQuote, asked_ns: int, stale: int) -> MarketInputs:
    """`market` with a quote as it counts at `asked_ns`; `stale` is the policy's, in seconds."""
    if abs(asked_ns - quote.quoted_ns) > stale * 1_000_000_000:
        return replace(market, quoted_ns=quote.quoted_ns)
    market = replace(
        market,
        bid_micros=quote.bid_micros,
        ask_micros=quote.ask_micros,
        open_interest=quote.open_interest,
        volume=quote.volume,
        quoted_ns=quote.quoted_ns,
    )
    if quote.underlying_micros is None:
        return market
    return replace(market, spot_micros=quote.underlying_micros, priced_ns=quote.quoted_ns)


def sold_options(command: Command) -> Sequence[Instrument]:
    """The options that `command` sells, in order; none if it is not a typed trade."""
    if not isinstance(command, Post) or not isinstance(command.fact, TradeFact):
        return ()
    legs = command.fact.legs
    return [leg.instrument for leg in legs if leg.instrument.right and leg.quantity_micros < 0]


def _indicators(
    files: MarketFiles, symbol: str, day: date, atr_period: int, sessions: NewYorkCalendar
) -> MarketInputs:
    """Close and ATR of `symbol`, and VIX; a value counts if it lacks no later close."""
    view = files.indicators(symbol, day, atr_period)
    oldest = last_session(day - timedelta(days=1), sessions)
    market = NO_MARKET
    if view.day is not None and view.day >= oldest:
        market = replace(
            market,
            spot_micros=view.close_micros,
            priced_ns=closed_ns(view.day, sessions),
            atr_micros=view.atr_micros,
            atr_on=view.day if view.atr_micros is not None else None,
        )
    if view.vix_day is not None and view.vix_day >= oldest:
        market = replace(
            market,
            vix_hundredths=_hundredths(view.vix_micros),
            vix_mean_hundredths=_hundredths(view.vix_average_micros),
            vix_on=view.vix_day,
        )
    return market


def _with_noted_vix(
    market: MarketInputs, book: Book, day: date, sessions: NewYorkCalendar
) -> MarketInputs:
    """With a value of VIX that was noted after the newest stored close; its mean stays."""
    noted = book.vix
    if noted is None or not last_session(day - timedelta(days=1), sessions) <= noted.day <= day:
        return market
    if market.vix_on is not None and market.vix_on >= noted.day:
        return market
    return replace(market, vix_hundredths=noted.hundredths, vix_on=noted.day)


def _earnings_on(files: MarketFiles, symbol: str, day: date) -> date | None:
    """The first known earnings report from the Monday of the week of `day` on."""
    monday = day - timedelta(days=day.weekday())
    known = files.events(symbol, MarketKind.EARNINGS) or ()
    return next((event.day for event in known if event.day >= monday), None)


def _with_regime(
    market: MarketInputs,
    files: MarketFiles,
    benchmark: str,
    day: date,
    sessions: NewYorkCalendar,
) -> MarketInputs:
    """With the regime of the week of `day`, if the last close before that week is stored."""
    from alluse_tui.domain.derived.week_regime import Bar, monday_of, week_regimes

    last = last_close_before_week(day, sessions)
    bars = [
        Bar(bar.day, bar.high_micros / 1e6, bar.low_micros / 1e6, bar.close_micros / 1e6)
        for bar in files.bars(benchmark, last - timedelta(days=BENCHMARK_DAYS), last)
    ]
    if not bars or bars[-1].day != last:
        return market
    weeks = [week for week in week_regimes(bars) if week.inputs.day == last]
    if not weeks:
        return market
    return replace(market, regime=Regime(weeks[-1].regime), regime_on=monday_of(day))


def last_close_before_week(day: date, sessions: NewYorkCalendar) -> date:
    """The last trading day before the week of `day`."""
    return last_session(day - timedelta(days=day.weekday() + 1), sessions)


def closed_ns(day: date, sessions: NewYorkCalendar) -> int:
    """When the exchange closed on `day`; at 16:00 if it was closed, as for an index."""
    hours = sessions.hours(day)
    closed = datetime.combine(day, hours[1] if hours else time(16), NEW_YORK)
    return int(closed.timestamp()) * 1_000_000_000


def _hundredths(micros: int | None) -> int | None:
    """A level in micros of a point in hundredths, rounded half up."""
    return None if micros is None else (micros + 5_000) // 10_000
