"""Recover: every record before the damage, on a copy, with a report (20-store, Integrity)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alluse_tui.domain.book import Book
from alluse_tui.domain.errors import BadInput, IntegrityFailed, StoreFailed
from alluse_tui.domain.state import SCHEMA, changed_rows
from alluse_tui.domain.wire import Unknown
from alluse_tui.engine.aside import folder_aside
from alluse_tui.engine.backup import proven, stamp
from alluse_tui.engine.clock import Clock
from alluse_tui.engine.verification import Folding, checked, folded
from alluse_tui.journal import Head, Journal, KeyEntry, Record
from alluse_tui.journal.copies import (
    identity_of,
    new_copy,
    newest_readable,
    salvaged,
    settle,
)
from alluse_tui.journal.exchange import Exchanged, exchange
from alluse_tui.journal.journal import NeedsUpgrade
from alluse_tui.journal.kept_head import kept_head
from alluse_tui.journal.quarantine import finding
from alluse_tui.journal.record import fault
from alluse_tui.journal.replaced_files import DAMAGED, no_book


@dataclass(frozen=True, slots=True)
class Report:
    """What a recovery keeps.

    `kept`: records, the first to the last before the damage. `lost`: how many are known to have
    been there after them; where nothing tells, 0. `found`: what is wrong with the next one;
    empty when all that is there is kept. `mark`: what put the journal into quarantine.
    """

    kept: int
    lost: int
    found: str
    mark: str
    head: str


@contextmanager
def recovered_copy(path: Path, clock: Clock) -> Iterator[tuple[Path, Report]]:
    """A copy of the journal with every record before the damage, and what became of the rest.

    The journal itself is not touched. Raises NoBook, IntegrityFailed when nothing can be kept,
    BadInput when there is nothing to recover from.
    """
    path = Path(os.path.realpath(path))
    if not path.exists():
        raise no_book(path)
    with folder_aside(path.parent, "recover") as folder:
        copy = folder / "recovered"
        yield copy, _recover(path, copy, folder)


def adopt(path: Path, copy: Path, report: Report, actor: str, clock: Clock) -> Exchanged:
    """Put the recovered copy at `path`, with a record that says so; the damaged file is kept."""
    journal = Journal(copy)
    with journal.turn() as turn:
        content = {
            "kept": report.kept, "lost": report.lost, "found": report.found, "mark": report.mark,
        }  # fmt: skip
        said = {
            "actor": actor, "session": "", "portfolio": "", "command": "recover",
            "content": content, "key": "", "events": [],
        }  # fmt: skip
        now_ns = max(clock.now_ns(), turn.newest_ns)
        turn.append([said], now_ns)
        turn.put_state(SCHEMA, ())
    journal.close()
    proven(copy)
    settle(copy)
    return exchange(copy, path, f"{DAMAGED}-{stamp(clock)}")


def _recover(path: Path, copy: Path, folder: Path) -> Report:
    identity = _identity(path)
    origin = identity.partition(".")[0] or os.urandom(16).hex()
    folding, found = Folding(), ""
    target = new_copy(copy, origin)
    try:
        with target.turn() as turn:
            for record, wrong in _good(path, folder, folding):
                found = wrong
                if record is not None and not wrong:
                    turn.insert(record)
            turn.put_state(SCHEMA, changed_rows(Book(), folding.book))
            turn.claim_keys(
                KeyEntry(portfolio, key, seq, content, receipt)
                for (portfolio, key), (seq, content, receipt) in folding.keys.items()
            )
    finally:
        target.close()
    newest = newest_readable(folder) if found and folding.head.seq else 0
    head, mark = folding.head, finding(path)
    if head.seq == 0:
        said = found or "there is no record"
        raise IntegrityFailed(f"nothing can be kept: {said}; `alluse restore` a backup")
    kept = kept_head(path, identity)
    newest = max(newest, kept.seq if kept is not None else 0)
    lost = max(0, newest - head.seq)
    found = found or (_unusable(path) if not mark and not lost else "")
    if not found and not mark and not lost:
        raise BadInput("recover", None, f"nothing is wrong with the {head.seq} records of {path}")
    return Report(head.seq, lost, found, mark, head.hash.hex())


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
                wrong = [c for c in checked(journal, folded(journal), None).checks if not c.ok]
        finally:
            journal.close()
    except NeedsUpgrade as error:
        said = "if no newer program ever wrote to it, `alluse restore` a backup"
        raise IntegrityFailed(f"nothing can be kept by this one: {error}; {said}") from error
    except (IntegrityFailed, StoreFailed) as error:
        return str(error)
    return f"{wrong[0].name}: {wrong[0].detail}" if wrong else ""


def _good(path: Path, folder: Path, folding: Folding) -> Iterator[tuple[Record | None, str]]:
    """Records from the first, folded as they come; the one that is damaged ends them."""
    before, recorded_ns = Head(), 0
    try:
        for record in salvaged(path, folder):
            wrong = fault(record, before, recorded_ns)
            if not wrong:
                wrong = _folds(folding, record)
            yield record, wrong
            if wrong:
                return
            before, recorded_ns = Head(record.seq, record.hash), record.recorded_ns
    except Unknown:
        raise  # not damaged: a newer program can read on
    except (IntegrityFailed, StoreFailed) as error:
        yield None, f"after record {before.seq}: {error}"


def _folds(folding: Folding, record: Record) -> str:
    """Why the record cannot be applied; empty when it was."""
    kept = Folding(folding.book, folding.head, folding.keys)
    folding.add(record, "")
    if wrong := folding.fold:
        folding.book, folding.head = kept.book, kept.head
    return wrong
