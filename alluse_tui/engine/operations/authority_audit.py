"""Rechecks, from earlier records, that the users of a record had the permission for it.

The state and the login sessions are in the same file but not in the hash chain. Editing them,
running a command, and restoring them leaves a record that the earlier records do not allow.
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
    """Tracks the user of each login while all records are read in order."""

    logins: dict[str, str] = field(default_factory=dict)

    def violation(self, book: Book, record: Record) -> str:
        """Why the record was not allowed on `book`, the book before it; empty if it was."""
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
            owner = self.logins.get(session, "nobody")
            return f"{record.actor} ran {plain['command']} in a login of {owner}"
        for name, needed in _needed(book, plain, record.actor):
            user = book.users.get(name)
            if user is None or user.disabled or not may(user, needed):
                return f"{name} ran {plain['command']}, which needs {holders(needed)}"
        return ""


def _needed(book: Book, plain: Mapping[str, Any], actor: str) -> Iterator[tuple[str, Permission]]:
    """The users of the record, with the permission that each needed."""
    command, content = plain["command"], plain["content"]
    by = plain.get("approval", {}).get("by", actor)
    if by != actor:
        yield actor, Permission.APPROVE
    if command == "propose":
        command = content["proposes"]
    elif command == "reject":
        proposal = book.approvals.get(str(content["approval"]))
        own = proposal is not None and proposal.by == actor
        command = proposal.command if proposal is not None and own else "approve"
    if content.get("override"):
        yield by, OVERRIDE
    if command == "ack":
        yield by, alert_permission(content["alert"])
    elif not (command == "user passwd" and content["user"] == actor):
        traits = recorded_traits(command)  # the file owner may recover a book without being a user
        if traits is not None and traits.needs is not None:
            yield by, traits.needs
