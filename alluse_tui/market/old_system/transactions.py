"""The old system's transactions as cash of their accounts, each with a key of its own."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from alluse_tui.domain.commands import OldAccount, OldTransaction
from alluse_tui.domain.model.terms import WORLD, Kind
from alluse_tui.market.old_system.database import Row
from alluse_tui.market.old_system.values import Rounding, day_of, text_of
from alluse_tui.market.statements.statement import Ignored

NOTE_LIMIT = 500
TYPE_LIMIT = 40
LISTED = 20

INCOME = {
    "trade_premium": Kind.PREMIUM,
    "premium": Kind.PREMIUM,
    "interest": Kind.INTEREST,
    "dividend": Kind.DIVIDEND,
    "fee": Kind.FEE,
    "tax": Kind.TAX,
}
"""Types of transactions that earn or cost something."""

PAID = ("withdrawal", "fee", "tax")
"""Types that take money whatever sign the old system gave them."""

MOVED = {"fork_transfer": Kind.FORK, "merge_transfer": Kind.MERGE, "transfer": Kind.TRANSFER}
"""Types of money between accounts, of which the old system books each side on its own."""

WITHOUT_KIND = ("trade_assignment", "reinvestment", "cash_buffer_adjustment")
"""Known types that become opening entries, as the old system names no instrument or bucket."""


class Transactions:
    """The transactions of known accounts so far (`of`), and what was ignored of the table."""

    def __init__(self, accounts: Mapping[str, OldAccount], rounding: Rounding) -> None:
        """`rounding` counts the amounts that are not whole cents."""
        self._accounts, self._rounding = accounts, rounding
        self._first: dict[str, int] = {}
        self._without_id: Counter[str] = Counter()
        self._opening: Counter[str] = Counter()
        self._turned = 0
        self.of: defaultdict[str, list[OldTransaction]] = defaultdict(list)
        self.lines: dict[str, int] = {}
        self.ignored: list[Ignored] = []
        self.cash_by_type: dict[str, int] = {}

    def add(self, number: int, row: Row) -> None:
        """Add row `number` of the table, or ignore it with a reason."""
        account = self._accounts.get(text_of(row.get("account_id")))
        day, micros = day_of(row.get("timestamp")), self._rounding.micros(row.get("amount"))
        ident = text_of(row.get("transaction_id"))
        why = ""
        if account is None:
            why = f"its account {_shown(row.get('account_id'))} does not exist"
        elif ident in self._first:
            why = f"has the id of row {self._first[ident]}"
        elif micros is None:
            why = f"its amount {_shown(row.get('amount'))} is not an amount"
        elif day is None:
            why = f"its time {_shown(row.get('timestamp'))} is not a date"
        if why or account is None or micros is None or day is None:
            self.ignored.append(Ignored(number, why))
            return
        if ident:
            self._first[ident] = number
        transaction = self._transaction(account, row, ident, day, micros)
        self.lines[transaction.key] = number
        self.of[account.id].append(transaction)

    def _transaction(
        self, account: OldAccount, row: Row, ident: str, day: date, micros: int
    ) -> OldTransaction:
        old_type = text_of(row.get("transaction_type")).lower()[:TYPE_LIMIT] or "unknown"
        related = text_of(row.get("related_account_id"))
        if old_type in PAID and micros > 0:
            micros, self._turned = -micros, self._turned + 1
        kind = self._kind(old_type, micros, row, related)
        self.cash_by_type[old_type] = self.cash_by_type.get(old_type, 0) + micros
        content = f"{micros}:{day}:{_digest(old_type, related)}"
        if not ident:
            self._without_id[account.id + content] += 1
            ident = f"{_digest(content)}:{self._without_id[account.id + content]}"
        return OldTransaction(
            key=f"~{account.source}:tx:{ident if len(ident) <= 64 else _digest(ident)}",
            content=content,
            effective=day,
            kind=kind,
            micros=micros,
            currency="USD",
            note=self._note(kind, old_type, related, text_of(row.get("description"))),
            moves_base=micros > 0 or kind not in (Kind.FORK, Kind.MERGE),
        )

    def _kind(self, old_type: str, micros: int, row: Row, related: str) -> Kind:
        """The kind of entry; anything without a kind of its own is an opening entry.

        A deposit from another account, or a withdrawal to one, is a transfer or part of a merge.
        """
        if old_type in INCOME or old_type in MOVED:
            return INCOME.get(old_type) or MOVED[old_type]
        if old_type in ("deposit", "withdrawal"):
            if related in self._accounts:
                return Kind.MERGE if "merge" in text_of(row.get("metadata")) else Kind.TRANSFER
            return Kind.DEPOSIT if micros > 0 else Kind.WITHDRAWAL
        self._opening[old_type] += bool(micros)
        return Kind.OPENING

    def _note(self, kind: Kind, old_type: str, related: str, description: str) -> str:
        """'fork_transfer, other account Gen 2: half'; of plain kinds the description alone."""
        if kind in WORLD and kind is not Kind.OPENING:
            return description[:NOTE_LIMIT]
        other = self._accounts.get(related)
        named = f", other account {other.name or other.id}" if other else ""
        note = f"{old_type}{named}" + (f": {description}" if description else "")
        return note[:NOTE_LIMIT]

    @property
    def remarks(self) -> list[str]:
        """What became opening entries, which signs were turned, and what was ignored."""
        opening = +self._opening  # without those that moved no money
        listed = _listed([f"{count} {name}" for name, count in sorted(opening.items())])
        remarks = [f"booked as opening entries, by old type: {listed}"] if listed else []
        unknown = sorted(self._opening.keys() - set(WITHOUT_KIND))
        if unknown:
            remarks.append(f"unknown types of transactions: {_listed(unknown)}")
        if self._turned:
            remarks.append(f"{self._turned} positive withdrawals, fees or taxes were taken as paid")
        if self.ignored:
            count, first = len(self.ignored), self.ignored[0]
            rows = "1 transaction" if count == 1 else f"{count} transactions"
            remarks.append(f"not imported: {rows}, first row {first.row}: {first.why}")
        return remarks


def _listed(names: list[str]) -> str:
    more = len(names) - LISTED
    return ", ".join([*names[:LISTED], *([f"{more} more"] if more > 0 else [])])


def _shown(value: object) -> str:
    return "NULL" if value is None else repr(value)[:40]


def _digest(*texts: str) -> str:
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:16]
