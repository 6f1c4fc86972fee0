"""Events of market data, which belongs to the book and not to a portfolio."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.events.recorded_event import RecordedEvent
from alluse_tui.domain.model.market import MarketFile, MarketKind


class MarketImported(RecordedEvent, tag="market_imported"):
    """`file` became the current market data of its kind and symbol; None: there is none now."""

    kind: MarketKind
    symbol: str
    file: MarketFile | None = None
    previous: MarketFile | None = None


class ClosureNoted(RecordedEvent, tag="closure"):
    """The exchange is closed on `day`, unscheduled; without `why` it is not, or no longer."""

    day: date
    why: str = ""
    previous: str = ""
