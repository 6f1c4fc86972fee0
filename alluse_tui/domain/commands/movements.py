"""Commands that move money in, out and between accounts."""

from __future__ import annotations

from typing import ClassVar

from alluse_tui.domain.commands.command import Command


class Deposit(Command, kw_only=True):
    """Deposit money into an account."""

    NAME: ClassVar[str] = "deposit"
    account: str
    amount: int


class Withdraw(Command, kw_only=True):
    """Withdraw money from an account; never from Compounding."""

    NAME: ClassVar[str] = "withdraw"
    account: str
    amount: int
    override: str = ""


class Transfer(Command, kw_only=True):
    """Move money between two accounts of a portfolio; never from Compounding."""

    NAME: ClassVar[str] = "transfer"
    source: str
    target: str
    amount: int
    override: str = ""


class Release(Command, kw_only=True):
    """Move an earmark (`bucket` contracts, leaps or taxes) back to free cash."""

    NAME: ClassVar[str] = "release"
    account: str
    bucket: str
    amount: int
