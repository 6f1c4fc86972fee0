"""Logins: identifying the caller, locking an idle screen, and asking for the password again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from alluse_tui.domain.commands.user_commands import (
    LOCKED,
    LOGIN,
    STEP_UP,
    UNLOCK,
    EndSession,
    LoginAttempt,
    SetPassword,
)
from alluse_tui.domain.model.errors import BadInput, Denied, StepUpNeeded
from alluse_tui.domain.model.policy import PBKDF2
from alluse_tui.domain.model.users import Permission, User, throttle_bucket
from alluse_tui.domain.views import Identity, Receipt
from alluse_tui.engine.auth.authorization import authorize
from alluse_tui.engine.auth.identity import Caller, may, resolve_user, session_of
from alluse_tui.engine.core import Core
from alluse_tui.security.login_sessions import IDLE_NS as IDLE_NS
from alluse_tui.security.login_sessions import TOUCH_NS, new_token, session_id
from alluse_tui.security.roles import COMMANDS_NEEDING_STEP_UP, permissions

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command

SubmitAs = Callable[..., Receipt]
"""`Commands.submit_as`."""


class Logins:
    """Verifies passwords, which is slow on purpose: never call it on a screen's event loop."""

    def __init__(self, core: Core, submit_as: SubmitAs) -> None:
        """Created by the engine."""
        self._core, self._submit_as = core, submit_as
        self._active_ns = core.now_ns

    @property
    def actor(self) -> str:
        """The name of the logged-in user, or of the system account."""
        return self._core.actor

    @property
    def has_users(self) -> bool:
        """Whether the book has users; without any, the system account may do everything."""
        return bool(self._core.book.users)

    def use_token(self, token: str) -> None:
        """Call as the token's user; with an empty one, as the system account."""
        session = session_id(token) if token else ""
        self._core.caller = replace(self._core.caller, session=session)

    def whoami(self) -> Identity:
        """The caller. Raises Denied if nobody is logged in."""
        book, who = self._core.book, self._core.caller
        user = resolve_user(book, who, self._core.journal, self._core.now_ns, idle=True)
        session = session_of(who, self._core.journal)
        via = "login" if session else "system account" if book.users else "first"
        ends_ns = session.ends_ns if session else 0
        return Identity(user.name, user.roles, via, bool(user.password), ends_ns)

    def may(self, permission: str) -> bool:
        """Whether the caller has the permission: see, act, approve, administer or audit."""
        with suppress(Denied):
            return may(self.user(), Permission(permission))
        return False

    def permissions(self) -> frozenset[str]:
        """All permissions of the caller. Raises Denied if nobody is logged in."""
        roles = self.user().roles
        return frozenset(str(p) for p in permissions(roles))

    def needs_step_up(self, command: Command) -> bool:
        """Whether the caller may submit `command`, and must give the password again for it."""
        if command.NAME not in COMMANDS_NEEDING_STEP_UP:
            return False
        user = self.user()
        try:
            authorize(self._core.book, user, self._core.caller, command, -1, None)
        except StepUpNeeded:
            return True
        except Denied:  # reported and recorded when the command is submitted
            pass
        return False

    def login(self, name: str, password: str) -> str:
        """Log in; a token for `LocalEngine(token=…)`. This engine then calls as the user.

        Raises Denied, with the same message for a wrong password, an unknown and a disabled user.
        """
        self._core.refresh()
        if not self._core.book.users:
            raise BadInput("NAME", None, "the book has no users yet: alluse user passwd")
        token = new_token()
        self._verify_password(name, password, LOGIN, self._core.caller, session_id(token))
        self.use_token(token)
        return token

    def logout(self) -> None:
        """End the login, if there is one; the system account is the caller again."""
        who = self._core.caller
        if who.session:
            session = session_of(who, self._core.journal)
            if session is not None and not session.revoked_ns:
                command = EndSession(user=session.user, session=who.session[:16])
                self._submit_as(command, replace(who, name=session.user))
            self.use_token("")

    def step_up(self, password: str, who: Caller) -> int | None:
        """Verify the caller's password again; the user's epoch. Raises Denied.

        None if the book has no users or nobody is logged in; the command is then denied on record.
        """
        self._core.refresh()
        book = self._core.book
        if not book.users:
            return None
        try:
            user = resolve_user(book, who, self._core.journal, self._core.now_ns, idle=False)
        except Denied:
            return None
        return self._verify_password(user.name, password, STEP_UP, who).epoch

    def note_activity(self, at_ns: int) -> None:
        """Note that the user was active at `at_ns`. A locked screen stays locked."""
        if at_ns > self._active_ns and not self.locked:
            self._active_ns = at_ns

    def touch(self) -> None:
        """Note that the user is active now, and write it to the login session."""
        self.note_activity(self._core.now_ns)
        self.persist_activity()

    def persist_activity(self) -> None:
        """Write the last activity to the login session. Raises Busy, StoreFailed."""
        seen_ns = self._active_ns
        session = session_of(self._core.caller, self._core.journal)
        if session is not None and seen_ns - session.seen_ns >= TOUCH_NS:
            with suppress(Denied):
                resolve_user(
                    self._core.book, self._core.caller, self._core.journal, seen_ns, idle=False
                )
                self._core.journal.touch_session(session.id, seen_ns, seen_ns - IDLE_NS)

    @property
    def locks_ns(self) -> int:
        """When the screen locks if the user stays idle, in nanoseconds since 1970."""
        session = session_of(self._core.caller, self._core.journal)
        active_ns = self._active_ns
        return (active_ns if session is None else min(active_ns, session.seen_ns)) + IDLE_NS

    @property
    def locked(self) -> bool:
        """Whether the user was idle for too long and has a password to unlock the screen with.

        A login that was already idle when this engine was opened counts as well.
        """
        if self._core.now_ns < self.locks_ns:
            return False
        with suppress(Denied):
            return bool(self.user().password)
        return True

    def lock(self) -> None:
        """Lock the screen until `unlock`, on record.

        Raises Denied, after locking, if the caller may not view the book.
        """
        self._active_ns = self._core.now_ns - IDLE_NS
        who, name = self._core.caller, self.user().name
        self._submit_as(EndSession(user=name, session=who.session[:16], why=LOCKED), who)

    def unlock(self, password: str) -> None:
        """Unlock the screen. Raises Denied, also if the login has ended meanwhile."""
        self._verify_password(self._core.actor, password, UNLOCK, self._core.caller)
        resolve_user(
            self._core.book, self._core.caller, self._core.journal, self._core.now_ns, idle=False
        )
        self._active_ns = self._core.now_ns

    @property
    def fips(self) -> bool:
        """Whether a portfolio of the book requires password hashes that FIPS 140 allows."""
        return any(p.policy.password_hash == PBKDF2 for p in self._core.book.portfolios.values())

    def user(self) -> User:
        """The caller as a user of the book. Raises Denied."""
        return resolve_user(
            self._core.book, self._core.caller, self._core.journal, self._core.now_ns, idle=True
        )

    def may_act(self) -> bool:
        """Whether the caller may submit commands: the login, if any, is neither ended nor idle."""
        with suppress(Denied):
            resolve_user(
                self._core.book,
                self._core.caller,
                self._core.journal,
                self._core.now_ns,
                idle=False,
            )
            return True
        return False

    def _dummy_verify(self, password: str) -> None:
        """Dummy hash at the most common cost, so timing does not reveal whether a user exists."""
        from alluse_tui.security.passwords import dummy_hash, verify_password

        stored = [u.password for u in self._core.book.users.values() if u.password]
        if not stored:
            dummy_hash(password, fips=self.fips)
            return
        parameters = Counter(text.rsplit("$", 2)[0] for text in stored)
        most_common = parameters.most_common(1)[0][0]
        verify_password(password, next(text for text in stored if text.startswith(most_common)))

    def _verify_password(
        self, name: str, password: str, purpose: str, who: Caller, session: str = ""
    ) -> User:
        """Verify a password; the user as read before. Every attempt is recorded. Raises Denied.

        An unknown user costs the same work and gets the same message.
        """
        from alluse_tui.domain.plans.users import open_ns
        from alluse_tui.security.passwords import needs_rehash, verify_password

        self._core.refresh()
        user = self._core.book.users.get(name)
        bucket = user.name if user else throttle_bucket(name)
        right = False
        if open_ns(self._core.book, name) <= self._core.now_ns:
            if user and user.password:
                right = verify_password(password, user.password)
            else:
                self._dummy_verify(password)
        command = LoginAttempt(
            user=bucket,
            right=right,
            purpose=purpose,
            session=session,
            epoch=user.epoch if user else 0,
        )
        receipt = self._submit_as(command, who)
        for rule in receipt.plan.rules:
            if not rule.ok:
                raise Denied(rule.message)
        assert user is not None
        if needs_rehash(user.password, fips=self.fips):
            from alluse_tui.security.passwords import hash_password

            rehash = SetPassword(
                user=user.name, password=hash_password(password, fips=self.fips), rehashed=True
            )
            owner = replace(who, name=user.name, session=session or who.session)
            self._submit_as(rehash, owner, proven_epoch=user.epoch)
        return user
