"""What an account can hold: shares, or an option on them."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value

ONE_MICROS = 1_000_000
"""One share or contract; quantities are ints of millionths."""


class Instrument(Value):
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


class Holding(Value):
    """What is held of one instrument in one currency; negative when short.

    `value_micros` is what the `positions` bucket carries for it: cost until marked.
    """

    quantity_micros: int
    value_micros: int


def holding_key(name: str, currency: str) -> str:
    """The key of a holding in an account: 'MSTR:USD'."""
    return f"{name}:{currency}"
