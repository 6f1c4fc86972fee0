"""Rules on an option that is sold which need market data (rules.md, Trades).

What is missing is named in a verdict that is `unknown`; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from alluse_tui.domain.commands import Leg
from alluse_tui.domain.derived.positions import positions
from alluse_tui.domain.model.instrument import ONE_MICROS, quantity_text
from alluse_tui.domain.model.market_inputs import Regime
from alluse_tui.domain.model.money import ONE_BPS, grouped
from alluse_tui.domain.model.policy import OFF
from alluse_tui.domain.model.policy_checks import percent
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.time_text import new_york_time
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.rules.judged_trade import JudgedTrade

VIX_HIGH = 3, 2
"""VIX is high above this multiple of its one-year mean."""


def market_rules(trade: JudgedTrade) -> Iterator[Verdict]:
    """The verdicts on the options that a trade sells; none on any other trade."""
    if not trade.sold:
        return
    yield from _liquidity(trade, trade.sold[0])
    for symbol in trade.sold_symbols:
        yield from _earnings(trade, symbol)
    yield from _margin(trade)
    yield from _breaker(trade)
    if not trade.is_roll:
        yield from _regime(trade)
        yield from _vix(trade)


def _liquidity(trade: JudgedTrade, leg: Leg) -> Iterator[Verdict]:
    """Open interest, volume and spread of the option, and the trade's share of the volume."""
    policy, market = trade.policy, trade.context.market
    yield from _at_least(
        trade, "liquidity.open_interest", market.open_interest, policy.liquidity_open_interest
    )
    yield from _at_least(trade, "liquidity.volume", market.volume, policy.liquidity_volume)
    if policy.liquidity_spread_bps is not None:
        yield _spread(trade, policy.liquidity_spread_bps)
    if policy.liquidity_share_bps is not None:
        yield _share_of_volume(trade, leg, policy.liquidity_share_bps)


def _at_least(
    trade: JudgedTrade, path: str, count: int | None, least: int | None
) -> Iterator[Verdict]:
    if least is None:
        return
    noun = path.partition(".")[2].replace("_", " ")
    if count is None:
        sentence = f"{noun} is not known; it must be {least:,}{_out_of_date(trade)}"
        yield trade.unknown("trade.liquidity", sentence, path)
    elif count >= least:
        sentence = f"{noun} {count:,} is at least {least:,}{_quoted(trade)}"
        yield trade.holds("trade.liquidity", sentence, (), path)
    else:
        sentence = f"{noun} {count:,} is below {least:,}{_quoted(trade)}"
        yield trade.breaks("trade.liquidity", sentence, (), path)


