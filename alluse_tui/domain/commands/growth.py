"""How the tiers grow: fork, merge, reinvest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alluse_tui.domain.commands.command import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork(Command):
    """Let a Gen account's surplus seed a new account and raise Compounding."""

    NAME: ClassVar[str] = "fork"
    account: str
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    """Fold a forked account that has grown up into Compounding."""

    NAME: ClassVar[str] = "merge"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinvest(Command):
    """Set aside what was earned; `amount` None: all of it that is available."""

    NAME: ClassVar[str] = "reinvest"
    account: str
    amount: int | None = None
    override: str = ""
