"""Users and logins: what becomes of them, and the rules that keep somebody able to get in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from alluse_tui.domain.commands.user_commands import (
    AddUser,
    AuditNote,
    ChangeKeys,
    DisableUser,
    EnableUser,
    EndSession,
    LoginAttempt,
    ResetPassword,
    SetFullName,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.events.events import (
    Event,
    LoggedIn,
    LoggedOut,
    LoginFailed,
    Noted,
    PasswordSet,
    RolesChanged,
    UserAdded,
    UserDisabled,
    UserEdited,
    UserEnabled,
)
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.users import (
    DISABLED_AFTER,
    FIRST_ROLES,
    NAME_LONGEST,
    SECOND_NS,
    Role,
    Throttle,
    User,
    throttle_bucket,
)
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned

_NAME = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_.@:-]{{0,{NAME_LONGEST - 1}}}")

ANOTHER_PASSWORD = "another password; logins of theirs end"


def plan_add_user(book: Book, command: AddUser, context: Context) -> Plan:
    """Somebody new; the first user is whoever works on the book already."""
    name, actor = command.user, context.actor
    _check_name(name)
    for there in book.users:
        if there.lower() == name.lower():
            said = "is a user already" if there == name else f"is too much like the user {there}"
            raise BadInput("NAME", name, said)
    roles = _roles(command.roles)
    _check_password(command, context)
    rules = [_change("new", name, ", ".join(roles))]
    if not book.users:
        said = (
            f"{actor} is the first user" if name == actor
            else f"{actor}, who is here first, sets a password before anybody is added:"
            " alluse user passwd"
        )  # fmt: skip
        rules.append(Verdict("user.first", name == actor, said))
        if name == actor:
            rules.append(_admin_left([User(name, roles)]))
    by, at_ns = (actor, context.now_ns) if name != actor else ("", 0)
    event = UserAdded(name, roles, command.password, command.full_name, by, at_ns)
    return planned(book, command, "", context, [event], rules)


def plan_set_password(book: Book, command: SetPassword, context: Context) -> Plan:
    """A password of one's own, or anybody's as an admin. On a book without users the first."""
    _check_password(command, context)
    if not book.users:
        actor = context.actor
        if command.user != actor:
            raise BadInput("NAME", command.user, f"is no user; {actor} is here first")
        _check_name(actor)
        first = UserAdded(actor, FIRST_ROLES, command.password)
        rules = [_change("new", actor, f"{', '.join(FIRST_ROLES)}, the first user")]
        return planned(book, command, "", context, [first], rules)
    user = _user(book, command.user)
    by, at_ns = (context.actor, context.now_ns) if user.name != context.actor else ("", 0)
    event = PasswordSet(user.name, command.password, command.rehashed, by, at_ns)
    said = "the same password, kept in a newer form" if command.rehashed else ANOTHER_PASSWORD
    return planned(book, command, "", context, [event], [_change("password", user.name, said)])


def plan_reset_password(book: Book, command: ResetPassword, context: Context) -> Plan:
    """The way out for a forgotten password of the last admin."""
    _check_password(command, context)
    user = _user(book, command.user)
    last = not user.disabled and _admins(book.users.values()) == [user.name]
    said = f"{user.name} is {'the last admin' if last else 'not the last admin: ask one'}"
    rules = [
        _change("password", user.name, ANOTHER_PASSWORD),
        Verdict("user.last_admin", last, said),
    ]
    event = PasswordSet(user.name, command.password, by=context.actor, at_ns=context.now_ns)
    return planned(book, command, "", context, [event], rules)


def _change(what: str, name: str, said: str) -> Verdict:
    """What becomes of whom; always so."""
    return Verdict(f"user.{what}", True, f"{name}: {said}")


def _check_password(command: AddUser | SetPassword | ResetPassword, context: Context) -> None:
    if not command.password and not context.ahead:
        raise BadInput("password", None, "is needed")


def plan_set_roles(book: Book, command: SetRoles, context: Context) -> Plan:
    """Other roles; somebody must stay admin."""
    user, roles = _user(book, command.user), _roles(command.roles)
    if roles == user.roles:
        raise BadInput("--role", ", ".join(roles), f"is what {user.name} is already")
    event = RolesChanged(user.name, roles, user.roles, context.actor, context.now_ns)
    left = apply_all(book, [event]).users.values()
    said = f"{', '.join(user.roles)} → {', '.join(roles)}; logins of theirs end"
    rules = [_change("roles", user.name, said), _admin_left(left)]
    return planned(book, command, "", context, [event], rules)


def plan_set_full_name(book: Book, command: SetFullName, context: Context) -> Plan:
    """Another full name."""
    user = _user(book, command.user)
    event = UserEdited(user.name, command.full_name)
    rules = [_change("edit", user.name, "another full name")]
    return planned(book, command, "", context, [event], rules)


def plan_disable_user(book: Book, command: DisableUser, context: Context) -> Plan:
    """A user is out; somebody must stay admin."""
    user = _user(book, command.user)
    if user.disabled:
        raise BadInput("NAME", user.name, "is disabled already")
    event = UserDisabled(user.name)
    left = apply_all(book, [event]).users.values()
    rules = [
        _change("disable", user.name, "may do nothing any more; logins of theirs end"),
        _admin_left(left),
    ]
    return planned(book, command, "", context, [event], rules)


def plan_enable_user(book: Book, command: EnableUser, context: Context) -> Plan:
    """A user is in again."""
    user = _user(book, command.user)
    if not user.disabled:
        raise BadInput("NAME", user.name, "is not disabled")
    rules = [_change("enable", user.name, f"may be at work again, as {', '.join(user.roles)}")]
    event = UserEnabled(user.name, context.actor, context.now_ns)
    return planned(book, command, "", context, [event], rules)


def plan_login_attempt(book: Book, command: LoginAttempt, context: Context) -> Plan:
    """What becomes of a password that was given; recorded whichever way it goes.

    The rules say why it failed, for the engine; whoever tried is told the same words always.
    """
    user = book.users.get(command.user)
    slot = user.name if user else throttle_bucket(command.user)
    wait_ns = open_ns(book, command.user) - context.now_ns
    named = replace(command, user=slot)
    events: list[Event]
    if wait_ns > 0:
        seconds = -(-wait_ns // SECOND_NS)
        rules = [Verdict("login.wait", False, f"try again in {seconds} s")]
        events = [LoginFailed(slot, context.now_ns, counted=False)]
    elif not (user and command.right and not user.disabled and user.epoch == command.epoch):
        rules = [Verdict("login.password", False, "name or password is not right")]
        events = [LoginFailed(slot, context.now_ns)]
        if user and _too_many(book, user):
            events.append(UserDisabled(user.name, f"{DISABLED_AFTER} wrong passwords in a row"))
    else:
        rules = [Verdict("login.password", True, f"{user.name} gave the password")]
        events = [LoggedIn(user.name, command.session)]
    after = apply_all(book, events, context.seq)
    return Plan(named, "", context.today, tuple(events), tuple(rules), book, after)


def open_ns(book: Book, name: str) -> int:
    """From when on another try of the name is looked at, whether or not somebody has it."""
    user = book.users.get(name)
    own = user.throttle if user else Throttle()
    return max(own.open_ns, book.strangers.get(throttle_bucket(name), Throttle()).open_ns)


def plan_end_session(book: Book, command: EndSession, context: Context) -> Plan:
    """A session ends, or locks."""
    event = LoggedOut(command.user, command.session, command.why)
    return planned(book, command, "", context, [event], [])


def plan_audit_note(book: Book, command: AuditNote, context: Context) -> Plan:
    """It is on record."""
    events: list[Event] = [Noted(command.NAME, command.detail)]
    if isinstance(command, ChangeKeys):
        events += [UserEdited(_user(book, name).name, text) for name, text in command.resealed]
    return planned(book, command, "", context, events, [])


def _too_many(book: Book, user: User) -> bool:
    """Whether one more wrong password disables them; the last admin is only slowed."""
    last_admin = _admins(book.users.values()) == [user.name]
    return user.throttle.failures + 1 >= DISABLED_AFTER and not user.disabled and not last_admin


def _admins(users: Iterable[User]) -> list[str]:
    return [u.name for u in users if Role.ADMIN in u.roles and not u.disabled]


def _admin_left(users: Iterable[User]) -> Verdict:
    admins = _admins(users)
    said = f"{', '.join(sorted(admins))} can still add users" if admins else "nobody would be admin"
    return Verdict("user.last_admin", bool(admins), said)


def _user(book: Book, name: str) -> User:
    found = book.users.get(name)
    if found is None:
        known = ", ".join(sorted(book.users)) or "none yet"
        raise BadInput("NAME", name, f"must be one of: {known}")
    return found


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        allowed = f"must be 1 to {NAME_LONGEST} letters, digits or _ . @ : -, no sign first"
        raise BadInput("NAME", name, allowed)


def _roles(roles: Sequence[Role]) -> tuple[Role, ...]:
    """In the order of the table, each once. Raises BadInput for none, or one there is not."""
    unknown = [str(r) for r in roles if r not in list(Role)]
    if not roles or unknown:
        named = ", ".join(unknown) or None
        raise BadInput("--role", named, f"must be one or more of: {', '.join(Role)}")
    return tuple(r for r in Role if r in roles)
