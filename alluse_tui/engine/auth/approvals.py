"""Proposals that wait for an answer, as the caller may see them."""

from __future__ import annotations

from alluse_tui.domain.model.users import Approval, Permission, User
from alluse_tui.domain.rules.approvals import COOLING_OFF, about, command_of, mode, ready_ns
from alluse_tui.domain.views import ApprovalView
from alluse_tui.engine.auth.identity import may
from alluse_tui.engine.auth.logins import Logins
from alluse_tui.engine.core import Core


class Approvals:
    """Answering one is a command: Approve or Reject."""

    def __init__(self, core: Core, logins: Logins) -> None:
        """Made by the engine, once."""
        self._core, self._logins = core, logins

    def pending(self) -> tuple[ApprovalView, ...]:
        """What waits for an answer, the oldest first. Raises Denied."""
        me, book = self._logins.user(), self._core.book
        waiting = sorted(book.approvals.values(), key=lambda one: one.seq)
        return tuple(self._view(one, me) for one in waiting)

    def _view(self, one: Approval, me: User) -> ApprovalView:
        book, now_ns = self._core.book, self._core.now_ns
        own = one.by == me.name
        alone = mode(book) == COOLING_OFF
        ready_at_ns = ready_ns(book, one) if alone else one.ready_ns
        ready = now_ns >= ready_at_ns or not alone
        state = "waiting" if ready else "cooling"
        if not one.waits(now_ns):
            state = "expired"
        may_answer = may(me, Permission.APPROVE) and own == alone and state == "waiting"
        command = command_of(one)
        return ApprovalView(
            one.seq, one.command, one.portfolio, about(command, one.portfolio), command.note,
            one.by, one.asked_ns, ready_at_ns, one.expires_ns, one.micros, one.digest, state, own,
            may_answer,
        )  # fmt: skip
