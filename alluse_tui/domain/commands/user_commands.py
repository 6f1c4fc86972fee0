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
    """A name as the vault sealed it, or a password in PHC form: no two are alike, however often the
    same is typed, so they go into the event and are no part of what a key stands for."""

    def content(self) -> dict[str, Any]:
        """Without them."""
        plain = Command.content(self)
        return {k: v for k, v in plain.items() if k not in ("password", "full_name")}


class WithPassword(Encrypted, kw_only=True):
    """It brings a password, in PHC form."""

    password: str = ""

    def __repr__(self) -> str:
        """Without the password."""
        return repr_without(self, "password")


class AddUser(WithPassword, kw_only=True):
    """Let somebody be at work. `full_name` as the vault sealed it."""

    NAME: ClassVar[str] = "user add"
    user: str
    roles: tuple[Role, ...]
    full_name: str = ""


class SetFullName(Encrypted, kw_only=True):
    """Another full name, as the vault sealed it."""

    NAME: ClassVar[str] = "user edit"
    user: str
    full_name: str


class SetRoles(Command, kw_only=True):
    """What a user may do from now on."""

    NAME: ClassVar[str] = "user role"
    user: str
    roles: tuple[Role, ...]


class DisableUser(Command, kw_only=True):
    """A user may do nothing any more."""

    NAME: ClassVar[str] = "user disable"
    user: str


class EnableUser(Command, kw_only=True):
    """A disabled user may be at work again, and their tries count anew."""

    NAME: ClassVar[str] = "user enable"
    user: str


class SetPassword(WithPassword, kw_only=True):
    """Another password; one's own, or as an admin anybody's. `rehashed`: only its form."""

    NAME: ClassVar[str] = "user passwd"
    user: str
    rehashed: bool = False


class ResetPassword(WithPassword, kw_only=True):
    """Another password for the last admin, by the owner of the files, on the host."""

    NAME: ClassVar[str] = "user reset"
    user: str


class LoginAttempt(Command, kw_only=True):
    """A password was given: for a login, a step-up or to unlock; `right` says whether it fits.

    `session` names what begins. `epoch` is the user's that was looked at.
    """

    NAME: ClassVar[str] = "login"
    user: str
    right: bool
    purpose: str = LOGIN
    session: str = ""
    epoch: int = 0


class EndSession(Command, kw_only=True):
    """End a session (`why` logout), or note that it locked."""

    NAME: ClassVar[str] = "logout"
    user: str
    session: str = ""
    why: str = LOGOUT


class Approve(Command, kw_only=True):
    """Confirm a proposal of somebody else, or after cooling off one's own, typing its amount."""

    NAME: ClassVar[str] = "approve"
    approval: int
    amount: int | None = None


class Reject(Command, kw_only=True):
    """Say no to a proposal; whoever made it takes it back so."""

    NAME: ClassVar[str] = "reject"
    approval: int


class Expire(Command, kw_only=True):
    """Note that a proposal was not answered in time."""

    NAME: ClassVar[str] = "expire"
    approval: int


class AuditNote(Command, kw_only=True):
    """What is done beside the book, for the record; `detail` names where, never a secret."""

    detail: str = ""


class Export(AuditNote, kw_only=True):
    """Everything was exported."""

    NAME: ClassVar[str] = "export"


class BackUp(AuditNote, kw_only=True):
    """The journal was copied."""

    NAME: ClassVar[str] = "backup"


class ChangeKeys(AuditNote, kw_only=True):
    """A key came into the vault's ring; full names, (user, text), are sealed anew under it."""

    NAME: ClassVar[str] = "keys"
    resealed: tuple[tuple[str, str], ...] = ()


class SignCheckpoint(AuditNote, kw_only=True):
    """The journal's head was signed."""

    NAME: ClassVar[str] = "checkpoint"


class CompareCheckpoint(AuditNote, kw_only=True):
    """The journal was compared with checkpoints from a file; `detail` says with what result."""

    NAME: ClassVar[str] = "verify"


AUDIT_NOTES = {
    one.NAME: one for one in (BackUp, ChangeKeys, CompareCheckpoint, Export, SignCheckpoint)
}
"""What is done beside the book, by its name."""
