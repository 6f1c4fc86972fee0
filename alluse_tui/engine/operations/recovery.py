"""Recovery of a damaged journal's intact records to a copy (storage.md, Integrity)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from alluse_tui.domain.events.codec import Unknown, to_plain
from alluse_tui.domain.events.events import Event
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.fold.state_rows import STATE_SCHEMA, changed_rows
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput, IntegrityFailed, StoreFailed
from alluse_tui.engine.clock import Clock, new_york_date
from alluse_tui.engine.operations.backup import time_suffix, verified_copy
from alluse_tui.engine.operations.gaps import RECOVER
from alluse_tui.engine.operations.reconcile import Settled, same_accounts, with_state, without_state
from alluse_tui.engine.operations.remainder import (
    Remainder,
    Witness,
    apply_error,
    read_witness,
    scan_records,
)
from alluse_tui.engine.operations.staging_dir import staging_dir
from alluse_tui.engine.operations.verification import VerifiedFold, fold_records, run_checks
from alluse_tui.journal import Head, Journal, KeyEntry, Record, Turn
from alluse_tui.journal.copies import (
    COPIED,
    identity_of,
    new_copy,
    salvaged,
    settle,
)
from alluse_tui.journal.exchange import Exchanged, exchange
from alluse_tui.journal.head_file import stored_head
from alluse_tui.journal.journal import NeedsUpgrade
from alluse_tui.journal.quarantine import finding
from alluse_tui.journal.record import fault
from alluse_tui.journal.record_reader import LAST
from alluse_tui.journal.replaced_files import DAMAGED, no_book
from alluse_tui.journal.salvage import Salvage


@dataclass(frozen=True, slots=True)
class RecordSummary:
    """The first or last dropped record: its number, time and command."""

    seq: int
    recorded_ns: int
    command: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The records from `until` on, dropped on request; None for an unreadable end."""

    until: int
    count: int
    first: RecordSummary | None
    last: RecordSummary | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A gap of lost records: the first, the last, and the hash of the last gap record."""

    first: int
    last: int
    hash: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a recovery.

    `kept`: the number of kept records. `lost`: the known number of lost records after them.
    `found`: the fault of the first record that is not kept; empty if there is none. `mark`: why the
    journal was in quarantine. `head`: the hash of the newest record. `dropped`: the records from
    `until` on.

    With the remainder: `missing` are the gaps, `unproven` the accounts with unproven balances,
    `differences` sentences about what a user must check, `stateless` why the state does not show
    the effect of lost records, and `stopped` why later records could not be kept.
    """

    kept: int
    lost: int
    found: str
    mark: str
    head: str
    dropped: Dropped | None = None
    missing: tuple[Missing, ...] = ()
    unproven: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    stateless: str = ""
    stopped: str = ""
    book: Book = field(default_factory=Book, repr=False)
    events: tuple[Event, ...] = field(default=(), repr=False)

    def content(self) -> dict[str, Any]:
        """The content of the recovery's record."""
        content: dict[str, Any] = {
            "kept": self.kept,
            "lost": self.lost,
            "found": self.found,
            "mark": self.mark,
        }
        if self.dropped is not None:
            content["dropped"] = self.dropped.count
        if self.missing:
            content |= {
                "gaps": [{"first": m.first, "last": m.last, "hash": m.hash} for m in self.missing],
                "unproven": list(self.unproven),
                "differences": list(self.differences),
                "stateless": self.stateless,
                "stopped": self.stopped,
            }
        return content


@contextmanager
def recovered_copy(
    path: Path, clock: Clock, *, until: int = 0, keep_rest: bool = False
) -> Iterator[tuple[Path, Report]]:
    """Yield a copy of the journal with all records before the damage, and a report on the rest.

    `until` drops that record and all later ones, damaged or not. `keep_rest` also keeps intact
    records after the damage. The journal itself is not changed. Raises NoBook, IntegrityFailed if
    nothing can be kept, BadInput if there is nothing to recover or nothing before `until`.
    """
    if until == 1 or until < 0:
        raise BadInput("--until", until, "must be a record's number above 1")
    path = Path(os.path.realpath(path))
    if not path.exists():
        raise no_book(path)
    today = new_york_date(clock.now_ns())
    with staging_dir(path.parent, "recover") as folder:
        copy = folder / "recovered"
        yield copy, _Recovery(path, folder, until, keep_rest, today).into(copy)


