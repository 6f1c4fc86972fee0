"""Rules on what a tier opens, and when: they need the policy and the book (rules.md, Trades)."""

from __future__ import annotations

from collections.abc import Iterator

from alluse_tui.domain.derived.alert_filter import below_peak_bps
from alluse_tui.domain.derived.positions import positions, uncovered_calls
from alluse_tui.domain.derived.preservation import is_on, preservation
from alluse_tui.domain.model.calendar import entry_hours, is_entry_day, next_entry_day
from alluse_tui.domain.model.market_inputs import Regime
from alluse_tui.domain.model.policy import CALLS, COVERED_CALLS, PUTS
from alluse_tui.domain.model.policy_checks import percent
from alluse_tui.domain.model.setting_forms import clock_text
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.rules.judged_trade import JudgedTrade


def entry_rules(trade: JudgedTrade) -> Iterator[Verdict]:
    """The verdicts on a trade that opens a position; none on one that only closes.

    A roll replaces a position, so when it is done and for how long is not judged.
    """
    if trade.opened and trade.paused:
        sentence = f"trading in {trade.account.code} is paused {trade.paused}"
        yield trade.breaks("trade.paused", sentence)
    yield from _symbols(trade)
    yield from _exposure(trade)
    if not trade.sold:
        return
    yield from _rights(trade)
    if not trade.is_roll:
        yield from _day(trade)
        yield from _hours(trade)
        yield from _days_to_expiry(trade)
        yield from _drawdown(trade)
        yield from _preservation(trade)
    yield _delta(trade)


def _symbols(trade: JudgedTrade) -> Iterator[Verdict]:
    """Positions are opened in the tier's underlyings."""
    allowed, path = trade.limits.symbols, trade.tier_path("symbols")
    if not allowed:
        return
    for symbol in trade.opened_symbols:
        if symbol in allowed:
            yield trade.holds("trade.symbol", f"{trade.tier} trades {symbol}", (), path)
        else:
            sentence = f"{trade.tier} does not trade {symbol}, only {', '.join(allowed)}"
            yield trade.breaks("trade.symbol", sentence, (), path)


def _rights(trade: JudgedTrade) -> Iterator[Verdict]:
    """The tier sells such options; where it sells all, there is nothing to judge."""
    allowed, path = trade.limits.sells, trade.tier_path("sells")
    if not allowed or {PUTS, CALLS} <= {*allowed}:
        return
    only = ", ".join(word.replace("_", " ") for word in allowed)
    uncovered = {calls.symbol for calls in uncovered_calls(positions(trade.after.holdings))}
    for right, noun in ((Right.PUT, PUTS), (Right.CALL, CALLS)):
        legs = [leg for leg in trade.sold if leg.instrument.right is right]
        if not legs:
            continue
        covered = not any(leg.instrument.symbol in uncovered for leg in legs)
        may_cover = right is Right.CALL and COVERED_CALLS in allowed
        sold = noun if noun in allowed or not may_cover else f"{'un' * (not covered)}covered {noun}"
        if noun in allowed or (may_cover and covered):
            yield trade.holds("trade.sells", f"{trade.tier} sells {sold}", (), path)
        else:
            sentence = f"{trade.tier} does not sell {sold}, only {only}"
            yield trade.breaks("trade.sells", sentence, (), path)


def _day(trade: JudgedTrade) -> Iterator[Verdict]:
    """An option is sold on one of its tier's entry days; a tier without any sells on all."""
    days, sessions = trade.limits.entry_days, trade.context.sessions
    if not days:
        return
    traded, path = trade.entry.effective, trade.tier_path("entry_days")
    shifts = trade.limits.shifts_entry
    if is_entry_day(traded, days, sessions, shifts=shifts):
        sentence = f"{traded:%A} is an entry day of {trade.tier}"
        yield trade.holds("trade.day", sentence, (), path)
        return
    allowed = next_entry_day(traded, days, sessions, shifts=shifts)
    sentence = f"{traded:%A} {traded} is not an entry day of {trade.tier}"
    sentence += f"; the next one is {allowed:%A} {allowed}"
    yield trade.breaks("trade.day", sentence, (), path)


def _hours(trade: JudgedTrade) -> Iterator[Verdict]:
    """An option is sold in its tier's entry hours, bounds included."""
    first, last = trade.limits.entry_from_minutes, trade.limits.entry_until_minutes
    if first is None or last is None:
        return
    traded, path = trade.entry.effective, trade.tier_path("entry_hours")
    first, last = entry_hours(traded, first, last, trade.context.sessions)
    hours = f"{clock_text(first)}–{clock_text(last)} New York"
    if trade.context.sessions.is_half(traded):
        hours += " on a half day"
    at = trade.command.at_minutes
    if at is None:
        sentence = f"the time was not given, so the entry hours {hours} were not checked"
        yield trade.unknown("trade.hours", sentence, path)
    elif first <= at <= last:
        sentence = f"{clock_text(at)} is within the entry hours {hours}"
        yield trade.holds("trade.hours", sentence, (), path)
    else:
        sentence = f"{clock_text(at)} is outside the entry hours {hours}"
        yield trade.breaks("trade.hours", sentence, (), path)


