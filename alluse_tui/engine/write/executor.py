"""Carrying out one command inside a turn: key, plan, records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.commands import Command, Import, Undo
from alluse_tui.domain.commands.user_commands import Approve, EndSession, LoginAttempt
from alluse_tui.domain.events.codec import canonical, from_plain
from alluse_tui.domain.events.events import EntryPosted, KeysFreed
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import TradingCalendar
from alluse_tui.domain.model.errors import (
    Conflict,
    Denied,
    IntegrityFailed,
    Pending,
    Refused,
    StepUpNeeded,
)
from alluse_tui.domain.model.users import Approval, User
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, KeyUse, Plan, judged
from alluse_tui.domain.plans import home_of, plan
from alluse_tui.domain.rules.approvals import answerable, command_of, needed, pending_approval
from alluse_tui.domain.rules.confirmation import confirm_code, weighs_on_one
from alluse_tui.domain.views import PlanView, Receipt
from alluse_tui.engine.auth.authorization import authorize, needs_no_user, proposer_may
from alluse_tui.engine.auth.identity import Caller, resolve_user, session_of
from alluse_tui.engine.auth.session_updates import start_session, update_session
from alluse_tui.engine.clock import Clock, new_york_date
from alluse_tui.engine.write.group_commit import Waiting
from alluse_tui.engine.write.proposals import (
    Signed,
    open_duplicate,
    propose,
    record_approval,
    signed_by,
)
from alluse_tui.engine.write.record_bodies import (
    accepted_bodies,
    denied_body,
    planned_view,
    refused_body,
)
from alluse_tui.engine.write.undo_target import undo_target, undone_command
from alluse_tui.journal import NO_RECEIPT, Journal, KeyEntry, Record, Turn


@dataclass(frozen=True, slots=True)
class CommandExecutor:
    """What carrying out needs besides the book: the journal, the clock, who owns the files."""

    journal: Journal
    clock: Clock
    owner_uid: int
    sessions: TradingCalendar

    def planned(self, book: Book, seq: int, command: Command, who: Caller) -> PlanView:
        """What `command` would do as record `seq`. Raises Refused, BadInput, Denied."""
        now_ns = self.clock.now_ns()
        user = (
            User(who.name, ())
            if needs_no_user(command)
            else resolve_user(book, who, self.journal, now_ns, idle=True)
        )
        undone = undone_command(book, command, user.name, self.journal)
        with suppress(StepUpNeeded):  # it is asked for when the command is submitted
            authorize(book, user, who, command, self.owner_uid, None, undone)
        if isinstance(command, Approve):
            approval = pending_approval(book, command.approval, now_ns)
            amount = approval.micros  # it is typed when the yes is said
            rules, made = self._approvable(book, seq + 1, approval, user.name, amount, self.journal)
            view = _to_confirm(book, made, "")
            return replace(view, rules=(*rules, *view.rules))
        home = home_for(book, command, user.name, self.journal)
        standing = self._standing(home, command)
        if standing is not None:
            return _receipt_of(standing, self.journal).plan
        made = self._made(book, seq, command, user.name, home, self.journal)
        mode = needed(book, made)
        if mode:
            open_duplicate(book, made, now_ns)
        return _to_confirm(book, made, mode)

    def carry_out(self, turn: Turn, book: Book, waiting: Waiting) -> tuple[Book, Receipt | Pending]:
        """The book afterwards, and the receipt or the proposal that was made of it.

        Raises Denied and Refused (recorded), BadInput, Conflict.
        """
        command, who, now_ns = waiting.command, waiting.who, self.clock.now_ns()
        try:
            user = self._admitted(turn, book, waiting, now_ns)
        except Denied as error:
            session = session_of(who, turn)
            name = session.user if session else who.name
            turn.append([denied_body(error, command, signed_by(who, name))], now_ns)
            raise
        signed = signed_by(who, user.name)
        if isinstance(command, Approve):
            return self._approve(turn, book, command, user.name, signed, waiting.expect)
        if isinstance(command, LoginAttempt):
            return self._attempt(turn, book, command, who, signed)
        return self._act(turn, book, command, user.name, signed, waiting.expect)

    def _admitted(self, turn: Turn, book: Book, waiting: Waiting, now_ns: int) -> User:
        command, who = waiting.command, waiting.who
        if needs_no_user(command):
            user = User(who.name, ())
        else:
            user = resolve_user(book, who, turn, now_ns, idle=False)
        if not isinstance(command, (LoginAttempt, EndSession)):
            undone = undone_command(book, command, user.name, turn)
            authorize(book, user, who, command, self.owner_uid, waiting.proven_epoch, undone)
        if not isinstance(command, LoginAttempt):
            update_session(turn, command, who, now_ns)
        return user

    def _act(
        self, turn: Turn, book: Book, command: Command, actor: str, signed: Signed, expect: str
    ) -> tuple[Book, Receipt | Pending]:
        home = home_for(book, command, actor, turn)
        try:
            standing = self._standing(home, command)
            if standing is not None:
                return book, _receipt_of(standing, turn)
            made = self._made(book, turn.head.seq + 1, command, actor, home, turn)
            if expect and expect != made.view.digest:
                raise Conflict("the book changed since the plan was shown: look at the new one")
            if mode := needed(book, made):
                return propose(turn, book, made, actor, signed, self.clock.now_ns(), mode)
        except Refused as error:
            turn.append([refused_body(error, command, home, signed)], self.clock.now_ns())
            raise
        if not made.events:
            seq = self._first_standing(home, command)
            return book, Receipt(seq, "", True, lambda: made.view)
        return self._record(turn, home, command, made, signed, {})

    def _attempt(
        self, turn: Turn, book: Book, command: LoginAttempt, who: Caller, signed: Signed
    ) -> tuple[Book, Receipt]:
        """The record of a password that was given; what it begins stands in the same commit."""
        made = self._made(book, turn.head.seq + 1, command, who.name, "", turn)
        user, right = made.after.users.get(command.user), all(r.ok for r in made.rules)
        start_session(turn, command, user, who, self.clock.now_ns(), right=right)
        return self._record(turn, "", command, made, signed, {})

    def _record(
        self,
        turn: Turn,
        home: str,
        command: Command,
        made: Plan,
        signed: Signed,
        approval: Mapping[str, Any],
    ) -> tuple[Book, Receipt]:
        bodies = accepted_bodies(made, command, signed, approval)
        records = turn.append(bodies, self.clock.now_ns())
        receipt = Receipt(records[0].seq, records[0].hash.hex(), False, lambda: made.view)
        _settle_keys(turn, home, command, made, records, receipt)
        return made.after, receipt

    def _approve(
        self, turn: Turn, book: Book, command: Approve, actor: str, signed: Signed, expect: str
    ) -> tuple[Book, Receipt]:
        """The proposal's plan, made again on the book as it is now, is carried out once."""
        now_ns = self.clock.now_ns()
        approval = pending_approval(book, command.approval, now_ns)
        home, proposed = approval.portfolio, command_of(approval)
        seq = turn.head.seq + 2  # the yes comes before what it lets happen
        try:
            rules, made = self._approvable(book, seq, approval, actor, command.amount, turn)
        except Refused as error:
            turn.append([refused_body(error, command, home, signed)], now_ns)
            raise
        if expect and expect != made.view.digest:
            raise Conflict("the book changed since the plan was shown: look at the new one")
        book = record_approval(turn, book, approval, actor, signed, now_ns, rules)
        made = self._made(book, seq, proposed, approval.by, home, turn)
        by = {"id": approval.seq, "by": approval.by}
        return self._record(turn, home, proposed, made, signed, by)

    def _approvable(
        self,
        book: Book,
        seq: int,
        approval: Approval,
        actor: str,
        amount: int | None,
        source: Journal | Turn,
    ) -> tuple[tuple[Verdict, ...], Plan]:
        """Why `actor` may say yes, and the plan made again on the book as it is. Raises Refused."""
        home, proposed = approval.portfolio, command_of(approval)
        rules = judged(answerable(book, approval, actor, self.clock.now_ns(), amount))
        standing = self._standing(home, proposed)
        made = self._made(book, seq, proposed, approval.by, home, source)
        same = standing is None and made.view.digest == approval.digest
        said = f"the book changed since {approval.by} proposed it: reject it, propose it again"
        said = "the plan is still the same" if same else said
        stands = Verdict("approval.changed", same, said)
        undone = undone_command(book, proposed, approval.by, source)
        return judged((*rules, proposer_may(book, approval, undone), stands)), made

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

    def _first_standing(self, home: str, command: Command) -> int:
        """The oldest record in which the rows of an import that brought nothing new stand."""
        return min((use.seq for use in self._key_uses(home, command).values()), default=0)

    def _key_uses(self, home: str, command: Command) -> Mapping[str, KeyUse]:
        if not isinstance(command, Import):
            return {}
        facts = (*command.statement.opening, *command.statement.facts)
        found = self.journal.keys(home, [f.key for f in facts if f.key])
        return {k: KeyUse(e.seq, e.content) for k, e in found.items()}

    def _made(
        self,
        book: Book,
        seq: int,
        command: Command,
        actor: str,
        home: str,
        source: Journal | Turn,
    ) -> Plan:
        """The plan, on what it may know: today, the standing keys, the records an undo names."""
        keys = self._key_uses(home, command)
        undo = None
        if isinstance(command, Undo):
            undo = undo_target(book, command, actor, source)
        now_ns = self.clock.now_ns()
        ahead = isinstance(source, Journal)
        context = Context(
            new_york_date(now_ns), seq, now_ns, ahead, self.sessions, keys, undo, actor
        )
        return plan(book, command, context)


def _to_confirm(book: Book, plan: Plan, approval: str) -> PlanView:
    """The plan as it is shown before somebody agrees to it."""
    return replace(
        plan.view,
        approval=approval,
        confirm_code=confirm_code(plan),
        unchecked=not book.users and weighs_on_one(plan.command.traits),
    )


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
        shown = canonical(receipt.plan)
        content = content_hash(command.NAME, command.content())
        kept = f"{_receipt_check(home, command.key, shown)} {shown.decode()}"
        turn.claim_keys([KeyEntry(home, command.key, receipt.seq, content, kept)])


def damaged_receipt(entry: KeyEntry) -> str:
    """What is wrong with a kept receipt; empty when nothing is, or when there is none."""
    authorize, _, shown = entry.receipt.partition(" ")
    if entry.receipt in ("", NO_RECEIPT) or authorize == _receipt_check(
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
