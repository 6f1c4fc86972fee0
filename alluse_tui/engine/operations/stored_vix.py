"""The newest close of VIX among the stored bars, noted before circuit breakers are judged."""

from __future__ import annotations

from contextlib import suppress

from alluse_tui.domain.commands import NoteVix
from alluse_tui.domain.derived.breakers import has_breakers
from alluse_tui.domain.model.errors import Denied, Refused
from alluse_tui.domain.model.market import MarketKind, market_key
from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.vix import FRESH_DAYS
from alluse_tui.engine.core import Core
from alluse_tui.engine.write.commands import Commands

SYMBOL = "VIX"

MICROS_PER_HUNDREDTH = 10_000


def note_stored_vix(core: Core, commands: Commands, actor: str, portfolio: str) -> None:
    """Note the close if it is newer than what the book knows, where a circuit breaker is on.

    Reads nothing without bars that are newer, so it costs nothing on most days.
    """
    book, today = core.visible_book, core.today
    file = book.market.get(market_key(MarketKind.BARS, SYMBOL))
    if file is None or (book.vix is not None and file.last_day <= book.vix.day):
        return
    if not 0 <= (today - file.last_day).days <= FRESH_DAYS:
        return
    names = [book.portfolio(portfolio).name] if portfolio else [*book.portfolios]
    if not any(has_breakers(book, name) for name in names):
        return
    from alluse_tui.engine.market_data import MarketData

    bars = MarketData(core).bars(SYMBOL, file.last_day, file.last_day)
    if bars:
        hundredths = divided(bars[-1].close_micros, MICROS_PER_HUNDREDTH)
        noted = NoteVix(hundredths=hundredths, day=file.last_day, stored=True)
        with suppress(Denied, Refused):  # another process noted a newer one
            commands.submit(noted, actor=actor)
