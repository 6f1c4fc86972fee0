"""The result of checking a rule."""

from __future__ import annotations

from collections.abc import Callable

from alluse_tui.domain.model.money_text import plain
from alluse_tui.domain.model.value import Value

CONFIRMABLE = frozenset(
    {
        "adjust.date",
        "amount.outsized",
        "collateral.cash",
        "collateral.cover",
        "mark.price",
        "trade.day",
        "trade.delta",
        "trade.held",
        "trade.size",
    }
)
"""Rules on typed facts: a fact happened, so it is recorded once the user confirms it."""


class Verdict(Value):
    """The result of checking one rule: its name, whether it holds, and why.

    `sentence` has a `{}` for each of `values`, where an int is an amount in micros. `awaited`: not
    satisfied yet, but nothing is wrong, such as growth that is not reached, a future date in a
    preview, or a missing confirmation. `confirmed`: a fact breaks the rule, and the user confirmed
    it.
    """

    rule: str
    ok: bool
    sentence: str
    values: tuple[int | str, ...] = ()
    awaited: bool = False
    confirmed: bool = False

    @property
    def is_confirmable(self) -> bool:
        """Whether a typed fact may break the rule once the user confirms it."""
        return self.rule in CONFIRMABLE

    @property
    def asks(self) -> bool:
        """Whether it waits for the user to confirm a fact."""
        return self.awaited and self.is_confirmable

    @property
    def mark(self) -> str:
        """'✓' if it holds, '·' if it is awaited, '▲' if it was confirmed, '✗' if it fails."""
        if self.awaited:
            return "·"
        if self.confirmed:
            return "▲"
        return "✓" if self.ok else "✗"

    def worded(self, amount: Callable[[int], str]) -> str:
        """The sentence with its amounts formatted by `amount`."""
        if not self.values:
            return self.sentence  # may contain untrusted text with braces
        return self.sentence.format(*(amount(v) if isinstance(v, int) else v for v in self.values))

    @property
    def message(self) -> str:
        """The sentence with plain amounts without separators, as in the CLI contract."""
        return self.worded(plain)
