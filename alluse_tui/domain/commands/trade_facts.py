"""Facts about a held position: its expiry, assignment, exercise, closing, roll and mark.

`quantity` is typed text; empty means the whole position. `fees` are micros. The first leg of each
trade closes the position. Every function raises BadInput.
"""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace

from alluse_tui.domain.commands.facts import Leg, PriceFact, TradeFact, assignment
from alluse_tui.domain.commands.typed import exact, positive
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import ONE_MICROS, Instrument, quantity_text
from alluse_tui.domain.model.money import divided, plain, within
from alluse_tui.domain.model.terms import Kind


class Held(Protocol):
    """A held position, such as `derived.positions.Position`."""

    @property
    def instrument(self) -> Instrument:
        """What is held."""

    @property
    def currency(self) -> str:
        """The currency it is held in."""

    @property
    def quantity_micros(self) -> int:
        """Shares or contracts in millionths, negative if short."""

    @property
    def value_micros(self) -> int:
        """Its carried value: the cost until it is marked."""


def expiry(position: Held, quantity: str = "", fees: int = 0) -> TradeFact:
    """A long or short option that expired without value."""
    _require_option(position, "expire")
    leg = Leg(position.instrument, _closing_micros(position, quantity), 0)
    return _fact(position, Kind.EXPIRY, (leg,), fees)


def assigned(position: Held, quantity: str = "", fees: int = 0) -> TradeFact:
    """A short option that was assigned: it is closed at zero, and its shares change hands."""
    _require_option(position, "be assigned")
    if position.quantity_micros > 0:
        raise BadInput("position", _name(position), "is long, so it is exercised, not assigned")
    return _delivered(position, quantity, fees)


def exercise(position: Held, quantity: str = "", fees: int = 0) -> TradeFact:
    """A long option that was exercised: the mirror of an assignment, of the same kind."""
    _require_option(position, "be exercised")
    if position.quantity_micros < 0:
        raise BadInput("position", _name(position), "is short, so it is assigned, not exercised")
    return _delivered(position, quantity, fees)


def priced(position: Held, price: str) -> PriceFact:
    """The position marked at `price` per share."""
    return PriceFact(
        instrument=_name(position),
        price_micros=exact("price", price.replace("−", "-")),
        currency=position.currency,
    )


def closing(position: Held, price: str, quantity: str = "", fees: int = 0) -> TradeFact:
    """The position bought back or sold at `price` per share."""
    filled = _closing_micros(position, quantity)
    leg = _priced(position.instrument, filled, positive("price", price, zero=True))
    return _fact(position, Kind.TRADE, (leg,), fees)


def roll(
    position: Held,
    instrument: Instrument,
    net_price: str,
    quantity: str = "",
    fees: int = 0,
    *,
    closing_price: str = "",
) -> TradeFact:
    """The position closed and as many of `instrument` opened, in one entry.

    `net_price` is the credit per share, negative for a debit. Without `closing_price` the closed
    part is priced at its carried value; either way cash changes by exactly the net price.
    """
    _require_successor(position, instrument)
    filled = _closing_micros(position, quantity)
    net = _amount(instrument, abs(filled), exact("price", net_price.replace("−", "-")))
    if closing_price:
        closed = _priced(
            position.instrument, filled, positive("closing price", closing_price, zero=True)
        )
    else:
        closed = Leg(position.instrument, filled, _carried(position, filled))
    opened = Leg(instrument, -filled, net - closed.gross_micros)
    if opened.gross_micros * filled < 0:
        _raise_impossible(net_price, opened, closed)
    return _fact(position, Kind.TRADE, (closed, opened), fees)


def _require_option(position: Held, verb: str) -> None:
    if position.instrument.right is None:
        raise BadInput("position", _name(position), f"is not an option, so it cannot {verb}")


def _require_successor(position: Held, instrument: Instrument) -> None:
    """`instrument` can replace the position. Raises BadInput."""
    _require_option(position, "be rolled")
    old = position.instrument
    if instrument.right is None:
        raise BadInput("new option", instrument.name, "is not an option")
    if instrument == old:
        raise BadInput("new option", instrument.name, "is the option to be closed")
    if instrument.symbol != old.symbol:
        raise BadInput("new option", instrument.name, f"must be on {old.symbol} as well")
    if instrument.multiplier != old.multiplier:
        allowed = (
            f"delivers {instrument.multiplier} shares, but {old.name} delivers {old.multiplier};"
            " record two trades instead"
        )
        raise BadInput("new option", instrument.name, allowed)


def _closing_micros(position: Held, quantity: str) -> int:
    """The signed quantity that closes the position, or `quantity` of it."""
    held = position.quantity_micros
    if not quantity:
        return -held
    micros = positive("quantity", quantity)
    if position.instrument.right is not None and micros % ONE_MICROS:
        raise BadInput("quantity", quantity, "must be a whole number of contracts")
    if micros > abs(held):
        allowed = f"is more than the position, {quantity_text(held)} {_name(position)}"
        raise BadInput("quantity", quantity, allowed)
    return micros if held < 0 else -micros


def _amount(instrument: Instrument, micros: int, price_micros: int) -> int:
    """`price_micros` per share for a quantity, in micros of money."""
    return within(divided(micros * price_micros * instrument.multiplier, ONE_MICROS), "amount")


def _priced(instrument: Instrument, filled: int, price_micros: int) -> Leg:
    return Leg(instrument, filled, -_amount(instrument, filled, price_micros))


def _carried(position: Held, filled: int) -> int:
    """The cash of closing that part of the position at its carried value."""
    held = position.quantity_micros
    value = divided(position.value_micros * abs(filled), abs(held))
    return min(0, value) if held < 0 else max(0, value)


def _raise_impossible(net_price: str, opened: Leg, closed: Leg) -> None:
    """The new option would have a price below zero."""
    shares = abs(closed.quantity_micros) * closed.instrument.multiplier
    each = plain(divided(abs(closed.gross_micros) * ONE_MICROS, shares))
    allowed = (
        f"would price {opened.instrument.name} below zero while {closed.instrument.name} is closed"
        f" at {each}; check both prices (a net credit is positive, a debit negative)"
    )
    raise BadInput("price", net_price, allowed)


def _delivered(position: Held, quantity: str, fees: int) -> TradeFact:
    """The option closed at zero, while its shares are traded at the strike."""
    filled = _closing_micros(position, quantity)
    typed = f"{abs(filled) // ONE_MICROS}.{abs(filled) % ONE_MICROS:06d}"
    fact = assignment(position.instrument, quantity=typed, fees=fees, currency=position.currency)
    return fact if filled > 0 else _mirrored(fact)


def _mirrored(fact: TradeFact) -> TradeFact:
    """The same fact for the other side of the contract."""
    legs = [Leg(leg.instrument, -leg.quantity_micros, -leg.gross_micros) for leg in fact.legs]
    return replace(fact, legs=tuple(legs))


def _fact(position: Held, kind: Kind, legs: tuple[Leg, ...], fees: int) -> TradeFact:
    return TradeFact(
        kind=kind,
        legs=legs,
        currency=position.currency,
        fee_micros=fees,
        fee_currency=position.currency,
    )


def _name(position: Held) -> str:
    return position.instrument.name
