"""The door to market data: what is stored, its import, and questions to it (market.md)."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import BadInput, Denied
from alluse_tui.domain.model.market import (
    Bar,
    Indicators,
    MarketEvent,
    MarketKind,
    OptionQuote,
    StoredFile,
    market_symbol,
)
from alluse_tui.engine.auth.identity import require_permission
from alluse_tui.engine.core import Core
from alluse_tui.market.data.storage import MarketFolder

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Post
    from alluse_tui.domain.derived.strikes import Strikes
    from alluse_tui.domain.model.market_inputs import MarketInputs
    from alluse_tui.engine.read.market_outlook import MarketOutlook
    from alluse_tui.market.data.bar_files import ReadMarket
    from alluse_tui.market.data.reading import MarketFiles

ATR_PERIOD = 14
LONGEST_PERIOD = 250


class MarketData:
    """Bars, events, chains and indicators from the files beside the journal.

    Every method raises Denied for a caller who may not look at the book.
    """

    def __init__(self, core: Core) -> None:
        """Created by the engine; loads DuckDB with the first question."""
        self._core = core

    @cached_property
    def _folder(self) -> MarketFolder:
        return MarketFolder(self._core.path)

    def files(self) -> tuple[StoredFile, ...]:
        """The current files by symbol and kind, each with the reason if it cannot be used."""
        current = self._core.visible_book.market.values()
        ordered = sorted(current, key=lambda file: (file.symbol, list(MarketKind).index(file.kind)))
        return tuple(StoredFile(file, self._folder.problem(file)) for file in ordered)

    def read_bars(
        self, path: Path, symbol: str, columns: str = "", *, accept_jumps: bool = False
    ) -> ReadMarket:
        """Read and check daily bars in CSV or Parquet; stores nothing.

        `columns`: 'date=Date,close=Last' for columns that are not recognised. Raises BadInput for
        what cannot be read at all; everything else is a defect.
        """
        from alluse_tui.market.data.bar_files import read_bars
        from alluse_tui.market.data.columns import typed_columns

        files, symbol = self._files(), market_symbol("--symbol", symbol)
        splits = files.events(symbol, MarketKind.SPLIT) or ()
        read = read_bars(
            path,
            symbol,
            typed_columns(columns),
            self._core.trading_calendar,
            splits=[split.day for split in splits],
            accept_jumps=accept_jumps,
        )
        return read.compared(files.current)

    def read_events(self, path: Path) -> ReadMarket:
        """Read and check splits, dividends and earnings dates in CSV; stores nothing."""
        from alluse_tui.market.data.event_files import read_events

        return read_events(path).compared(self._files().current)

    def read_chain(self, path: Path) -> ReadMarket:
        """Read and check option chains in CSV or Parquet; stores nothing."""
        from alluse_tui.market.data.chain_files import read_chain

        core, current = self._core, self._files().current
        return read_chain(path, core.trading_calendar, core.now_ns).compared(current)

    def keep(self, read: ReadMarket) -> bool:
        """Store the file of an import, for the command that makes it current.

        False if it is there already; one that was changed is replaced. Raises Denied, also for
        a caller who may not import, and StoreFailed.
        """
        core = self._core
        require_permission(
            core.visible_book, core.caller, core.journal, core.now_ns, "market import"
        )
        if core.opened_read_only:
            raise Denied("the book was opened read-only")
        return bool(read.content) and self._folder.keep(read.content)

    def bars(self, symbol: str, first: date, last: date) -> tuple[Bar, ...]:
        """The bars of these days, inclusive, in the shares of `last`; empty if data is missing."""
        return self._files().bars(market_symbol("SYMBOL", symbol), first, last)

    def events(self, symbol: str, kind: MarketKind) -> tuple[MarketEvent, ...] | None:
        """The symbol's known events of that kind, oldest first; None if none are known.

        That no later one is known does not mean that there is none.
        """
        return self._files().events(market_symbol("SYMBOL", symbol), kind)

    def chain(self, symbol: str) -> tuple[OptionQuote, ...] | None:
        """The symbol's options as they were quoted; None if no chain is stored."""
        return self._files().chain(market_symbol("SYMBOL", symbol))

    def indicators(
        self, symbol: str, day: date | None = None, atr_period: int = ATR_PERIOD
    ) -> Indicators:
        """The indicators of `symbol` on `day` (default: today), with what is missing."""
        if not 1 <= atr_period <= LONGEST_PERIOD:
            raise BadInput("atr.period", atr_period, f"must be from 1 to {LONGEST_PERIOD}")
        symbol = market_symbol("SYMBOL", symbol)
        return self._files().indicators(symbol, day or self._core.today, atr_period)

    def strikes(
        self,
        code: str,
        symbol: str,
        portfolio: str = "",
        *,
        expiry: date | None = None,
        volatility_bps: int | None = None,
    ) -> Strikes:
        """What the account may sell on `symbol`, each strike with the verdict of every rule.

        Without a chain it is estimated with a volatility, by default the realised one. Raises
        BadInput if no price or no volatility is known.
        """
        from alluse_tui.engine.read.strikes import strikes

        symbol = market_symbol("SYMBOL", symbol)
        return strikes(self._core, self._files(), code, symbol, portfolio, expiry, volatility_bps)

    def outlook(self, code: str, portfolio: str = "") -> MarketOutlook:
        """The week, the levels of the portfolio's short options, and what the account may sell."""
        from alluse_tui.engine.read.market_outlook import market_outlook

        return market_outlook(self._core, self._files(), code, portfolio)

    def inputs(self, command: Post) -> MarketInputs:
        """What the rules on the trade of `command` are told of the market. Raises BadInput."""
        return self._core.market_inputs.of_command(self._core.visible_book, command)

    def _files(self) -> MarketFiles:
        from alluse_tui.market.data.reading import MarketFiles

        return MarketFiles(self._folder, self._core.visible_book.market)


def market_problems(core: Core) -> tuple[str, ...]:
    """Which current files cannot be used, and what to do; the ledger does not need them."""
    folder = MarketFolder(core.path)
    return tuple(filter(None, (folder.problem(file) for file in core.book.market.values())))
