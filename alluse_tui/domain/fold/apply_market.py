"""The part of `apply` for events of market data, which belongs to the book."""

from __future__ import annotations

from msgspec.structs import replace

from alluse_tui.domain.events.market_events import ClosureNoted, MarketImported
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.market import market_key


def apply_market(book: Book, event: MarketImported | ClosureNoted) -> Book:
    """The book after the event."""
    if isinstance(event, ClosureNoted):
        day = event.day.isoformat()
        closures = {other: why for other, why in book.closures.items() if other != day}
        return replace(book, closures=closures | ({day: event.why} if event.why else {}))
    key = market_key(event.kind, event.symbol)
    current = {other: file for other, file in book.market.items() if other != key}
    return replace(book, market=current | ({key: event.file} if event.file else {}))
