"""The result of checking a rule."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from alluse_tui.domain.model.money_text import plain
from alluse_tui.domain.model.value import Value

CONFIRMABLE = frozenset(
    {
        "adjust.date",
        "amount.outsized",
        "collateral.cash",
        "collateral.cover",
        "mark.price",
        "regime.size",
        "resume.covered",
        "resume.expired",
        "resume.statements",
        "resume.vix",
        "trade.date",
        "trade.day",
        "trade.delta",
        "trade.drawdown",
        "trade.dte",
        "trade.earnings",
        "trade.exposure",
        "trade.held",
        "trade.horizon",
        "trade.hours",
        "trade.liquidity",
        "trade.margin",
        "trade.paused",
        "trade.preservation",
        "trade.price",
        "trade.sells",
        "trade.size",
        "trade.symbol",
        "vix.breaker",
        "vix.size",
    }
)
"""Rules that may be broken once the user confirms it: a fact happened, a resume was checked."""


class Outcome(StrEnum):
    """What a verdict comes to, as the command line names it."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


class Verdict(Value):
    """The result of checking one rule: its name, whether it holds, and why.

    `sentence` has a `{}` for each of `values`, where an int is an amount in micros. `awaited`: not
    satisfied yet, but nothing is wrong, such as growth that is not reached, a future date in a
    preview, or a missing confirmation. `confirmed`: a fact breaks the rule, and the user confirmed
    it. `unknown`: data that the rule needs is missing, so it was not judged. `setting`: the path of
    the setting that it applies; empty for none.
    """

    rule: str
    ok: bool
    sentence: str
    values: tuple[int | str, ...] = ()
    awaited: bool = False
    confirmed: bool = False
    unknown: bool = False
    setting: str = ""

    @property
    def is_confirmable(self) -> bool:
        """Whether the rule may be broken once the user confirms it."""
        return self.rule in CONFIRMABLE

    @property
    def asks(self) -> bool:
        """Whether it waits for the user to confirm a fact."""
        return self.awaited and self.is_confirmable

    @property
    def outcome(self) -> Outcome:
        """Whether it passes, warns (not judged yet, or broken and confirmed) or fails."""
        if (not self.ok and not self.awaited) or self.asks:
            return Outcome.FAIL
        if self.awaited or self.confirmed or self.unknown:
            return Outcome.WARN
        return Outcome.PASS

    @property
    def mark(self) -> str:
        """'✓' if it holds, '·' if it was not judged, '▲' if it was confirmed, '✗' if it fails."""
        if self.awaited or self.unknown:
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
