"""The user at the screen: logging in, the lock of an idle screen, and changes to users.

Whether the screen is locked is asked on every key, so it is decided from memory: each snapshot
brings the time at which the lock closes from the journal, and keys postpone it.
"""

from __future__ import annotations

from collections.abc import Callable

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import IDLE_NS
from alluse_tui.tui import texts
from alluse_tui.tui.actions.undo_watch import UndoWatch
from alluse_tui.tui.host import Host
from alluse_tui.tui.modals.password import PasswordScreen
from alluse_tui.tui.snapshot import Snapshot


class SessionLock:
    """Who uses the screen, what they can undo, and whether the screen is locked.

    `begin` and `reload` show the book.
    """

    def __init__(self, host: Host, begin: Callable[[], None], reload: Callable[[], None]) -> None:
        """Unlocked. `active_ns`: when a key was last pressed, 0 for never."""
        self._host, self._begin, self._reload = host, begin, reload
        self._user = ""
        self._closed = False
        self._recorded = False
        self.active_ns = 0
        self._locks_ns = host.engine.now_ns + IDLE_NS
        self._undo = UndoWatch(host)

    @property
    def undo_seq(self) -> int | None:
        """The record that the user's undo would reverse, 0 for none; None while unknown."""
        return self._undo.seq

    def note_change(self) -> None:
        """The user recorded something, which may be undone."""
        self._undo.note_change()

    # -- logging in ----------------------------------------

    def ask_login(self, *, leaves: bool = False) -> None:
        """Ask for a name and a password; `leaves`: without them nothing may be shown."""
        begun = self._host.snapshot is not None

        def answered(right: bool | None) -> None:
            if not right:
                return
            self._open()
            if begun:
                self._host.show_status(texts.LOGGED_IN.format(user=self._user))
                self._reload()
            else:
                self._begin()

        required = texts.LOGIN_REQUIRED.format(name=self._host.engine.caller.name)
        about = required if leaves else texts.LOGIN_ABOUT
        dialog = PasswordScreen(
            texts.LOGIN_TITLE, about, self._login, asks_name=True, leaves=leaves
        )
        self._host.push_screen(dialog, answered)

    def _login(self, name: str, password: str) -> None:
        logins = self._host.engine.auth.logins
        logins.login(name, password)
        self._user = logins.whoami().name

    # -- the lock ----------------------------------------

    @property
    def is_locked(self) -> bool:
        """Whether keys that act ask for the password first. Reads no file."""
        snapshot = self._host.snapshot
        if snapshot is None or not snapshot.identity.has_password:
            return False
        return self._closed or self._host.engine.now_ns >= self._locks_ns

    def refresh(self, snapshot: Snapshot) -> None:
        """Take over from the journal when the lock closes; keys may have been pressed since."""
        self._locks_ns = max(snapshot.locks_ns, self.active_ns + IDLE_NS)
        self._undo.refresh(snapshot)
        self._blank_when_locked()

    def note_activity(self) -> None:
        """A key was pressed."""
        if self._host.snapshot is not None and not self.is_locked:
            self.active_ns = self._host.engine.now_ns
            self._locks_ns = self.active_ns + IDLE_NS

    def lock(self) -> None:
        """Lock now, or record once that the idle screen was locked."""
        if not self._recorded:
            self._closed = self._recorded = True
            self._host.run_in_thread(self._record_lock, "lock")
        self._blank_when_locked()

    def _blank_when_locked(self) -> None:
        """Hide the view behind the password dialog where screen.toml asks for it."""
        if self._blanks and self.is_locked:
            self.ask_unlock()

    @property
    def _blanks(self) -> bool:
        return self._host.preferences.lock == "blank"

    def _record_lock(self) -> None:
        try:
            self._host.engine.auth.logins.lock()
        except AllUseError as error:
            self._host.call_from_thread(self._host.show_status, str(error), warning=True)
        self._host.call_from_thread(self._host.draw)

    def ask_unlock(self) -> None:
        """Ask for the current user's password."""
        snapshot = self._host.snapshot
        if isinstance(self._host.screen, PasswordScreen) or snapshot is None:
            return

        def answered(right: bool | None) -> None:
            if right:
                self._open()
                self._host.show_status(texts.UNLOCKED)
            self._reload()

        about = texts.LOCKED_ABOUT.format(name=snapshot.identity.name)
        logins = self._host.engine.auth.logins
        dialog = PasswordScreen(
            texts.LOCKED_TITLE,
            about,
            lambda _, password: logins.unlock(password),
            leaves=self._blanks,
            blank=self._blanks,
        )
        self._host.push_screen(dialog, answered)

    def _open(self) -> None:
        self._closed = self._recorded = False
        self.active_ns = self._host.engine.now_ns
        self._locks_ns = self.active_ns + IDLE_NS

    # -- users ----------------------------------------

    def change_user(
        self,
        change: Callable[[], Receipt],
        done: Callable[[], None],
        failed: Callable[[AllUseError], None],
    ) -> None:
        """Run `change`, which hashes a password, off the event loop."""

        def run() -> None:
            host = self._host
            try:
                receipt = change()
                host.call_from_thread(done)
                status = texts.RECORDED.format(command=receipt.plan.command, seq=receipt.seq)
                host.call_from_thread(host.show_status, status)
            except AllUseError as error:
                host.call_from_thread(failed, error)

        self._host.run_in_thread(run, "commit")
