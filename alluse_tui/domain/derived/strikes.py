"""The options that a tier may sell: delta, credit and what a year of it would earn (market.md).

Deltas and estimated prices are those of a model, in floats. Credits are what a price brings, in
micros; an estimated price is rounded down to the cent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date

from alluse_tui.domain.model.instrument import CONTRACT_SHARES, Instrument
from alluse_tui.domain.model.market import OptionQuote
from alluse_tui.domain.model.money import CENT_MICROS, ONE_BPS
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.model.verdict import Outcome, Verdict
from alluse_tui.domain.option_math import (
    NoVolatility,
    implied_volatility,
    option_delta,
    option_price,
)

NEAR_DELTAS = 10
"""Strikes are listed up to so many hundredths of delta outside the band."""

MICROS = 1_000_000.0
YEAR_DAYS = 365
YEAR_SECONDS = YEAR_DAYS * 86_400

STEPS = ((25, 500_000), (100, 1_000_000), (250, 2_500_000), (1_000, 5_000_000))
"""The distance of estimated strikes in micros, by the price below which it is used."""

LARGEST_STEP = 10_000_000

FROM_CHAIN, FROM_MID, FROM_VOLATILITY = "chain", "mid", "volatility"
"""Where a delta is from: the file, the volatility that the mid implies, an assumed volatility."""


class Spot(Value):
    """The price of an underlying, from the 'chain', the 'parity' of put and call, or a 'close'."""

    micros: int
    at_ns: int
    source: str


class Strike(Value, kw_only=True):
    """An option that may be sold; None is unknown.

    `delta` is in hundredths, from 0 to 100. `credit_micros` is what a contract brings at the mid,
    `annual_bps` that credit a year on the strike of a put, or on the shares under a call.
    `spread_bps` is of the mid. `is_estimated`: the price is a model's; `is_stale`: the quote is out
    of date, and rules treat it as missing.
    """

    option: Instrument
    delta: int | None
    delta_from: str = ""
    bid_micros: int | None = None
    ask_micros: int | None = None
    mid_micros: int | None = None
    credit_micros: int | None = None
    annual_bps: int | None = None
    spread_bps: int | None = None
    open_interest: int | None = None
    volume: int | None = None
    quoted_ns: int | None = None
    in_band: bool = False
    is_estimated: bool = False
    is_stale: bool = False
    rules: tuple[Verdict, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The worst of its verdicts."""
        outcomes = {rule.outcome for rule in self.rules}
        return next((o for o in (Outcome.FAIL, Outcome.WARN) if o in outcomes), Outcome.PASS)


class Strikes(Value, kw_only=True):
    """The strikes of a symbol for an account at `asked_ns`; `notes` say what is missing or assumed.

    `low` and `high` are the tier's band of deltas in hundredths. `volatility_bps`: the volatility
    that was assumed where no quote gives one.
    """

    account: str
    tier: str
    symbol: str
    asked_ns: int
    low: int
    high: int
    spot: Spot | None = None
    volatility_bps: int | None = None
    rows: tuple[Strike, ...] = ()
    notes: tuple[str, ...] = ()


class Seller(Value, kw_only=True):
    """What is asked: the band of deltas, rights, and the price and time of the underlying.

    `closes_ns` has the moment at which each expiry ends. `volatility`: a fraction a year, used
    where no quote gives one.
    """

    symbol: str
    low: int
    high: int
    rights: tuple[Right, ...]
    spot: Spot
    asked_ns: int
    today: date
    stale_seconds: int
    volatility: float | None = None


def spot_of_chain(quotes: Sequence[OptionQuote]) -> Spot | None:
    """The underlying's newest price that a chain gives, or that its put and call prices imply.

    A put and a call at the same strike differ by spot - strike; the pair nearest the money decides.
    """
    given = [quote for quote in quotes if quote.underlying_micros is not None]
    if given:
        newest = max(given, key=lambda quote: quote.quoted_ns)
        return Spot(newest.underlying_micros or 0, newest.quoted_ns, "chain")
    mids = {(q.expiry, q.strike_micros, q.right): (q.mid_micros, q.quoted_ns) for q in quotes}
    best: tuple[date, int, int, int] | None = None
    for (expiry, strike, right), (put, put_ns) in mids.items():
        call, call_ns = mids.get((expiry, strike, Right.CALL), (None, 0))
        if right is Right.PUT and put and call:
            pair = (expiry, abs(call - put), strike + call - put, min(put_ns, call_ns))
            best = min(best or pair, pair)
    return None if best is None else Spot(best[2], best[3], "parity")


