"""A rule's answer, with its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alluse_tui.domain.model.money import plain


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule looked at: its name, whether it holds, and why.

    `sentence` has a `{}` for each of `values`; an int among them is an amount in micros.
    `awaited`: what growth waits for is not there yet; nobody did anything wrong.
    """

    rule: str
    ok: bool
    sentence: str
    values: tuple[int | str, ...] = ()
    awaited: bool = False

    @property
    def mark(self) -> str:
        """'✓' where it holds, '·' where it is not due yet, '✗' where something is wrong."""
        return "✓" if self.ok else "·" if self.awaited else "✗"

    def worded(self, amount: Callable[[int], str]) -> str:
        """The sentence with its amounts written by `amount`."""
        if not self.values:
            return self.sentence  # may hold words from outside, braces and all
        return self.sentence.format(*(amount(v) if isinstance(v, int) else v for v in self.values))

    @property
    def message(self) -> str:
        """The sentence as the CLI contract writes it: plain amounts, no separators."""
        return self.worded(plain)
