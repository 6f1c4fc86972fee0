"""Opening a portfolio, and the life of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Init(Command):
    """Open a portfolio with its three accounts."""

    NAME: ClassVar[str] = "init"
    capital: int
    policy: Policy
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount(Command):
    """Open an account under `parent` (a code, or the portfolio's name for the top).

    Empty, with `amount` of the account `source`, or with a `deposit`.
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
    """Another name or other notes for an account; None leaves one as it is."""

    NAME: ClassVar[str] = "edit"
    account: str
    name: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(Command):
    """Stop all decisions on an account."""

    NAME: ClassVar[str] = "suspend"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate(Command):
    """Let a suspended account take decisions again."""

    NAME: ClassVar[str] = "activate"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """End an empty account."""

    NAME: ClassVar[str] = "close"
    account: str
