"""The part of `apply` for events about the safety of trading."""

from __future__ import annotations

from msgspec.structs import replace

from alluse_tui.domain.events.safety_events import TradingPaused, TradingResumed, VixNoted
from alluse_tui.domain.model.book import Book, account_id
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.pause import Pause


def apply_safety(book: Book, event: TradingPaused | TradingResumed | VixNoted) -> Book:
    """The book after the event. Raises StoreFailed for an account that was never opened."""
    if isinstance(event, VixNoted):
        return replace(book, vix=event.vix)
    pause = event.pause if isinstance(event, TradingPaused) else None
    if not event.account:
        return _with_portfolio_pause(book, event.portfolio, pause)
    key = account_id(event.portfolio, event.account)
    account = book.accounts.get(key)
    if account is None:
        raise StoreFailed(f"an event names account {key}, which was never opened")
    return replace(book, accounts=book.accounts.with_item(key, replace(account, pause=pause)))


def _with_portfolio_pause(book: Book, name: str, pause: Pause | None) -> Book:
    portfolio = replace(book.portfolios[name], pause=pause)
    return replace(book, portfolios={**book.portfolios, name: portfolio})
