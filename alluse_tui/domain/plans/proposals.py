"""A proposal ends without being carried out: somebody says no, or nobody answers."""

from __future__ import annotations

from alluse_tui.domain.commands.user_commands import Expire, Reject
from alluse_tui.domain.events.events import ApprovalClosed
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.rules.approvals import about, command_of, pending_approval


def plan_end(book: Book, command: Reject | Expire, context: Context) -> Plan:
    """The proposal waits no more."""
    approval = pending_approval(book, command.approval, context.now_ns)
    rules = []
    if isinstance(command, Expire):
        over = not approval.waits(context.now_ns)
        said = f"#{approval.seq} {'was not answered within 24 hours' if over else 'still waits'}"
        rules.append(Verdict("approval.expired", over, said))
    else:
        asked = f"{approval.command} {about(command_of(approval), approval.portfolio)}"
        said = f"#{approval.seq}, by {approval.by}: {asked}"
        rules.append(Verdict("approval.rejected", True, said.replace("{", "{{").replace("}", "}}")))
    outcome = "expired" if isinstance(command, Expire) else "rejected"
    event = ApprovalClosed(approval.seq, outcome, context.actor)
    return planned(book, command, approval.portfolio, context, [event], rules)
