"""Commands that grow the tiers: fork, merge, reinvest."""

from __future__ import annotations

from typing import ClassVar

from alluse_tui.domain.commands.command import Command


class Fork(Command, kw_only=True):
    """Use a Gen account's surplus to seed a new account and raise Compounding."""

    NAME: ClassVar[str] = "fork"
    account: str
    override: str = ""


class Merge(Command, kw_only=True):
    """Merge a grown forked account into Compounding."""

    NAME: ClassVar[str] = "merge"
    account: str


class Reinvest(Command, kw_only=True):
    """Set aside income for taxes, contracts and LEAPS; `amount` None means all available income."""

    NAME: ClassVar[str] = "reinvest"
    account: str
    amount: int | None = None
    override: str = ""
