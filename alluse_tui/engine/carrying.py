"""Carrying out one command inside a turn: key, plan, records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from alluse_tui.domain.book import Book
from alluse_tui.domain.canonical import canonical
from alluse_tui.domain.commands import Command, Import, Undo
from alluse_tui.domain.errors import Conflict, IntegrityFailed, Refused
from alluse_tui.domain.events import EntryPosted, KeysFreed
from alluse_tui.domain.plan import Context, KeyUse, Plan
from alluse_tui.domain.plans import home_of, plan
from alluse_tui.domain.quarters import Sessions
from alluse_tui.domain.verdict import Verdict
from alluse_tui.domain.views import PlanView, Receipt
from alluse_tui.domain.wire import from_plain, to_plain
from alluse_tui.engine.bodies import accepted, planned_view, refused
from alluse_tui.engine.clock import Clock, new_york_date
from alluse_tui.engine.queue import Waiting
from alluse_tui.engine.undoing import undo_target
from alluse_tui.journal import NO_RECEIPT, Journal, KeyEntry, Record, Turn


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carrying out needs besides the book: the journal, the clock, who is at work."""

    journal: Journal
    clock: Clock
    session: str
    sessions: Sessions

    def planned(self, book: Book, seq: int, command: Command, actor: str) -> PlanView:
        """What `command` would do as record `seq`. Raises Refused, BadInput."""
        home = home_for(book, command, actor, self.journal)
        standing = self._standing(home, command)
        if standing is not None:
            return _receipt_of(standing, self.journal).plan
        context = self._context(book, seq, command, actor, home, self.journal)
        return plan(book, command, context).view

    def carry_out(self, turn: Turn, book: Book, waiting: Waiting) -> tuple[Book, Receipt]:
        """The book afterwards, and the receipt. Raises Refused (recorded), BadInput, Conflict."""
        command, actor = waiting.command, waiting.actor
        home = home_for(book, command, actor, turn)
        try:
            standing = self._standing(home, command)
            if standing is not None:
                return book, _receipt_of(standing, turn)
            context = self._context(book, turn.head.seq + 1, command, actor, home, turn)
            made = plan(book, command, context)
        except Refused as error:
            said = refused(error, command, home, actor, self.session)
            turn.append([said], self.clock.now_ns())
            raise
        if waiting.expect and waiting.expect != made.view.digest:
            raise Conflict("the book changed since the plan was shown: look at the new one")
        if not made.events:
            seq = min((use.seq for use in context.keys.values()), default=0)
            return book, Receipt(seq, "", True, lambda: made.view)
        bodies = accepted(made, command, actor, self.session)
        records = turn.append(bodies, self.clock.now_ns())
        receipt = Receipt(records[0].seq, records[0].hash.hex(), False, lambda: made.view)
        _settle_keys(turn, home, command, made, records, receipt)
        return made.after, receipt

    def _standing(self, home: str, command: Command) -> KeyEntry | None:
        """What stands under the command's key with the same content. Raises Refused for other."""
        if not command.key:
            return None
        entry = self.journal.keys(home, [command.key]).get(command.key)
        if entry is None:
            return None
        if entry.content != content_hash(command.NAME, command.content()):
            said = f"key {command.key} stands for another command in record {entry.seq}"
            raise Refused([Verdict("key.content", False, said)])
        return entry

    def _context(
        self,
        book: Book,
        seq: int,
        command: Command,
        actor: str,
        home: str,
        source: Journal | Turn,
    ) -> Context:
        """What planning may know: today, the standing keys, the records an undo names."""
        keys: Mapping[str, KeyUse] = {}
        undo = None
        if isinstance(command, Import):
            facts = (*command.statement.opening, *command.statement.facts)
            found = self.journal.keys(home, [f.key for f in facts if f.key])
            keys = {k: KeyUse(e.seq, e.content) for k, e in found.items()}
        if isinstance(command, Undo):
            undo = undo_target(book, command, actor, source)
        now_ns = self.clock.now_ns()
        ahead = isinstance(source, Journal)
        return Context(new_york_date(now_ns), seq, now_ns, ahead, self.sessions, keys, undo)


def home_for(book: Book, command: Command, actor: str, source: Journal | Turn) -> str:
    """The portfolio whose keys the command uses. Raises BadInput."""
    if isinstance(command, Undo) and not command.portfolio and len(book.portfolios) != 1:
        target = undo_target(book, command, actor, source)
        return target.portfolio if target is not None else ""
    return home_of(book, command)


def content_hash(name: str, content: Mapping[str, object]) -> str:
    """What a reused key's command must equal: SHA-256 of its name and typed content."""
    return hashlib.sha256(canonical([name, content])).hexdigest()


def _settle_keys(
    turn: Turn,
    home: str,
    command: Command,
    made: Plan,
    records: list[Record],
    receipt: Receipt,
) -> None:
    """Claim the keys that the plan's entries and command bring, free those it gives back."""
    for record, events in zip(records, made.records(), strict=True):
        brought = [
            KeyEntry(made.portfolio, e.key, record.seq, e.content)
            for e in events
            if isinstance(e, EntryPosted) and e.key
        ]
        if brought:
            turn.claim_keys(brought)
        for event in events:
            if isinstance(event, KeysFreed):
                turn.free_keys(event.portfolio, event.keys)
    if command.key:
        shown = canonical(to_plain(receipt.plan))
        content = content_hash(command.NAME, command.content())
        kept = f"{_receipt_check(home, command.key, shown)} {shown.decode()}"
        turn.claim_keys([KeyEntry(home, command.key, receipt.seq, content, kept)])


def damaged_receipt(entry: KeyEntry) -> str:
    """What is wrong with a kept receipt; empty when nothing is, or when there is none."""
    check, _, shown = entry.receipt.partition(" ")
    if entry.receipt in ("", NO_RECEIPT) or check == _receipt_check(
        entry.portfolio, entry.key, shown.encode()
    ):
        return ""
    return f"the receipt of key {entry.key} was changed"


def _receipt_check(portfolio: str, key: str, shown: bytes) -> str:
    return hashlib.sha256(canonical([portfolio, key]) + shown).hexdigest()


def _receipt_of(entry: KeyEntry, source: Journal | Turn) -> Receipt:
    """The first receipt again; after a recovery without the figures before and after.

    Raises IntegrityFailed.
    """
    if found := damaged_receipt(entry) or ("" if entry.receipt else "a receipt was lost"):
        raise IntegrityFailed(found)
    record = next(iter(source.records(entry.seq - 1, entry.seq)), None)
    if record is None:
        raise IntegrityFailed(f"key {entry.key} stands for record {entry.seq}, which is not there")
    if entry.receipt != NO_RECEIPT:
        shown = entry.receipt.partition(" ")[2]
        view: PlanView = from_plain(PlanView, json.loads(shown))
    else:
        view = planned_view(record)
    return Receipt(entry.seq, record.hash.hex(), True, lambda: view)
