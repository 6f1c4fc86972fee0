"""Proposals in the journal: a command that waits for a second person, and the yes to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from alluse_tui.domain.events.events import ApprovalClosed, ApprovalRequested, Event
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import Pending, Refused
from alluse_tui.domain.model.users import SECOND_NS, Approval
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Plan
from alluse_tui.domain.rules.approvals import (
    COOLING_OFF,
    EXPIRES_NS,
    command_of,
    content_of,
    nobody_to_ask,
    proposed_micros,
    waiting_like,
)
from alluse_tui.engine.auth.identity import Caller
from alluse_tui.engine.write.record_bodies import proposal_body
from alluse_tui.journal import Turn

Signed = Mapping[str, Any]
"""Who did it, as a record names them: actor, session, uid."""


def signed_by(who: Caller, name: str) -> Signed:
    """What every record says of whoever it comes from."""
    return {"actor": name, "session": who.session[:16], "uid": who.uid}


def propose(
    turn: Turn, book: Book, made: Plan, by: str, signed: Signed, now_ns: int, mode: str
) -> tuple[Book, Pending]:
    """Record that `by` wants the plan. Raises Refused where the same waits already."""
    same = open_duplicate(book, made, now_ns)
    if same is not None:
        return book, pending_notice(book, same, mode)
    events: list[Event] = [
        ApprovalClosed(old.seq, "superseded", by)
        for old in waiting_like(book, made.command, made.portfolio, now_ns)
    ]
    alone = mode == COOLING_OFF
    delay_ns = book.portfolios[made.portfolio].policy.approval_delay_minutes * 60 * SECOND_NS
    events.append(
        ApprovalRequested(
            made.command.NAME, content_of(made.command), made.portfolio, by, now_ns,
            now_ns + EXPIRES_NS, made.view.digest, proposed_micros(made),
            now_ns + delay_ns if alone else 0,
        )
    )  # fmt: skip
    content = {"proposes": made.command.NAME, **made.command.content()}
    body = proposal_body("propose", content, made.portfolio, signed, events, made.rules)
    (record,) = turn.append([body], now_ns)
    book = apply_all(book, events, record.seq)
    return book, pending_notice(book, book.approvals[str(record.seq)], mode)


def open_duplicate(book: Book, made: Plan, now_ns: int) -> Approval | None:
    """The proposal of the same plan under the same key. Raises Refused for one under another."""
    for old in waiting_like(book, made.command, made.portfolio, now_ns):
        if old.digest == made.view.digest:
            if made.command.key and command_of(old).key == made.command.key:
                return old
            said = f"waits already as #{old.seq}, proposed by {old.by}"
            raise Refused([Verdict("approval.waiting", False, said)])
    return None


def record_approval(
    turn: Turn,
    book: Book,
    approval: Approval,
    actor: str,
    signed: Signed,
    now_ns: int,
    rules: Iterable[Verdict],
) -> Book:
    """Record the yes; the proposal is spent."""
    events: list[Event] = [ApprovalClosed(approval.seq, "approved", actor)]
    content = {"approval": approval.seq, "digest": approval.digest}
    body = proposal_body("approve", content, approval.portfolio, signed, events, rules)
    (record,) = turn.append([body], now_ns)
    return apply_all(book, events, record.seq)


def pending_notice(book: Book, approval: Approval, mode: str) -> Pending:
    """What whoever proposed it is told."""
    seq = approval.seq
    if mode == COOLING_OFF:
        minutes = (approval.ready_ns - approval.asked_ns) // (60 * SECOND_NS)
        said = f"sleep over it: alluse approve {seq} after {minutes} min"
    elif nobody_to_ask(book, approval.by):
        said = "nobody else is approver: an admin must give somebody the role"
    else:
        said = f"somebody else must approve it within 24 hours: alluse approve {seq}"
    return Pending(seq, f"{approval.command} is recorded as #{seq} and not done: {said}")
