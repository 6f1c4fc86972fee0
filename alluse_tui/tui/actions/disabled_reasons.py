"""Why an action is not possible now, in words with numbers; None when it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alluse_tui.domain.views import AccountView, AlertView, ApprovalView, Status, Tier, grouped
from alluse_tui.tui.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Situation:
    """What an action is judged on: what is shown, and what is under the cursor.

    `record` is 0 where none is. `opens`: what Enter does there besides answering an alert.
    `work`: what is under way, if anything.
    """

    snapshot: Snapshot | None
    account: AccountView | None
    alert: AlertView | None = None
    record: int = 0
    opens: str = ""
    work: str = ""
    approval: ApprovalView | None = None


Reason = Callable[[Situation], str | None]

ANSWERS = frozenset(("fork", "merge", "reinvest", "deposit", "withdraw", "transfer", "ack"))
"""The actions that an alert can name; any other answer is to look at the account."""


def always(_: Situation) -> str | None:
    """It is always possible."""
    return None


def writable(situation: Situation) -> str | None:
    """Whether anything can be recorded."""
    return _refused(situation) or _permitted(situation, "act", "operator or approver")


def _refused(situation: Situation) -> str | None:
    if situation.snapshot is None:
        return "nothing is loaded yet"
    if situation.snapshot.refusing:
        return f"writing is refused: {situation.snapshot.refusing}"
    return None


def _permitted(situation: Situation, permission: str, takes: str) -> str | None:
    assert situation.snapshot is not None
    identity = situation.snapshot.identity
    if permission not in situation.snapshot.may:
        return f"{identity.name} is {', '.join(identity.roles)}: it takes {takes}"
    return None


def administers(situation: Situation) -> str | None:
    """Whether whoever looks runs the users and the policy."""
    return _refused(situation) or _permitted(situation, "administer", "admin")


def answerable(situation: Situation) -> str | None:
    """Whether the cursor is on a proposal that whoever looks may approve."""
    if situation.snapshot is None or situation.approval is None:
        return "move to a proposal first (4)"
    if situation.snapshot.refusing:
        return f"writing is refused: {situation.snapshot.refusing}"
    one = situation.approval
    if one.state == "expired":
        return f"#{one.id} was not answered within 24 hours"
    if one.state == "cooling":
        return f"#{one.id} is cooling off"
    if one.own and not one.may and "approve" in situation.snapshot.may:
        return "you proposed it: somebody else approves"
    return _permitted(situation, "approve", "approver")


def rejectable(situation: Situation) -> str | None:
    """Whether the cursor is on a proposal that whoever looks may say no to."""
    if situation.approval is None:
        return "move to a proposal first (4)"
    if found := writable(situation):
        return found
    return None if situation.approval.own else _permitted(situation, "approve", "approver")


def unlocked(situation: Situation) -> str | None:
    """Whether there is a lock to close."""
    if situation.snapshot is None or not situation.snapshot.identity.has_password:
        return "you have no password to come back with: alluse user passwd"
    return None


def account(situation: Situation) -> str | None:
    """Whether there is an account to act on."""
    if found := writable(situation):
        return found
    return "move the cursor to an account first" if situation.account is None else None


def open_account(situation: Situation) -> str | None:
    """Whether the account is not ended."""
    if found := account(situation):
        return found
    assert situation.account is not None
    if situation.account.status in (Status.CLOSED, Status.MERGED):
        return f"{situation.account.code} is {situation.account.status}: nothing happens in it"
    return None


def active(situation: Situation) -> str | None:
    """Whether the account takes decisions."""
    if found := open_account(situation):
        return found
    assert situation.account is not None
    if situation.account.status is not Status.ACTIVE:
        return f"{situation.account.code} is {situation.account.status}"
    return None


def suspended(situation: Situation) -> str | None:
    """Whether the account is suspended."""
    if found := account(situation):
        return found
    assert situation.account is not None
    if situation.account.status is not Status.SUSPENDED:
        return f"{situation.account.code} is {situation.account.status}, not suspended"
    return None


def not_com(situation: Situation) -> str | None:
    """Whether money may leave the account (rules.md: never from Compounding)."""
    if found := open_account(situation):
        return found
    assert situation.account is not None
    if situation.account.tier is Tier.COM:
        return f"{situation.account.code} is Compounding: nothing ever leaves it"
    return None


def fork(situation: Situation) -> str | None:
    """rules.md, Fork."""
    if found := open_account(situation):
        return found
    view = situation.account
    assert view is not None
    if view.tier is not Tier.GEN:
        return f"{view.code} is {view.tier.full_name}: only Generation forks"
    if view.surplus < view.fork_threshold:
        return f"surplus {grouped(view.surplus)} of {grouped(view.fork_threshold)}"
    return None


def merge(situation: Situation) -> str | None:
    """rules.md, Merge."""
    if found := open_account(situation):
        return found
    view = situation.account
    assert view is not None
    if not view.forked_from:
        return f"{view.code} is no fork: it never merges"
    if view.equity < view.merge_threshold:
        return f"equity {grouped(view.equity)} of {grouped(view.merge_threshold)}"
    return None


def reinvest(situation: Situation) -> str | None:
    """rules.md, Reinvest; the window and the amount are the plan's to judge."""
    if found := open_account(situation):
        return found
    view = situation.account
    assert view is not None
    if view.tier is Tier.GEN:
        return f"{view.code} is Generation: Revenue and Compounding reinvest"
    return None


def alert(situation: Situation) -> str | None:
    """Whether the cursor is on an alert that whoever looks may acknowledge."""
    if situation.alert is not None and situation.alert.for_audit:
        return _refused(situation) or _permitted(situation, "audit", "admin or auditor")
    if refused := writable(situation):
        return refused
    return "move to an alert first (Tab, or 3)" if situation.alert is None else None


def snooze(situation: Situation) -> str | None:
    """Whether the cursor is on an alert that can be hidden until a day."""
    if situation.alert is not None and situation.alert.for_audit:
        return f"{situation.alert.kind} stays until somebody else acknowledges it"
    return alert(situation)


def answer(situation: Situation) -> str | None:
    """Whether Enter does something here."""
    if situation.alert is not None:
        return None
    return None if situation.opens else "there is nothing to open here"


def record(situation: Situation) -> str | None:
    """Whether the cursor is on a record."""
    if found := writable(situation):
        return found
    return "move to a record first (Tab)" if not situation.record else None


def several(situation: Situation) -> str | None:
    """Whether there is another portfolio."""
    if situation.snapshot is None or len(situation.snapshot.names) < 2:
        return "there is only one portfolio"
    return None


def idle(situation: Situation) -> str | None:
    """Whether no long work is under way."""
    return f"{situation.work} is under way" if situation.work else None


def rebuildable(situation: Situation) -> str | None:
    """Whether the file of history may be written."""
    return writable(situation) or idle(situation)


def working(situation: Situation) -> str | None:
    """Whether there is work to stop."""
    return None if situation.work else "nothing is under way"
