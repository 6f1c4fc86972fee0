"""Rules on a typed trade: held, covered, and within the policy (rules.md, Trades).

A trade is a fact, so a broken rule asks for confirmation. Only the end of an option that the
account does not hold is refused, because it cannot have happened.
"""

from __future__ import annotations

from collections.abc import Iterator

from alluse_tui.domain.commands import Leg, Post, TradeFact
from alluse_tui.domain.derived.positions import positions, uncovered_calls
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.calendar import can_expire_on, nearest_sessions_text
from alluse_tui.domain.model.instrument import quantity_text
from alluse_tui.domain.model.terms import Kind, Right
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.rules.entry_rules import entry_rules
from alluse_tui.domain.rules.judged_trade import JudgedTrade, crosses_zero, judged_trade
from alluse_tui.domain.rules.market_rules import market_rules

ENDS = (Kind.EXPIRY, Kind.ASSIGNMENT)
"""Kinds of entries that end an option without a trade on the exchange."""


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
        if leg.instrument.right is not None or trade.fact.kind not in ENDS:
            yield from _held(trade, leg)
    for leg in trade.opened:
        yield from _still_traded(trade, leg)


def _covered_rules(trade: JudgedTrade) -> Iterator[Verdict]:
    if trade.sells(Right.PUT):
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
    if trade.fact.kind in ENDS:
        yield from _ended(trade, leg, before, held)
    elif crosses_zero(before, after):
        sentence = f"{held}; this closes them and opens {quantity_text(after)}"
        yield trade.breaks("trade.held", sentence)


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
    """Nobody opens an option after its last day, or one that ends on a closed day.

    One that is already held, perhaps by an import, exists.
    """
    name, expiry, effective = leg.instrument.name, leg.instrument.expiry, trade.entry.effective
    sessions = trade.context.sessions
    if expiry is None:
        return
    if expiry < effective:
        sentence = f"{name} expired on {expiry}, before {effective}"
        yield Verdict("trade.expiry", False, f"{sentence}: check the expiry")
    elif not trade.before(leg) and not can_expire_on(expiry, sessions):
        sentence = f"{name} expires on a {expiry:%A} that is not a trading day"
        nearest = nearest_sessions_text(expiry, sessions)
        yield Verdict("trade.expiry", False, f"{sentence}; {nearest}")


def _collateral(trade: JudgedTrade) -> Verdict:
    view = trade.after
    if view.collateral_unvalued:
        sentence = f"the collateral is in {trade.currency}, which has no exchange rate"
        return trade.breaks("collateral.cash", sentence)
    values = (view.collateral, view.cover)
    if not view.uncovered:
        return trade.holds("collateral.cash", "short puts tie up {} of {} in cash", values)
    sentence = "short puts tie up {} of collateral, but only {} is in cash"
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
    if any(leg.instrument.right is Right.CALL for leg in given):
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
