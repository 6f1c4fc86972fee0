"""Pending proposals, as views for the caller."""

from __future__ import annotations

from alluse_tui.domain.model.users import Approval, Permission, User
from alluse_tui.domain.rules.approvals import COOLING_OFF, about, command_of, mode, ready_ns
from alluse_tui.domain.views import ApprovalView
from alluse_tui.engine.auth.identity import may
from alluse_tui.engine.auth.logins import Logins
from alluse_tui.engine.core import Core


class Approvals:
    """Reads proposals. They are answered by the commands Approve and Reject."""

    def __init__(self, core: Core, logins: Logins) -> None:
        """Created by the engine."""
        self._core, self._logins = core, logins

    def pending(self) -> tuple[ApprovalView, ...]:
        """Proposals without an answer, oldest first. Raises Denied."""
        user = self._logins.user()
        proposals = sorted(self._core.book.approvals.values(), key=lambda proposal: proposal.seq)
        return tuple(self._view(proposal, user) for proposal in proposals)

    def _view(self, proposal: Approval, user: User) -> ApprovalView:
        book, now_ns = self._core.book, self._core.now_ns
        own = proposal.by == user.name
        alone = mode(book) == COOLING_OFF
        ready_at_ns = ready_ns(book, proposal) if alone else proposal.ready_ns
        ready = now_ns >= ready_at_ns or not alone
        state = "waiting" if ready else "cooling"
        if not proposal.waits(now_ns):
            state = "expired"
        command = command_of(proposal)
        return ApprovalView(
            id=proposal.seq,
            command=proposal.command,
            portfolio=proposal.portfolio,
            about=about(command, proposal.portfolio),
            note=command.note,
            by=proposal.by,
            asked_ns=proposal.asked_ns,
            ready_ns=ready_at_ns,
            expires_ns=proposal.expires_ns,
            micros=proposal.micros,
            digest=proposal.digest,
            state=state,
            own=own,
            may=may(user, Permission.APPROVE) and own == alone and state == "waiting",
        )
