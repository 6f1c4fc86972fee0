"""The market as the screens show it: the week, levels of what is held, and strikes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from alluse_tui.domain.derived.atr_levels import AtrLevel, DayPrice, atr_levels
from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.derived.strikes import Strikes
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.market import MarketKind
from alluse_tui.domain.model.market_inputs import MarketInputs
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Status
from alluse_tui.domain.model.value import Value
from alluse_tui.engine.read.strikes import strikes

if TYPE_CHECKING:
    from alluse_tui.engine.core import Core
    from alluse_tui.engine.read.market_inputs import MarketInputsReader
    from alluse_tui.market.data.reading import MarketFiles

MOST_CHAINS = 8
"""The most chains whose strikes are listed at once, by symbol."""


class MarketOutlook(Value):
    """What is known for an account; `missing` says what is not, in sentences."""

    inputs: MarketInputs
    levels: tuple[AtrLevel, ...]
    strikes: tuple[Strikes, ...]
    missing: tuple[str, ...]


def market_outlook(core: Core, files: MarketFiles, code: str, portfolio: str) -> MarketOutlook:
    """The market for the account, with the levels of all positions of its portfolio."""
    book = core.visible_book
    account = book.account(code, portfolio)
    policy = policy_of(account, book.portfolios[account.portfolio])
    inputs = core.market_inputs.of_day(book, "", core.today, policy)
    levels, unknown = portfolio_levels(core.market_inputs, book, account.portfolio, core.today)
    listed: list[Strikes] = []
    missing = [f"no current bars of {symbol}, so its ATR level is not known" for symbol in unknown]
    chains = sorted(f.symbol for f in book.market.values() if f.kind is MarketKind.CHAIN)
    for symbol in chains[:MOST_CHAINS]:
        try:
            listed.append(strikes(core, files, code, symbol, portfolio))
        except BadInput as error:
            missing.append(str(error))
    if len(chains) > MOST_CHAINS:
        missing.append(f"{len(chains) - MOST_CHAINS} more chains; `alluse strikes` lists them")
    return MarketOutlook(inputs, tuple(levels), tuple(listed), tuple(missing))


def portfolio_levels(
    reader: MarketInputsReader, book: Book, portfolio: str, today: date
) -> tuple[list[AtrLevel], list[str]]:
    """The levels of the portfolio's short options, and the symbols without current bars."""
    levels: list[AtrLevel] = []
    unknown: dict[str, None] = {}
    for account, held in _with_short_options(book, portfolio):
        policy = policy_of(account, book.portfolios[portfolio])
        prices: dict[str, DayPrice] = {}
        for symbol in {p.instrument.symbol for p in held}:
            market = reader.of_day(book, symbol, today, policy)
            if market.atr_micros and market.spot_micros is not None and market.atr_on is not None:
                prices[symbol] = DayPrice(market.spot_micros, market.atr_micros, market.atr_on)
            else:
                unknown[symbol] = None
        levels += atr_levels(account.code, held, policy, prices)
    return levels, sorted(unknown)


def _with_short_options(
    book: Book, portfolio: str
) -> Iterator[tuple[Account, tuple[Position, ...]]]:
    for account in book.accounts.values():
        if account.portfolio != portfolio or not account.holdings:
            continue
        if account.status not in (Status.ACTIVE, Status.SUSPENDED):
            continue
        held = tuple(
            p for p in positions(account.holdings) if p.is_short and p.instrument.right is not None
        )
        if held:
            yield account, held
