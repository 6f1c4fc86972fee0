"""The door to market data, as a protocol."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Post
    from alluse_tui.domain.derived.strikes import Strikes
    from alluse_tui.domain.model.market import (
        Bar,
        Indicators,
        MarketEvent,
        MarketKind,
        OptionQuote,
        StoredFile,
    )
    from alluse_tui.domain.model.market_inputs import MarketInputs
    from alluse_tui.engine.read.market_outlook import MarketOutlook
    from alluse_tui.market.data.bar_files import ReadMarket


class MarketDoor(Protocol):
    """Stored market data; each method raises Denied for a caller who may not look at the book."""

    def files(self) -> tuple[StoredFile, ...]:
        """The current files, each with the reason if it cannot be used."""

    def read_bars(
        self, path: Path, symbol: str, columns: str = "", *, accept_jumps: bool = False
    ) -> ReadMarket:
        """Read and check daily bars; stores nothing."""

    def read_events(self, path: Path) -> ReadMarket:
        """Read and check splits, dividends and earnings dates; stores nothing."""

    def read_chain(self, path: Path) -> ReadMarket:
        """Read and check option chains; stores nothing."""

    def keep(self, read: ReadMarket) -> bool:
        """Store the file of an import, for the command that makes it current; False if it is."""

    def bars(self, symbol: str, first: date, last: date) -> tuple[Bar, ...]:
        """The bars of these days, in the shares of `last`; empty if data is missing."""

    def events(self, symbol: str, kind: MarketKind) -> tuple[MarketEvent, ...] | None:
        """The symbol's known events of that kind; None if none are known."""

    def chain(self, symbol: str) -> tuple[OptionQuote, ...] | None:
        """The symbol's options as they were quoted; None if no chain is stored."""

    def indicators(self, symbol: str, day: date | None = None, atr_period: int = 14) -> Indicators:
        """The indicators of a symbol on a day, with what is missing."""

    def strikes(
        self,
        code: str,
        symbol: str,
        portfolio: str = "",
        *,
        expiry: date | None = None,
        volatility_bps: int | None = None,
    ) -> Strikes:
        """What the account may sell on a symbol, each strike with the verdict of every rule."""

    def outlook(self, code: str, portfolio: str = "") -> MarketOutlook:
        """The week, the levels of what is short, and what the account may sell."""

    def inputs(self, command: Post) -> MarketInputs:
        """What the rules on that trade are told of the market."""
