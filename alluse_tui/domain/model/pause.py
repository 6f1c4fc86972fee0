"""Why trading is paused, in one account or in a whole portfolio (rules.md, Pause)."""

from __future__ import annotations

from alluse_tui.domain.model.value import Value


class Pause(Value):
    """A pause: who paused trading, when, and why.

    `breaker`: the setting of the circuit breaker that did, such as 'breakers.vix_safe'; empty if a
    person did.
    """

    by: str
    at_ns: int
    why: str = ""
    breaker: str = ""

    @property
    def reason(self) -> str:
        """'by anna: earnings', 'by a circuit breaker: VIX 66 has reached 65'."""
        by = "a circuit breaker" if self.breaker else self.by
        return f"by {by}: {self.why}" if self.why else f"by {by}"
