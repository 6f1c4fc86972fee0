"""Who somebody is, and whether their roles let them: asked by every look and every turn."""

from __future__ import annotations

from dataclasses import dataclass

from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import Denied
from alluse_tui.domain.model.users import FIRST_ROLES, Permission, User
from alluse_tui.journal import Journal, Turn
from alluse_tui.security.login_sessions import LoginSession
from alluse_tui.security.roles import holders, permission_for, permissions

ENDED = "the login has ended: alluse login"
"""Of a session that expired, was revoked or never was: the same words."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at a keyboard: the name of their system account, its uid, and perhaps a login."""

    name: str
    uid: int = -1
    session: str = ""


def session_of(who: Caller, source: Journal | Turn) -> LoginSession | None:
    """The login's row."""
    row = source.session(who.session) if who.session else None
    return None if row is None else LoginSession(who.session, *row)


def resolve_user(
    book: Book, who: Caller, source: Journal | Turn, now_ns: int, *, idle: bool
) -> User:
    """The user that `who` is now; `idle`: a login that only fell idle still counts. Raises Denied.

    A login decides; otherwise the system account's name does. On a book without users whoever is
    there is the first.
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
    """Raises Denied for somebody who may not even look."""
    require(user, Permission.SEE, "look at the book")


def require_permission(
    book: Book, who: Caller, source: Journal | Turn, now_ns: int, name: str
) -> None:
    """Whether `who` may run the command called `name`. Raises Denied."""
    if book.users and (needed := permission_for(name)) is not None:
        require(resolve_user(book, who, source, now_ns, idle=False), needed, name)


def may(user: User, permission: Permission) -> bool:
    """Whether the user's roles carry it."""
    return permission in permissions(user.roles)


def require(user: User, permission: Permission, what: str) -> None:
    """Raises Denied where they do not; `what` it is about."""
    if not may(user, permission):
        held = ", ".join(user.roles)
        raise Denied(f"{user.name} ({held}) may not {what}: it takes {holders(permission)}")
