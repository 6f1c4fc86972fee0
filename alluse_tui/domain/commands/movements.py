"""Commands that move money in, out and between accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alluse_tui.domain.commands.command import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit(Command):
    """Deposit money into an account."""

    NAME: ClassVar[str] = "deposit"
    account: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """Withdraw money from an account; never from Compounding."""

    NAME: ClassVar[str] = "withdraw"
    account: str
    amount: int
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Command):
    """Move money between two accounts of a portfolio; never from Compounding."""

    NAME: ClassVar[str] = "transfer"
    source: str
    target: str
    amount: int
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Move an earmark (`bucket` contracts or leaps) back to free cash."""

    NAME: ClassVar[str] = "release"
    account: str
    bucket: str
    amount: int
