"""Identifies the caller and checks the permissions of their roles, for every view and command."""

from __future__ import annotations

from dataclasses import dataclass

from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import Denied
from alluse_tui.domain.model.users import FIRST_ROLES, Permission, User
from alluse_tui.journal import Journal, Turn
from alluse_tui.security.login_sessions import LoginSession
from alluse_tui.security.roles import holders, permission_for, permissions

ENDED = "the login has ended: alluse login"
"""The same message for a session that expired, was revoked, or never existed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A system account with its uid, and the id of a login session if there is one."""

    name: str
    uid: int = -1
    session: str = ""


def session_of(who: Caller, source: Journal | Turn) -> LoginSession | None:
    """The caller's login session; None without one."""
    row = source.session(who.session) if who.session else None
    return None if row is None else LoginSession(who.session, *row)


def resolve_user(
    book: Book, who: Caller, source: Journal | Turn, now_ns: int, *, idle: bool
) -> User:
    """The user that the caller is. Raises Denied.

    A login decides, otherwise the name of the system account. On a book without users every caller
    has all permissions. With `idle`, a login that is only idle still counts.
    """
    if not book.users:
        return User(who.name, FIRST_ROLES)
    if who.session:
        session = session_of(who, source)
        user = book.users.get(session.user) if session else None
        if session is None or user is None or user.disabled:
            raise Denied(ENDED)
        at_ns = min(now_ns, session.seen_ns) if idle and now_ns < session.ends_ns else now_ns
        if not session.is_valid(user.epoch, who.uid, at_ns):
            raise Denied(ENDED)
        return user
    user = book.users.get(who.name)
    if user is None or user.disabled:
        raise Denied(f"{who.name} is not logged in: alluse login")
    return user


def require_view(user: User) -> None:
    """Raises Denied for a user who may not view the book."""
    require(user, Permission.SEE, "view the book")


def require_permission(
    book: Book, who: Caller, source: Journal | Turn, now_ns: int, name: str
) -> None:
    """Raises Denied unless the caller may run the command called `name`."""
    if book.users and (needed := permission_for(name)) is not None:
        require(resolve_user(book, who, source, now_ns, idle=False), needed, name)


def may(user: User, permission: Permission) -> bool:
    """Whether one of the user's roles grants the permission."""
    return permission in permissions(user.roles)


def require(user: User, permission: Permission, action: str) -> None:
    """Raises Denied unless the user has the permission; `action` is named in the message."""
    if not may(user, permission):
        roles = ", ".join(user.roles)
        raise Denied(f"{user.name} ({roles}) may not {action}: this needs {holders(permission)}")