def quoted_strikes(
    quotes: Sequence[OptionQuote], seller: Seller, ends_ns: dict[date, int]
) -> Iterator[Strike]:
    """The options of a chain whose delta is in the band or near it, in the chain's order."""
    for quote in quotes:
        if quote.right not in seller.rights or quote.expiry not in ends_ns:
            continue
        delta, source = _delta_of(quote, seller, ends_ns[quote.expiry])
        if delta is not None and _is_near(delta, seller):
            yield _quoted(quote, delta, source, seller)


def estimated_strikes(seller: Seller, expiry: date, ends_ns: int) -> Iterator[Strike]:
    """Strikes in round steps with a model's prices at the assumed volatility, by strike."""
    assert seller.volatility is not None
    spot, years = seller.spot.micros / MICROS, _years(seller.asked_ns, ends_ns)
    step = next((step for below, step in STEPS if spot < below), LARGEST_STEP)
    width = 4 * seller.volatility * math.sqrt(years)
    lowest = max(1, math.floor(spot * math.exp(-width) * MICROS / step))
    highest = math.ceil(spot * math.exp(width) * MICROS / step)
    for right in (right for right in (Right.PUT, Right.CALL) if right in seller.rights):
        for strike_micros in range(lowest * step, highest * step + 1, step):
            strike = strike_micros / MICROS
            delta = option_delta(right, spot, strike, years, seller.volatility)
            if not _is_near(hundredths := round(abs(delta) * 100), seller):
                continue
            price = option_price(right, spot, strike, years, seller.volatility)
            mid = int(price * MICROS) // CENT_MICROS * CENT_MICROS
            option = Instrument(seller.symbol, right, strike_micros, expiry, CONTRACT_SHARES)
            credit, annual = _credit(option, mid, seller)
            yield Strike(
                option=option,
                delta=hundredths,
                delta_from=FROM_VOLATILITY,
                mid_micros=mid,
                in_band=seller.low <= hundredths <= seller.high,
                is_estimated=True,
                credit_micros=credit,
                annual_bps=annual,
            )


def _quoted(quote: OptionQuote, delta: int, source: str, seller: Seller) -> Strike:
    option = Instrument(
        quote.symbol, quote.right, quote.strike_micros, quote.expiry, CONTRACT_SHARES
    )
    mid, bid, ask = quote.mid_micros, quote.bid_micros, quote.ask_micros
    credit, annual = _credit(option, mid, seller) if mid is not None else (None, None)
    spread = None
    if mid and bid is not None and ask is not None:
        spread = -((bid - ask) * 2 * ONE_BPS // (bid + ask))  # rounded up
    return Strike(
        option=option,
        delta=delta,
        delta_from=source,
        bid_micros=bid,
        ask_micros=ask,
        mid_micros=mid,
        credit_micros=credit,
        annual_bps=annual,
        spread_bps=spread,
        open_interest=quote.open_interest,
        volume=quote.volume,
        quoted_ns=quote.quoted_ns,
        in_band=seller.low <= delta <= seller.high,
        is_stale=abs(seller.asked_ns - quote.quoted_ns) > seller.stale_seconds * 1_000_000_000,
    )


def _delta_of(quote: OptionQuote, seller: Seller, ends_ns: int) -> tuple[int | None, str]:
    """The delta in hundredths and where it is from; None if nothing gives one."""
    if quote.delta is not None:
        return round(quote.delta * 100), FROM_CHAIN
    spot, strike = seller.spot.micros / MICROS, quote.strike_micros / MICROS
    years, source = _years(quote.quoted_ns, ends_ns), FROM_CHAIN
    volatility = quote.volatility
    if volatility is None and quote.mid_micros:
        source = FROM_MID
        try:
            mid = quote.mid_micros / MICROS
            volatility = implied_volatility(quote.right, mid, spot, strike, years)
        except NoVolatility:
            volatility = None
    if volatility is None:
        volatility, source = seller.volatility, FROM_VOLATILITY
    if volatility is None:
        return None, ""
    delta = option_delta(quote.right, spot, strike, years, volatility)
    return round(abs(delta) * 100), source


def _credit(option: Instrument, mid_micros: int, seller: Seller) -> tuple[int, int]:
    """What one contract brings at the mid, and a year of it on the cash that it ties up."""
    assert option.expiry is not None
    each = option.strike_micros if option.right is Right.PUT else seller.spot.micros
    days = max(1, (option.expiry - seller.today).days)
    credit = mid_micros * option.multiplier
    return credit, credit * YEAR_DAYS * ONE_BPS // (each * option.multiplier * days)


def _is_near(delta: int, seller: Seller) -> bool:
    return seller.low - NEAR_DELTAS <= delta <= seller.high + NEAR_DELTAS


def _years(from_ns: int, until_ns: int) -> float:
    """From a moment to another; at least a minute, so that an option keeps some time value."""
    return max(60.0, (until_ns - from_ns) / 1e9) / YEAR_SECONDS
