"""What a reconciliation compares: both sides at the end of a day, and what led there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from msgspec import field

from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Fact,
    StatementFacts,
    TradeFact,
    TransferFact,
)
from alluse_tui.domain.model.comparison import Item
from alluse_tui.domain.model.instrument import quantity_text
from alluse_tui.domain.model.money import divided, grouped
from alluse_tui.domain.model.rates import ONE_NANOS, Rates
from alluse_tui.domain.model.value import Value

LARGEST_RATIO = 20
"""The largest split that a difference of quantities is taken for."""


class Effect(Value, kw_only=True):
    """What an entry changed an item by, in micros; `kind` and `seq` are of the entry."""

    item: Item
    micros: int
    day: date
    kind: str = ""
    seq: int = 0


class StatementSide(Value, kw_only=True):
    """A statement: its rows, and its cash and quantities at the end of the last day, in micros.

    `cash` or `quantities` is None if the statement does not give them. `starting` is its cash at
    the start in the currencies for which it says so, `corporate_actions` the symbols under one.
    `contracts`: the broker's ids of its instruments, as far as it gives them.
    """

    facts: StatementFacts
    cash: Mapping[str, int] | None
    quantities: Mapping[Item, int] | None
    starting: Mapping[str, int]
    corporate_actions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    contracts: Mapping[Item, str] = field(default_factory=dict)

    @property
    def day_before(self) -> date:
        """The day before the period."""
        return self.facts.first_day - timedelta(days=1)

    def ending(self, item: Item) -> int:
        """The item at the end; nothing if the statement is silent on it."""
        if item.is_cash:
            return (self.cash or {}).get(item.currency, 0)
        return (self.quantities or {}).get(item, 0)

    def changes(self) -> dict[Item, int]:
        """What the statement's own rows change each item by, starting cash left out."""
        sums: dict[Item, int] = {}
        for fact in self.facts.facts:
            for effect in effects_of(fact, self.facts):
                sums[effect.item] = sums.get(effect.item, 0) + effect.micros
        return sums

    def pending(self, book: BookSide) -> dict[Item, list[int]]:
        """What each row up to the last day that the book lacks would change, by item."""
        effects: dict[Item, list[int]] = {}
        opening = () if book.has_earlier else self.facts.opening
        for fact in (*opening, *self.facts.facts):
            if fact.key not in book.keys:
                for effect in effects_of(fact, self.facts):
                    effects.setdefault(effect.item, []).append(effect.micros)
        return effects


class BookSide(Value, kw_only=True):
    """An account of the book around a statement's period; amounts and quantities in micros.

    `at_start` is the evening before the first day, `at_end` that of the last day. `near`: the
    effects of entries within two trading days of the last day. `missing`: quantities that were
    closed without having been opened. `keys`: the statement's rows that are recorded.
    `has_earlier`: a statement of the same broker account was imported before, so that starting cash
    is not imported. `contracts`: the broker's ids of what is held.
    """

    at_start: Mapping[Item, int]
    at_end: Mapping[Item, int]
    near: tuple[Effect, ...] = ()
    missing: Mapping[Item, int]
    keys: frozenset[str] = frozenset()
    has_earlier: bool = False
    rates: Rates
    contracts: Mapping[Item, str] = field(default_factory=dict)

    def start_cash(self, item: Item, statement: StatementSide) -> int:
        """Cash when the period began, with the statement's starting cash if it is recorded."""
        opening = (fact for fact in statement.facts.opening if fact.key in self.keys)
        recorded = sum(fact.micros for fact in opening if fact.currency == item.currency)
        return self.at_start.get(item, 0) + recorded


def effects_of(fact: Fact, facts: StatementFacts) -> Iterator[Effect]:
    """What a row changes, if it is not dated after the statement's last day."""
    day = fact.effective or facts.first_day
    if day > facts.last_day:
        return
    changes: list[tuple[Item, int]] = []
    match fact:
        case CashFact():
            changes = [(Item(currency=fact.currency), fact.micros)]
        case TradeFact():
            changes = [(Item(currency=fact.currency), leg.gross_micros) for leg in fact.legs]
            changes += [
                (Item(currency=fact.currency, instrument=leg.instrument.name), leg.quantity_micros)
                for leg in fact.legs
            ]
            changes.append((Item(currency=fact.fee_currency), -fact.fee_micros))
        case TransferFact():
            changes = [
                (Item(currency=fact.currency, instrument=leg.instrument.name), leg.quantity_micros)
                for leg in fact.legs
            ]
        case ConversionFact():
            changes = [
                (Item(currency=fact.bought), fact.bought_micros),
                (Item(currency=fact.sold), -fact.sold_micros),
                (Item(currency=fact.fee_currency), -fact.fee_micros),
            ]
    sums: dict[Item, int] = {}
    for item, micros in changes:
        sums[item] = sums.get(item, 0) + micros
    for item, micros in sums.items():
        if micros:
            yield Effect(item=item, micros=micros, day=day)


def rates_between(
    rates: Rates, currency: str, against: str, first_day: date, last_day: date
) -> dict[date, int]:
    """The rates known on the days of a period, in nanos; empty if there is none."""
    known: dict[date, int] = {}
    for n in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=n)
        rate = rates.between(currency, against, day)
        if rate is not None:
            known[day] = divided(rate[0] * ONE_NANOS, rate[1])
    return known


def whole_ratio(ending: int, held: int) -> str:
    """'4:1' or '1:10' if one quantity is a small multiple of the other; '' otherwise."""
    if ending * held <= 0:
        return ""
    many, few = max(abs(ending), abs(held)), min(abs(ending), abs(held))
    times, rest = divmod(many, few)
    if rest or not 2 <= times <= LARGEST_RATIO:
        return ""
    return f"{times}:1" if abs(ending) > abs(held) else f"1:{times}"


def signed(item: Item, micros: int) -> str:
    """'+12.34', '−284'."""
    text = grouped(micros) if item.is_cash else quantity_text(micros)
    return f"+{text}" if micros > 0 else text
