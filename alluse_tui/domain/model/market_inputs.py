"""What is known of the market when a trade is judged; every value may be unknown."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from alluse_tui.domain.model.value import Value


class Regime(StrEnum):
    """How the week was classified before it began."""

    GREEN = "green"
    RED = "red"
    CHOP = "chop"


class MarketInputs(Value, kw_only=True):
    """The market of the option that a trade sells, and of its underlying; None is unknown.

    Prices are micros per share, VIX and its one-year mean hundredths. `volume` is the day's. A
    value that is too old to count is None, even if its time is given. `earnings_on`: the
    underlying's first earnings report from the Monday of the trade's week on. `margin_micros`: the
    broker's requirement for the whole account after the trade. `quoted_ns` is the time of bid, ask,
    open interest and volume, `priced_ns` that of the spot; the other times are days.
    """

    spot_micros: int | None = None
    priced_ns: int | None = None
    bid_micros: int | None = None
    ask_micros: int | None = None
    open_interest: int | None = None
    volume: int | None = None
    quoted_ns: int | None = None
    earnings_on: date | None = None
    atr_micros: int | None = None
    atr_on: date | None = None
    vix_hundredths: int | None = None
    vix_mean_hundredths: int | None = None
    vix_on: date | None = None
    regime: Regime | None = None
    regime_on: date | None = None
    margin_micros: int | None = None


NO_MARKET = MarketInputs()
"""Nothing is known."""
