"""Which role grants which permission; what a command needs is in its traits."""

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
    """What the command of that name needs; None where nobody need be logged in.

    Rejecting also needs APPROVE, except for one's own proposal; what the program itself records is
    for admins. Raises StoreFailed for a command that is not declared.
    """
    traits = recorded_traits(command)
    return Permission.ADMINISTER if traits is None else traits.needs


def alert_permission(alert: str) -> Permission:
    """What acknowledging the alert needs; one about users takes somebody who audits."""
    return _P.AUDIT if is_about_users(alert) else _P.ACT


OVERRIDE = Permission.APPROVE
"""What using the buffer needs besides."""

COMMANDS_NEEDING_STEP_UP = frozenset(commands_with(lambda t: t.step_up))
"""Commands that ask for the password again."""

SECURITY_COMMANDS = commands_with(lambda t: t.security)
"""Commands whose records are for admins and auditors only."""


def is_security(body: Mapping[str, Any]) -> bool:
    """Whether a record is of security: logins, users, denials, what left the house."""
    return bool(body.get("denied")) or body["command"] in SECURITY_COMMANDS


@cache
def permissions(roles: tuple[Role, ...]) -> frozenset[Permission]:
    """What somebody of these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def holders(permission: Permission) -> str:
    """The roles that carry it, for a message."""
    return " or ".join(role for role in Role if permission in GRANTS[role])
