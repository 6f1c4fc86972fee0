"""The doors of `Engine.auth`, as protocols: logins, users and proposals (see `doors.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command
    from alluse_tui.domain.commands.user_commands import (
        AddUser,
        ResetPassword,
        SetFullName,
        SetPassword,
    )
    from alluse_tui.domain.views import ApprovalView, Identity, Receipt, UserView


class LoginDoor(Protocol):
    """Logins, the lock of an idle screen, and what the caller may do."""

    def whoami(self) -> Identity:
        """The caller. Raises Denied if nobody is logged in."""

    def may(self, permission: str) -> bool:
        """Whether the caller has the permission."""

    def permissions(self) -> frozenset[str]:
        """All permissions of the caller."""

    def needs_step_up(self, command: Command) -> bool:
        """Whether `command` asks for the password again."""

    def login(self, name: str, password: str) -> str:
        """Log in; the token of the new session."""

    def logout(self) -> None:
        """End the login."""

    def use_token(self, token: str) -> None:
        """Call as the token's user."""

    def lock(self) -> None:
        """Lock the screen until `unlock`."""

    def unlock(self, password: str) -> None:
        """Unlock the screen."""

    @property
    def locked(self) -> bool:
        """Whether the screen is locked."""

    @property
    def locks_ns(self) -> int:
        """When the screen locks unless the user is active before."""

    def note_activity(self, at_ns: int) -> None:
        """Note that the user was active."""

    def touch(self) -> None:
        """Note that the user is active now, and write it down."""

    def persist_activity(self) -> None:
        """Write down when the user was last active."""


class UserDoor(Protocol):
    """Users and their passwords."""

    def all(self) -> tuple[UserView, ...]:
        """All users that the caller may see."""

    def add(self, command: AddUser, password: str, full_name: str = "", own: str = "") -> Receipt:
        """Add a user. `own` is the caller's own password."""

    def set_full_name(self, command: SetFullName, full_name: str, own: str = "") -> Receipt:
        """Change a user's full name."""

    def set_password(
        self, command: SetPassword | ResetPassword, password: str, own: str = ""
    ) -> Receipt:
        """Change a user's password."""


class ApprovalDoor(Protocol):
    """Proposals; they are answered by commands."""

    def pending(self) -> tuple[ApprovalView, ...]:
        """Proposals without an answer, oldest first."""


class AuthDoor(Protocol):
    """Who is calling, and what they may answer."""

    @property
    def logins(self) -> LoginDoor:
        """Logins and permissions."""

    @property
    def users(self) -> UserDoor:
        """Users and passwords."""

    @property
    def approvals(self) -> ApprovalDoor:
        """Proposals."""
