"""Adjustments: splits, renames and other deliverables of what an account holds (rules.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from msgspec.structs import replace

from alluse_tui.domain.commands import AdjustmentFact, Leg, TradeFact
from alluse_tui.domain.commands.trade_line import (
    LARGEST_DELIVERABLE,
    parse_symbol,
    position_named,
)
from alluse_tui.domain.commands.typed import share_ratio
from alluse_tui.domain.derived.entry_text import entry_text
from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.events.events import EntryPosted, Event, HoldingChange, Posting
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import (
    ONE_MICROS,
    Instrument,
    holding_key,
    instrument_named,
    quantity_text,
)
from alluse_tui.domain.model.money import CENT_MICROS, divided, plain, within
from alluse_tui.domain.model.terms import Bucket, Kind
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plans.entries import fact_event

Held = tuple[str, str, str, str]
"""A holding: portfolio, account, instrument, currency."""


class Adjusted(Value):
    """A position, and what it becomes, with the same carried value."""

    position: Position
    instrument: Instrument
    quantity_micros: int


class Terms(Value):
    """What changes: new shares for `old_shares` old ones, the symbol, shares per contract.

    `symbol` is empty, and `deliverable` 0, if it stays.
    """

    new_shares: int
    old_shares: int
    symbol: str
    deliverable: int

    @property
    def ratio(self) -> Fraction:
        """New shares per old share."""
        return Fraction(self.new_shares, self.old_shares)


def adjustment_entries(
    book: Book, account: Account, fact: AdjustmentFact, today: date
) -> tuple[EntryPosted, EntryPosted | None]:
    """The adjustment, and the trade of a fraction of a share, if one is paid in cash.

    Raises BadInput.
    """
    terms = _terms(fact)
    held = _selected(account, fact)
    if not (fact.split or terms.symbol):  # shares have no deliverable
        held = [position for position in held if position.instrument.right is not None]
    if fact.deliverable and not any(p.instrument.right for p in held):
        raise BadInput("deliverable", fact.deliverable, "is for options; these are shares")
    adjusted_positions = [_adjusted(position, terms) for position in held]
    _check_targets(account, adjusted_positions)
    effective = fact.effective or today
    entry = EntryPosted(
        account.portfolio,
        Kind.ADJUSTMENT,
        effective,
        tuple(_postings(account, held)),
        holdings=tuple(change for each in adjusted_positions for change in _changes(account, each)),
        note=fact.note,
    )
    fraction = _fraction(fact, adjusted_positions)
    if fraction is None:
        return entry, None
    after = apply(book, entry)
    trade = replace(fraction, effective=effective, note=fact.note)
    sold = fact_event(after, after.accounts[account.id], trade, today)
    assert isinstance(sold, EntryPosted)
    return entry, sold


def adjusted(entry: EntryPosted) -> Iterator[Verdict]:
    """What the adjustment does, in words, for its plan."""
    yield Verdict("adjust.positions", True, entry_text(entry))


def renamed(account: Account, key: str, instrument: Instrument, effective: date) -> EntryPosted:
    """The holding `key` of an account turned into `instrument`, with quantity and carried value.

    It is the same contract under another name or with other terms.
    """
    name, _, currency = key.rpartition(":")
    holding = account.holdings[key]
    position = Position(
        instrument_named(name), currency, holding.quantity_micros, holding.value_micros
    )
    return EntryPosted(
        account.portfolio,
        Kind.ADJUSTMENT,
        effective,
        tuple(_postings(account, [position])),
        holdings=_changes(account, Adjusted(position, instrument, holding.quantity_micros)),
        note=f"same contract at the broker: {account.contracts[key].id}",
    )


def _terms(fact: AdjustmentFact) -> Terms:
    new_shares, old_shares = share_ratio("split", fact.split) if fact.split else (1, 1)
    symbol = parse_symbol(fact.rename, "rename") if fact.rename else ""
    if fact.deliverable and not 1 <= fact.deliverable <= LARGEST_DELIVERABLE:
        allowed = f"must be 1 to {LARGEST_DELIVERABLE}, the shares of one contract"
        raise BadInput("deliverable", fact.deliverable, allowed)
    if not (fact.split or symbol or fact.deliverable):
        raise BadInput("adjust", None, "nothing changes: give split, rename or deliverable")
    return Terms(new_shares, old_shares, symbol, fact.deliverable)


def _selected(account: Account, fact: AdjustmentFact) -> list[Position]:
    """The positions that the fact names: one, or all on its symbol. Raises BadInput."""
    held = [p for p in positions(account.holdings) if p.quantity_micros]
    symbol = " ".join(fact.position.split()).upper()
    on_symbol = [p for p in held if p.instrument.symbol.upper() == symbol]
    if on_symbol:
        return on_symbol
    named = position_named(fact.position, held)
    if not fact.is_whole:
        return [named]
    return [p for p in held if p.instrument.symbol == named.instrument.symbol]


def _adjusted(position: Position, terms: Terms) -> Adjusted:
    old = position.instrument
    symbol = terms.symbol or old.symbol
    if old.right is None:
        quantity = divided(position.quantity_micros * terms.new_shares, terms.old_shares)
        if not quantity:
            allowed = f"would leave nothing of {quantity_text(position.quantity_micros)} {old.name}"
            raise BadInput("split", f"{terms.new_shares}:{terms.old_shares}", allowed)
        new = replace(old, symbol=symbol)
        contracts = 1
    else:
        new, contracts = _adjusted_option(old, symbol, terms)
        quantity = position.quantity_micros * contracts
    if new == old and quantity == position.quantity_micros:
        raise BadInput("adjust", None, f"nothing changes: {old.name} is that already")
    return Adjusted(position, new, within(quantity, "quantity"))


def _adjusted_option(old: Instrument, symbol: str, terms: Terms) -> tuple[Instrument, int]:
    """The option, and its contracts per old contract: what all of them cost to exercise stays."""
    is_whole = terms.ratio.denominator == 1
    contracts = terms.ratio.numerator if is_whole else 1
    delivers = Fraction(old.multiplier) if is_whole else old.multiplier * terms.ratio
    if terms.deliverable:
        delivers = Fraction(terms.deliverable)
    if delivers.denominator != 1:
        exact = quantity_text(round(delivers * ONE_MICROS))
        allowed = (
            f"would have {old.name} deliver {exact} shares; give their whole number as deliverable"
        )
        raise BadInput("split", f"{terms.new_shares}:{terms.old_shares}", allowed)
    shares = delivers.numerator
    if shares > LARGEST_DELIVERABLE:
        allowed = f"would have {old.name} deliver more than {LARGEST_DELIVERABLE} shares"
        raise BadInput("split", f"{terms.new_shares}:{terms.old_shares}", allowed)
    before = old.strike_micros * old.multiplier
    strike_micros = divided(before, contracts * shares)
    if not strike_micros or abs(strike_micros * contracts * shares - before) >= CENT_MICROS:
        allowed = f"has no strike that leaves {plain(before)} per contract as it is, to the cent"
        raise BadInput("adjust", old.name, allowed)
    new = replace(old, symbol=symbol, strike_micros=strike_micros, multiplier=shares)
    return new, contracts


def _check_targets(account: Account, adjusted_positions: Iterable[Adjusted]) -> None:
    """Nothing may become what is held on the other side. Raises BadInput."""
    sources = {(a.position.instrument, a.position.currency) for a in adjusted_positions}
    others = {
        (p.instrument, p.currency): p.quantity_micros
        for p in positions(account.holdings)
        if (p.instrument, p.currency) not in sources
    }
    for each in adjusted_positions:
        held = others.get((each.instrument, each.position.currency), 0)
        if held * each.quantity_micros < 0:
            allowed = f"would meet {quantity_text(held)} {each.instrument.name}; close that first"
            raise BadInput("adjust", each.position.instrument.name, allowed)


def _postings(account: Account, held: Iterable[Position]) -> Iterator[Posting]:
    """The carried values out of `positions`, and back into it."""
    values: dict[str, int] = {}
    for position in held:
        currency = position.currency
        values[currency] = values.get(currency, 0) + position.value_micros
    for currency, micros in values.items():
        for moved in (-micros, micros):
            yield Posting(account.code, Bucket.POSITIONS, currency, moved)


def _changes(account: Account, each: Adjusted) -> tuple[HoldingChange, HoldingChange]:
    position, name = each.position, each.position.instrument.name
    known = account.contracts.get(holding_key(name, position.currency))
    removed = HoldingChange(
        account=account.code,
        instrument=name,
        currency=position.currency,
        quantity_micros=-position.quantity_micros,
        value_micros=-position.value_micros,
        contract=known.id if known else "",
    )
    added = replace(
        removed,
        instrument=each.instrument.name,
        quantity_micros=each.quantity_micros,
        value_micros=position.value_micros,
        replaces=name,
    )
    return removed, added


def _fraction(fact: AdjustmentFact, adjusted_positions: Iterable[Adjusted]) -> TradeFact | None:
    """The sale of the fraction of a share that the adjustment leaves; None without one.

    A position that had a fraction of a share before keeps one, unless cash was paid. Raises
    BadInput.
    """
    fractions = [
        (each, abs(each.quantity_micros) % ONE_MICROS)
        for each in adjusted_positions
        if each.instrument.right is None and abs(each.quantity_micros) % ONE_MICROS
    ]
    if fact.cash_micros is None:
        fractions = [f for f in fractions if not f[0].position.quantity_micros % ONE_MICROS]
    if not fractions:
        if fact.cash_micros is not None:
            raise BadInput("cash", plain(fact.cash_micros), "has no fraction of a share to pay for")
        return None
    (each, fraction), *more = fractions
    name = each.instrument.name
    if more:
        allowed = f"several positions in {name} would leave a fraction; adjust one at a time"
        raise BadInput("position", fact.position, allowed)
    if fact.cash_micros is None:
        text = quantity_text(fraction)
        raise BadInput("cash", None, f"is missing: give what was paid for {text} {name}")
    sign = 1 if each.quantity_micros > 0 else -1
    leg = Leg(each.instrument, -sign * fraction, sign * fact.cash_micros)
    return TradeFact(legs=(leg,), currency=each.position.currency)


def changed_holdings(events: Iterable[Event]) -> dict[Held, bool]:
    """The holdings that entries changed, and whether an adjustment did."""
    changed: dict[Held, bool] = {}
    for event in events:
        if isinstance(event, EntryPosted):
            is_adjusted = event.kind is Kind.ADJUSTMENT
            for change in event.holdings:
                key = (event.portfolio, change.account, change.instrument, change.currency)
                changed[key] = changed.get(key, False) or is_adjusted
    return changed


def adjusted_between(earlier: dict[Held, bool], later: dict[Held, bool]) -> str:
    """'XYZ of gen-1', if both changed it and one was an adjustment; '' if there is none.

    Then the earlier one cannot be undone alone.
    """
    for key in sorted(earlier.keys() & later.keys()):
        if earlier[key] or later[key]:
            return f"{key[2]} of {key[1]}"
    return ""
