"""Reading the old system's database: its accounts as a tree, their transactions and balances."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from alluse_tui.domain.commands import OLD_SYSTEM, OldAccount, OldTransaction
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import MAX_MICROS, plain
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.market.old_system.database import Row, content_of, is_database, tables_of
from alluse_tui.market.old_system.transactions import Transactions
from alluse_tui.market.old_system.tree import forks_in, in_order
from alluse_tui.market.old_system.values import Rounding, day_of, text_of
from alluse_tui.market.statements.statement import Ignored

__all__ = ["ReadOldSystem", "is_database", "read_old_system"]

FORMAT = OLD_SYSTEM.rstrip(":")

NAME_LIMIT = 80
"""The longest name of an account, as in domain/plans/accounts.py."""

PORTFOLIO_LIMIT = 40

ROWS_LIMITS = {"accounts": 10_000, "transactions": 1_000_000}

TIERS = {
    "generation": Tier.GEN,
    "revenue": Tier.REV,
    "compounding": Tier.COM,
    **{tier.value: tier for tier in Tier},
}
"""Tiers by the old system's `account_type`."""

STATUSES = {
    "active": Status.ACTIVE,
    "": Status.ACTIVE,
    "inactive": Status.SUSPENDED,
    "suspended": Status.SUSPENDED,
    "closed": Status.CLOSED,
    "merged": Status.CLOSED,
}
"""Our status by the old system's. In any other an account is suspended, and reported."""

NOT_IMPORTED = (
    "forking_history",
    "merging_history",
    "performance_metrics",
    "reinvestment_history",
)
"""Tables whose money is in the transactions, or that hold figures which are computed here."""


@dataclass(frozen=True, slots=True)
class ReadOldSystem:
    """An old database. `accounts`: each after its parent.

    `rows` counts the transactions: those of the accounts and those in `ignored`, whose `row` is
    their place in the table, from 1; `lines`: the row of each transaction's key. `cash_by_type`:
    the sum in micros of each old type. `remarks`: what else a person should know.
    """

    name: str
    sha256: str
    accounts: tuple[OldAccount, ...]
    rows: int
    ignored: tuple[Ignored, ...]
    lines: Mapping[str, int]
    cash_by_type: Mapping[str, int]
    remarks: tuple[str, ...]
    format: str = FORMAT

    @property
    def ending_cash_micros(self) -> int:
        """The sum of the old balances."""
        return sum(account.balance_micros for account in self.accounts)


def read_old_system(path: Path) -> ReadOldSystem:
    """The old database in `path`. Raises BadInput for any other file, and for one with an account
    whose id, type or balance cannot be read.
    """
    content = content_of(path)
    tables = tables_of(content, path)
    for name, limit in ROWS_LIMITS.items():
        if len(tables.get(name, [])) > limit:
            raise BadInput("file", path, f"has more than {limit:,} {name}")
    reading = _Reading(path)
    accounts = reading.accounts(tables["accounts"])
    related = [*tables.get("account_relationships", []), *forks_in(tables)]
    accounts, broken = in_order(accounts, related)
    reading.remarks += broken
    transactions = Transactions({a.id: a for a in accounts}, reading.rounding)
    rows = tables.get("transactions", [])
    for number, row in enumerate(rows, start=1):
        transactions.add(number, row)
    dated = tuple(_with_transactions(a, transactions.of.get(a.id, [])) for a in accounts)
    remarks = [*reading.all_remarks(tables), *transactions.remarks]
    return ReadOldSystem(
        name=portfolio_name(path),
        sha256=hashlib.sha256(content).hexdigest(),
        accounts=dated,
        rows=len(rows),
        ignored=tuple(transactions.ignored),
        lines=transactions.lines,
        cash_by_type=transactions.cash_by_type,
        remarks=tuple(remarks),
    )


def portfolio_name(path: Path) -> str:
    """A portfolio's name from the file's."""
    stem = "".join(c if c.isprintable() and c not in "/:" else " " for c in path.stem)
    return stem[:PORTFOLIO_LIMIT].strip() or "Old system"


