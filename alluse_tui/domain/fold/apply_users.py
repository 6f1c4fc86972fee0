"""The part of `apply` for events of users, logins and proposals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from alluse_tui.domain.events.events import (
    ApprovalClosed,
    ApprovalRequested,
    Event,
    LoggedIn,
    LoggedOut,
    LoginFailed,
    Noted,
    PasswordSet,
    RolesChanged,
    UserAdded,
    UserChangeAcknowledged,
    UserDisabled,
    UserEdited,
    UserEnabled,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.users import Approval, Throttle, User, UserChange, throttle_bucket

T = TypeVar("T")


def apply_access(book: Book, event: Event, seq: int) -> Book:
    """The book after `event` of record `seq`. Raises StoreFailed if it contradicts the book."""
    match event:
        case UserAdded(name, roles, password, full_name):
            if name in book.users:
                raise StoreFailed(f"the journal contradicts itself: user {name} is added twice")
            book = _with_user(book, User(name, roles, password, full_name))
            return _by_an_admin(book, event, seq, "added")
        case UserEdited(name, full_name):
            return _with_user(book, replace(_user(book, name), full_name=full_name))
        case RolesChanged(name, roles):
            user = _user(book, name)
            book = _with_user(book, replace(user, roles=roles, epoch=user.epoch + 1))
            more = set(roles) - set(user.roles)
            return _by_an_admin(book, event, seq, "roles") if more else book
        case UserDisabled(name):
            user = _user(book, name)
            return _with_user(book, replace(user, disabled=True, epoch=user.epoch + 1))
        case UserEnabled(name):
            user = _user(book, name)
            book = _with_failures_reset(book, replace(user, disabled=False))
            return _by_an_admin(book, event, seq, "enabled")
        case PasswordSet(name, password, rehashed):
            user = _user(book, name)
            if rehashed:
                return _with_user(book, replace(user, password=password))
            user = replace(user, password=password, epoch=user.epoch + 1)
            return _by_an_admin(_with_failures_reset(book, user), event, seq, "password")
        case UserChangeAcknowledged(number):
            if str(number) not in book.user_changes:
                raise StoreFailed(
                    f"the journal contradicts itself: no user change {number} is open"
                )
            return replace(book, user_changes=_without(book.user_changes, str(number)))
        case LoggedIn(name):
            return _with_failures_reset(book, _user(book, name))
        case LoginFailed():
            return _failed(book, event)
        case LoggedOut() | Noted():
            return book  # sessions are in a separate table
        case ApprovalRequested():
            approval = Approval(
                seq=seq,
                command=event.command,
                content=event.content,
                portfolio=event.portfolio,
                by=event.by,
                asked_ns=event.asked_ns,
                expires_ns=event.expires_ns,
                digest=event.digest,
                micros=event.micros,
                ready_ns=event.ready_ns,
                effect=event.effect,
            )
            return replace(book, approvals={**book.approvals, str(seq): approval})
        case ApprovalClosed(number):
            if str(number) not in book.approvals:
                raise StoreFailed(
                    f"the journal contradicts itself: proposal {number} is not pending"
                )
            return replace(book, approvals=_without(book.approvals, str(number)))
    raise TypeError(f"nothing applies {type(event).__name__}")


def _by_an_admin(
    book: Book, event: UserAdded | RolesChanged | UserEnabled | PasswordSet, seq: int, what: str
) -> Book:
    """The book with a user change that is to be acknowledged, unless the user made it."""
    if not event.by:
        return book
    roles = _user(book, event.user).roles
    change = UserChange(seq, event.user, what, event.by, event.at_ns, roles)
    return replace(book, user_changes={**book.user_changes, str(seq): change})


def _failed(book: Book, event: LoginFailed) -> Book:
    """The book with a failed login counted for the name's bucket and the user, if there is one."""
    if not event.counted:
        return book
    slot = throttle_bucket(event.user)
    failures = book.strangers.get(slot, Throttle()).failures + 1
    book = replace(book, strangers={**book.strangers, slot: Throttle(failures, event.at_ns)})
    user = book.users.get(event.user)
    if user is None:
        return book
    throttle = Throttle(user.throttle.failures + 1, event.at_ns)
    return _with_user(book, replace(user, throttle=throttle))


def _with_failures_reset(book: Book, user: User) -> Book:
    """The book with `user` and without the failed logins counted before."""
    strangers = _without(book.strangers, throttle_bucket(user.name))
    return _with_user(replace(book, strangers=strangers), replace(user, throttle=Throttle()))


def _user(book: Book, name: str) -> User:
    user = book.users.get(name)
    if user is None:
        raise StoreFailed(f"an event names the user {name}, who was never added")
    return user


def _with_user(book: Book, user: User) -> Book:
    return replace(book, users={**book.users, user.name: user})


def _without(items: Mapping[str, T], key: str) -> dict[str, T]:
    return {k: v for k, v in items.items() if k != key}
