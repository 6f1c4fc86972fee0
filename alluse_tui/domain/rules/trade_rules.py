"""Rules on a typed trade: held, covered, and within the policy (rules.md, Trades).

A trade is a fact, so a broken rule asks for confirmation. Only the end of an option that the
account does not hold is refused, because it cannot have happened.
"""

from __future__ import annotations

from collections.abc import Iterator

from alluse_tui.domain.commands import Leg, Post, TradeFact
from alluse_tui.domain.derived.fills import Origin
from alluse_tui.domain.derived.positions import positions, shorts_text, uncovered_calls
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.calendar import can_expire_on, nearest_sessions_text
from alluse_tui.domain.model.instrument import ONE_MICROS, quantity_text
from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.terms import Kind, Right
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.rules.entry_rules import entry_rules
from alluse_tui.domain.rules.judged_trade import JudgedTrade, crosses_zero, judged_trade
from alluse_tui.domain.rules.market_rules import market_rules

ENDS = (Kind.EXPIRY, Kind.ASSIGNMENT)
"""Kinds of entries that end an option without a trade on the exchange."""

LISTED_DAYS = 1_130
"""Options are listed up to about three years ahead (LEAPS)."""


def trade_rules(
    book: Book,
    account: Account,
    entry: EntryPosted,
    fact: TradeFact,
    command: Post,
    context: Context,
) -> list[Verdict]:
    """The verdicts on a typed trade, expiry or assignment."""
    trade = judged_trade(book, account, entry, fact, command, context)
    verdicts = [*_held_rules(trade), *_covered_rules(trade)]
    if fact.kind is Kind.TRADE:
        verdicts += [*entry_rules(trade), *market_rules(trade)]
    return verdicts


def _held_rules(trade: JudgedTrade) -> Iterator[Verdict]:
    for leg in trade.fact.legs:
        yield from _held(trade, leg)
    for leg in trade.fact.legs if trade.fact.kind is Kind.TRADE else ():
        yield from _still_traded(trade, leg)
        yield from _possible_price(trade, leg)
    for leg in trade.opened:
        yield from _listed(trade, leg)


def _covered_rules(trade: JudgedTrade) -> Iterator[Verdict]:
    if trade.sells(Right.PUT) or any(_is_short_sale(leg) for leg in trade.opened):
        yield _collateral(trade)
    for symbol in dict.fromkeys(leg.instrument.symbol for leg in trade.fact.legs):
        yield from _cover(trade, symbol)
    if trade.fact.kind not in ENDS:
        for symbol in trade.opened_symbols:
            yield _size(trade, symbol)


def _held(trade: JudgedTrade, leg: Leg) -> Iterator[Verdict]:
    """What is closed is held."""
    before, name = trade.before(leg), leg.instrument.name
    after = before + leg.quantity_micros
    held = f"{trade.account.code} has {quantity_text(before)} of {name}"
    if trade.fact.kind in ENDS and leg.instrument.right is not None:
        yield from _ended(trade, leg, before, held)
    elif before <= 0 and leg in trade.opened and _is_short_sale(leg):
        sentence = f"{held}; this sells {quantity_text(-leg.quantity_micros)} short"
        yield trade.breaks("trade.held", sentence)
    elif crosses_zero(before, after):
        sentence = f"{held}; this closes them and opens {quantity_text(after)}"
        yield trade.breaks("trade.held", sentence)
    if before * leg.quantity_micros < 0 and not crosses_zero(before, after):
        yield from _held_on_its_day(trade, leg)


def _held_on_its_day(trade: JudgedTrade, leg: Leg) -> Iterator[Verdict]:
    """What a backdated trade closes was held on its day."""
    day, name = trade.entry.effective, leg.instrument.name
    if day >= trade.account.latest_effective:
        return
    lots = [lot for lot in trade.context.open_lots if lot.origin is not Origin.MISSING]
    own = [lot for lot in lots if (lot.instrument, lot.currency) == (name, trade.currency)]
    held = abs(sum(lot.quantity_micros for lot in own if lot.opened <= day))
    if held < abs(leg.quantity_micros):
        sentence = (
            f"on {day} {trade.account.code} held {quantity_text(held)} of {name}, fewer than this"
            " closes"
        )
        yield trade.breaks("trade.date", sentence)


def _is_short_sale(leg: Leg) -> bool:
    """Whether the leg, which opens or adds to a position, sells shares."""
    return leg.instrument.right is None and leg.quantity_micros < 0