def source_of(ident: str, opened: object) -> str:
    """What identifies an account for ever, whatever is changed in it: its id and first day."""
    day = day_of(opened)
    text = f"{ident}\0{day or ''}".encode("utf-8", "surrogatepass")
    return f"{OLD_SYSTEM}{hashlib.sha256(text).hexdigest()[:16]}"


def _with_transactions(account: OldAccount, rows: list[OldTransaction]) -> OldAccount:
    """The account with its transactions by day, opened no later than the first of them."""
    days = [row.effective for row in rows if row.effective]
    days += [account.opened] if account.opened else []
    ordered = sorted(rows, key=lambda row: str(row.effective))
    return replace(account, transactions=tuple(ordered), opened=min(days, default=None))


@dataclass(slots=True)
class _Reading:
    path: Path
    rounding: Rounding = field(default_factory=Rounding)
    remarks: list[str] = field(default_factory=list)
    undated: int = 0

    def accounts(self, rows: list[Row]) -> list[OldAccount]:
        """Every account, in the order in which they were opened. Raises BadInput."""
        accounts = [self._account(number, row) for number, row in enumerate(rows, start=1)]
        if not accounts:
            raise BadInput("file", self.path, "has no accounts")
        counted = Counter(account.id for account in accounts)
        ident, count = counted.most_common(1)[0]
        if count > 1:
            place = f"{self.path.name}, accounts"
            raise BadInput(place, ident, f"is the id of {count} accounts; each needs its own")
        return sorted(accounts, key=lambda a: (str(a.opened or "~"), a.id))

    def _account(self, number: int, row: Row) -> OldAccount:
        place = f"{self.path.name}, row {number} of accounts"
        ident = text_of(row["account_id"])
        if not ident:
            raise BadInput(f"{place}: account_id", row["account_id"], "must not be empty")
        kind = text_of(row["account_type"])
        tier = TIERS.get(kind.lower())
        if tier is None:
            allowed = "must be generation, revenue or compounding"
            raise BadInput(f"{place}: account_type", kind, allowed)
        status = text_of(row.get("status"))
        known = STATUSES.get(status.lower())
        opened = day_of(row.get("created_at"))
        self.undated += opened is None
        return OldAccount(
            id=ident,
            source=source_of(ident, row.get("created_at")),
            name=text_of(row.get("account_name"))[:NAME_LIMIT].strip(),
            tier=tier,
            balance_micros=self._balance(place, row),
            initial_micros=self.rounding.micros(row.get("initial_balance")) or 0,
            status=known or Status.SUSPENDED,
            remark="" if known else f"it was {status!r} in the old system",
            opened=opened,
            parent=text_of(row.get("parent_account_id")),
            forked_from=text_of(row.get("forked_from_account_id")),
        )

    def _balance(self, place: str, row: Row) -> int:
        value = row["current_balance"]
        micros = self.rounding.micros(value)
        if micros is None:
            shown = "NULL" if value is None else value
            allowed = f"must be an amount within ±{plain(MAX_MICROS)}"
            raise BadInput(f"{place}: current_balance", shown, allowed)
        return micros

    def all_remarks(self, tables: Mapping[str, list[Row]]) -> list[str]:
        """The remarks on accounts, amounts and tables."""
        remarks = [self.rounding.remark, *self.remarks]
        if self.undated:
            count = "1 account has" if self.undated == 1 else f"{self.undated} accounts have"
            first = "it opens with its first transaction, or today without one"
            remarks.append(f"{count} no date of opening that can be read: {first}")
        counts = {name: len(tables.get(name, [])) for name in NOT_IMPORTED}
        listed = ", ".join(f"{name} ({count})" for name, count in counts.items() if count)
        if listed:
            remarks.append(f"not imported: {listed}")
        if "transactions" not in tables:
            remarks.append("the file has no table of transactions")
        return [remark for remark in remarks if remark]
