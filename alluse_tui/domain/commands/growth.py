"""Commands that grow the tiers: fork, merge, reinvest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alluse_tui.domain.commands.command import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork(Command):
    """Use a Gen account's surplus to seed a new account and raise Compounding."""

    NAME: ClassVar[str] = "fork"
    account: str
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    """Merge a grown forked account into Compounding."""

    NAME: ClassVar[str] = "merge"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinvest(Command):
    """Set aside income for contracts and LEAPS; `amount` None means all available income."""

    NAME: ClassVar[str] = "reinvest"
    account: str
    amount: int | None = None
    override: str = ""