def _ended(trade: JudgedTrade, leg: Leg, before: int, held: str) -> Iterator[Verdict]:
    """An option that ended was held, and has reached its expiry if it expired."""
    after = before + leg.quantity_micros
    if abs(after) < abs(before) and not crosses_zero(before, after):
        yield Verdict("trade.held", True, held)
    else:
        count = quantity_text(abs(leg.quantity_micros))
        sentence = f"{held}, so {count} of it cannot have ended: check the position"
        yield Verdict("trade.held", False, sentence)
    expiry = leg.instrument.expiry
    if trade.fact.kind is Kind.EXPIRY and expiry is not None:
        reached = trade.entry.effective >= expiry
        sentence = f"{leg.instrument.name} {'expired' if reached else 'expires'} on {expiry}"
        yield Verdict("trade.expiry", reached, sentence)


def _still_traded(trade: JudgedTrade, leg: Leg) -> Iterator[Verdict]:
    """No option is traded after its last day."""
    option, effective = leg.instrument, trade.entry.effective
    if option.expiry is None or option.expiry >= effective:
        return
    sentence = f"{option.name} expired on {option.expiry}, before {effective}"
    todo = "the expiry" if leg in trade.opened else "the date, or record its expiry"
    yield Verdict("trade.expiry", False, f"{sentence}: check {todo}")


def _possible_price(trade: JudgedTrade, leg: Leg) -> Iterator[Verdict]:
    """A put is worth at most its strike."""
    option, shares_micros = leg.instrument, abs(leg.quantity_micros) * leg.instrument.multiplier
    if option.right is not Right.PUT or not shares_micros:
        return
    price = divided(abs(leg.gross_micros) * ONE_MICROS, shares_micros)
    if price > option.strike_micros:
        values = (price, option.name)
        yield trade.breaks("trade.price", "{} is more than the strike of {}", values)


def _listed(trade: JudgedTrade, leg: Leg) -> Iterator[Verdict]:
    """An option ends on a trading day, within the years for which options are listed.

    One that is already held, perhaps by an import, exists.
    """
    name, expiry, sessions = leg.instrument.name, leg.instrument.expiry, trade.context.sessions
    if expiry is None or trade.before(leg) or expiry < trade.entry.effective:
        return
    if not can_expire_on(expiry, sessions):
        sentence = f"{name} expires on a {expiry:%A} that is not a trading day"
        nearest = nearest_sessions_text(expiry, sessions)
        yield Verdict("trade.expiry", False, f"{sentence}; {nearest}")
    if (expiry - trade.entry.effective).days > LISTED_DAYS:
        sentence = f"{name} expires more than three years ahead"
        yield trade.breaks("trade.horizon", sentence)


def _collateral(trade: JudgedTrade) -> Verdict:
    view = trade.after
    if view.collateral_unvalued:
        sentence = f"the collateral is in {trade.currency}, which has no exchange rate"
        return trade.breaks("collateral.cash", sentence)
    values, shorts = (view.collateral, view.cover), shorts_text(positions(view.holdings))
    if not view.uncovered:
        return trade.holds("collateral.cash", f"{shorts} tie up {{}} of {{}} in cash", values)
    sentence = f"{shorts} tie up {{}} of collateral, but only {{}} is in cash"
    return trade.breaks("collateral.cash", sentence, values)


def _cover(trade: JudgedTrade, symbol: str) -> Iterator[Verdict]:
    """Short calls stay covered when calls are sold, or shares under them."""
    given = [leg for leg in trade.fact.legs if leg.instrument.symbol == symbol]
    if not any(leg.instrument.right is not Right.PUT and leg.quantity_micros < 0 for leg in given):
        return
    code = trade.account.code
    for calls in uncovered_calls(positions(trade.after.holdings)):
        if calls.symbol == symbol:
            sentence = (
                f"short calls are on {quantity_text(calls.written_micros)} shares of {symbol},"
                f" but {code} holds {quantity_text(calls.held_micros)}"
            )
            yield trade.breaks("collateral.cover", sentence)
            return
    if any(leg.instrument.right is Right.CALL and leg.quantity_micros < 0 for leg in given):
        sentence = f"{code} holds the shares of {symbol} for its short calls"
        yield Verdict("collateral.cover", True, sentence)


def _size(trade: JudgedTrade, symbol: str) -> Verdict:
    share, micros = trade.policy.position_size_bps, trade.exposure(symbol)
    limit = f"{share / 100:g} % of the {{}} equity"
    values = (symbol, micros, trade.after.equity)
    setting = "limits.position_size"
    if micros <= trade.share_of_equity(share):
        return trade.holds("trade.size", f"{{}} takes up {{}}, within {limit}", values, setting)
    return trade.breaks("trade.size", f"{{}} takes up {{}}, more than {limit}", values, setting)
