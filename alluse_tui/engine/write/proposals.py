"""Recording proposals, which wait for a second person, and their approval."""

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
"""The author of a record: actor, session, uid."""


def signed_by(who: Caller, name: str) -> Signed:
    """The author's fields of a record."""
    return {"actor": name, "session": who.session[:16], "uid": who.uid}


def propose(
    turn: Turn, book: Book, planned: Plan, by: str, signed: Signed, now_ns: int, mode: str
) -> tuple[Book, Pending]:
    """Record that `by` proposes the plan. Raises Refused if the same is already pending."""
    same = open_duplicate(book, planned, now_ns)
    if same is not None:
        return book, pending_notice(book, same, mode)
    events: list[Event] = [
        ApprovalClosed(old.seq, "superseded", by)
        for old in waiting_like(book, planned.command, planned.portfolio, now_ns)
    ]
    alone = mode == COOLING_OFF
    delay_ns = book.portfolios[planned.portfolio].policy.approval_delay_minutes * 60 * SECOND_NS
    events.append(
        ApprovalRequested(
            command=planned.command.NAME,
            content=content_of(planned.command),
            portfolio=planned.portfolio,
            by=by,
            asked_ns=now_ns,
            expires_ns=now_ns + EXPIRES_NS,
            digest=planned.view.digest,
            micros=proposed_micros(planned),
            ready_ns=now_ns + delay_ns if alone else 0,
            effect=planned.effect,
        )
    )
    content = {"proposes": planned.command.NAME, **planned.command.content()}
    body = proposal_body("propose", content, planned.portfolio, signed, events, planned.rules)
    (record,) = turn.append([body], now_ns)
    book = apply_all(book, events, record.seq)
    return book, pending_notice(book, book.approvals[str(record.seq)], mode)


def open_duplicate(book: Book, planned: Plan, now_ns: int) -> Approval | None:
    """The pending proposal of the same plan and key. Raises Refused for one with another key."""
    for old in waiting_like(book, planned.command, planned.portfolio, now_ns):
        if old.effect == planned.effect or old.digest == planned.view.digest:
            if planned.command.key and command_of(old).key == planned.command.key:
                return old
            message = f"already proposed as #{old.seq} by {old.by}"
            raise Refused([Verdict("approval.waiting", False, message)])
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
    """Record the approval; the proposal is no longer pending."""
    events: list[Event] = [ApprovalClosed(approval.seq, "approved", actor)]
    content = {"approval": approval.seq, "digest": approval.digest}
    body = proposal_body("approve", content, approval.portfolio, signed, events, rules)
    (record,) = turn.append([body], now_ns)
    return apply_all(book, events, record.seq)


def pending_notice(book: Book, approval: Approval, mode: str) -> Pending:
    """The notice for the proposer: the next step."""
    seq = approval.seq
    if mode == COOLING_OFF:
        minutes = (approval.ready_ns - approval.asked_ns) // (60 * SECOND_NS)
        next_step = f"confirm it after {minutes} min with `alluse approve {seq}`"
    elif nobody_to_ask(book, approval.by):
        next_step = "there is no other approver; an admin must give someone the role"
    else:
        next_step = f"someone else must approve it within 24 hours: `alluse approve {seq}`"
    return Pending(seq, f"{approval.command} is proposed as #{seq}, not done yet: {next_step}")