def adopt_recovered(
    path: Path, copy: Path, report: Report, actor: str, clock: Clock, *, accept_clock: bool = False
) -> Exchanged:
    """Put the recovered copy at `path`, with a record of the recovery; the old file is kept.

    Raises ClockAhead unless `accept_clock`, Busy, StoreFailed.
    """
    path = Path(os.path.realpath(path))
    journal = Journal(copy, accept_clock=accept_clock)
    try:
        with journal.turn() as turn:
            body = {
                "actor": actor,
                "session": "",
                "portfolio": "",
                "command": RECOVER,
                "content": report.content(),
                "key": "",
                "events": [to_plain(e) for e in report.events],
            }
            turn.append([body], max(clock.now_ns(), turn.newest_ns))
            after = apply_all(report.book, report.events, turn.head.seq)
            turn.put_state(STATE_SCHEMA, changed_rows(report.book, after))
    finally:
        journal.close()
    verified_copy(copy)
    settle(copy)
    return exchange(copy, path, f"{DAMAGED}-{time_suffix(clock)}")


@dataclass(frozen=True, slots=True)
class _Recovery:
    """One recovery of the journal `path`, with a copy of it in `folder`."""

    path: Path
    folder: Path
    until: int
    keep_rest: bool
    today: date

    def into(self, copy: Path) -> Report:
        """Write the kept records to the new file `copy`."""
        identity = _identity(self.path)
        origin, kept = identity.partition(".")[0], stored_head(self.path, identity)
        target = new_copy(copy, origin or os.urandom(16).hex())
        try:
            with target.turn() as turn:
                carry = self._with_rest if self.keep_rest else self._before_damage
                folding, report = carry(turn, kept.seq if kept is not None else 0)
                turn.put_state(STATE_SCHEMA, changed_rows(Book(), folding.book))
                turn.claim_keys(
                    KeyEntry(portfolio, key, seq, content, receipt)
                    for (portfolio, key), (seq, content, receipt) in folding.keys.items()
                )
        finally:
            target.close()
        return report

    def _before_damage(self, turn: Turn, newest: int) -> tuple[VerifiedFold, Report]:
        """Keep all records before the damage; `newest` is the highest seq known otherwise."""
        folding, fault_text = VerifiedFold(), ""
        for record, fault_text in _good(self.path, self.folder, folding, self._upto):
            if record is not None and not fault_text:
                turn.insert(record)
        if folding.head.seq == 0:
            reason = fault_text or "there are no records"
            raise IntegrityFailed(f"nothing can be kept: {reason}; `alluse restore` a backup")
        with closing(self._salvage(newest)) as salvage:
            report = self._report(salvage, folding, folding.head.seq, newest, fault_text)
        return folding, report

    def _with_rest(self, turn: Turn, newest: int) -> tuple[VerifiedFold, Report]:
        """Keep all intact records; `newest` is the highest seq known otherwise."""
        first_fault = _first_fault(self.path, self.folder, self._upto)
        with closing(self._salvage(newest)) as salvage:
            scan = scan_records(salvage, self._upto)
            known = read_witness(self.folder / COPIED, scan.newest)
            rest = Remainder()
            rest.carry(turn, salvage, scan, known)
            problem = first_fault or rest.stopped
            report = self._report(salvage, rest.folding, rest.kept, newest, problem)
        stateless, settled = self._settled(rest, known)
        missing = tuple(
            Missing(gap.first, gap.last, digest.hex())
            for gap, digest in zip(rest.gaps, rest.hashes, strict=True)
        )
        settled.unproven.sort()
        report = replace(
            report,
            missing=missing,
            unproven=tuple(settled.unproven),
            differences=tuple(settled.differences),
            stateless=stateless,
            stopped=rest.stopped,
            events=tuple(settled.events),
        )
        return rest.folding, report

    def _settled(self, rest: Remainder, known: Witness) -> tuple[str, Settled]:
        """Why the state does not show the lost records' effect (or empty), and the settlement."""
        if not rest.gaps:
            return "", Settled()
        book, why = rest.folding.book, known.why
        if rest.stopped:
            why = "it follows records that cannot be kept"
        elif known.book is not None and not same_accounts(book, known.book):
            why = "it has other accounts than the kept records"
        if known.book is None or why:
            return why, without_state(book, rest.before, rest.gaps[-1].last)
        return "", with_state(book, known.book, self.today)

    def _report(
        self, salvage: Salvage, folding: VerifiedFold, kept: int, newest: int, problem: str
    ) -> Report:
        head, mark, readable = folding.head, finding(self.path), salvage.newest
        if self.until > readable:
            raise BadInput("--until", self.until, f"the newest record is {readable}")
        if self.until and head.seq != self._upto:
            allowed = f"must be at most {head.seq + 1}: the last record to keep is {head.seq}"
            raise BadInput("--until", self.until, allowed)
        lost = max(0, max(newest, readable) - (readable if self.until else head.seq))
        if not (self.until or problem or mark or lost):
            problem = _unusable(self.path)
            if not problem:
                message = f"{self.path} is not damaged ({head.seq} records)"
                raise BadInput("recover", None, message)
        dropped = _dropped(salvage, self.until) if self.until else None
        return Report(kept, lost, problem, mark, head.hash.hex(), dropped, book=folding.book)

    def _salvage(self, newest: int) -> Salvage:
        try:
            return Salvage(self.folder / COPIED, newest)
        except (IntegrityFailed, StoreFailed) as error:
            message = f"nothing can be kept: {error}; `alluse restore` a backup"
            raise IntegrityFailed(message) from error

    @property
    def _upto(self) -> int:
        return self.until - 1 if self.until else LAST


