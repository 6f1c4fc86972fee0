"""Users, logins and audit notes, with the rules that always leave at least one admin."""

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

NEW_PASSWORD = "new password; this logs the user out everywhere"


def plan_add_user(book: Book, command: AddUser, context: Context) -> Plan:
    """Add a user; the first user must be the person already using the book."""
    name, actor = command.user, context.actor
    _check_name(name)
    _check_unused(book, name)
    roles = _roles(command.roles)
    _check_password(command, context)
    rules = [_change("new", name, ", ".join(roles))]
    if not book.users:
        first = name == actor
        sentence = (
            f"{actor} is the first user"
            if first
            else f"{actor} must set a password before adding users: alluse user passwd"
        )
        rules.append(Verdict("user.first", first, sentence))
        if first:
            rules.append(_admin_left([User(name, roles)]))
    by, at_ns = (actor, context.now_ns) if name != actor else ("", 0)
    event = UserAdded(name, roles, command.password, command.full_name, by, at_ns)
    return planned(book, command, "", context, [event], rules)


def plan_set_password(book: Book, command: SetPassword, context: Context) -> Plan:
    """Set a user's password; in a book without users this adds the caller as the first one."""
    _check_password(command, context)
    if not book.users:
        actor = context.actor
        if command.user != actor:
            allowed = f"is not a user; the first user must be {actor}"
            raise BadInput("NAME", command.user, allowed)
        _check_name(actor)
        first = UserAdded(actor, FIRST_ROLES, command.password)
        rules = [_change("new", actor, f"{', '.join(FIRST_ROLES)}, the first user")]
        return planned(book, command, "", context, [first], rules)
    user = _user(book, command.user)
    by, at_ns = (context.actor, context.now_ns) if user.name != context.actor else ("", 0)
    event = PasswordSet(user.name, command.password, command.rehashed, by, at_ns)
    change = "same password, stored as a stronger hash" if command.rehashed else NEW_PASSWORD
    return planned(book, command, "", context, [event], [_change("password", user.name, change)])


def plan_reset_password(book: Book, command: ResetPassword, context: Context) -> Plan:
    """Replace the last admin's forgotten password."""
    _check_password(command, context)
    user = _user(book, command.user)
    last = not user.disabled and _admins(book.users.values()) == [user.name]
    sentence = (
        f"{user.name} is the last admin"
        if last
        else f"{user.name} is not the last admin: ask an admin to set the password"
    )
    rules = [
        _change("password", user.name, NEW_PASSWORD),
        Verdict("user.last_admin", last, sentence),
    ]
    event = PasswordSet(user.name, command.password, by=context.actor, at_ns=context.now_ns)
    return planned(book, command, "", context, [event], rules)


def _change(kind: str, name: str, change: str) -> Verdict:
    """States a change to a user; always passes."""
    return Verdict(f"user.{kind}", True, f"{name}: {change}")


def _check_password(command: AddUser | SetPassword | ResetPassword, context: Context) -> None:
    if not command.password and not context.is_preview:
        raise BadInput("password", None, "is required")


def plan_set_roles(book: Book, command: SetRoles, context: Context) -> Plan:
    """Change a user's roles; at least one admin must remain."""
    user, roles = _user(book, command.user), _roles(command.roles)
    if roles == user.roles:
        raise BadInput("--role", ", ".join(roles), f"{user.name} already has exactly these roles")
    event = RolesChanged(user.name, roles, user.roles, context.actor, context.now_ns)
    remaining = apply_all(book, [event]).users.values()
    change = f"{', '.join(user.roles)} → {', '.join(roles)}; this logs the user out everywhere"
    rules = [_change("roles", user.name, change), _admin_left(remaining)]
    return planned(book, command, "", context, [event], rules)


def plan_set_full_name(book: Book, command: SetFullName, context: Context) -> Plan:
    """Change a user's full name."""
    user = _user(book, command.user)
    event = UserEdited(user.name, command.full_name)
    rules = [_change("edit", user.name, "new full name")]
    return planned(book, command, "", context, [event], rules)


def plan_disable_user(book: Book, command: DisableUser, context: Context) -> Plan:
    """Disable a user; at least one admin must remain."""
    user = _user(book, command.user)
    if user.disabled:
        raise BadInput("NAME", user.name, "is already disabled")
    event = UserDisabled(user.name)
    remaining = apply_all(book, [event]).users.values()
    rules = [
        _change("disable", user.name, "disabled and logged out everywhere"),
        _admin_left(remaining),
    ]
    return planned(book, command, "", context, [event], rules)


