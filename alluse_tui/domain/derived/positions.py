"""Positions: what an account holds, and the cash and shares that its short options tie up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from alluse_tui.domain.model.instrument import (
    ONE_MICROS,
    UNNAMED,
    Holding,
    Instrument,
    instrument_named,
)
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value


class Position(Value):
    """One holding with its instrument; the quantity is negative if short.

    `value_micros` is its carried value in `currency`: the cost until it is marked.
    """

    instrument: Instrument
    currency: str
    quantity_micros: int
    value_micros: int

    @property
    def is_short(self) -> bool:
        """Whether it was sold without being held."""
        return self.quantity_micros < 0

    @property
    def shares_micros(self) -> int:
        """Shares held or delivered: those of an option are its contracts times the deliverable."""
        return self.quantity_micros * self.instrument.multiplier

    @property
    def obligation_micros(self) -> int:
        """What a short put pays at assignment: strike × deliverable × contracts, rounded up."""
        if self.instrument.right is not Right.PUT or not self.is_short:
            return 0
        return -(self.shares_micros * self.instrument.strike_micros // ONE_MICROS)

    @property
    def collateral_micros(self) -> int:
        """The cash that it ties up: a short put its obligation, short shares what they are worth.

        The worth is the carried value, which is what they were sold for until they are marked.
        """
        if self.instrument.right is None and self.is_short:
            return max(0, -self.value_micros)
        return self.obligation_micros

    def days_to_expiry(self, today: date) -> int | None:
        """Calendar days until an option expires, negative afterwards; None for shares."""
        expiry = self.instrument.expiry
        return None if expiry is None else (expiry - today).days

    def has_expired(self, today: date) -> bool:
        """Whether its expiry is before `today`."""
        days = self.days_to_expiry(today)
        return days is not None and days < 0


def exposures(held: tuple[Position, ...], rates: Rates, own: str, today: date) -> dict[str, int]:
    """What each underlying takes up, in micros of `own`.

    Short puts count at their collateral, other short positions at nothing, and what is held at its
    carried value. What has no exchange rate, or no name, is left out.
    """
    by_symbol: dict[str, int] = {}
    for position in held:
        if position.instrument.symbol == UNNAMED:
            continue
        micros = position.obligation_micros
        if not position.is_short:
            micros = max(0, position.value_micros)
        is_own = position.currency == own
        value = micros if is_own else rates.value(micros, position.currency, own, today) or 0
        symbol = position.instrument.symbol
        by_symbol[symbol] = by_symbol.get(symbol, 0) + value
    return by_symbol


def shorts_text(held: tuple[Position, ...]) -> str:
    """What ties up cash, in words: 'short puts', 'short shares', 'short puts and shares'."""
    tied = [p for p in held if p.collateral_micros]
    names = ["puts"] if any(p.obligation_micros for p in tied) else []
    names += ["shares"] if any(not p.obligation_micros for p in tied) else []
    return f"short {' and '.join(names or ['puts'])}"


class UncoveredCalls(Value):
    """Short calls on one underlying beyond the shares held, in shares (millionths)."""

    symbol: str
    written_micros: int
    held_micros: int


def positions(holdings: Mapping[str, Holding]) -> tuple[Position, ...]:
    """The positions of an account, options of an underlying after its shares, by expiry."""
    unsorted = [
        Position(instrument_named(name), currency, holding.quantity_micros, holding.value_micros)
        for key, holding in holdings.items()
        for name, _, currency in (key.rpartition(":"),)
    ]
    return tuple(sorted(unsorted, key=_order))


def _order(position: Position) -> tuple[str, date, str, int, str]:
    instrument = position.instrument
    return (
        instrument.symbol,
        instrument.expiry or date.min,
        instrument.right or "",
        instrument.strike_micros,
        position.currency,
    )


def collateral(held: Iterable[Position], rates: Rates, own: str, today: date) -> tuple[int, bool]:
    """The cash that positions tie up, in micros of `own`, and whether all of it has a rate."""
    tied: dict[str, int] = {}
    for position in held:
        if micros := position.collateral_micros:
            tied[position.currency] = tied.get(position.currency, 0) + micros
    total, is_valued = 0, True
    for currency, micros in tied.items():
        value = micros if currency == own else rates.value(micros, currency, own, today)
        total += value or 0
        is_valued = is_valued and value is not None
    return total, is_valued


def uncovered_calls(held: tuple[Position, ...]) -> Iterator[UncoveredCalls]:
    """Underlyings on which more calls were written than shares are held to deliver."""
    shares: dict[str, int] = {}
    written: dict[str, int] = {}
    for position in held:
        symbol = position.instrument.symbol
        if position.instrument.right is None and not position.is_short:
            shares[symbol] = shares.get(symbol, 0) + position.quantity_micros
        elif position.instrument.right is Right.CALL and position.is_short:
            written[symbol] = written.get(symbol, 0) - position.shares_micros
    for symbol, written_micros in written.items():
        held_micros = shares.get(symbol, 0)
        if written_micros > held_micros:
            yield UncoveredCalls(symbol, written_micros, held_micros)
