"""Who is at the screen: logging in, locking it when nobody is, and what changes users."""

from __future__ import annotations

from collections.abc import Callable

from textual import work

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import Receipt
from alluse_tui.tui.background.job_runner import JobRunner
from alluse_tui.tui.modals.password import PasswordScreen


class SessionLock(JobRunner):
    """An application that knows who is at work."""

    def begin(self) -> None:
        """There is a book: show it."""
        raise NotImplementedError

    def look_soon(self) -> None:
        """Look at the book."""
        raise NotImplementedError

    _lock_noted = False

    def ask_login(self, *, leaves: bool = False) -> None:
        """Ask for a name and a password; `leaves`: nothing can be seen without."""
        begun = self.sight is not None

        def heard(right: bool | None) -> None:
            if right and begun:
                self.say(f"logged in as {self.engine.actor}")
                self.look_soon()
            elif right:
                self.begin()

        here = f"{self.engine.caller.name} is not logged in, and this book is for its users"
        about = here if leaves else "be another user on this screen"
        asking = PasswordScreen("Log in", about, self._login, asks_name=True, leaves=leaves)
        self.push_screen(asking, heard)

    def _login(self, name: str, password: str) -> None:
        self.engine.auth.logins.login(name, password)
        self.engine.auth.logins.whoami()

    @property
    def is_locked(self) -> bool:
        """Whether keys that act ask for the password first."""
        return self.sight is not None and bool(
            self.sight.identity.has_password and self.engine.auth.logins.locked
        )

    def lock(self) -> None:
        """Lock now, or put on record that it locked by itself: once. The view stays."""
        if not self._lock_noted:
            self._lock_noted = True
            self.lock_in_thread()

    @work(thread=True, group="lock", description="lock")
    def lock_in_thread(self) -> None:
        """On record, too."""
        try:
            self.engine.auth.logins.lock()
        except AllUseError as error:
            self.call_from_thread(self.say, str(error), warning=True)
        self.call_from_thread(self.draw)

    def ask_unlock(self) -> None:
        """Ask for the password of whoever is at work."""
        if isinstance(self.screen, PasswordScreen):
            return
        name = self.engine.actor

        def heard(right: bool | None) -> None:
            if right:
                self._lock_noted = False
                self.say("unlocked")
            self.look_soon()

        about = f"{name} was idle for 10 minutes, or locked the screen"
        attempt = PasswordScreen(
            "Locked", about, lambda _, typed: self.engine.auth.logins.unlock(typed)
        )
        self.push_screen(attempt, heard)

    def sign_of_life(self) -> None:
        """Somebody is there, who is known."""
        if self.sight is not None:
            self.engine.auth.logins.note_activity()

    @work(thread=True, group="commit", description="people")
    def act_on_people(
        self, act: Callable[[], Receipt], done: Callable[[], None], wrong: Callable[[str], None]
    ) -> None:
        """What hashes a password, off the event loop."""
        try:
            receipt = act()
            self.call_from_thread(done)
            self.call_from_thread(self.say, f"{receipt.plan.command} recorded as #{receipt.seq}")
        except AllUseError as error:
            self.call_from_thread(wrong, str(error))