def _spread(trade: JudgedTrade, most_bps: int) -> Verdict:
    path, market = "liquidity.spread", trade.context.market
    bid, ask = market.bid_micros, market.ask_micros
    if bid is None or ask is None or bid < 0 or ask < bid or ask == 0:
        sentence = f"bid and ask are not known; the spread may be {percent(most_bps)} of the mid"
        sentence += _out_of_date(trade)
        return trade.unknown("trade.liquidity", sentence, path)
    spread_bps = -((bid - ask) * 2 * ONE_BPS // (bid + ask))  # rounded up
    quote = f"(bid {grouped(bid)}, ask {grouped(ask)}){_quoted(trade)}"
    spread = f"the spread is {percent(spread_bps)} of the mid {quote}"
    if spread_bps <= most_bps:
        sentence = f"{spread}, within {percent(most_bps)}"
        return trade.holds("trade.liquidity", sentence, (), path)
    sentence = f"{spread}, more than {percent(most_bps)}"
    return trade.breaks("trade.liquidity", sentence, (), path)


def _share_of_volume(trade: JudgedTrade, leg: Leg, most_bps: int) -> Verdict:
    path, volume = "liquidity.share_of_volume", trade.context.market.volume
    if volume is None:
        sentence = f"volume is not known; the trade may be {percent(most_bps)} of it"
        sentence += _out_of_date(trade)
        return trade.unknown("trade.liquidity", sentence, path)
    contracts = -leg.quantity_micros
    count = f"{quantity_text(contracts)} of a volume of {volume:,}"
    if contracts * ONE_BPS <= most_bps * volume * ONE_MICROS:
        sentence = f"{count} is within {percent(most_bps)}"
        return trade.holds("trade.liquidity", sentence, (), path)
    return trade.breaks("trade.liquidity", f"{count} is more than {percent(most_bps)}", (), path)


def _quoted(trade: JudgedTrade) -> str:
    """' at 2026-11-24 12:00 New York': when the quote is from."""
    at_ns = trade.context.market.quoted_ns
    return f" at {new_york_time(at_ns)}" if at_ns is not None else ""


def _out_of_date(trade: JudgedTrade) -> str:
    """'; the quote of 2026-11-24 12:00 New York is out of date', if that is why it is missing."""
    market = trade.context.market
    values = (market.bid_micros, market.ask_micros, market.open_interest, market.volume)
    if market.quoted_ns is None or any(value is not None for value in values):
        return ""
    return f"; the quote of {new_york_time(market.quoted_ns)} is out of date"


def _earnings(trade: JudgedTrade, symbol: str) -> Iterator[Verdict]:
    """Puts and calls that are open in the week of an earnings report.

    The weeks are those from the trade to the expiry.
    """
    legs = [leg for leg in trade.sold if leg.instrument.symbol == symbol]
    coverage = trade.policy.earnings_coverage_bps
    puts = [leg for leg in legs if leg.instrument.right is Right.PUT]
    calls = [leg for leg in legs if leg.instrument.right is Right.CALL]
    if puts and trade.policy.earnings_puts != OFF:
        yield _earnings_puts(trade, symbol, puts)
    if calls and coverage is not None:
        yield _earnings_coverage(trade, symbol, calls, coverage)


def _earnings_puts(trade: JudgedTrade, symbol: str, puts: list[Leg]) -> Verdict:
    path, day = "earnings.puts", trade.context.market.earnings_on
    if day is None:
        sentence = f"the next earnings report of {symbol} is not known"
        return trade.unknown("trade.earnings", sentence, path)
    if not _is_open_then(trade, puts):
        sentence = f"the put on {symbol} ends before the week of its earnings report on {day}"
        return trade.holds("trade.earnings", sentence, (), path)
    sentence = f"{symbol} reports earnings on {day}, in a week in which the put is open"
    return trade.breaks("trade.earnings", sentence, (), path)


def _earnings_coverage(trade: JudgedTrade, symbol: str, calls: list[Leg], most_bps: int) -> Verdict:
    path, day = "earnings.coverage", trade.context.market.earnings_on
    if day is None:
        sentence = f"the next earnings report of {symbol} is not known"
        return trade.unknown("trade.earnings", sentence, path)
    if not _is_open_then(trade, calls):
        sentence = f"the call on {symbol} ends before the week of its earnings report on {day}"
        return trade.holds("trade.earnings", sentence, (), path)
    held = written = 0
    for position in positions(trade.after.holdings):
        if position.instrument.symbol == symbol and position.instrument.right is None:
            held += position.quantity_micros
        elif position.instrument.symbol == symbol and position.instrument.right is Right.CALL:
            written -= min(0, position.shares_micros)
    count = f"calls are on {quantity_text(written)} of {quantity_text(held)} shares of {symbol}"
    week = f"in the week of its earnings report on {day}"
    if written * ONE_BPS <= most_bps * max(0, held):
        sentence = f"{count} {week}, within {percent(most_bps)}"
        return trade.holds("trade.earnings", sentence, (), path)
    sentence = f"{count} {week}, more than {percent(most_bps)}"
    return trade.breaks("trade.earnings", sentence, (), path)


def _is_open_then(trade: JudgedTrade, legs: list[Leg]) -> bool:
    """Whether the report is in a week from that of the trade to that of the last expiry."""
    day = trade.context.market.earnings_on
    assert day is not None
    traded = trade.entry.effective
    monday = traded - timedelta(days=traded.weekday())
    last = max(leg.instrument.expiry or traded for leg in legs)
    return monday <= day <= last + timedelta(days=6 - last.weekday())


def _margin(trade: JudgedTrade) -> Iterator[Verdict]:
    """The broker's requirement uses a share of equity at most.

    Without it, collateral at the full strike is compared: a requirement is never more.
    """
    share, required = trade.policy.margin_use_bps, trade.context.market.margin_micros
    if share is None or not trade.sells(Right.PUT):
        return
    path, view = "margin.use", trade.after
    limit = f"{percent(share)} of the {{}} equity"
    most = trade.share_of_equity(share)
    if required is not None:
        values = (required, view.equity)
        if required <= most:
            sentence = f"the broker requires {{}}, within {limit}"
            yield trade.holds("trade.margin", sentence, values, path)
        else:
            sentence = f"the broker requires {{}}, more than {limit}"
            yield trade.breaks("trade.margin", sentence, values, path)
    elif view.collateral <= most and not view.collateral_unvalued:
        sentence = f"short puts tie up {{}} at their full strikes, within {limit}"
        yield trade.holds("trade.margin", sentence, (view.collateral, view.equity), path)
    else:
        sentence = f"the broker's requirement is not known; it may be {percent(share)} of equity"
        yield trade.unknown("trade.margin", sentence, path)


def _breaker(trade: JudgedTrade) -> Iterator[Verdict]:
    """From a level of VIX on, nothing is sold."""
    policy, vix = trade.policy, trade.context.market.vix_hundredths
    levels = {
        "breakers.vix_stop": policy.breaker_stop_hundredths,
        "breakers.vix_safe": policy.breaker_safe_hundredths,
    }
    on = {path: level for path, level in levels.items() if level is not None}
    if not on:
        return
    lowest = min(on, key=lambda path: on[path])
    if vix is None:
        sentence = f"VIX is not known; from {on[lowest] / 100:g} on nothing is sold"
        yield trade.unknown("vix.breaker", sentence, lowest)
        return
    for path, level in on.items():
        if vix >= level:
            sentence = f"VIX {vix / 100:g} has reached {level / 100:g}{_vix_day(trade)}"
            yield trade.breaks("vix.breaker", sentence, (), path)
            return
    sentence = f"VIX {vix / 100:g} is below {on[lowest] / 100:g}{_vix_day(trade)}"
    yield trade.holds("vix.breaker", sentence, (), lowest)


def _regime(trade: JudgedTrade) -> Iterator[Verdict]:
    """The position size of the week's regime."""
    shares = {Regime.RED: trade.policy.regime_red_bps, Regime.CHOP: trade.policy.regime_chop_bps}
    deltas = (trade.policy.regime_red_delta, trade.policy.regime_chop_delta)
    if all(value is None for value in (*shares.values(), *deltas)):
        return
    regime, day = trade.context.market.regime, trade.context.market.regime_on
    if regime is None:
        sentence = "the regime of the week is not known, so size and delta are the standard ones"
        yield trade.unknown("regime.size", sentence, "regime.red")
        return
    share = shares.get(regime)
    why = f"in a {regime.capitalize()} week{f' (of {day})' if day else ''}"
    path = "regime.chop" if regime is Regime.CHOP else "regime.red"
    yield from _scaled(trade, "regime.size", ONE_BPS if share is None else share, why, path)


def _vix(trade: JudgedTrade) -> Iterator[Verdict]:
    """The position size for VIX against its one-year mean, halved from a level on."""
    policy, market = trade.policy, trade.context.market
    above, high, half = (
        policy.vix_above_mean_bps,
        policy.vix_high_bps,
        policy.breaker_half_hundredths,
    )
    by_mean = above is not None or high is not None
    if not by_mean and half is None:
        return
    vix, mean = market.vix_hundredths, market.vix_mean_hundredths
    path = "vix.above_mean" if by_mean else "breakers.vix_half"
    if vix is None or (by_mean and mean is None):
        noun = "VIX" if vix is None else "the one-year mean of VIX"
        yield trade.unknown("vix.size", f"{noun} is not known, so the size was not reduced", path)
    if vix is None:
        return
    share, why = ONE_BPS, f"at VIX {vix / 100:g}{_vix_day(trade)}"
    if by_mean and mean is not None:
        times, of = VIX_HIGH
        if high is not None and vix * of > mean * times:
            share, path = high, "vix.high"
        elif above is not None and vix > mean:
            share = above
        why += f", one-year mean {mean / 100:g}"
    if half is not None and vix >= half:
        share, path = share // 2, "breakers.vix_half"
        why += f", halved from {half / 100:g} on"
    if mean is not None or not by_mean or share < ONE_BPS:
        yield from _scaled(trade, "vix.size", share, why, path)


def _scaled(
    trade: JudgedTrade, rule: str, share_bps: int, why: str, path: str
) -> Iterator[Verdict]:
    """Every underlying sold is within that share of the standard position size."""
    standard = trade.policy.position_size_bps
    most = trade.share_of_equity(standard, share_bps)
    for symbol in trade.sold_symbols:
        micros = trade.exposure(symbol)
        limit = f"{{}}, {percent(share_bps)} of the standard size, {why}"
        values = (symbol, micros, most)
        if micros <= most:
            yield trade.holds(rule, f"{{}} takes up {{}}, within {limit}", values, path)
        else:
            yield trade.breaks(rule, f"{{}} takes up {{}}, more than {limit}", values, path)


def _vix_day(trade: JudgedTrade) -> str:
    day = trade.context.market.vix_on
    return f" (of {day})" if day is not None else ""
