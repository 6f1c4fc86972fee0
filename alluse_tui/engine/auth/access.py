"""Logins, users, proposals: who is at work, and what they may answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from alluse_tui.domain.commands.user_commands import (
    LOCKED,
    LOGIN,
    STEP_UP,
    UNLOCK,
    AddUser,
    EndSession,
    LoginAttempt,
    ResetPassword,
    SetFullName,
    SetPassword,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput, Denied, Refused, StepUpNeeded
from alluse_tui.domain.model.policy import PBKDF2
from alluse_tui.domain.model.users import (
    Approval,
    Permission,
    User,
    throttle_bucket,
)
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.rules.approvals import COOLING_OFF, about, command_of, mode, ready_ns
from alluse_tui.domain.views import ApprovalView, Identity, Receipt, UserView
from alluse_tui.engine.auth.authorization import authorize
from alluse_tui.engine.auth.identity import Caller, may, resolve_user, session_of
from alluse_tui.engine.auth.pseudonyms import require_key_ring
from alluse_tui.journal import Journal
from alluse_tui.security.roles import COMMANDS_NEEDING_STEP_UP, permissions
from alluse_tui.security.sessions import IDLE_NS, TOUCH_NS, id_of, new_token

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command
    from alluse_tui.engine.engine import LocalEngine

S = TypeVar("S", bound="AddUser | SetPassword | ResetPassword")
N = TypeVar("N", bound="AddUser | SetFullName")


def _stands_for(command: Command, receipt: Receipt, same: bool, what: str) -> None:
    """The key of a repeat must stand for the same secret, which no content tells."""
    if not same:
        said = f"key {command.key} stands for another {what} in record {receipt.seq}"
        raise Refused([Verdict("key.content", False, said)])


class Access:
    """What an engine knows of people. Looking at a password is slow: not on a screen's loop."""

    def __init__(self, engine: LocalEngine, journal: Journal, book: Callable[[], Book]) -> None:
        """Made by the engine, once; `book` gives it as it is now."""
        self._engine, self._journal, self._book = engine, journal, book
        self._seen_ns = engine.now_ns

    # -- who is at work ---------------------------------------------------------------------

    def whoami(self) -> Identity:
        """Who is at work now. Raises Denied when nobody is."""
        engine = self._engine
        book, who = self._book(), engine.who
        user = resolve_user(book, who, self._journal, engine.now_ns, idle=True)
        session = session_of(who, self._journal)
        via = "login" if session else "system account" if book.users else "first"
        ends_ns = session.ends_ns if session else 0
        return Identity(user.name, user.roles, via, bool(user.password), ends_ns)

    def may(self, permission: str) -> bool:
        """Whether whoever is at work may: see, act, approve, administer, audit."""
        with suppress(Denied):
            return may(self._user(), Permission(permission))
        return False

    def permissions(self) -> frozenset[str]:
        """All that whoever is at work may. Raises Denied when nobody is."""
        roles = self._user().roles
        return frozenset(str(p) for p in permissions(roles))

    def asks_again(self, command: Command) -> bool:
        """Whether `command` needs the password of whoever is at work, and they may do it."""
        if command.NAME not in COMMANDS_NEEDING_STEP_UP:
            return False
        user, engine = self._user(), self._engine
        try:
            authorize(self._book(), user, engine.who, command, -1, None)
        except StepUpNeeded:
            return True
        except Denied:  # submitting says so, and puts it on record
            pass
        return False

    # -- logging in and out -----------------------------------------------------------------

    def login(self, name: str, password: str) -> str:
        """A token for `LocalEngine(token=…)`; this engine is the user's from now on.

        Raises Denied, in the same words for a wrong password, an unknown and a disabled user.
        """
        self._engine.refresh()
        if not self._book().users:
            raise BadInput("NAME", None, "the book has no users yet: alluse user passwd")
        token = new_token()
        self._tried(name, password, LOGIN, self._engine.who, id_of(token))
        self._engine.use_token(token)
        return token

    def logout(self) -> None:
        """End the login, if there is one; the system account decides again."""
        who = self._engine.who
        if who.session:
            session = session_of(who, self._journal)
            if session is not None and not session.revoked_ns:
                command = EndSession(user=session.user, session=who.session[:16])
                self._engine.submit_as(command, replace(who, name=session.user))
            self._engine.use_token("")

    def prove(self, password: str, who: Caller) -> int | None:
        """The epoch of whoever is at work, once their password was right. Raises Denied.

        None where nobody has one to give, or nobody is at work: the turn says so, on record.
        """
        engine = self._engine
        engine.refresh()
        book = self._book()
        if not book.users:
            return None
        try:
            user = resolve_user(book, who, self._journal, engine.now_ns, idle=False)
        except Denied:
            return None
        return self._tried(user.name, password, STEP_UP, who).epoch

    # -- the lock of an idle screen ---------------------------------------------------------

    def noticed(self) -> None:
        """A sign of life; touches no file."""
        if not self.locked:
            self._seen_ns = self._engine.now_ns

    def touch(self) -> None:
        """A sign of life, written down where a login lives by it."""
        self.noticed()
        self.keep_alive()

    def keep_alive(self) -> None:
        """Write down the last sign of life; it revives nothing. Raises Busy, StoreFailed."""
        engine, seen_ns = self._engine, self._seen_ns
        session = session_of(engine.who, self._journal)
        if session is not None and seen_ns - session.seen_ns >= TOUCH_NS:
            with suppress(Denied):
                resolve_user(self._book(), engine.who, self._journal, seen_ns, idle=False)
                self._journal.touch_session(session.id, seen_ns, seen_ns - IDLE_NS)

    @property
    def locked(self) -> bool:
        """Whether whoever is at work was idle for too long, and has a password to come back.

        A login that was idle before this engine was opened is as good as an idle screen.
        """
        engine = self._engine
        session = session_of(engine.who, self._journal)
        seen_ns = self._seen_ns if session is None else min(self._seen_ns, session.seen_ns)
        if engine.now_ns - seen_ns < IDLE_NS:
            return False
        with suppress(Denied):
            return bool(self._user().password)
        return True

    def lock(self) -> None:
        """Lock the screen until `unlock`, on record. Raises Denied, once it is locked, where nobody
        may look at the book."""
        self._seen_ns = self._engine.now_ns - IDLE_NS
        who, name = self._engine.who, self._user().name
        self._engine.submit_as(EndSession(user=name, session=who.session[:16], why=LOCKED), who)

    def unlock(self, password: str) -> None:
        """Go on. Raises Denied, also where the login has ended meanwhile."""
        engine = self._engine
        self._tried(engine.actor, password, UNLOCK, engine.who)
        resolve_user(self._book(), engine.who, self._journal, engine.now_ns, idle=False)
        self._seen_ns = engine.now_ns

    # -- users ------------------------------------------------------------------------------

    def users(self) -> tuple[UserView, ...]:
        """Every user, for admins; for others only themselves. Raises Denied."""
        me = self._user()
        everybody = self._book().users.values()
        shown = everybody if may(me, Permission.ADMINISTER) else [u for u in everybody if u == me]
        return tuple(self._user_view(one) for one in shown)

    def _user_view(self, user: User) -> UserView:
        from alluse_tui.security.vault import MissingKey

        try:
            full_name = self._engine.keys.opened(user.full_name)
        except MissingKey as error:
            full_name = f"sealed under key {error.key_id}, which is missing"
        throttle = user.throttle
        return UserView(
            user.name, user.roles, full_name, user.disabled, bool(user.password),
            throttle.failures, throttle.open_ns,
        )  # fmt: skip

    def add_user(
        self, command: AddUser, password: str, full_name: str = "", own: str = ""
    ) -> Receipt:
        """Let somebody be at work; `own` is the password of whoever adds them."""
        receipt = self._submit_sealed(self._with_password(command, password), full_name, own)
        if receipt.duplicate:
            self._same_password(command, password, receipt)
        return receipt

    def set_full_name(self, command: SetFullName, full_name: str, own: str = "") -> Receipt:
        """Another full name."""
        return self._submit_sealed(command, full_name, own)

    def _submit_sealed(self, command: N, full_name: str, own: str) -> Receipt:
        """Nothing is sealed for a command that cannot be carried out, or is denied, on record.

        Raises Refused where the command's key stands for another name.
        """
        engine, who = self._engine, self._engine.who
        engine.preview(command)
        proven = self.prove(own, who) if own else None
        named = replace(command, full_name=self._sealed(full_name) if self._may_act() else "")
        receipt = engine.submit_as(named, who, proven_epoch=proven)
        if receipt.duplicate:
            user = self._book().users.get(command.user)
            same = user is not None and engine.keys.opened(user.full_name) == full_name
            _stands_for(command, receipt, same, "full name")
        return receipt

    def _same_password(
        self, command: AddUser | SetPassword | ResetPassword, password: str, receipt: Receipt
    ) -> None:
        from alluse_tui.security.passwords import matches

        user = self._book().users.get(command.user)
        same = user is not None and matches(password, user.password)
        _stands_for(command, receipt, same, "password")

    def set_password(
        self, command: SetPassword | ResetPassword, password: str, own: str = ""
    ) -> Receipt:
        """Another password; `own` is that of whoever sets it, which may be the old one.

        Raises Refused where the command's key stands for another one.
        """
        receipt = self._engine.submit(self._with_password(command, password), password=own)
        if receipt.duplicate:
            self._same_password(command, password, receipt)
        return receipt

    def _with_password(self, command: S, password: str) -> S:
        """Raises BadInput for one that is easily guessed."""
        from alluse_tui.security.passwords import check_password, hashed

        check_password(password, name=command.user)
        return replace(command, password=hashed(password, fips=self._fips))

    def _sealed(self, full_name: str) -> str:
        """A full name as the book keeps it. Raises MissingKey."""
        if not full_name:
            return ""
        require_key_ring(self._book(), self._engine.keys)
        return self._engine.keys.sealed(full_name)

    def rotate_keys(self) -> str:
        """A new key seals from now on, full names are sealed anew; its id.

        Raises Denied, MissingKey.

        The journal cannot be sealed anew: its keys stay in the ring.
        """
        engine = self._engine
        engine.require_permission("keys")
        require_key_ring(self._book(), engine.keys)
        engine.keys.made_ring()
        opened = {u.name: engine.keys.opened(u.full_name) for u in self._book().users.values()}
        made = engine.keys.add()
        resealed = tuple((n, engine.keys.sealed(text)) for n, text in opened.items() if text)
        engine.audit("keys", f"key {made} seals from now on", resealed)
        return made

    def add_key(self, key: str) -> str:
        """A key of another ring, to open what it sealed, or the first of this one; its id."""
        self._engine.require_permission("keys")
        if not key:
            require_key_ring(self._book(), self._engine.keys)
        added = self._engine.keys.add(key)
        self._engine.audit("keys", f"key {added} came into the ring")
        return added

    # -- proposals --------------------------------------------------------------------------

    def approvals(self) -> tuple[ApprovalView, ...]:
        """What waits for an answer, the oldest first. Raises Denied."""
        me, book = self._user(), self._book()
        waiting = sorted(book.approvals.values(), key=lambda one: one.seq)
        return tuple(self._approval(one, me) for one in waiting)

    def _approval(self, one: Approval, me: User) -> ApprovalView:
        book, now_ns = self._book(), self._engine.now_ns
        own = one.by == me.name
        alone = mode(book) == COOLING_OFF
        ready_at_ns = ready_ns(book, one) if alone else one.ready_ns
        ready = now_ns >= ready_at_ns or not alone
        state = "waiting" if ready else "cooling"
        if not one.waits(now_ns):
            state = "expired"
        may_answer = may(me, Permission.APPROVE) and own == alone and state == "waiting"
        command = command_of(one)
        return ApprovalView(
            one.seq, one.command, one.portfolio, about(command, one.portfolio), command.note,
            one.by, one.asked_ns, ready_at_ns, one.expires_ns, one.micros, one.digest, state, own,
            may_answer,
        )  # fmt: skip

    # -- inside -----------------------------------------------------------------------------

    @property
    def _fips(self) -> bool:
        """Whether any portfolio of the book wants passwords kept as FIPS 140 allows."""
        return any(h.policy.password_hash == PBKDF2 for h in self._book().portfolios.values())

    def _user(self) -> User:
        engine = self._engine
        return resolve_user(self._book(), engine.who, self._journal, engine.now_ns, idle=True)

    def _may_act(self) -> bool:
        """Whether the login, if there is one, has neither ended nor fallen idle."""
        engine = self._engine
        with suppress(Denied):
            resolve_user(self._book(), engine.who, self._journal, engine.now_ns, idle=False)
            return True
        return False

    def _waste(self, password: str) -> None:
        """The work that the password of most users takes, so that time tells nobody who exists."""
        from alluse_tui.security.passwords import matches, waste

        stored = [u.password for u in self._book().users.values() if u.password]
        if not stored:
            waste(password, fips=self._fips)
            return
        forms = Counter(text.rsplit("$", 2)[0] for text in stored)
        most = forms.most_common(1)[0][0]
        matches(password, next(text for text in stored if text.startswith(most)))

    def _tried(
        self, name: str, password: str, purpose: str, who: Caller, session: str = ""
    ) -> User:
        """The user whose password it is, as looked at; every try is a record. Raises Denied.

        Somebody unknown costs the same work and gets the same words.
        """
        from alluse_tui.domain.plans.users import open_ns
        from alluse_tui.security.passwords import matches, outdated

        engine = self._engine
        engine.refresh()
        user = self._book().users.get(name)
        slot = user.name if user else throttle_bucket(name)
        right = False
        if open_ns(self._book(), name) <= engine.now_ns:
            if user and user.password:
                right = matches(password, user.password)
            else:
                self._waste(password)
        command = LoginAttempt(
            user=slot, right=right, purpose=purpose, session=session,
            epoch=user.epoch if user else 0,
        )  # fmt: skip
        receipt = engine.submit_as(command, who)
        for rule in receipt.plan.rules:
            if not rule.ok:
                raise Denied(rule.message)
        assert user is not None
        if outdated(user.password, fips=self._fips):
            from alluse_tui.security.passwords import hashed

            renewed = SetPassword(
                user=user.name, password=hashed(password, fips=self._fips), rehashed=True
            )
            owner = replace(who, name=user.name, session=session or who.session)
            engine.submit_as(renewed, owner, proven_epoch=user.epoch)
        return user
