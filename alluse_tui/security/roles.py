"""The permissions of each role; the permission that a command needs is in its traits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from alluse_tui.domain.derived.user_changes import is_about_users
from alluse_tui.domain.model.traits import commands_with, recorded_traits
from alluse_tui.domain.model.users import Permission, Role

_P = Permission

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({_P.SEE}),
    Role.OPERATOR: frozenset({_P.SEE, _P.ACT}),
    Role.APPROVER: frozenset({_P.SEE, _P.ACT, _P.APPROVE}),
    Role.ADMIN: frozenset({_P.SEE, _P.ADMINISTER, _P.AUDIT}),
    Role.AUDITOR: frozenset({_P.SEE, _P.AUDIT}),
}


def permission_for(command: str) -> Permission | None:
    """The permission that the command `command` needs; None if it needs no login.

    Rejecting also needs APPROVE, except for the user's own proposal. Records of the program itself
    are for admins. Raises StoreFailed for an undeclared command.
    """
    traits = recorded_traits(command)
    return Permission.ADMINISTER if traits is None else traits.needs


def alert_permission(alert: str) -> Permission:
    """The permission that acknowledging the alert needs: AUDIT for alerts about users, else ACT."""
    return _P.AUDIT if is_about_users(alert) else _P.ACT


OVERRIDE = Permission.APPROVE
"""The additional permission for using the buffer."""

COMMANDS_NEEDING_STEP_UP = frozenset(commands_with(lambda t: t.step_up))
"""Commands that require the password again."""

SECURITY_COMMANDS = commands_with(lambda t: t.security)
"""Commands whose records only admins and auditors may read."""


def is_security(body: Mapping[str, Any]) -> bool:
    """Whether a record is a security record: of logins, users, denials, exports or backups."""
    return bool(body.get("denied")) or body["command"] in SECURITY_COMMANDS


@cache
def permissions(roles: tuple[Role, ...]) -> frozenset[Permission]:
    """The permissions of a user with these roles."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def holders(permission: Permission) -> str:
    """The roles that grant the permission, for a message."""
    return " or ".join(role for role in Role if permission in GRANTS[role])