def _dropped(salvage: Salvage, until: int) -> Dropped:
    """The records from `until` on; damaged ones are only counted."""
    first = next(salvage.kept(until, salvage.newest), None)
    last = next(salvage.whole(salvage.newest), None)
    return Dropped(until, salvage.newest - until + 1, _summary(first), _summary(last))


def _summary(record: Record | None) -> RecordSummary | None:
    if record is None:
        return None
    return RecordSummary(record.seq, record.recorded_ns, str(record.plain.get("command", "")))


def _identity(path: Path) -> str:
    """The identity of the file; empty if it cannot be read."""
    try:
        return identity_of(path)
    except (IntegrityFailed, StoreFailed):
        return ""


def _unusable(path: Path) -> str:
    """Why the file cannot be used although all records can be read; empty if it can."""
    try:
        journal = Journal(path)
        try:
            journal.probe_writing()
            with journal.standing_still():
                verified = run_checks(journal, fold_records(journal), None)
                failed = [c for c in verified.checks if not c.ok]
        finally:
            journal.close()
    except NeedsUpgrade as error:
        advice = "if no newer program wrote to it, `alluse restore` a backup"
        raise IntegrityFailed(f"this version can keep nothing: {error}; {advice}") from error
    except (IntegrityFailed, StoreFailed) as error:
        return str(error)
    return f"{failed[0].name}: {failed[0].detail}" if failed else ""


def _good(
    path: Path, folder: Path, folding: VerifiedFold, upto: int
) -> Iterator[tuple[Record | None, str]]:
    """Yield records from the first, applied to `folding`, with their fault; ends at the first."""
    before, recorded_ns = Head(), 0
    try:
        for record in salvaged(path, folder):
            if record.seq > upto and before.seq == upto:
                return
            wrong = fault(record, before, recorded_ns) or apply_error(folding, record)
            yield record, wrong
            if wrong:
                return
            before, recorded_ns = record.head, record.recorded_ns
    except Unknown:
        raise  # not damaged: a newer program can read it
    except (IntegrityFailed, StoreFailed) as error:
        yield None, f"after record {before.seq}: {error}"


def _first_fault(path: Path, folder: Path, upto: int) -> str:
    """The fault of the first damaged record up to `upto`, judged by the chain alone; or empty."""
    before, recorded_ns = Head(), 0
    try:
        for record in salvaged(path, folder):
            if record.seq > upto and before.seq == upto:
                return ""
            if wrong := fault(record, before, recorded_ns):
                return wrong
            before, recorded_ns = record.head, record.recorded_ns
    except (IntegrityFailed, StoreFailed) as error:
        return f"after record {before.seq}: {error}"
    return ""
