"""Execution of one command in a turn: key, plan, records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.commands import AcknowledgeAlert, Command, Import, ImportAccounts, Undo
from alluse_tui.domain.commands.user_commands import Approve, EndSession, LoginAttempt
from alluse_tui.domain.derived.market_alerts import MarketFacts
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import TradingCalendar
from alluse_tui.domain.model.errors import (
    Conflict,
    Denied,
    Pending,
    Refused,
    StepUpNeeded,
)
from alluse_tui.domain.model.users import Approval, User
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import EVENTS_PER_RECORD, Context, KeyUse, Plan, judged
from alluse_tui.domain.plans import home_of, plan
from alluse_tui.domain.plans.old_system import keys_of_old_system
from alluse_tui.domain.rules.approvals import answerable, command_of, needed, pending_approval
from alluse_tui.domain.rules.confirmation import confirm_code, weighs_on_one
from alluse_tui.domain.views import PlanView, Receipt
from alluse_tui.engine.auth.authorization import authorize, needs_no_user, proposer_may
from alluse_tui.engine.auth.identity import Caller, resolve_user, session_of
from alluse_tui.engine.auth.session_updates import start_session, update_session
from alluse_tui.engine.clock import Clock, new_york_date
from alluse_tui.engine.read.market_inputs import MarketInputsReader
from alluse_tui.engine.write.group_commit import Waiting
from alluse_tui.engine.write.open_lots import open_lots_for
from alluse_tui.engine.write.proposals import (
    Signed,
    open_duplicate,
    propose,
    record_approval,
    signed_by,
)
from alluse_tui.engine.write.receipts import content_hash, receipt_of, settle_keys
from alluse_tui.engine.write.record_bodies import (
    accepted_bodies,
    denied_body,
    refused_body,
)
from alluse_tui.engine.write.undo_target import undo_target, undone_command
from alluse_tui.journal import Journal, KeyEntry, Turn


@dataclass(frozen=True, slots=True)
class CommandExecutor:
    """Previews and executes one command; `owner_uid` owns the journal's file."""

    journal: Journal
    clock: Clock
    owner_uid: int
    sessions: TradingCalendar
    market: MarketInputsReader
    facts: Callable[[Book], MarketFacts | None]

    def preview(self, book: Book, seq: int, command: Command, who: Caller) -> PlanView:
        """The plan of `command` as record `seq`. Raises Refused, BadInput, Denied."""
        now_ns = self.clock.now_ns()
        user = (
            User(who.name, ())
            if needs_no_user(command)
            else resolve_user(book, who, self.journal, now_ns, idle=True)
        )
        undone = undone_command(book, command, user.name, self.journal)
        with suppress(StepUpNeeded):  # submitting asks for the password
            authorize(book, user, who, command, self.owner_uid, None, undone)
        if isinstance(command, Approve):
            approval = pending_approval(book, command.approval, now_ns)
            amount = approval.micros  # the user types it when approving
            rules, planned = self._approvable(
                book, seq + 1, approval, user.name, amount, self.journal
            )
            view = _to_confirm(book, planned, "")
            return replace(view, rules=(*rules, *view.rules))
        portfolio = portfolio_for(book, command, user.name, self.journal)
        use = self._existing_use_of_key(portfolio, command)
        if use is not None:
            return receipt_of(use, self.journal).plan
        planned = self._plan(book, seq, command, user.name, portfolio, self.journal)
        mode = needed(book, planned)
        if mode:
            open_duplicate(book, planned, now_ns)
        return _to_confirm(book, planned, mode)

    def execute(self, turn: Turn, book: Book, waiting: Waiting) -> tuple[Book, Receipt | Pending]:
        """Execute the command; returns the new book and the receipt or recorded proposal.

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
        return self._act(turn, book, waiting, user.name, signed)

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
        self, turn: Turn, book: Book, waiting: Waiting, actor: str, signed: Signed
    ) -> tuple[Book, Receipt | Pending]:
        command, expect = waiting.command, waiting.expect
        portfolio = portfolio_for(book, command, actor, turn)
        try:
            use = self._existing_use_of_key(portfolio, command)
            if use is not None:
                return book, receipt_of(use, turn)
            planned = self._plan(book, turn.head.seq + 1, command, actor, portfolio, turn)
            if expect and expect != planned.view.digest:
                raise Conflict("the book changed since the plan was shown; review the new plan")
            if mode := needed(book, planned):
                return propose(turn, book, planned, actor, signed, self.clock.now_ns(), mode)
        except Refused as error:
            turn.append([refused_body(error, command, portfolio, signed)], self.clock.now_ns())
            raise
        if not planned.events:
            seq = self._oldest_record_of_rows(book, portfolio, command)
            return book, Receipt(seq, "", True, lambda: planned.view)
        return self._record(turn, portfolio, command, planned, signed, {}, waiting.progress)

    def _attempt(
        self, turn: Turn, book: Book, command: LoginAttempt, who: Caller, signed: Signed
    ) -> tuple[Book, Receipt]:
        """Record a login attempt, and start the session in the same transaction."""
        planned = self._plan(book, turn.head.seq + 1, command, who.name, "", turn)
        user, right = planned.after.users.get(command.user), all(r.ok for r in planned.rules)
        start_session(turn, command, user, who, self.clock.now_ns(), right=right)
        return self._record(turn, "", command, planned, signed, {})

    def _record(
        self,
        turn: Turn,
        portfolio: str,
        command: Command,
        planned: Plan,
        signed: Signed,
        approval: Mapping[str, Any],
        progress: Callable[[int, int], None] | None = None,
    ) -> tuple[Book, Receipt]:
        bodies = accepted_bodies(planned, command, signed, approval)
        if progress is not None:
            bodies = _counted(bodies, len(planned.events), progress)
        records = turn.append(bodies, self.clock.now_ns())
        receipt = Receipt(records[0].seq, records[0].hash.hex(), False, lambda: planned.view)
        settle_keys(turn, portfolio, command, planned, records, receipt)
        return planned.after, receipt

    def _approve(
        self, turn: Turn, book: Book, command: Approve, actor: str, signed: Signed, expect: str
    ) -> tuple[Book, Receipt]:
        """Plan the proposal again on the current book, and execute it once."""
        now_ns = self.clock.now_ns()
        approval = pending_approval(book, command.approval, now_ns)
        portfolio, proposed = approval.portfolio, command_of(approval)
        seq = turn.head.seq + 2  # the approval's own record comes first
        try:
            rules, planned = self._approvable(book, seq, approval, actor, command.amount, turn)
        except Refused as error:
            turn.append([refused_body(error, command, portfolio, signed)], now_ns)
            raise
        if expect and expect != planned.view.digest:
            raise Conflict("the book changed since the plan was shown; review the new plan")
        book = record_approval(turn, book, approval, actor, signed, now_ns, rules)
        planned = self._plan(book, seq, proposed, approval.by, portfolio, turn)
        by = {"id": approval.seq, "by": approval.by}
        return self._record(turn, portfolio, proposed, planned, signed, by)

    def _approvable(
        self,
        book: Book,
        seq: int,
        approval: Approval,
        actor: str,
        amount: int | None,
        source: Journal | Turn,
    ) -> tuple[tuple[Verdict, ...], Plan]:
        """The rules that let `actor` approve, and the plan on the current book. Raises Refused."""
        portfolio, proposed = approval.portfolio, command_of(approval)
        rules = judged(answerable(book, approval, actor, self.clock.now_ns(), amount))
        use = self._existing_use_of_key(portfolio, proposed)
        planned = self._plan(book, seq, proposed, approval.by, portfolio, source)
        unchanged = use is None and _same_effect(planned, approval)
        message = (
            "the proposal still has the same effect"
            if unchanged
            else f"the proposal now has another effect than when {approval.by} proposed it; "
            "reject it and propose it again"
        )
        changed = Verdict("approval.changed", unchanged, message)
        undone = undone_command(book, proposed, approval.by, source)
        return judged((*rules, proposer_may(book, approval, undone), changed)), planned

    def _existing_use_of_key(self, portfolio: str, command: Command) -> KeyEntry | None:
        """The earlier use of the command's key. Raises Refused if its content differs."""
        if not command.key:
            return None
        entry = self.journal.keys(portfolio, [command.key]).get(command.key)
        if entry is None:
            return None
        if entry.content != content_hash(command.NAME, command.content()):
            message = f"key {command.key} was already used for another command (#{entry.seq})"
            raise Refused([Verdict("key.content", False, message)])
        return entry

    def _oldest_record_of_rows(self, book: Book, portfolio: str, command: Command) -> int:
        """The oldest record with rows of an import without new rows."""
        uses = self._key_uses(book, portfolio, command)
        return min((use.seq for use in uses.values()), default=0)

    def _key_uses(self, book: Book, portfolio: str, command: Command) -> Mapping[str, KeyUse]:
        """Which keys of an import's rows are in use."""
        if isinstance(command, Import):
            keys = [key for row in command.rows for key in row.keys]
        elif isinstance(command, ImportAccounts):
            keys = list(keys_of_old_system(book, command))
        else:
            return {}
        entries = self.journal.keys(portfolio, keys)
        return {key: KeyUse(entry.seq, entry.content) for key, entry in entries.items()}

    def _plan(
        self,
        book: Book,
        seq: int,
        command: Command,
        actor: str,
        portfolio: str,
        source: Journal | Turn,
    ) -> Plan:
        """The plan for today, with the keys in use, the target of an undo and named lots."""
        keys = self._key_uses(book, portfolio, command)
        undo = None
        if isinstance(command, Undo):
            undo = undo_target(book, command, actor, source)
        now_ns = self.clock.now_ns()
        is_preview = isinstance(source, Journal)
        context = Context(
            today=new_york_date(now_ns),
            seq=seq,
            now_ns=now_ns,
            is_preview=is_preview,
            sessions=self.sessions,
            keys=keys,
            undo=undo,
            actor=actor,
            open_lots=open_lots_for(book, command, source),
            market=self.market.of_command(book, command),
            facts=self.facts(book) if isinstance(command, AcknowledgeAlert) else None,
        )
        return plan(book, command, context)


def _counted(
    bodies: Iterator[dict[str, Any]], total: int, progress: Callable[[int, int], None]
) -> Iterator[dict[str, Any]]:
    """The bodies; `progress` receives how many events the records before have, and all events."""
    for number, body in enumerate(bodies):
        progress(number * EVENTS_PER_RECORD, total)
        yield body


def _to_confirm(book: Book, plan: Plan, approval: str) -> PlanView:
    """The view of the plan for confirmation."""
    return replace(
        plan.view,
        approval=approval,
        confirm_code=confirm_code(plan),
        unchecked=not book.users and weighs_on_one(plan.command.traits),
    )


def _same_effect(planned: Plan, approval: Approval) -> bool:
    """Whether the plan has the proposed effect, regardless of other changes to the book."""
    if approval.effect:
        return planned.effect == approval.effect
    return planned.view.digest == approval.digest  # proposed before effects were recorded


def portfolio_for(book: Book, command: Command, actor: str, source: Journal | Turn) -> str:
    """The portfolio whose keys the command uses. Raises BadInput."""
    if isinstance(command, Undo) and not command.portfolio and len(book.portfolios) != 1:
        target = undo_target(book, command, actor, source)
        return target.portfolio if target is not None else ""
    return home_of(book, command)
