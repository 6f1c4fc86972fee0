"""Instruments that an account can hold: shares and options on them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from alluse_tui.domain.model.money_text import divided
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value

ONE_MICROS = 1_000_000
"""One share or contract; quantities are integer millionths."""


CONTRACT_SHARES = 100
"""The deliverable of an option contract that was never adjusted."""


UNNAMED = "(positions)"
"""The holding that a mark is posted to when the account has no named holdings."""


class Instrument(Value):
    """A share, or an option if `right` is set.

    `strike_micros` is per share; `multiplier` is an option's deliverable in shares per contract.
    """

    symbol: str
    right: Right | None = None
    strike_micros: int = 0
    expiry: date | None = None
    multiplier: int = 1

    @property
    def name(self) -> str:
        """'MSTR', or 'MSTR 2025-10-17 290 call': the same name for every broker.

        An option with another deliverable than 100 shares ends in it: 'XYZ1 … call x150'.
        """
        return self.symbol if self.right is None else _option_name(self)

    def value_at(self, price_micros: int, quantity_micros: int) -> int:
        """What that quantity is worth at a price per share, in micros; negative if short."""
        return divided(price_micros * quantity_micros * self.multiplier, ONE_MICROS)


@lru_cache(maxsize=4_096)
def _option_name(option: Instrument) -> str:
    strike, rest = divmod(option.strike_micros, ONE_MICROS)
    decimals = f".{rest:06d}".rstrip("0").rstrip(".")
    name = f"{option.symbol} {option.expiry} {strike}{decimals} {option.right}"
    return name if option.multiplier == CONTRACT_SHARES else f"{name} x{option.multiplier}"


@lru_cache(maxsize=4_096)
def instrument_named(name: str) -> Instrument:
    """The instrument with that `Instrument.name`; a name of another form is a share's symbol."""
    rest, _, last = name.rpartition(" x")
    adjusted = bool(rest) and last.isdecimal()
    words = (rest if adjusted else name).rsplit(" ", 3)
    if len(words) != 4 or words[3] not in set(Right):
        return Instrument(name)
    symbol, day, strike, right = words
    units, _, decimals = strike.partition(".")
    try:
        expiry = date.fromisoformat(day)
        strike_micros = int(units) * ONE_MICROS + int(decimals.ljust(6, "0") or 0)
    except ValueError:
        return Instrument(name)
    multiplier = int(last) if adjusted else CONTRACT_SHARES
    return Instrument(symbol, Right(right), strike_micros, expiry, multiplier)


class Holding(Value):
    """A position in one instrument and currency; negative if short.

    `value_micros` is its carried value in the `positions` bucket: the cost until it is marked.
    """

    quantity_micros: int
    value_micros: int


def quantity_text(quantity_micros: int) -> str:
    """'4,973', '−2', '0.25'."""
    units, rest = divmod(abs(quantity_micros), ONE_MICROS)
    decimals = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'−' if quantity_micros < 0 else ''}{units:,}{decimals}"


def holding_key(name: str, currency: str) -> str:
    """The key of a holding in an account: 'MSTR:USD'."""
    return f"{name}:{currency}"
