"""`verify`: checks every record, every sum and the stored state (rules.md, Invariants)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from alluse_tui.domain.events.codec import Unknown
from alluse_tui.domain.events.events import EntryPosted, GapRecovered, KeysFreed
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.fold.state_rows import STATE_SCHEMA, book_from_rows
from alluse_tui.domain.model.book import Book, account_id
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.model.instrument import holding_key
from alluse_tui.domain.model.terms import Bucket
from alluse_tui.domain.rules.recorded_invariants import (
    broken_four_eyes,
    broken_rule,
    broken_user_change,
)
from alluse_tui.engine.clock import new_york_date
from alluse_tui.engine.operations.authority_audit import AuthorityAudit
from alluse_tui.engine.operations.gaps import Gaps
from alluse_tui.engine.record_decoding import events_of
from alluse_tui.engine.write.receipts import content_hash, damaged_receipt
from alluse_tui.journal import NO_RECEIPT, Head, Journal, Record

Progress = Callable[[int, int], None]
"""Called with records done and records in all; may raise to stop the work."""

REPORT_EVERY = 1_000

IdempotencyKeys = dict[tuple[str, str], tuple[int, str, str]]
"""(portfolio, key) → (seq, content, NO_RECEIPT for a command's key and '' for a broker's row)."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check: its name, whether it passed, and the details.

    `of_journal`: a failure means that the journal is damaged, so writing must stop.
    """

    name: str
    ok: bool
    detail: str
    of_journal: bool = True


class BookCheck(Protocol):
    """A further check of the folded book, such as that of the replica."""

    def check(self, book: Book, head: Head) -> Check:
        """The result; `head` is the newest record."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The results of all checks, and the head that was checked.

    `notes`: market data that is missing; the ledger does not need it.
    """

    checks: tuple[Check, ...]
    records: int
    head: str
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(c.ok for c in self.checks)


@dataclass(slots=True)
class VerifiedFold:
    """The book after all records, with the first error of each kind.

    `chain`: a broken link. `fold`: a record that cannot be applied. `violation`: a decision that
    broke a rule. Each is empty if there is none.
    """

    book: Book = field(default_factory=Book)
    head: Head = field(default_factory=Head)
    keys: IdempotencyKeys = field(default_factory=dict)
    chain: str = ""
    fold: str = ""
    violation: str = ""
    authority: AuthorityAudit = field(default_factory=AuthorityAudit)
    gaps: Gaps = field(default_factory=Gaps)

    def add(self, record: Record, fault: str) -> None:
        """Apply the next record; `fault` is the fault of its link, empty if it has none."""
        self.chain = self.chain or fault
        self.head = record.head
        if self.chain:
            self.fold = self.fold or f"record {record.seq} is not applied: {self.chain}"
        if self.fold:
            return
        try:
            self._apply(record)
        except Unknown as error:
            raise Unknown(f"record {record.seq}: {error}: upgrade") from error
        except (AllUseError, ValueError, KeyError, TypeError, AttributeError) as error:
            self.fold = f"record {record.seq} cannot be applied: {error}"

    def _apply(self, record: Record) -> None:
        events, plain = events_of(record), record.plain
        self.gaps.add(record, events)
        overridden = bool(plain["content"].get("override"))
        today = new_york_date(record.recorded_ns)
        violation = broken_rule(
            self.book,
            plain["command"],
            events,
            today,
            overridden=overridden,
            version=plain["v"],
        )
        violation = violation or broken_four_eyes(
            self.book,
            plain["command"],
            plain["portfolio"],
            events,
            record.actor,
            today,
            approved="approval" in plain,
            whole=plain.get("part", [1, 1])[1] == 1,
        )
        violation = violation or broken_user_change(self.book, events, record.actor)
        violation = violation or self.authority.violation(self.book, record)
        self._note_violation(record.seq, violation)
        self.book = apply_all(self.book, events, record.seq)
        for event in events:
            if isinstance(event, EntryPosted):
                for row_key, content in event.row_keys:
                    self._claim(event.portfolio, row_key, (record.seq, content, ""))
            elif isinstance(event, GapRecovered):
                for lost in event.keys:
                    use = (record.seq, lost.content, NO_RECEIPT if lost.command else "")
                    self._claim(lost.portfolio, lost.key, use)
            elif isinstance(event, KeysFreed):
                for freed in event.keys:
                    self.keys.pop((event.portfolio, freed), None)
        key: str = plain.get("key", "") if events else ""
        if key:
            content = content_hash(plain["command"], plain["content"])
            self._claim(plain["portfolio"], key, (record.seq, content, NO_RECEIPT))

    def _claim(self, portfolio: str, key: str, use: tuple[int, str, str]) -> None:
        if (portfolio, key) in self.keys:
            first = self.keys[portfolio, key][0]
            self._note_violation(use[0], f"key {key} was already used in record {first}")
        self.keys[portfolio, key] = use

    def _note_violation(self, seq: int, violation: str) -> None:
        """Note a violation by record `seq` (empty: none), unless lost records may explain it."""
        if violation and not self.gaps.excuses(seq):
            self.violation = self.violation or f"record {seq}: {violation}"


def fold_records(
    journal: Journal, progress: Progress | None = None, *, newest: int = 0
) -> VerifiedFold:
    """Apply all of the journal's records from the first one.

    Reads on a separate connection, so it needs no lock. `newest` is the total for `progress`.
    """
    folding = VerifiedFold()
    for record, fault in journal.audit():
        folding.add(record, fault)
        if progress is not None and record.seq % REPORT_EVERY == 0:
            progress(record.seq, max(newest, record.seq))
    return folding


def run_checks(
    journal: Journal,
    folding: VerifiedFold,
    replica: BookCheck | None,
    signed: tuple[Check, ...] = (),
) -> Verification:
    """Run all checks on a journal locked at the head of `folding`, and add those in `signed`."""
    checks = [*_checks(journal, folding, replica), *signed]
    head = folding.head
    return Verification(tuple(checks), head.seq, head.hash.hex())


def _checks(journal: Journal, folding: VerifiedFold, replica: BookCheck | None) -> Iterator[Check]:
    book, head = folding.book, folding.head
    file, kept = journal.file_fault(), journal.kept_fault()
    yield Check("file", not file, file or "all pages of the file are intact")
    linked = f"{head.seq} records, each linked to the one before it"
    yield Check("chain", not folding.chain, folding.chain or linked)
    yield Check("head", not kept, kept or "no records are missing at the end of the journal")
    yield Check("fold", not folding.fold, folding.fold or "all events can be applied in order")
    if not folding.fold:
        valid = (
            "all decisions complied with rules, approvals and roles; idempotency keys are unique"
        )
        yield Check("decisions", not folding.violation, folding.violation or valid)
        if folding.gaps.passed:
            yield Check("gaps", *folding.gaps.check(book))
        yield _sums(book)
        yield _holdings(book)
        yield _forest(book)
        yield _state(journal, book, head)
        yield _keys(journal, folding.keys)
        if replica is not None and not folding.chain:
            yield replica.check(book, head)
    if reason := journal.quarantined:
        yield Check("quarantine", False, f"quarantined earlier: {reason}")


def inconsistency(book: Book) -> str:
    """The first failed check of the book alone, and its details; empty if all pass."""
    checks = (_sums(book), _holdings(book), _forest(book))
    return next((f"{c.name}: {c.detail}" for c in checks if not c.ok), "")


def _sums(book: Book) -> Check:
    """Each portfolio, including the outside world, sums to zero in every currency."""
    totals: defaultdict[str, int] = defaultdict(int)
    for account in book.accounts.values():
        for key, micros in account.balances.items():
            totals[f"{account.portfolio} {key.rpartition(':')[2]}"] += micros
    for portfolio in book.portfolios.values():
        for key, micros in portfolio.world.items():
            totals[f"{portfolio.name} {key.rpartition(':')[2]}"] += micros
    off = {k: v for k, v in totals.items() if v}
    return Check("sums", not off, f"off by {off} micros" if off else "every currency sums to zero")


def _holdings(book: Book) -> Check:
    """The values of the holdings add up to the positions bucket, per account and currency."""
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
    detail = f"differs in {', '.join(off)}" if off else "holdings add up to positions"
    return Check("holdings", not off, detail)


def _forest(book: Book) -> Check:
    """Every parent is an account of the same portfolio, and there are no cycles."""
    for account in book.accounts.values():
        seen, child = {account.code}, account
        while child.parent:
            parent = book.accounts.get(account_id(child.portfolio, child.parent))
            if parent is None or parent.code in seen:
                fault = "does not exist" if parent is None else "leads back to the account"
                return Check("forest", False, f"{account.id}: parent {child.parent} {fault}")
            seen.add(parent.code)
            child = parent
    return Check("forest", True, f"{len(book.accounts)} accounts, every parent exists")


def _state(journal: Journal, book: Book, head: Head) -> Check:
    """The stored state equals the book after all records."""
    try:
        state = journal.state()
        if state.schema != STATE_SCHEMA:
            return Check("state", True, "written by another version; the next record rewrites it")
        if state.damage:
            return Check("state", False, state.damage)
        same = state.head == head and book_from_rows(state.rows) == book
    except (AllUseError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Check("state", False, f"cannot be read: {error}")
    detail = "matches the records" if same else "differs from the records"
    return Check("state", same, detail)


def _keys(journal: Journal, keys: IdempotencyKeys) -> Check:
    """The index of idempotency keys matches the records."""
    entries = list(journal.all_keys())
    for entry in entries:
        if fault := damaged_receipt(entry):
            return Check("keys", False, fault)
    index = {(e.portfolio, e.key): (e.seq, e.content, e.receipt and NO_RECEIPT) for e in entries}
    same = index == keys
    message = f"{len(keys)} keys match the records"
    return Check("keys", same, message if same else "the index differs from the records")
