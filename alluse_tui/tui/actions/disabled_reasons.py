"""Why an action is unavailable now, as a sentence with numbers; None when it is available.

What an account allows is decided by the domain (`engine.possible`); here are the permissions, the
cursor, and the state of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alluse_tui.domain.derived.positions import Position
from alluse_tui.domain.views import AccountView, AlertView, ApprovalView
from alluse_tui.engine import possible
from alluse_tui.tui import texts
from alluse_tui.tui.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Situation:
    """What an action is judged on: what is shown, and what is under the cursor.

    `record`: 0 for none. `opens`: what Enter opens there besides resolving an alert. `work`: the
    running job, or ''. `undo_seq`: the record that undo would reverse, 0 for none, None while that
    is not known.
    """

    snapshot: Snapshot | None
    account: AccountView | None
    alert: AlertView | None = None
    record: int = 0
    opens: str = ""
    work: str = ""
    approval: ApprovalView | None = None
    undo_seq: int | None = None
    position: Position | None = None


Reason = Callable[[Situation], str | None]

ANSWERS: Mapping[str, str] = {
    **{id: id for id in ("fork", "merge", "reinvest", "deposit", "withdraw", "transfer", "ack")},
    "resume": "resume",
    "explain-difference": "explain",
}
"""What an alert can name, and the action for it; any other answer is to look at the account."""


def always(_: Situation) -> str | None:
    """Always available."""
    return None


def writable(situation: Situation) -> str | None:
    """Unless the user may record something."""
    return _read_only(situation) or _missing_role(situation, "act", "operator or approver")


def administers(situation: Situation) -> str | None:
    """Unless the user may change users and the policy."""
    return _read_only(situation) or _missing_role(situation, "administer", "admin")


def adds_users(situation: Situation) -> str | None:
    """Unless the user may add users, which takes a password of their own."""
    if reason := administers(situation):
        return reason
    assert situation.snapshot is not None
    return None if situation.snapshot.identity.has_password else texts.FIRST_PASSWORD


def approvable(situation: Situation) -> str | None:
    """Unless the selected proposal can be approved by the user now."""
    proposal = situation.approval
    if situation.snapshot is None or proposal is None:
        return texts.SELECT_PROPOSAL
    if reason := _read_only(situation):
        return reason
    if proposal.state == "expired":
        return texts.PROPOSAL_EXPIRED.format(id=proposal.id)
    if proposal.state == "cooling":
        return texts.PROPOSAL_COOLING.format(id=proposal.id)
    if proposal.own and not proposal.may and "approve" in situation.snapshot.may:
        return texts.PROPOSAL_OWN
    return _missing_role(situation, "approve", "approver")


def rejectable(situation: Situation) -> str | None:
    """Unless the user may reject the selected proposal, or withdraw it as its author."""
    if situation.approval is None:
        return texts.SELECT_PROPOSAL
    if reason := writable(situation):
        return reason
    return None if situation.approval.own else _missing_role(situation, "approve", "approver")


def lockable(situation: Situation) -> str | None:
    """Unless the user has a password to unlock the screen with."""
    if situation.snapshot is None or not situation.snapshot.identity.has_password:
        return texts.NO_PASSWORD
    return None


def shown(situation: Situation) -> str | None:
    """Unless an account is selected; looking at it needs no other permission."""
    return texts.SELECT_ACCOUNT if situation.account is None else None


def account(situation: Situation) -> str | None:
    """Unless the user may act and an account is selected."""
    if reason := writable(situation):
        return reason
    return texts.SELECT_ACCOUNT if situation.account is None else None


def on_account(action: str) -> Reason:
    """The reason for an action that the domain judges by the selected account."""

    def reason(situation: Situation) -> str | None:
        if missing := account(situation):
            return missing
        assert situation.account is not None
        return possible(situation.account)[action] or None

    return reason


def on_position(action: str) -> Reason:
    """The reason for an action on the position under the cursor."""

    def reason(situation: Situation) -> str | None:
        if missing := on_account("post")(situation):
            return missing
        if situation.position is None:
            return texts.SELECT_POSITION
        is_option = situation.position.instrument.right is not None
        return None if is_option else texts.SHARES_CANNOT.get(action)

    return reason


def alert(situation: Situation) -> str | None:
    """Unless the user may acknowledge the selected alert."""
    if situation.alert is not None and situation.alert.for_audit:
        return _read_only(situation) or _missing_role(situation, "audit", "admin or auditor")
    if reason := writable(situation):
        return reason
    return texts.SELECT_ALERT if situation.alert is None else None


def snooze(situation: Situation) -> str | None:
    """Unless the selected alert can be hidden until a date."""
    if situation.alert is not None and situation.alert.for_audit:
        return texts.NO_SNOOZE.format(kind=situation.alert.kind)
    return alert(situation)


def pausable(situation: Situation) -> str | None:
    """Unless the whole portfolio can be paused."""
    if reason := writable(situation):
        return reason
    assert situation.snapshot is not None
    portfolio = situation.snapshot.portfolio
    if portfolio.pause is None:
        return None
    return texts.ALREADY_PAUSED.format(name=portfolio.name, reason=portfolio.pause.reason)


def resumable(situation: Situation) -> str | None:
    """Unless the whole portfolio is paused."""
    if reason := writable(situation):
        return reason
    assert situation.snapshot is not None
    portfolio = situation.snapshot.portfolio
    return texts.NOT_PAUSED.format(name=portfolio.name) if portfolio.pause is None else None


def explainable(situation: Situation) -> str | None:
    """Unless the selected account has a recorded difference that nobody has explained."""
    if reason := account(situation):
        return reason
    assert situation.snapshot is not None and situation.account is not None
    if break_of(situation.snapshot, situation.account) is not None:
        return None
    return texts.NOTHING_TO_EXPLAIN.format(code=situation.account.code)


def break_of(snapshot: Snapshot, account: AccountView) -> AlertView | None:
    """The alert about the account's unexplained differences; None if there are none."""
    alerts = (*snapshot.alerts, *snapshot.snoozed)
    return next((a for a in alerts if a.items and a.account == account.code), None)


