"""The newest known value of VIX, which the circuit breakers are judged by."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.model.value import Value

FRESH_DAYS = 5
"""A value that is older than this many days does not count."""


class Vix(Value):
    """A value of VIX on a day. `stored`: it is the close of imported bars, else it was typed."""

    hundredths: int
    day: date
    stored: bool = False

    def is_fresh(self, today: date) -> bool:
        """Whether it still counts on that day, and not only later."""
        return 0 <= (today - self.day).days <= FRESH_DAYS

    @property
    def text(self) -> str:
        """'VIX 66 (of 2026-11-30)'."""
        return f"VIX {self.hundredths / 100:g} (of {self.day})"
