"""Commands about users, logins and proposals."""

from __future__ import annotations

from typing import Any, ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.model.users import Role
from alluse_tui.domain.model.value import repr_without

__all__ = [
    "AddUser",
    "Approve",
    "BackUp",
    "ChangeKeys",
    "CompareCheckpoint",
    "DisableUser",
    "EnableUser",
    "EndSession",
    "Expire",
    "Export",
    "LoginAttempt",
    "Reject",
    "ResetPassword",
    "Role",
    "SetFullName",
    "SetPassword",
    "SetRoles",
    "SignCheckpoint",
]


LOGIN, STEP_UP, UNLOCK = "login", "step-up", "unlock"
LOGOUT, LOCKED = "logout", "locked"


class Encrypted(Command, kw_only=True):
    """Base of commands with ciphertexts or password hashes.

    These are salted, so they are excluded from the idempotency comparison.
    """

    def content(self) -> dict[str, Any]:
        """The content without ciphertexts and hashes."""
        plain = Command.content(self)
        return {k: v for k, v in plain.items() if k not in ("password", "full_name")}


class WithPassword(Encrypted, kw_only=True):
    """Base of commands with a password, hashed in PHC format."""

    password: str = ""

    def __repr__(self) -> str:
        """Without the password."""
        return repr_without(self, "password")


class AddUser(WithPassword, kw_only=True):
    """Add a user. `full_name` is encrypted by the vault."""

    NAME: ClassVar[str] = "user add"
    user: str
    roles: tuple[Role, ...]
    full_name: str = ""


class SetFullName(Encrypted, kw_only=True):
    """Change a user's full name, encrypted by the vault."""

    NAME: ClassVar[str] = "user edit"
    user: str
    full_name: str


class SetRoles(Command, kw_only=True):
    """Change a user's roles."""

    NAME: ClassVar[str] = "user role"
    user: str
    roles: tuple[Role, ...]


class DisableUser(Command, kw_only=True):
    """Disable a user."""

    NAME: ClassVar[str] = "user disable"
    user: str


class EnableUser(Command, kw_only=True):
    """Re-enable a disabled user and reset the count of failed logins."""

    NAME: ClassVar[str] = "user enable"
    user: str


class SetPassword(WithPassword, kw_only=True):
    """Set one's own password, or any user's as an admin. `rehashed`: same password, new hash."""

    NAME: ClassVar[str] = "user passwd"
    user: str
    rehashed: bool = False


class ResetPassword(WithPassword, kw_only=True):
    """Set a new password for the last admin; only the owner of the files can do this."""

    NAME: ClassVar[str] = "user reset"
    user: str


class LoginAttempt(Command, kw_only=True):
    """An attempt to log in, step up or unlock; `right`: the password was correct.

    `session`: the login session that starts. `epoch`: the user's epoch when it was checked.
    """

    NAME: ClassVar[str] = "login"
    user: str
    right: bool
    purpose: str = LOGIN
    session: str = ""
    epoch: int = 0


class EndSession(Command, kw_only=True):
    """End a login session (`why` logout), or record that it locked."""

    NAME: ClassVar[str] = "logout"
    user: str
    session: str = ""
    why: str = LOGOUT


class Approve(Command, kw_only=True):
    """Approve someone else's proposal, or one's own after cooling off by typing its amount."""

    NAME: ClassVar[str] = "approve"
    approval: int
    amount: int | None = None


class Reject(Command, kw_only=True):
    """Reject a proposal, or withdraw one's own."""

    NAME: ClassVar[str] = "reject"
    approval: int


class Expire(Command, kw_only=True):
    """Record that a proposal expired."""

    NAME: ClassVar[str] = "expire"
    approval: int


class AuditNote(Command, kw_only=True):
    """Base of records of work outside the book; `detail` names a place, never a secret."""

    detail: str = ""


class Export(AuditNote, kw_only=True):
    """Record an export of everything."""

    NAME: ClassVar[str] = "export"


class BackUp(AuditNote, kw_only=True):
    """Record a backup of the journal."""

    NAME: ClassVar[str] = "backup"


class ChangeKeys(AuditNote, kw_only=True):
    """Record a new vault key; `resealed`: (user, full name re-encrypted under it)."""

    NAME: ClassVar[str] = "keys"
    resealed: tuple[tuple[str, str], ...] = ()


class SignCheckpoint(AuditNote, kw_only=True):
    """Record that the newest record was signed."""

    NAME: ClassVar[str] = "checkpoint"


class CompareCheckpoint(AuditNote, kw_only=True):
    """Record a comparison with checkpoints from a file; `detail` has the result."""

    NAME: ClassVar[str] = "verify"


AUDIT_NOTES = {
    kind.NAME: kind for kind in (BackUp, ChangeKeys, CompareCheckpoint, Export, SignCheckpoint)
}
"""Audit notes by name."""
