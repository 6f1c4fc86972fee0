"""What an account can hold: shares, or an option on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from alluse_tui.domain.model.terms import Right

ONE_MICROS = 1_000_000
"""One share or contract; quantities are ints of millionths."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A share, or an option when `right` is set. `strike_micros` is per share."""

    symbol: str
    right: Right | None = None
    strike_micros: int = 0
    expiry: date | None = None
    multiplier: int = 1

    @property
    def name(self) -> str:
        """'MSTR', or 'MSTR 2025-10-17 290 call': one name whichever broker it came from."""
        if self.right is None:
            return self.symbol
        strike, rest = divmod(self.strike_micros, ONE_MICROS)
        decimals = f".{rest:06d}".rstrip("0").rstrip(".")
        return f"{self.symbol} {self.expiry} {strike}{decimals} {self.right}"


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held of one instrument in one currency; negative when short.

    `value_micros` is what the `positions` bucket carries for it: cost until marked.
    """

    quantity_micros: int
    value_micros: int


def holding_key(name: str, currency: str) -> str:
    """The key of a holding in an account: 'MSTR:USD'."""
    return f"{name}:{currency}"
