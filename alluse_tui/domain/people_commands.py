"""Commands about users, logins and proposals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from alluse_tui.domain.commands import Command
from alluse_tui.domain.people import Role

__all__ = [
    "AddUser",
    "Approve",
    "Attempt",
    "BackUp",
    "ChangeKeys",
    "CompareCheckpoint",
    "DisableUser",
    "EnableUser",
    "Expire",
    "Export",
    "Leave",
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
class Sealed(Command):
    """A name as the vault sealed it, or a password in PHC form: no two are alike, however often the
    same is typed, so they go into the event and are no part of what a key stands for."""

    def content(self) -> dict[str, Any]:
        """Without them."""
        plain = Command.content(self)
        return {k: v for k, v in plain.items() if k not in ("password", "full_name")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secretive(Sealed):
    """It brings a password, in PHC form."""

    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser(Secretive):
    """Let somebody be at work. `full_name` as the vault sealed it."""

    NAME: ClassVar[str] = "user add"
    user: str
    roles: tuple[Role, ...]
    full_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFullName(Sealed):
    """Another full name, as the vault sealed it."""

    NAME: ClassVar[str] = "user edit"
    user: str
    full_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoles(Command):
    """What a user may do from now on."""

    NAME: ClassVar[str] = "user role"
    user: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableUser(Command):
    """A user may do nothing any more."""

    NAME: ClassVar[str] = "user disable"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableUser(Command):
    """A disabled user may be at work again, and their tries count anew."""

    NAME: ClassVar[str] = "user enable"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword(Secretive):
    """Another password; one's own, or as an admin anybody's. `rehashed`: only its form."""

    NAME: ClassVar[str] = "user passwd"
    user: str
    rehashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword(Secretive):
    """Another password for the last admin, by the owner of the files, on the host."""

    NAME: ClassVar[str] = "user reset"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Command):
    """A password was given: for a login, a step-up or to unlock; `right` says whether it fits.

    `session` names what begins. `epoch` is the user's that was looked at.
    """

    NAME: ClassVar[str] = "login"
    user: str
    right: bool
    purpose: str = LOGIN
    session: str = ""
    epoch: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Command):
    """End a session (`why` logout), or note that it locked."""

    NAME: ClassVar[str] = "logout"
    user: str
    session: str = ""
    why: str = LOGOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Command):
    """Confirm a proposal of somebody else, or after cooling off one's own, typing its amount."""

    NAME: ClassVar[str] = "approve"
    approval: int
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Command):
    """Say no to a proposal; whoever made it takes it back so."""

    NAME: ClassVar[str] = "reject"
    approval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire(Command):
    """Note that a proposal was not answered in time."""

    NAME: ClassVar[str] = "expire"
    approval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noting(Command):
    """What is done beside the book, for the record; `detail` names where, never a secret."""

    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(Noting):
    """Everything was exported."""

    NAME: ClassVar[str] = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUp(Noting):
    """The journal was copied."""

    NAME: ClassVar[str] = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeKeys(Noting):
    """A key came into the vault's ring; full names, (user, text), are sealed anew under it."""

    NAME: ClassVar[str] = "keys"
    resealed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignCheckpoint(Noting):
    """The journal's head was signed."""

    NAME: ClassVar[str] = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareCheckpoint(Noting):
    """The journal was compared with checkpoints from a file; `detail` says with what result."""

    NAME: ClassVar[str] = "verify"


NOTED = {one.NAME: one for one in (BackUp, ChangeKeys, CompareCheckpoint, Export, SignCheckpoint)}
"""What is done beside the book, by its name."""
