"""Commands that make imported market data current and note an unscheduled closure."""

from __future__ import annotations

from datetime import date as Date
from typing import ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.model.market import MarketFile


class ImportMarket(Command, kw_only=True):
    """Make stored files current, each for its kind and symbol; `source` names the imported file."""

    NAME: ClassVar[str] = "market import"
    files: tuple[MarketFile, ...]
    source: str = ""


class NoteClosure(Command, kw_only=True):
    """Note that the exchange is closed on a trading day; `removed`: it is open after all."""

    NAME: ClassVar[str] = "market closure"
    day: Date
    why: str = ""
    removed: bool = False
