"""Commands about users, logins and proposals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.model.users import Role

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted(Command):
    """Base of commands with ciphertexts or password hashes.

    These are salted, so they are excluded from the idempotency comparison.
    """

    def content(self) -> dict[str, Any]:
        """The content without ciphertexts and hashes."""
        plain = Command.content(self)
        return {k: v for k, v in plain.items() if k not in ("password", "full_name")}


@dataclass(frozen=True, slots=True, kw_only=True)
class WithPassword(Encrypted):
    """Base of commands with a password, hashed in PHC format."""

    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser(WithPassword):
    """Add a user. `full_name` is encrypted by the vault."""

    NAME: ClassVar[str] = "user add"
    user: str
    roles: tuple[Role, ...]
    full_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFullName(Encrypted):
    """Change a user's full name, encrypted by the vault."""

    NAME: ClassVar[str] = "user edit"
    user: str
    full_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoles(Command):
    """Change a user's roles."""

    NAME: ClassVar[str] = "user role"
    user: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableUser(Command):
    """Disable a user."""

    NAME: ClassVar[str] = "user disable"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableUser(Command):
    """Re-enable a disabled user and reset the count of failed logins."""

    NAME: ClassVar[str] = "user enable"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword(WithPassword):
    """Set one's own password, or any user's as an admin. `rehashed`: same password, new hash."""

    NAME: ClassVar[str] = "user passwd"
    user: str
    rehashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword(WithPassword):
    """Set a new password for the last admin; only the owner of the files can do this."""

    NAME: ClassVar[str] = "user reset"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempt(Command):
    """An attempt to log in, step up or unlock; `right`: the password was correct.

    `session`: the login session that starts. `epoch`: the user's epoch when it was checked.
    """

    NAME: ClassVar[str] = "login"
    user: str
    right: bool
    purpose: str = LOGIN
    session: str = ""
    epoch: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSession(Command):
    """End a login session (`why` logout), or record that it locked."""

    NAME: ClassVar[str] = "logout"
    user: str
    session: str = ""
    why: str = LOGOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Command):
    """Approve someone else's proposal, or one's own after cooling off by typing its amount."""

    NAME: ClassVar[str] = "approve"
    approval: int
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Command):
    """Reject a proposal, or withdraw one's own."""

    NAME: ClassVar[str] = "reject"
    approval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire(Command):
    """Record that a proposal expired."""

    NAME: ClassVar[str] = "expire"
    approval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNote(Command):
    """Base of records of work outside the book; `detail` names a place, never a secret."""

    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(AuditNote):
    """Record an export of everything."""

    NAME: ClassVar[str] = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUp(AuditNote):
    """Record a backup of the journal."""

    NAME: ClassVar[str] = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeKeys(AuditNote):
    """Record a new vault key; `resealed`: (user, full name re-encrypted under it)."""

    NAME: ClassVar[str] = "keys"
    resealed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignCheckpoint(AuditNote):
    """Record that the newest record was signed."""

    NAME: ClassVar[str] = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareCheckpoint(AuditNote):
    """Record a comparison with checkpoints from a file; `detail` has the result."""

    NAME: ClassVar[str] = "verify"


AUDIT_NOTES = {
    kind.NAME: kind for kind in (BackUp, ChangeKeys, CompareCheckpoint, Export, SignCheckpoint)
}
"""Audit notes by name."""