def answer(situation: Situation) -> str | None:
    """Unless Enter does something here."""
    if situation.alert is not None:
        return None
    return None if situation.opens else texts.NOTHING_TO_OPEN


def record(situation: Situation) -> str | None:
    """Unless a record is selected that the user may undo."""
    if reason := writable(situation):
        return reason
    return texts.SELECT_RECORD if not situation.record else None


def undoable(situation: Situation) -> str | None:
    """Unless the user has a change to undo."""
    if reason := writable(situation):
        return reason
    return texts.NOTHING_TO_UNDO if situation.undo_seq == 0 else None


def several(situation: Situation) -> str | None:
    """Unless there is another portfolio."""
    if situation.snapshot is None or len(situation.snapshot.names) < 2:
        return texts.ONE_PORTFOLIO
    return None


def loaded(situation: Situation) -> str | None:
    """Until the book has been read."""
    return texts.NOT_LOADED if situation.snapshot is None else None


def idle(situation: Situation) -> str | None:
    """Unless no job is running."""
    return texts.JOB_RUNNING.format(job=situation.work) if situation.work else None


def rebuildable(situation: Situation) -> str | None:
    """Unless the DuckDB file may be written now."""
    return writable(situation) or idle(situation)


def working(situation: Situation) -> str | None:
    """Unless a job is running."""
    return None if situation.work else texts.NO_JOB


def _read_only(situation: Situation) -> str | None:
    if situation.snapshot is None:
        return texts.NOT_LOADED
    if situation.snapshot.refusing:
        return texts.WRITING_REFUSED.format(why=situation.snapshot.refusing)
    return None


def _missing_role(situation: Situation, permission: str, needed: str) -> str | None:
    assert situation.snapshot is not None
    if permission in situation.snapshot.may:
        return None
    identity = situation.snapshot.identity
    roles = ", ".join(identity.roles)
    return texts.NEEDS_ROLE.format(name=identity.name, roles=roles, needed=needed)
