"""The stored market data of a day by symbol, for alerts on what is held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from alluse_tui.domain.derived.atr_levels import DayPrice
from alluse_tui.domain.derived.market_alerts import DIVIDEND_DAYS, SymbolFacts
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import last_session
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.instrument import CONTRACT_SHARES, Instrument
from alluse_tui.domain.model.market import MarketKind, market_key
from alluse_tui.engine.clock import new_york_date

if TYPE_CHECKING:
    from alluse_tui.engine.read.market_inputs import MarketInputsReader


class StoredFacts:
    """Reads each symbol once; a symbol of which nothing is stored is not looked for on disk."""

    def __init__(self, reader: MarketInputsReader, book: Book, today: date) -> None:
        """The facts of `today` in the current files of `book`."""
        self.current, self.today = book.market, today
        self._reader, self._book = reader, book
        self._symbols = {file.symbol for file in book.market.values()}
        self._known: dict[tuple[str, int], SymbolFacts] = {}

    def of(self, symbol: str, atr_period: int) -> SymbolFacts:
        """What is stored of that symbol; nothing if its files cannot be read."""
        if symbol not in self._symbols:
            return SymbolFacts()
        if (known := self._known.get((symbol, atr_period))) is None:
            try:
                known = self._read(symbol, atr_period)
            except StoreFailed:
                known = SymbolFacts()
            self._known[symbol, atr_period] = known
        return known

    def _read(self, symbol: str, atr_period: int) -> SymbolFacts:
        market = self._reader.of_symbol(self._book, symbol, self.today, atr_period)
        price = None
        if market.spot_micros is not None and market.atr_micros and market.atr_on is not None:
            price = DayPrice(market.spot_micros, market.atr_micros, market.atr_on)
        bars = self.current.get(market_key(MarketKind.BARS, symbol))
        is_old = bars is not None and market.spot_micros is None
        return SymbolFacts(
            price=price,
            old_since=bars.last_day if bars is not None and is_old else None,
            earnings_on=market.earnings_on,
            dividends=self._dividends(symbol),
            mids=self._mids(symbol),
        )

    def _dividends(self, symbol: str) -> Mapping[date, int]:
        until = self.today + timedelta(days=DIVIDEND_DAYS)
        known = self._reader.events(self._book, symbol, MarketKind.DIVIDEND)
        return {
            event.day: int(Decimal(event.value) * 1_000_000)
            for event in known
            if self.today <= event.day <= until
        }

    def _mids(self, symbol: str) -> Mapping[str, int]:
        first = last_session(self.today - timedelta(days=1), self._reader.sessions)
        return {
            Instrument(
                symbol, quote.right, quote.strike_micros, quote.expiry, CONTRACT_SHARES
            ).name: quote.mid_micros
            for quote in self._reader.chain(self._book, symbol)
            if quote.mid_micros is not None and new_york_date(quote.quoted_ns) >= first
        }
