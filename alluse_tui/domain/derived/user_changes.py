"""What admins do to users alone: an alert of the whole book until somebody else acknowledges it."""

from __future__ import annotations

from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.time_text import new_york_time
from alluse_tui.domain.model.users import Role, UserChange
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.views import AlertView, Severity

KIND = "user changed"

ACKNOWLEDGE = (Role.ADMIN, Role.AUDITOR)
"""Roles that may acknowledge such an alert."""


def user_alerts(book: Book) -> list[AlertView]:
    """One alert for each change that nobody has acknowledged, the oldest first."""
    changes = sorted(book.user_changes.values(), key=lambda change: change.seq)
    return [
        AlertView(
            f"{KIND}:{change.seq}", KIND, Severity.WARNING, "", "", _sentence(change), (), "ack",
            for_audit=True,
        )
        for change in changes
    ]  # fmt: skip


def is_about_users(alert: str) -> bool:
    """Whether an alert of that id is about a change of a user."""
    return alert.partition(":")[0] == KIND


def acknowledgers(book: Book, change: UserChange) -> frozenset[str]:
    """Users who may acknowledge the change; where possible nobody whom a change could have planted.

    Admins and auditors other than who did it and those whose own change is still an alert; where
    there are none, any other than who did it; where there are none, that person.
    """
    audit = {
        user.name
        for user in book.users.values()
        if not user.disabled and any(role in ACKNOWLEDGE for role in user.roles)
    }
    others = audit - {change.by}
    settled = others - {one.user for one in book.user_changes.values()}
    return frozenset(settled or others or audit)


def second_person(book: Book, change: UserChange, actor: str) -> Verdict:
    """Whether `actor` may acknowledge the change."""
    able = acknowledgers(book, change)
    said = f"{actor} may" if actor in able else f"it takes {' or '.join(sorted(able))}"
    return Verdict("alert.second_person", actor in able, f"{change.by} did it: {said}")


def _sentence(change: UserChange) -> str:
    roles = ", ".join(change.roles)
    did = {
        "added": f"added {change.user} as {roles}",
        "enabled": f"enabled {change.user} again, who is {roles}",
        "roles": f"gave {change.user} more roles: {roles}",
        "password": f"set another password for {change.user}",
        "lost": f"replaced #{change.seq}, a change of a user that is lost",
    }[change.what]
    said = f"{change.by} {did}, {new_york_time(change.at_ns)}"
    return said.replace("{", "{{").replace("}", "}}")