def plan_enable_user(book: Book, command: EnableUser, context: Context) -> Plan:
    """Re-enable a disabled user."""
    user = _user(book, command.user)
    if not user.disabled:
        raise BadInput("NAME", user.name, "is not disabled")
    rules = [_change("enable", user.name, f"re-enabled as {', '.join(user.roles)}")]
    event = UserEnabled(user.name, context.actor, context.now_ns)
    return planned(book, command, "", context, [event], rules)


def plan_login_attempt(book: Book, command: LoginAttempt, context: Context) -> Plan:
    """Record an attempt to log in, step up or unlock, whether it succeeds or fails.

    The rules tell the engine why it failed; the person who tried always gets the same message.
    """
    user = book.users.get(command.user)
    slot = user.name if user else throttle_bucket(command.user)
    wait_ns = open_ns(book, command.user) - context.now_ns
    events: list[Event]
    if wait_ns > 0:
        seconds = -(-wait_ns // SECOND_NS)
        rules = [Verdict("login.wait", False, f"try again in {seconds} s")]
        events = [LoginFailed(slot, context.now_ns, counted=False)]
    elif not (user and command.right and not user.disabled and user.epoch == command.epoch):
        rules = [Verdict("login.password", False, "wrong name or password")]
        events = [LoginFailed(slot, context.now_ns)]
        if user and _too_many_failures(book, user):
            events.append(UserDisabled(user.name, f"{DISABLED_AFTER} wrong passwords in a row"))
    else:
        rules = [Verdict("login.password", True, f"{user.name} entered the right password")]
        events = [LoggedIn(user.name, command.session)]
    return Plan(
        command=replace(command, user=slot),
        portfolio="",
        today=context.today,
        events=tuple(events),
        rules=tuple(rules),
        before=book,
        after=apply_all(book, events, context.seq),
    )


def open_ns(book: Book, name: str) -> int:
    """When the next login attempt for the name is checked, whether or not the user exists."""
    user = book.users.get(name)
    own = user.throttle if user else Throttle()
    return max(own.open_ns, book.strangers.get(throttle_bucket(name), Throttle()).open_ns)


def plan_end_session(book: Book, command: EndSession, context: Context) -> Plan:
    """End a login session, or record that it locked."""
    event = LoggedOut(command.user, command.session, command.why)
    return planned(book, command, "", context, [event], [])


def plan_audit_note(book: Book, command: AuditNote, context: Context) -> Plan:
    """Record something that was done outside the book, such as a backup."""
    events: list[Event] = [Noted(command.NAME, command.detail)]
    if isinstance(command, ChangeKeys):
        events += [UserEdited(_user(book, name).name, text) for name, text in command.resealed]
    return planned(book, command, "", context, events, [])


def _too_many_failures(book: Book, user: User) -> bool:
    """Whether one more wrong password disables the user; the last admin is only slowed down."""
    last_admin = _admins(book.users.values()) == [user.name]
    return user.throttle.failures + 1 >= DISABLED_AFTER and not user.disabled and not last_admin


def _admins(users: Iterable[User]) -> list[str]:
    return [u.name for u in users if Role.ADMIN in u.roles and not u.disabled]


def _admin_left(users: Iterable[User]) -> Verdict:
    admins = _admins(users)
    sentence = (
        f"remaining admins: {', '.join(sorted(admins))}" if admins else "no admin would remain"
    )
    return Verdict("user.last_admin", bool(admins), sentence)


def _user(book: Book, name: str) -> User:
    user = book.users.get(name)
    if user is None:
        known = ", ".join(sorted(book.users)) or "none yet"
        raise BadInput("NAME", name, f"must be one of: {known}")
    return user


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        allowed = (
            f"must be 1 to {NAME_LONGEST} letters, digits or _ . @ : -, starting with a letter,"
            " digit or _"
        )
        raise BadInput("NAME", name, allowed)


def _check_unused(book: Book, name: str) -> None:
    for existing in book.users:
        if existing == name:
            raise BadInput("NAME", name, "already exists")
        if existing.lower() == name.lower():
            raise BadInput("NAME", name, f"differs from user {existing} only in case")


def _roles(roles: Sequence[Role]) -> tuple[Role, ...]:
    """The roles once each, in the order of `Role`. Raises BadInput for none or unknown ones."""
    unknown = [str(r) for r in roles if r not in list(Role)]
    if not roles or unknown:
        listed = ", ".join(unknown) or None
        raise BadInput("--role", listed, f"must be one or more of: {', '.join(Role)}")
    return tuple(r for r in Role if r in roles)
