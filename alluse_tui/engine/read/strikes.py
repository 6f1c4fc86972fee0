"""What an account may sell on a symbol: from the stored chain, or estimated (market.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from alluse_tui.domain.commands import Leg, Post, TradeFact
from alluse_tui.domain.derived.strikes import (
    Seller,
    Spot,
    Strike,
    Strikes,
    estimated_strikes,
    quoted_strikes,
    spot_of_chain,
)
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.calendar import can_expire_on, monthly_expiry, nearest_sessions_text
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import ONE_MICROS
from alluse_tui.domain.model.market import STALE_DAYS, OptionQuote
from alluse_tui.domain.model.market_inputs import MarketInputs, Regime
from alluse_tui.domain.model.policy import CALLS, COVERED_CALLS, PUTS, Policy
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.time_text import new_york_time
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.plans.trade_checks import check_trade
from alluse_tui.engine.clock import new_york
from alluse_tui.engine.read.market_inputs import closed_ns

if TYPE_CHECKING:
    from alluse_tui.engine.core import Core
    from alluse_tui.market.data.reading import MarketFiles

LONGEST_DAYS = 45
"""Expiries up to so many days ahead are listed where the tier has no limit of its own."""


def strikes(
    core: Core,
    files: MarketFiles,
    code: str,
    symbol: str,
    portfolio: str = "",
    expiry: date | None = None,
    volatility_bps: int | None = None,
) -> Strikes:
    """The strikes with the verdicts of all rules on the sale of one contract now.

    `volatility_bps` is what to assume where no quote gives a volatility; without it, the realised
    one is assumed. Raises BadInput if the price of `symbol` is not known, or no volatility is.
    """
    book = core.visible_book
    account = book.account(code, portfolio)
    policy = policy_of(account, book.portfolios[account.portfolio])
    quotes = core.market_inputs.chain(book, symbol)
    spot, notes = _spot(core, files, symbol, quotes)
    market = core.market_inputs.of_day(book, symbol, core.today, policy)
    assumed_bps = volatility_bps
    if assumed_bps is None:
        assumed_bps = files.indicators(symbol, core.today, policy.atr_period).volatility_bps
    seller = _seller(core, account, policy, market, spot, assumed_bps, symbol)
    if quotes:
        rows, more = _of_chain(core, quotes, seller, account, policy, expiry)
        assumed_bps = assumed_bps if any(r.delta_from == "volatility" for r in rows) else None
    else:
        rows, more = _estimated(core, seller, expiry)
    judged = tuple(replace(row, rules=_rules(core, book, account, row, market)) for row in rows)
    return Strikes(
        account=account.code,
        tier=account.tier.full_name,
        symbol=symbol,
        asked_ns=core.now_ns,
        low=seller.low,
        high=seller.high,
        spot=spot,
        volatility_bps=assumed_bps,
        rows=judged,
        notes=(*notes, *more),
    )


def _seller(
    core: Core,
    account: Account,
    policy: Policy,
    market: MarketInputs,
    spot: Spot,
    assumed_bps: int | None,
    symbol: str,
) -> Seller:
    low, high = delta_band(account, policy, market)
    return Seller(
        symbol=symbol,
        low=low,
        high=high,
        rights=_rights(policy.tiers[account.tier].sells),
        spot=spot,
        asked_ns=core.now_ns,
        today=core.today,
        stale_seconds=policy.market_stale_seconds,
        volatility=None if assumed_bps is None else assumed_bps / 10_000,
    )


def delta_band(account: Account, policy: Policy, market: MarketInputs) -> tuple[int, int]:
    """The tier's band of deltas in hundredths, lower in a Red or Chop week."""
    limits = policy.tiers[account.tier]
    less = {Regime.RED: policy.regime_red_delta, Regime.CHOP: policy.regime_chop_delta}
    lower = less.get(market.regime) or 0 if market.regime is not None else 0
    return max(0, limits.delta_min - lower), limits.delta_max - lower


