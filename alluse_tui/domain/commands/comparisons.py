"""Commands that record a comparison with a broker's statement, and explain what differed."""

from __future__ import annotations

from datetime import date as Date
from typing import ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.model.comparison import Difference


class RecordComparison(Command, kw_only=True):
    """Record what differed from a broker's statement at the end of its last day `day`.

    `source` is its broker account as in StatementFacts. `cash`, `quantities`: what the statement
    gave, and so was compared.
    """

    NAME: ClassVar[str] = "reconcile"
    account: str
    day: Date
    source: str
    cash: bool
    quantities: bool
    differences: tuple[Difference, ...] = ()


class ExplainDifference(Command, kw_only=True):
    """Explain a recorded difference: `item` is its currency, its instrument, or its title."""

    NAME: ClassVar[str] = "explain-difference"
    account: str
    item: str
    why: str
