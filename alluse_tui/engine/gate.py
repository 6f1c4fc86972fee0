"""The gate: who somebody is and whether they may, asked inside the turn (80-security)."""

from __future__ import annotations

from dataclasses import dataclass

from alluse_tui.domain.book import Book
from alluse_tui.domain.commands import Command
from alluse_tui.domain.errors import BadInput, Denied, StepUpNeeded
from alluse_tui.domain.people import FIRST_ROLES, Approval, User
from alluse_tui.domain.people_commands import Attempt, Leave, Reject, ResetPassword, SetPassword
from alluse_tui.domain.verdict import Verdict
from alluse_tui.journal import Journal, Turn
from alluse_tui.security.roles import NEEDS, OVERRIDE, STEP_UP, Permission, holders, permissions
from alluse_tui.security.sessions import Session

ENDED = "the login has ended: alluse login"
"""Of a session that expired, was revoked or never was: the same words."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody at a keyboard: the name of their system account, its uid, and perhaps a login."""

    name: str
    uid: int = -1
    session: str = ""


def session_of(who: Who, source: Journal | Turn) -> Session | None:
    """The login's row."""
    row = source.session(who.session) if who.session else None
    return None if row is None else Session(who.session, *row)


def admitted(book: Book, who: Who, source: Journal | Turn, now_ns: int, *, idle: bool) -> User:
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
        if not session.lives(user.epoch, who.uid, at_ns):
            raise Denied(ENDED)
        return user
    user = book.users.get(who.name)
    if user is None or user.disabled:
        raise Denied(f"{who.name} is not logged in: alluse login")
    return user


def may_see(user: User) -> None:
    """Raises Denied for somebody who may not even look."""
    _must(user, Permission.SEE, "look at the book")


def check(
    book: Book, user: User, who: Who, command: Command, owner_uid: int, proven_epoch: int | None
) -> None:
    """Whether `user` may submit `command`. Raises Denied, StepUpNeeded.

    `owner_uid` owns the files; `proven_epoch` is the user's epoch for which a password was just
    given.
    """
    if isinstance(command, ResetPassword):
        if who.uid not in (0, owner_uid):
            raise Denied("only whoever owns the journal's file resets a password, on its host")
        return
    own_password = isinstance(command, SetPassword) and command.user == user.name
    if not own_password:
        _must(user, needed_for(book, user, command), command.NAME)
    if getattr(command, "override", ""):
        _must(user, OVERRIDE, f"override the buffer in {command.NAME}")
    if command.NAME in STEP_UP and user.password and proven_epoch != user.epoch:
        raise StepUpNeeded(f"{command.NAME} asks for your password again")


def must_be_allowed(book: Book, who: Who, source: Journal | Turn, now_ns: int, name: str) -> None:
    """Whether `who` may do what is no command. Raises Denied."""
    if book.users:
        _must(admitted(book, who, source, now_ns, idle=False), NEEDS[name], name)


def free_for_all(command: Command) -> bool:
    """Commands that come before anybody is somebody, or end it."""
    return isinstance(command, (Attempt, Leave, ResetPassword))


def only_the_engines(command: Command) -> None:
    """Raises BadInput for what says of a password that it was looked at: nobody else may say so."""
    rehashed = isinstance(command, SetPassword) and command.rehashed
    if rehashed or isinstance(command, (Attempt, Leave)):
        raise BadInput("command", command.NAME, "is made by the program only")


def needed_for(book: Book, user: User, command: Command) -> Permission:
    """What the command needs; to take back one's own proposal is no approving."""
    if isinstance(command, Reject):
        found = book.approvals.get(str(command.approval))
        if found is not None:
            return NEEDS[found.command] if found.by == user.name else Permission.APPROVE
    return NEEDS[command.NAME]


def proposer_may(book: Book, approval: Approval) -> Verdict:
    """Whether whoever proposed it is still somebody who may."""
    user = book.users.get(approval.by, User(approval.by, () if book.users else FIRST_ROLES))
    needs = [NEEDS[approval.command], *([OVERRIDE] if approval.content.get("override") else [])]
    ok = not user.disabled and all(may(user, one) for one in needs)
    said = f"{approval.by}, who proposed it, may {'still' if ok else 'no longer'} do so"
    return Verdict("approval.proposer", ok, said)


def may(user: User, permission: Permission) -> bool:
    """Whether the user's roles carry it."""
    return permission in permissions(user.roles)


def _must(user: User, permission: Permission, what: str) -> None:
    if not may(user, permission):
        held = ", ".join(user.roles)
        raise Denied(f"{user.name} ({held}) may not {what}: it takes {holders(permission)}")
