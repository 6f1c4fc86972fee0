"""Carrying over the intact records of a damaged journal, with gap records for the lost ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from alluse_tui.domain.events.codec import to_plain
from alluse_tui.domain.events.events import (
    AccountOpened,
    ApprovalRequested,
    Event,
    GapRecovered,
    LostKey,
    PortfolioOpened,
    RecordsReversed,
    UserAdded,
)
from alluse_tui.domain.fold.state_rows import READS_SINCE, STATE_SCHEMA, book_from_rows
from alluse_tui.domain.model.book import Book, account_id
from alluse_tui.domain.model.errors import AllUseError, IntegrityFailed
from alluse_tui.domain.model.users import UserChange
from alluse_tui.engine.clock import new_york_date
from alluse_tui.engine.operations.gaps import PROGRAM
from alluse_tui.engine.operations.verification import VerifiedFold, inconsistency
from alluse_tui.journal import GENESIS, Head, Journal, KeyEntry, Record, Turn
from alluse_tui.journal.record import GAP, chained_record, fault
from alluse_tui.journal.salvage import Gap, Salvage


@dataclass(slots=True)
class Scan:
    """The intact records: all up to `newest` except the gaps, and what they open or close.

    `portfolios`, `accounts` ('Main/gen-1') and `users`: those that they open or add. `approvals`:
    the proposals that they close. `user_changes`: the changes that they acknowledge.
    """

    newest: Head = field(default_factory=Head)
    gaps: list[Gap] = field(default_factory=list)
    portfolios: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    approvals: set[int] = field(default_factory=set)
    user_changes: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Witness:
    """The stored state, if it shows the effect of lost records.

    `book` is None if it does not, and `why` is the reason. `keys`: by the record that first used
    them. `reversed`: the records that each record reversed.
    """

    book: Book | None = None
    keys: Mapping[int, list[KeyEntry]] = field(default_factory=dict)
    reversed: Mapping[int, list[int]] = field(default_factory=dict)
    why: str = ""


def scan_records(salvage: Salvage, upto: int) -> Scan:
    """Find the intact records up to `upto`. Raises IntegrityFailed if the first one is lost."""
    scan, after = Scan(), None
    for record in salvage.whole(upto):
        if after is None:
            scan.newest = record.head
        elif record.seq + 1 < after.seq:
            gap = Gap(record.seq + 1, after.seq - 1, after.prev, after.recorded_ns)
            scan.gaps.append(gap)
        _note(scan, record)
        after = record
    if after is None or after.seq != 1 or after.prev != GENESIS:
        raise IntegrityFailed(
            "nothing can be kept: record 1, the beginning of the book, is lost;"
            " `alluse restore` a backup"
        )
    scan.gaps.reverse()
    return scan


def _note(scan: Scan, record: Record) -> None:
    for event in record.plain["events"]:
        match event["type"]:
            case "portfolio_opened":
                scan.portfolios.add(event["portfolio"])
            case "account_opened":
                scan.accounts.add(account_id(event["portfolio"], event["code"]))
            case "user_added":
                scan.users.add(event["user"])
            case "approval_closed":
                scan.approvals.add(event["approval"])
            case "user_change_acknowledged":
                scan.user_changes.add(event["change"])


def read_witness(copy: Path, newest: Head) -> Witness:
    """The state of the copy, if it is intact and follows the record `newest`."""
    try:
        journal = Journal(copy)
        try:
            state, entries = journal.state(), list(journal.all_keys())
        finally:
            journal.close()
        if not READS_SINCE <= state.schema <= STATE_SCHEMA:
            return Witness(why="it has the format of another version")
        if state.head != newest:
            return Witness(why=f"it follows record {state.head.seq}, not record {newest.seq}")
        book = book_from_rows(state.rows)
        list(book.accounts.values())  # unreadable rows fail now
        if wrong := state.damage or inconsistency(book):
            return Witness(why=wrong)
    except (AllUseError, ValueError, KeyError, TypeError) as error:
        return Witness(why=str(error))
    keys, reversed_seqs = defaultdict[int, list[KeyEntry]](list), defaultdict[int, list[int]](list)
    for entry in entries:
        keys[entry.seq].append(entry)
    for seq, by in book.reversed_by.items():
        reversed_seqs[by].append(int(seq))
    return Witness(book, keys, reversed_seqs)


@dataclass(slots=True)
class Remainder:
    """Carries over the intact records of a scan.

    `kept`: the number of records without gap records. `hashes`: the hash of each gap's last record.
    `before`: the accounts that existed when the last gap ended. `stopped`: why a later record could
    not be kept; empty if all were.
    """

    folding: VerifiedFold = field(default_factory=VerifiedFold)
    kept: int = 0
    gaps: list[Gap] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    before: frozenset[str] = frozenset()
    stopped: str = ""

    def carry(self, turn: Turn, salvage: Salvage, scan: Scan, known: Witness) -> None:
        """Insert all records that can be applied, and gap records for the lost ones."""
        first = 1
        for gap in scan.gaps:
            if not self._insert(turn, salvage.kept(first, gap.first - 1)):
                return
            first = gap.last + 1
            self._fill(turn, gap, scan, known)
        self._insert(turn, salvage.kept(first, scan.newest.seq))

    def _insert(self, turn: Turn, records: Iterator[Record]) -> bool:
        for record in records:
            self.stopped = fault(record, self.folding.head, turn.newest_ns)
            self.stopped = self.stopped or apply_error(self.folding, record)
            if self.stopped:
                return False
            turn.insert(record)
            self.kept += 1
        return True

    def _fill(self, turn: Turn, gap: Gap, scan: Scan, known: Witness) -> None:
        """Insert a gap record for each lost record."""
        day, final = new_york_date(gap.follower_ns), gap is scan.gaps[-1]
        for seq in range(gap.first, gap.last + 1):
            events: list[Event] = [
                GapRecovered(
                    gap.first,
                    gap.last,
                    gap.resumes.hex(),
                    _lost_keys(known, seq),
                    _user_change(scan, known, seq),
                )
            ]
            if seq == gap.first and known.book is not None:
                events += _openings(self.folding.book, known.book, scan, day, final=final)
            events += [RecordsReversed(taken, taken) for taken in known.reversed.get(seq, ())]
            if seq in scan.approvals:
                events.append(ApprovalRequested("", {}, "", PROGRAM, 0, 0, "", 0))
            record = chained_record(_gap_content(gap, events), turn.head, turn.newest_ns + 1)
            if wrong := apply_error(self.folding, record):
                raise IntegrityFailed(f"nothing can be kept behind records {gap.span}: {wrong}")
            turn.insert(record)
        self.gaps.append(gap)
        self.hashes.append(turn.head.hash)
        self.before = frozenset(self.folding.book.accounts)


def apply_error(folding: VerifiedFold, record: Record) -> str:
    """Apply the record; returns why it cannot be applied, empty if it was."""
    book, head = folding.book, folding.head
    folding.add(record, "")
    if folding.fold:
        folding.book, folding.head = book, head
    return folding.fold


def _gap_content(gap: Gap, events: list[Event]) -> dict[str, Any]:
    return {
        "actor": PROGRAM,
        "session": "",
        "portfolio": "",
        "command": GAP,
        "content": {"first": gap.first, "last": gap.last},
        "key": "",
        "events": [to_plain(e) for e in events],
    }


def _lost_keys(known: Witness, seq: int) -> tuple[LostKey, ...]:
    return tuple(
        LostKey(e.portfolio, e.key, e.content, command=bool(e.receipt))
        for e in known.keys.get(seq, ())
    )


def _user_change(scan: Scan, known: Witness, seq: int) -> UserChange | None:
    """The lost record's user change: from the state, or unknown if it was acknowledged later."""
    if seq in scan.user_changes:
        return UserChange(seq, "", "lost", PROGRAM, 0, ())
    return known.book.user_changes.get(str(seq)) if known.book is not None else None


def _openings(book: Book, state: Book, scan: Scan, day: date, *, final: bool) -> Iterator[Event]:
    """Yield the openings that only lost records can contain, according to the state.

    An account is left to a later gap if its parent is not open yet or it was opened after `day`.
    """
    for name, portfolio in state.portfolios.items():
        if name not in book.portfolios and name not in scan.portfolios:
            yield PortfolioOpened(name, portfolio.currency, portfolio.opened, portfolio.policy)
    opened = set(book.accounts)
    for account in sorted(state.accounts.values(), key=lambda a: (a.code.count("."), a.id)):
        above = account.code.rpartition(".")[0]
        ready = not above or account_id(account.portfolio, above) in opened
        if account.id in opened | scan.accounts or not (ready and (final or account.opened <= day)):
            continue
        opened.add(account.id)
        yield AccountOpened(
            portfolio=account.portfolio,
            code=account.code,
            tier=account.tier,
            opened=account.opened,
            name=account.name,
            parent=account.parent,
            forked_from=account.forked_from,
        )
    for name in state.users:
        if name not in book.users and name not in scan.users:
            yield UserAdded(name, ())
