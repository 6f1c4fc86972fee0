"""Market data: what is stored beside the journal, and what is read from it (market.md)."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from msgspec import field

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import CONTRACT_SHARES, Instrument
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value

_SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9.\-/]{0,15}")


class MarketKind(StrEnum):
    """What a stored file holds: daily bars, the events of one kind, or an option chain."""

    BARS = "bars"
    SPLIT = "split"
    DIVIDEND = "dividend"
    EARNINGS = "earnings"
    CHAIN = "chain"

    @property
    def plural(self) -> str:
        """'splits', for sentences."""
        plurals = {
            "split": "splits",
            "dividend": "dividends",
            "earnings": "earnings dates",
            "chain": "options",
        }
        return plurals.get(self.value, self.value)


EVENT_KINDS = (MarketKind.SPLIT, MarketKind.DIVIDEND, MarketKind.EARNINGS)


class MarketFile(Value):
    """The data of one kind and symbol in the stored Parquet file with that SHA-256 (hex).

    `first_day` and `last_day` are those of its rows, or of a chain's quotes. Several symbols may
    share a file.
    """

    kind: MarketKind
    symbol: str
    sha256: str
    first_day: date
    last_day: date
    rows: int

    @property
    def key(self) -> str:
        """'bars:AAPL'."""
        return market_key(self.kind, self.symbol)


def market_key(kind: MarketKind, symbol: str) -> str:
    """'bars:AAPL': the key of the current file."""
    return f"{kind}:{symbol}"


def market_symbol(path: str, typed: str) -> str:
    """The symbol as it is stored: 'aapl' → 'AAPL'. Raises BadInput about `path`."""
    symbol = typed.strip().upper()
    if not _SYMBOL.fullmatch(symbol):
        raise BadInput(path, typed, "must be a symbol such as AAPL, BRK.B or VIX")
    return symbol


class Defect(Value):
    """What is wrong with a row of an imported file, from 1 for its first line.

    `refuses`: the file is not imported because of it; otherwise the row is imported as it is.
    """

    row: int
    why: str
    refuses: bool = False


class StoredFile(Value):
    """A current file; `problem` says in a sentence why its data cannot be used, empty if it can."""

    file: MarketFile
    problem: str = ""


STALE_DAYS = 7
"""An older close, in calendar days, is not used for a day that has none."""


class Bar(Value):
    """The prices of one trading day in micros, in today's shares; `volume` None: not given."""

    day: date
    open_micros: int
    high_micros: int
    low_micros: int
    close_micros: int
    volume: int | None = None


class MarketEvent(Value):
    """An event of a symbol: `value` is '7:1' for a split, an amount per share for a dividend."""

    symbol: str
    day: date
    kind: MarketKind
    value: str = ""


class OptionQuote(Value, kw_only=True):
    """One option of a chain, as it was quoted at `quoted_ns`; None where the file had nothing.

    Prices are micros per share. `volatility` is a fraction a year, `delta` from 0 to 1 for puts as
    for calls, `underlying_micros` the price of the underlying at that time.
    """

    symbol: str
    expiry: date
    strike_micros: int
    right: Right
    quoted_ns: int
    bid_micros: int | None = None
    ask_micros: int | None = None
    last_micros: int | None = None
    volume: int | None = None
    open_interest: int | None = None
    volatility: float | None = None
    delta: float | None = None
    underlying_micros: int | None = None

    def is_of(self, option: Instrument) -> bool:
        """Whether it is the quote of that option, whose deliverable was never adjusted."""
        return option.multiplier == CONTRACT_SHARES and (
            (self.symbol, self.expiry, self.strike_micros, self.right)
            == (option.symbol, option.expiry, option.strike_micros, option.right)
        )

    @property
    def mid_micros(self) -> int | None:
        """The middle of bid and ask, rounded down; None if one of them is not known."""
        if self.bid_micros is None or self.ask_micros is None:
            return None
        return (self.bid_micros + self.ask_micros) // 2


class Indicators(Value, kw_only=True):
    """The indicators of a symbol at the close of `day`, its newest bar on or before `asked`.

    None where the data is missing; `missing` says what, in sentences. Prices and the ATR are
    micros, VIX levels micros of a point. `volatility_bps`: realised over 20 days, a year's, in
    hundredths of a percent; `drawdown_bps`: below the highest close, 0 or negative.
    """

    symbol: str
    asked: date
    day: date | None = None
    close_micros: int | None = None
    atr_period: int = 14
    atr_micros: int | None = None
    average_50_micros: int | None = None
    average_200_micros: int | None = None
    volatility_bps: int | None = None
    peak_day: date | None = None
    peak_micros: int | None = None
    drawdown_bps: int | None = None
    vix_day: date | None = None
    vix_micros: int | None = None
    vix_average_micros: int | None = None
    missing: tuple[str, ...] = field(default=())
