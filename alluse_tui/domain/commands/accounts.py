"""Commands that open a portfolio and open, edit, suspend or close an account."""

from __future__ import annotations

from typing import ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Tier


class Init(Command, kw_only=True):
    """Open a portfolio with three accounts."""

    NAME: ClassVar[str] = "init"
    capital: int
    policy: Policy
    currency: str = "USD"


class OpenAccount(Command, kw_only=True):
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


class Edit(Command, kw_only=True):
    """Change an account's name or notes; None leaves it unchanged."""

    NAME: ClassVar[str] = "edit"
    account: str
    name: str | None = None
    notes: str | None = None


class Suspend(Command, kw_only=True):
    """Stop decisions on an account."""

    NAME: ClassVar[str] = "suspend"
    account: str


class Activate(Command, kw_only=True):
    """Let a suspended account take decisions again."""

    NAME: ClassVar[str] = "activate"
    account: str


class Close(Command, kw_only=True):
    """Close an empty account."""

    NAME: ClassVar[str] = "close"
    account: str
