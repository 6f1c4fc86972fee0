"""Taking over the accounts of the system that this program replaces."""

from __future__ import annotations

from datetime import date as Date
from typing import Any, ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.commands.facts import CashFact
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.value import Value, repr_without

OLD_SYSTEM = "old-system:"
"""What the sources of the old system's accounts begin with; those of statements name a broker."""


class OldTransaction(CashFact, kw_only=True):
    """A transaction of the old system, as cash in dollars that came in (positive) or went out.

    A transfer, fork or merge is the side of one account. `content` begins with its micros.
    `moves_base`: if it is capital, it changes the base; what a fork or merge takes does not.
    """

    moves_base: bool = True


class OldAccount(Value, kw_only=True):
    """An account of the old system. Amounts in micros of dollars, whole cents.

    `id`, `parent` and `forked_from` are ids of the old system; an empty parent means the top level.
    `source`, which begins with OLD_SYSTEM, identifies the account for ever. `opened` is None if no
    date is known. `remark` says why `status` is not the old one; empty if it is.
    """

    id: str
    source: str
    name: str
    tier: Tier
    balance_micros: int
    initial_micros: int = 0
    status: Status = Status.ACTIVE
    remark: str = ""
    opened: Date | None = None
    parent: str = ""
    forked_from: str = ""
    transactions: tuple[OldTransaction, ...] = ()


class ImportAccounts(Command, kw_only=True):
    """Take over the accounts of an old database, each account and transaction once.

    `accounts`: each after its parent. `name` is the portfolio to open if `portfolio` is empty, with
    `policy`. `remarks` on the file are recorded with the rules.
    """

    NAME: ClassVar[str] = "import accounts"
    name: str
    policy: Policy
    sha256: str
    accounts: tuple[OldAccount, ...]
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the accounts."""
        return repr_without(self, "accounts", "remarks", "policy")

    def content(self) -> dict[str, Any]:
        """The file and its portfolio; the accounts are recorded as events."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            **({"portfolio": self.portfolio} if self.portfolio else {}),
            **({"note": self.note} if self.note else {}),
        }