def _days_to_expiry(trade: JudgedTrade) -> Iterator[Verdict]:
    """An option is sold so many calendar days before its expiry, bounds included."""
    least, most = trade.limits.dte_min, trade.limits.dte_max
    if least is None or most is None:
        return
    path = trade.tier_path("dte")
    limits = f"{least}" if least == most else f"{least}–{most}"
    limits += f" day{'s' * (most != 1)}"
    for leg in trade.sold:
        assert leg.instrument.expiry is not None
        days = (leg.instrument.expiry - trade.entry.effective).days
        count = f"{days} day{'s' * (days != 1)} to expiry"
        if least <= days <= most:
            yield trade.holds("trade.dte", f"{count}, within {limits}", (), path)
        else:
            yield trade.breaks("trade.dte", f"{count}, but {trade.tier} sells {limits}", (), path)


def _drawdown(trade: JudgedTrade) -> Iterator[Verdict]:
    """Far below its peak, an account sells calls only, unless VIX is high.

    Whether an account that has recovered in part was that far down is not known, so it is warned.
    """
    policy, path = trade.policy, "drawdown.calls_only"
    begins = policy.drawdown_calls_only_bps
    if begins is None or not trade.sells(Right.PUT):
        return
    below = max(0, below_peak_bps(trade.account_after.unit, trade.after.equity) or 0)
    down = f"{trade.account.code} is {percent(below)} below its peak"
    if below < begins:
        until = policy.drawdown_until_bps or 0
        if below <= until:
            yield trade.holds("trade.drawdown", f"{down}, so it may sell puts", (), path)
            return
        sentence = f"{down}; if it was {percent(begins)} below, it sells puts from {percent(until)}"
        yield trade.unknown("trade.drawdown", sentence, path)
        return
    below_vix, vix = policy.drawdown_vix_hundredths, trade.context.market.vix_hundredths
    sentence = f"{down}, {percent(begins)} or more, so it sells calls only"
    if below_vix is None:
        yield trade.breaks("trade.drawdown", sentence, (), path)
    elif vix is None:
        sentence += f" while VIX is below {below_vix / 100:g}, but VIX is not known"
        yield trade.unknown("trade.drawdown", sentence, path)
    elif vix < below_vix:
        sentence += f" (VIX {vix / 100:g} is below {below_vix / 100:g})"
        yield trade.breaks("trade.drawdown", sentence, (), path)
    else:
        sentence = f"{down}, but VIX {vix / 100:g} is not below {below_vix / 100:g}"
        yield trade.holds("trade.drawdown", sentence, (), path)


def _preservation(trade: JudgedTrade) -> Iterator[Verdict]:
    """An account that preserves its capital sells no new puts."""
    if not is_on(trade.policy) or not trade.sells(Right.PUT):
        return
    rule, path, code = "trade.preservation", trade.tier_path("max_drawdown"), trade.account.code
    preserved = preservation(trade.account, trade.equity_before, trade.policy)
    if preserved.reason:
        sentence = f"{preserved.reason}, so {code} sells no new puts"
        yield trade.breaks(rule, sentence, (), path)
    elif preserved.missing:
        symbols = ", ".join(preserved.missing)
        sentence = f"no marked price of {symbols}, so its short puts were not judged"
        yield trade.unknown(rule, sentence, path)
    else:
        yield trade.holds(rule, f"{code} has no loss that stops new puts", (), path)


def _delta(trade: JudgedTrade) -> Verdict:
    """The delta, if it was given, is in the tier's band, edges included.

    In a Red or Chop week the band is lower by what the policy says.
    """
    low, high, path = trade.limits.delta_min, trade.limits.delta_max, trade.tier_path("delta")
    less, why = 0, ""
    match trade.context.market.regime:
        case Regime.RED:
            less, why = trade.policy.regime_red_delta or 0, " in a Red week"
        case Regime.CHOP:
            less, why = trade.policy.regime_chop_delta or 0, " in a Chop week"
    limits = f"{max(0, low - less)}–{high - less}{why if less else ''}"
    delta = trade.command.delta
    if not delta:
        sentence = f"the delta was not given, so the band of {limits} was not checked"
        return Verdict("trade.data", True, sentence, awaited=True, setting=path)
    if low - less <= delta <= high - less:
        return trade.holds("trade.delta", f"delta {delta} is within {limits}", (), path)
    return trade.breaks("trade.delta", f"delta {delta} is outside {limits}", (), path)


def _exposure(trade: JudgedTrade) -> Iterator[Verdict]:
    """An underlying takes up a share of equity at most, as if all puts were assigned."""
    share = trade.policy.exposure_symbol_bps
    if share is None:
        return
    limit = f"{percent(share)} of the {{}} equity"
    for symbol in trade.opened_symbols:
        micros = trade.exposure(symbol)
        values = (symbol, micros, trade.after.equity)
        assigned = "{} would take up {} if all puts were assigned"
        if micros <= trade.share_of_equity(share):
            sentence = f"{assigned}, within {limit}"
            yield trade.holds("trade.exposure", sentence, values, "exposure.symbol")
        else:
            sentence = f"{assigned}, more than {limit}"
            yield trade.breaks("trade.exposure", sentence, values, "exposure.symbol")
