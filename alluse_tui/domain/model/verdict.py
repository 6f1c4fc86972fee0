"""A rule's answer, with its numbers."""

from __future__ import annotations

from collections.abc import Callable

from alluse_tui.domain.model.money_text import plain
from alluse_tui.domain.model.value import Value


class Verdict(Value):
    """One rule looked at: its name, whether it holds, and why.

    `sentence` has a `{}` for each of `values`; an int among them is an amount in micros.
    `awaited`: not satisfied yet, though nothing is wrong: growth that has not been reached, a date
    that a preview looks ahead to, a confirmation that has not been given.
    """

    rule: str
    ok: bool
    sentence: str
    values: tuple[int | str, ...] = ()
    awaited: bool = False

    @property
    def mark(self) -> str:
        """'✓' where it holds, '·' where something is still awaited, '✗' where it fails."""
        if self.awaited:
            return "·"
        return "✓" if self.ok else "✗"

    def worded(self, amount: Callable[[int], str]) -> str:
        """The sentence with its amounts written by `amount`."""
        if not self.values:
            return self.sentence  # may hold words from outside, braces and all
        return self.sentence.format(*(amount(v) if isinstance(v, int) else v for v in self.values))

    @property
    def message(self) -> str:
        """The sentence as the CLI contract writes it: plain amounts, no separators."""
        return self.worded(plain)
