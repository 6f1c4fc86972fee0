"""Recover: what is whole of a damaged journal, on a copy, with a report (storage.md, Integrity)."""

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
    """A record at an end of what is left out: its number, when it was recorded, its command."""

    seq: int
    recorded_ns: int
    command: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Record `until` and those after it, left out as asked; None for an end that is unreadable."""

    until: int
    count: int
    first: RecordSummary | None
    last: RecordSummary | None


@dataclass(frozen=True, slots=True)
class Missing:
    """Lost records in the middle: the first, the last, and the hash of what replaces the last."""

    first: int
    last: int
    hash: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a recovery keeps.

    `kept`: how many records. `lost`: how many are known to have been there after the last of them;
    where nothing tells, 0. `found`: what is wrong with the first record that is not kept; empty
    when all that is there is kept. `mark`: what put the journal into quarantine. `head`: the hash
    of the newest record. `dropped`: what `until` leaves out.

    Of a remainder that is kept too: `missing` records, accounts whose balances are `unproven`,
    `differences` that somebody must look at, why the state could not say what lost records did
    (`stateless`), and why later records could not be kept (`stopped`).
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
        """What the record of the recovery says of it."""
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
    """A copy of the journal with every record before the damage, and what became of the rest.

    `until` leaves out that record and all after it, damaged or not. `keep_rest` carries over what
    is whole behind the damage, too. The journal itself is not touched. Raises NoBook,
    IntegrityFailed when nothing can be kept, BadInput when there is nothing to recover from or
    nothing before `until`.
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
    """Put the recovered copy at `path`, with a record that says so; the replaced file is kept.

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
    """One recovery of the journal `path`; `folder` takes a copy of it."""

    path: Path
    folder: Path
    until: int
    keep_rest: bool
    today: date

    def into(self, copy: Path) -> Report:
        """Fill the new file `copy`."""
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
        """Keep every record before the damage; `newest` is known to have been there."""
        folding, found = VerifiedFold(), ""
        for record, found in _good(self.path, self.folder, folding, self._upto):
            if record is not None and not found:
                turn.insert(record)
        if folding.head.seq == 0:
            said = found or "there is no record"
            raise IntegrityFailed(f"nothing can be kept: {said}; `alluse restore` a backup")
        with closing(self._salvage(newest)) as salvage:
            report = self._report(salvage, folding, folding.head.seq, newest, found)
        return folding, report

    def _with_rest(self, turn: Turn, newest: int) -> tuple[VerifiedFold, Report]:
        """Keep everything that is whole; `newest` is known to have been there."""
        found = _first_fault(self.path, self.folder, self._upto)
        with closing(self._salvage(newest)) as salvage:
            scan = scan_records(salvage, self._upto)
            known = read_witness(self.folder / COPIED, scan.newest)
            rest = Remainder()
            rest.carry(turn, salvage, scan, known)
            report = self._report(salvage, rest.folding, rest.kept, newest, found or rest.stopped)
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
        """Why the state cannot say what lost records did, and what follows from that."""
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
        self, salvage: Salvage, folding: VerifiedFold, kept: int, newest: int, found: str
    ) -> Report:
        head, mark, readable = folding.head, finding(self.path), salvage.newest
        if self.until > readable:
            raise BadInput("--until", self.until, f"the newest record is {readable}")
        if self.until and head.seq != self._upto:
            said = f"must be at most {head.seq + 1}: what can be kept ends with record {head.seq}"
            raise BadInput("--until", self.until, said)
        lost = max(0, max(newest, readable) - (readable if self.until else head.seq))
        if not (self.until or found or mark or lost):
            found = _unusable(self.path)
            if not found:
                said = f"nothing is wrong with the {head.seq} records of {self.path}"
                raise BadInput("recover", None, said)
        dropped = _dropped(salvage, self.until) if self.until else None
        return Report(kept, lost, found, mark, head.hash.hex(), dropped, book=folding.book)

    def _salvage(self, newest: int) -> Salvage:
        try:
            return Salvage(self.folder / COPIED, newest)
        except (IntegrityFailed, StoreFailed) as error:
            said = f"nothing can be kept: {error}; `alluse restore` a backup"
            raise IntegrityFailed(said) from error

    @property
    def _upto(self) -> int:
        return self.until - 1 if self.until else LAST


def _dropped(salvage: Salvage, until: int) -> Dropped:
    """The records from `until` on; damaged ones are counted but cannot be told of."""
    first = next(salvage.kept(until, salvage.newest), None)
    last = next(salvage.whole(salvage.newest), None)
    return Dropped(until, salvage.newest - until + 1, _summary(first), _summary(last))


def _summary(record: Record | None) -> RecordSummary | None:
    if record is None:
        return None
    return RecordSummary(record.seq, record.recorded_ns, str(record.plain.get("command", "")))


def _identity(path: Path) -> str:
    """What the file is known as; empty where it cannot say."""
    try:
        return identity_of(path)
    except (IntegrityFailed, StoreFailed):
        return ""


def _unusable(path: Path) -> str:
    """Why the file cannot be used though every record can be read; empty when it can."""
    try:
        journal = Journal(path)
        try:
            journal.probe_writing()
            with journal.standing_still():
                wrong = [
                    c for c in run_checks(journal, fold_records(journal), None).checks if not c.ok
                ]
        finally:
            journal.close()
    except NeedsUpgrade as error:
        said = "if no newer program ever wrote to it, `alluse restore` a backup"
        raise IntegrityFailed(f"nothing can be kept by this one: {error}; {said}") from error
    except (IntegrityFailed, StoreFailed) as error:
        return str(error)
    return f"{wrong[0].name}: {wrong[0].detail}" if wrong else ""


def _good(
    path: Path, folder: Path, folding: VerifiedFold, upto: int
) -> Iterator[tuple[Record | None, str]]:
    """Records from the first, fold_records as they come; the one that is damaged ends them."""
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
        raise  # not damaged: a newer program can read on
    except (IntegrityFailed, StoreFailed) as error:
        yield None, f"after record {before.seq}: {error}"


def _first_fault(path: Path, folder: Path, upto: int) -> str:
    """What is wrong with the first damaged record up to `upto`, by the chain alone; or empty."""
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
