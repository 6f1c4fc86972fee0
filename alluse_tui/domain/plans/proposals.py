"""A proposal ends without being carried out: it is rejected, or it expires."""

from __future__ import annotations

from alluse_tui.domain.commands.user_commands import Expire, Reject
from alluse_tui.domain.events.events import ApprovalClosed
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.users import Approval
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.rules.approvals import about, command_of, pending_approval


def plan_end(book: Book, command: Reject | Expire, context: Context) -> Plan:
    """Close the pending proposal."""
    approval = pending_approval(book, command.approval, context.now_ns)
    if isinstance(command, Expire):
        outcome, rule = "expired", _expired(approval, context.now_ns)
    else:
        outcome, rule = "rejected", _rejected(approval)
    event = ApprovalClosed(approval.seq, outcome, context.actor)
    return planned(book, command, approval.portfolio, context, [event], [rule])


def _expired(approval: Approval, now_ns: int) -> Verdict:
    is_open = approval.waits(now_ns)
    state = "is still open" if is_open else "was not answered within 24 hours"
    return Verdict("approval.expired", not is_open, f"proposal #{approval.seq} {state}")


def _rejected(approval: Approval) -> Verdict:
    proposed = f"{approval.command} {about(command_of(approval), approval.portfolio)}"
    sentence = f"proposal #{approval.seq} by {approval.by}: {proposed}"
    return Verdict("approval.rejected", True, sentence.replace("{", "{{").replace("}", "}}"))