def _spot(
    core: Core, files: MarketFiles, symbol: str, quotes: Sequence[OptionQuote]
) -> tuple[Spot, list[str]]:
    """The underlying's price with its time: that of the chain, or else the newest close."""
    spot = spot_of_chain(quotes)
    notes: list[str] = []
    if spot is None:
        first = core.today - timedelta(days=STALE_DAYS)
        if not (bars := files.bars(symbol, first, core.today)):
            why = f"has no price since {first}; `alluse market import FILE --symbol {symbol}`"
            raise BadInput("SYMBOL", symbol, f"{why} or `alluse market chain FILE`")
        newest = bars[-1]
        closed = closed_ns(newest.day, core.trading_calendar)
        spot = Spot(newest.close_micros, closed, "close")
    if spot.source == "parity":
        notes.append(f"the price of {symbol} is what its puts and calls imply")
    return spot, notes


def _of_chain(
    core: Core,
    quotes: Sequence[OptionQuote],
    seller: Seller,
    account: Account,
    policy: Policy,
    expiry: date | None,
) -> tuple[list[Strike], list[str]]:
    known = sorted({quote.expiry for quote in quotes if quote.expiry >= core.today})
    if expiry is not None and expiry not in known:
        days = ", ".join(map(str, known)) or "none that has not passed"
        raise BadInput("--expiry", str(expiry), f"is not in the chain, which has {days}")
    least, most = policy.tiers[account.tier].dte_min or 0, policy.tiers[account.tier].dte_max
    longest = LONGEST_DAYS if most is None else most
    wanted = [day for day in known if least <= (day - core.today).days <= longest]
    notes = []
    if expiry is None and known and not wanted:
        notes.append(f"no expiry is within the tier's {least}–{longest} days; the next is listed")
        wanted = known[:1]
    chosen = wanted if expiry is None else [expiry]
    ends = {day: closed_ns(day, core.trading_calendar) for day in chosen}
    rows = list(quoted_strikes(quotes, seller, ends))
    if stale := [row.quoted_ns for row in rows if row.is_stale and row.quoted_ns is not None]:
        oldest = f"{new_york_time(min(stale))}, so rules treat them as missing"
        notes.append(f"{len(stale)} of {len(rows)} quotes are out of date, the oldest of {oldest}")
    return rows, notes


def _estimated(core: Core, seller: Seller, expiry: date | None) -> tuple[list[Strike], list[str]]:
    symbol, sessions = seller.symbol, core.trading_calendar
    if seller.volatility is None:
        allowed = f"is needed: {symbol} has neither a chain nor the 21 bars of a realised one"
        raise BadInput("--volatility", None, allowed)
    notes = [f"no chain of {symbol} is stored, so strikes and prices are estimated"]
    if expiry is None:
        expiry = monthly_expiry(core.today.year, core.today.month, sessions)
        if expiry < core.today:
            following = core.today.replace(day=1) + timedelta(days=31)
            expiry = monthly_expiry(following.year, following.month, sessions)
        notes.append(f"the next standard expiry, {expiry}, was assumed; --expiry sets another")
    elif expiry < core.today or not can_expire_on(expiry, sessions):
        nearest = nearest_sessions_text(max(expiry, core.today), sessions)
        raise BadInput("--expiry", str(expiry), f"must be a coming trading day; {nearest}")
    return list(estimated_strikes(seller, expiry, closed_ns(expiry, sessions))), notes


def _rights(sells: Sequence[str]) -> tuple[Right, ...]:
    """The rights that the tier may sell; both if its policy has no limit."""
    puts = not sells or PUTS in sells
    calls = not sells or CALLS in sells or COVERED_CALLS in sells
    return (*([Right.PUT] if puts else []), *([Right.CALL] if calls else []))


def _rules(
    core: Core, book: Book, account: Account, row: Strike, market: MarketInputs
) -> tuple[Verdict, ...]:
    """The verdicts on the sale of one contract at the mid, now."""
    if row.quoted_ns is not None:
        market = replace(market, quoted_ns=row.quoted_ns)
        if not row.is_stale:
            market = replace(
                market,
                bid_micros=row.bid_micros,
                ask_micros=row.ask_micros,
                open_interest=row.open_interest,
                volume=row.volume,
            )
    now = new_york(core.now_ns)
    leg = Leg(row.option, -ONE_MICROS, row.credit_micros or 0)
    command = Post(
        portfolio=account.portfolio,
        account=account.code,
        fact=TradeFact(legs=(leg,)),
        delta=row.delta or 0,
        at_minutes=now.hour * 60 + now.minute,
    )
    context = Context(
        today=core.today,
        seq=core.seq + 1,
        now_ns=core.now_ns,
        is_preview=True,
        sessions=core.trading_calendar,
        market=market,
    )
    return check_trade(book, command, context)
