"""Who may do what: the table of 80-security, the one place where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from alluse_tui.domain.people import Role
from alluse_tui.domain.user_changes import is_about_users


class Permission(StrEnum):
    """A row of the table."""

    SEE = "see"
    ACT = "act"
    APPROVE = "approve"
    ADMINISTER = "administer"
    AUDIT = "audit"


_P = Permission

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({_P.SEE}),
    Role.OPERATOR: frozenset({_P.SEE, _P.ACT}),
    Role.APPROVER: frozenset({_P.SEE, _P.ACT, _P.APPROVE}),
    Role.ADMIN: frozenset({_P.SEE, _P.ADMINISTER, _P.AUDIT}),
    Role.AUDITOR: frozenset({_P.SEE, _P.AUDIT}),
}

NEEDS: Mapping[str, Permission] = {
    "deposit": _P.ACT,
    "post": _P.ACT,
    "import": _P.ACT,
    "edit": _P.ACT,
    "ack": _P.ACT,
    "release": _P.ACT,
    "fork": _P.ACT,
    "merge": _P.ACT,
    "reinvest": _P.ACT,
    "transfer": _P.ACT,
    "withdraw": _P.ACT,
    "undo": _P.ACT,
    "open": _P.ACT,
    "suspend": _P.ACT,
    "activate": _P.ACT,
    "close": _P.ACT,
    "reject": _P.ACT,
    "expire": _P.ACT,
    "approve": _P.APPROVE,
    "init": _P.ADMINISTER,
    "policy": _P.ADMINISTER,
    "user add": _P.ADMINISTER,
    "user edit": _P.ADMINISTER,
    "user role": _P.ADMINISTER,
    "user disable": _P.ADMINISTER,
    "user enable": _P.ADMINISTER,
    "user passwd": _P.ADMINISTER,
    "keys": _P.ADMINISTER,
    "backup": _P.ADMINISTER,
    "checkpoint": _P.AUDIT,
    "export": _P.AUDIT,
    "verify": _P.SEE,
}
"""By the name of a command. Rejecting needs APPROVE too, but for one's own proposal."""


def alert_permission(alert: str) -> Permission:
    """What acknowledging the alert needs; one about users takes somebody who audits."""
    return _P.AUDIT if is_about_users(alert) else NEEDS["ack"]


OVERRIDE = Permission.APPROVE
"""What using the buffer needs besides."""

STEP_UP = frozenset(
    {
        "approve", "withdraw", "user add", "user edit", "user role", "user disable", "user enable",
        "user passwd",
    }
)  # fmt: skip
"""What asks for the password again."""


_SECURITY = frozenset({"login", "logout", "keys", "backup", "checkpoint", "export", "verify"})
"""And all of `user …`; the replica leaves the same out (replica/sql/fill.sql)."""


def is_security(body: Mapping[str, Any]) -> bool:
    """Whether a record is of security: logins, users, denials, what left the house."""
    command = str(body["command"])
    return bool(body.get("denied")) or command in _SECURITY or command.startswith("user ")


def permissions(roles: Iterable[Role]) -> frozenset[Permission]:
    """What somebody of these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def holders(permission: Permission) -> str:
    """The roles that carry it, for a message."""
    return " or ".join(role for role in Role if permission in GRANTS[role])
