"""Commands that open a portfolio and open, edit, suspend or close an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Init(Command):
    """Open a portfolio with three accounts."""

    NAME: ClassVar[str] = "init"
    capital: int
    policy: Policy
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount(Command):
    """Open an account under `parent` (a code, or the portfolio's name for the top level).

    It starts empty, with `amount` from the account `source`, or with a `deposit`.
    """

    NAME: ClassVar[str] = "open"
    parent: str
    tier: Tier
    name: str = ""
    amount: int = 0
    source: str = ""
    deposit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Command):
    """Change an account's name or notes; None leaves it unchanged."""

    NAME: ClassVar[str] = "edit"
    account: str
    name: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(Command):
    """Stop decisions on an account."""

    NAME: ClassVar[str] = "suspend"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate(Command):
    """Let a suspended account take decisions again."""

    NAME: ClassVar[str] = "activate"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """Close an empty account."""

    NAME: ClassVar[str] = "close"
    account: str
