"""Gaps that a recovery left in the journal: their valid content, and what they leave unproven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alluse_tui.domain.events.events import (
    AccountOpened,
    AccountRecovered,
    ApprovalRequested,
    BalanceUnproven,
    EntryPosted,
    Event,
    GapRecovered,
    PortfolioOpened,
    RecordsReversed,
    UserAdded,
)
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.terms import Kind
from alluse_tui.journal import Record
from alluse_tui.journal.record import GAP

RECOVER = "recover"
"""The command of the last record of a recovery."""

PROGRAM = "alluse"
"""The actor of records that a recovery writes without a user."""

_IN_GAPS = (
    GapRecovered,
    PortfolioOpened,
    AccountOpened,
    UserAdded,
    RecordsReversed,
    ApprovalRequested,
)
"""Events that later records may need from a lost one; none of them moves money."""

_NAMED = 5
"""The most records listed in one line."""


@dataclass(slots=True)
class Gaps:
    """Tracks the missing records while all records are read in order.

    `missing`: the first and the last record of each gap. `wrong`: describes the first record that
    no recovery writes; empty if there is none. `unjudged`: records that broke a rule on a book
    without the lost records.
    """

    missing: list[tuple[int, int]] = field(default_factory=list)
    wrong: str = ""
    unjudged: list[int] = field(default_factory=list)
    _open: dict[int, str] = field(default_factory=dict)

    def add(self, record: Record, events: Sequence[Event]) -> None:
        """Add the next record with its events."""
        command = record.plain["command"]
        if command == GAP:
            self._add_gap(record, events)
        elif any(isinstance(e, GapRecovered) for e in events):
            self._blame(record, "a gap in another command")
        elif command == RECOVER:
            for gap in record.plain["content"].get("gaps", ()):
                self._account_for(gap["last"], gap["hash"])
        elif any(_recovered(e) for e in events):
            self._blame(record, "recovered figures in another command")

    def excuses(self, seq: int) -> bool:
        """Whether record `seq` cannot be checked, as a gap before it is not settled; notes it."""
        if self._open:
            self.unjudged.append(seq)
        return bool(self._open)

    @property
    def passed(self) -> bool:
        """Whether there is anything to report."""
        return bool(self.missing or self.wrong)

    def check(self, book: Book) -> tuple[bool, str]:
        """Whether a recovery left every gap, and a text of what is missing and not proven."""
        if self.wrong:
            return False, self.wrong
        if self._open:
            return False, f"no recovery accounts for the missing records before #{min(self._open)}"
        spans = (f"#{a}" if a == b else f"#{a}–#{b}" for a, b in self.missing)
        parts = [f"missing: {', '.join(spans)}"]
        unproven = [_named(book, a) for a in book.accounts.values() if a.unproven]
        parts.append(
            f"balances not proven: {', '.join(sorted(unproven))}"
            if unproven
            else "the state confirmed every balance"
        )
        if count := len(self.unjudged):
            first = ", ".join(f"#{seq}" for seq in self.unjudged[:_NAMED])
            more = f" and {count - _NAMED} more" if count > _NAMED else ""
            parts.append(f"decisions that cannot be checked without them: {first}{more}")
        return True, "; ".join(parts)

    def _add_gap(self, record: Record, events: Sequence[Event]) -> None:
        gap = events[0] if events else None
        right = isinstance(gap, GapRecovered) and gap.first_seq <= record.seq <= gap.last_seq
        if not right or not all(_allowed(e) for e in events):
            self._blame(record, "a gap with other content than a recovery writes")
        self._open[record.seq] = record.hash.hex()
        first, last = self.missing[-1] if self.missing else (0, 0)
        if last and last + 1 == record.seq:
            self.missing[-1] = (first, record.seq)
        else:
            self.missing.append((record.seq, record.seq))

    def _account_for(self, last: int, digest: str) -> None:
        """Settle the gap that ends with record `last`, if a recovery lists it with its hash."""
        if self._open.get(last) == digest:
            while self._open.pop(last, None) is not None:
                last -= 1

    def _blame(self, record: Record, what: str) -> None:
        self.wrong = self.wrong or f"record {record.seq} has {what}: no recovery wrote it"


def unproven_alert(account: Account) -> str:
    """The id of the alert about the account's unproven balance."""
    return f"unproven balance:{account.id}:{account.unproven}"


def _allowed(event: Event) -> bool:
    if isinstance(event, UserAdded):
        return not event.roles and not event.password
    return isinstance(event, _IN_GAPS)


def _recovered(event: Event) -> bool:
    if isinstance(event, EntryPosted):
        return event.kind is Kind.RECOVERED
    return isinstance(event, AccountRecovered | BalanceUnproven)


def _named(book: Book, account: Account) -> str:
    noted = book.portfolios[account.portfolio].noted.get(unproven_alert(account))
    acknowledged = ", acknowledged" if noted is not None and noted.until is None else ""
    return f"{account.id} (since #{account.unproven}{acknowledged})"
