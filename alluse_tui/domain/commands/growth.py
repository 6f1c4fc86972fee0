"""How the tiers grow: fork, merge, reinvest."""

from __future__ import annotations

from typing import ClassVar

from alluse_tui.domain.commands.command import Command


class Fork(Command, kw_only=True):
    """Let a Gen account's surplus seed a new account and raise Compounding."""

    NAME: ClassVar[str] = "fork"
    account: str
    override: str = ""


class Merge(Command, kw_only=True):
    """Fold a forked account that has grown up into Compounding."""

    NAME: ClassVar[str] = "merge"
    account: str


class Reinvest(Command, kw_only=True):
    """Set aside what was earned; `amount` None: all of it that is available."""

    NAME: ClassVar[str] = "reinvest"
    account: str
    amount: int | None = None
    override: str = ""
