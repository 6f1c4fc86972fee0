"""`verify`: every record, every sum, and the state against its fold (10-domain, Invariants)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from alluse_tui.domain.apply import apply_all
from alluse_tui.domain.book import Book
from alluse_tui.domain.errors import AllUseError
from alluse_tui.domain.instrument import holding_key
from alluse_tui.domain.state import book_from_rows
from alluse_tui.domain.terms import Bucket
from alluse_tui.engine.bodies import events_of
from alluse_tui.journal import Head, Journal

Progress = Callable[[int, int], None]
"""Told now and then: records done, records in all."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: its name, whether it holds, and what was found."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks, and the head they were made on."""

    checks: tuple[Check, ...]
    records: int
    head: str

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(c.ok for c in self.checks)


def verify(journal: Journal, progress: Progress | None = None) -> Verification:
    """Checks the chain, folds the records, and compares sums and state with the fold."""
    file = journal.file_fault()
    chain = fold = ""
    book, head = Book(), Head()
    expected = journal.head().seq
    for record, found in journal.audit():
        chain = chain or found
        head = Head(record.seq, record.hash)
        if not fold:
            try:
                book = apply_all(book, events_of(record), record.seq)
            except (AllUseError, ValueError, KeyError, TypeError) as error:
                fold = f"record {record.seq} cannot be applied: {error}"
        if progress is not None and record.seq % 1_000 == 0:
            progress(record.seq, expected)
    checks = [
        Check("file", not file, file or "every page of the file is in order"),
        Check("chain", not chain, chain or f"{head.seq} records, each names the one before it"),
        Check("fold", not fold, fold or "every event applies to the book before it"),
    ]
    if not fold:
        checks += [_sums(book), _holdings(book), _state(journal, book, head)]
    if found := journal.quarantined:
        checks.append(Check("quarantine", False, f"quarantined earlier: {found}"))
    return Verification(tuple(checks), head.seq, head.hash.hex())


def _sums(book: Book) -> Check:
    """The whole of each portfolio sums to zero in every currency, the outside included."""
    totals: defaultdict[str, int] = defaultdict(int)
    for account in book.accounts.values():
        for key, micros in account.balances.items():
            totals[f"{account.portfolio} {key.rpartition(':')[2]}"] += micros
    for home in book.portfolios.values():
        for key, micros in home.world.items():
            totals[f"{home.name} {key.rpartition(':')[2]}"] += micros
    off = {k: v for k, v in totals.items() if v}
    return Check("sums", not off, f"off by {off} micros" if off else "every currency sums to zero")


def _holdings(book: Book) -> Check:
    """What is held adds up to the positions bucket, per account and currency."""
    off = []
    for account in book.accounts.values():
        carried: defaultdict[str, int] = defaultdict(int)
        for key, holding in account.holdings.items():
            carried[holding_key(Bucket.POSITIONS, key.rpartition(":")[2])] += holding.value_micros
        for key in carried.keys() | account.balances.keys():
            if key.startswith(Bucket.POSITIONS) and (
                carried.get(key, 0) != account.balances.get(key, 0)
            ):
                off.append(f"{account.id} {key}")
    said = f"differs in {', '.join(off)}" if off else "holdings add up to positions"
    return Check("holdings", not off, said)


def _state(journal: Journal, book: Book, head: Head) -> Check:
    """The state beside the records is their fold."""
    state_head, _, rows = journal.state()
    if state_head != head:
        return Check("state", True, "others wrote meanwhile; not compared")
    try:
        same = book_from_rows(rows) == book
    except (AllUseError, ValueError, KeyError, TypeError) as error:
        return Check("state", False, f"cannot be read: {error}")
    said = "equals the fold of the records" if same else "differs from the fold of the records"
    return Check("state", same, said)
