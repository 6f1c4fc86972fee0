"""The command that makes imported market data current."""

from __future__ import annotations

from typing import ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.model.market import MarketFile


class ImportMarket(Command, kw_only=True):
    """Make stored files current, each for its kind and symbol; `source` names the imported file."""

    NAME: ClassVar[str] = "market import"
    files: tuple[MarketFile, ...]
    source: str = ""
