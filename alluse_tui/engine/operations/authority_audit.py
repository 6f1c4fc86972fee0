"""Whether who a record names could do what it says: judged anew from the records before it.

The state and the logins lie in the same file and are no part of the chain. Whoever edits them,
acts, and puts them back leaves a record that the records before it do not allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alluse_tui.domain.events.events import LoggedIn
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.traits import recorded_traits
from alluse_tui.domain.model.users import Permission
from alluse_tui.engine.auth.identity import may
from alluse_tui.engine.record_decoding import events_of
from alluse_tui.journal import Record
from alluse_tui.security.roles import (
    OVERRIDE,
    alert_permission,
    holders,
)


@dataclass(slots=True)
class AuthorityAudit:
    """Goes through the records in order; knows whose each login was."""

    logins: dict[str, str] = field(default_factory=dict)

    def violation(self, book: Book, record: Record) -> str:
        """What the record's people could not have done on `book`, as it was before; or ''."""
        plain = record.plain
        events = events_of(record)
        for event in events:
            if isinstance(event, LoggedIn) and event.session:
                self.logins[event.session[:16]] = event.user
        traits = recorded_traits(plain["command"])
        if not book.users or not events or (traits is not None and traits.needs is None):
            return ""
        session = plain.get("session", "")
        if session and self.logins.get(session) != record.actor:
            whose = self.logins.get(session, "nobody")
            return f"{record.actor} did {plain['command']} in a login of {whose}"
        for name, needed in _needed(book, plain, record.actor):
            user = book.users.get(name)
            if user is None or user.disabled or not may(user, needed):
                return f"{name} did {plain['command']}, which takes {holders(needed)}"
        return ""


def _needed(book: Book, plain: Mapping[str, Any], actor: str) -> Iterator[tuple[str, Permission]]:
    """Who needed which permission for the record."""
    command, content = plain["command"], plain["content"]
    by = plain.get("approval", {}).get("by", actor)
    if by != actor:
        yield actor, Permission.APPROVE
    if command == "propose":
        command = content["proposes"]
    elif command == "reject":
        found = book.approvals.get(str(content["approval"]))
        own = found is not None and found.by == actor
        command = found.command if found is not None and own else "approve"
    if content.get("override"):
        yield by, OVERRIDE
    if command == "ack":
        yield by, alert_permission(content["alert"])
    elif not (command == "user passwd" and content["user"] == actor):
        traits = recorded_traits(command)  # the files' owner may recover a book, user or not
        if traits is not None and traits.needs is not None:
            yield by, traits.needs
