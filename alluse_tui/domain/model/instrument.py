"""Instruments that an account can hold: shares and options on them."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value

ONE_MICROS = 1_000_000
"""One share or contract; quantities are integer millionths."""


class Instrument(Value):
    """A share, or an option if `right` is set. `strike_micros` is per share."""

    symbol: str
    right: Right | None = None
    strike_micros: int = 0
    expiry: date | None = None
    multiplier: int = 1

    @property
    def name(self) -> str:
        """'MSTR', or 'MSTR 2025-10-17 290 call': the same name for every broker."""
        if self.right is None:
            return self.symbol
        strike, rest = divmod(self.strike_micros, ONE_MICROS)
        decimals = f".{rest:06d}".rstrip("0").rstrip(".")
        return f"{self.symbol} {self.expiry} {strike}{decimals} {self.right}"


class Holding(Value):
    """A position in one instrument and currency; negative if short.

    `value_micros` is its carried value in the `positions` bucket: the cost until it is marked.
    """

    quantity_micros: int
    value_micros: int


def holding_key(name: str, currency: str) -> str:
    """The key of a holding in an account: 'MSTR:USD'."""
    return f"{name}:{currency}"
