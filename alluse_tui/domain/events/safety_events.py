"""Events about the safety of trading."""

from __future__ import annotations

from alluse_tui.domain.events.recorded_event import RecordedEvent
from alluse_tui.domain.model.pause import Pause
from alluse_tui.domain.model.vix import Vix


class TradingPaused(RecordedEvent, tag="trading_paused"):
    """Trading was paused in an account, or with an empty `account` in the whole portfolio.

    The other fields are those of pause.Pause.
    """

    portfolio: str
    account: str
    by: str
    at_ns: int
    why: str = ""
    breaker: str = ""

    @property
    def pause(self) -> Pause:
        """The pause that it began."""
        return Pause(self.by, self.at_ns, self.why, self.breaker)


class TradingResumed(RecordedEvent, tag="trading_resumed"):
    """A pause ended; `previous` is the pause."""

    portfolio: str
    account: str
    previous: Pause

    @property
    def paused_again(self) -> TradingPaused:
        """What its undo records."""
        pause = self.previous
        return TradingPaused(
            self.portfolio, self.account, pause.by, pause.at_ns, pause.why, pause.breaker
        )


class VixNoted(RecordedEvent, tag="vix"):
    """`vix` became the newest known value of VIX; None: there is none now."""

    vix: Vix | None = None
    previous: Vix | None = None
