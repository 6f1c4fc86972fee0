"""The user at the screen: logging in, the lock of an idle screen, and changes to users.

Whether the screen is locked is asked on every key, so it is decided from memory: each snapshot
brings from the journal when the lock closes, and keys move that moment on.
"""

from __future__ import annotations

from collections.abc import Callable

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import IDLE_NS
from alluse_tui.tui.host import Host
from alluse_tui.tui.modals.password import PasswordScreen
from alluse_tui.tui.snapshot import Snapshot


class SessionLock:
    """Who uses the screen, and whether it is locked. `begin` and `reload` show the book."""

    def __init__(self, host: Host, begin: Callable[[], None], reload: Callable[[], None]) -> None:
        """Unlocked. `active_ns`: when a key was last pressed, 0 for never."""
        self._host, self._begin, self._reload = host, begin, reload
        self._user = ""
        self._closed = False
        self._recorded = False
        self.active_ns = 0
        self._locks_ns = host.engine.now_ns + IDLE_NS

    # -- logging in ----------------------------------------

    def ask_login(self, *, leaves: bool = False) -> None:
        """Ask for a name and a password; `leaves`: without them there is nothing to see."""
        begun = self._host.snapshot is not None

        def answered(right: bool | None) -> None:
            if not right:
                return
            self._open()
            if begun:
                self._host.show_status(f"logged in as {self._user}")
                self._reload()
            else:
                self._begin()

        here = f"{self._host.engine.caller.name} is not logged in, and this book is for its users"
        about = here if leaves else "be another user on this screen"
        dialog = PasswordScreen("Log in", about, self._login, asks_name=True, leaves=leaves)
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
        """Take over when the lock closes, as the journal says; keys may have come since."""
        self._locks_ns = max(snapshot.locks_ns, self.active_ns + IDLE_NS)

    def note_activity(self) -> None:
        """A key was pressed."""
        if self._host.snapshot is not None and not self.is_locked:
            self.active_ns = self._host.engine.now_ns
            self._locks_ns = self.active_ns + IDLE_NS

    def lock(self) -> None:
        """Lock now, or record once that the idle screen was locked. The view stays."""
        if not self._recorded:
            self._closed = self._recorded = True
            self._host.run_in_thread(self._record_lock, "lock")

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
                self._host.show_status("unlocked")
            self._reload()

        about = f"{snapshot.identity.name} was idle for 10 minutes, or locked the screen"
        logins = self._host.engine.auth.logins
        dialog = PasswordScreen("Locked", about, lambda _, password: logins.unlock(password))
        self._host.push_screen(dialog, answered)

    def _open(self) -> None:
        self._closed = self._recorded = False
        self.active_ns = self._host.engine.now_ns
        self._locks_ns = self.active_ns + IDLE_NS

    # -- users ----------------------------------------

    def change_user(
        self, change: Callable[[], Receipt], done: Callable[[], None], failed: Callable[[str], None]
    ) -> None:
        """Run what hashes a password, off the event loop."""

        def run() -> None:
            host = self._host
            try:
                receipt = change()
                host.call_from_thread(done)
                text = f"{receipt.plan.command} recorded as #{receipt.seq}"
                host.call_from_thread(host.show_status, text)
            except AllUseError as error:
                host.call_from_thread(failed, str(error))

        self._host.run_in_thread(run, "commit")
