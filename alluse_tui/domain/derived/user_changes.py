"""Alerts about user changes that an admin made alone, until somebody else acknowledges them."""

from __future__ import annotations

from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.time_text import new_york_time
from alluse_tui.domain.model.users import Role, UserChange
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.views import AlertView, Severity

KIND = "user changed"

ACKNOWLEDGE = (Role.ADMIN, Role.AUDITOR)
"""Roles that may acknowledge these alerts."""


def user_alerts(book: Book) -> list[AlertView]:
    """One alert for each unacknowledged change, oldest first."""
    changes = sorted(book.user_changes.values(), key=lambda change: change.seq)
    return [
        AlertView(
            id=f"{KIND}:{change.seq}",
            kind=KIND,
            severity=Severity.WARNING,
            portfolio="",
            account="",
            sentence=_sentence(change),
            values=(),
            action="ack",
            for_audit=True,
        )
        for change in changes
    ]


def is_about_users(alert: str) -> bool:
    """Whether the alert of that id is about a user change."""
    return alert.partition(":")[0] == KIND


def acknowledgers(book: Book, change: UserChange) -> frozenset[str]:
    """The users who may acknowledge the change, avoiding accomplices whom it may have created.

    Admins and auditors, except its author and users whose own change is unacknowledged; if none
    are left, all except its author; if none are left, its author.
    """
    auditors = {
        user.name
        for user in book.users.values()
        if not user.disabled and any(role in ACKNOWLEDGE for role in user.roles)
    }
    others = auditors - {change.by}
    acknowledged = others - {pending.user for pending in book.user_changes.values()}
    return frozenset(acknowledged or others or auditors)


def second_person(book: Book, change: UserChange, actor: str) -> Verdict:
    """Whether `actor` may acknowledge the change."""
    allowed = acknowledgers(book, change)
    ok = actor in allowed
    who = f"{actor} may" if ok else f"only {' or '.join(sorted(allowed))} may"
    return Verdict("alert.second_person", ok, f"changed by {change.by}; {who} acknowledge it")


def _sentence(change: UserChange) -> str:
    roles = ", ".join(change.roles)
    action = {
        "added": f"added {change.user} as {roles}",
        "enabled": f"re-enabled {change.user} ({roles})",
        "roles": f"gave {change.user} more roles: {roles}",
        "password": f"set a new password for {change.user}",
        "lost": f"replaced #{change.seq}, a lost user change",
    }[change.what]
    sentence = f"{change.by} {action}, {new_york_time(change.at_ns)}"
    return sentence.replace("{", "{{").replace("}", "}}")
