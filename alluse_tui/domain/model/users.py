"""Users, roles, permissions, and proposals that need a second person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from alluse_tui.domain.model.value import Value, repr_without

SECOND_NS = 1_000_000_000

FREE_TRIES = 3
LONGEST_WAIT_SECONDS = 900
DISABLED_AFTER = 100
"""Consecutive wrong passwords (security.md, Throttling)."""

NAME_LONGEST = 32


class Role(StrEnum):
    """A role of a user, who may have several (security.md)."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """A permission; docs/security.md lists those of each role."""

    SEE = "see"
    ACT = "act"
    APPROVE = "approve"
    ADMINISTER = "administer"
    AUDIT = "audit"


FIRST_ROLES = (Role.OPERATOR, Role.APPROVER, Role.ADMIN)
"""The roles of the implicit user of a book without users."""


class Throttle(Value):
    """The number of consecutive wrong passwords and the time of the newest."""

    failures: int = 0
    failed_ns: int = 0

    @property
    def open_ns(self) -> int:
        """The time from which another password is checked, in nanoseconds since 1970."""
        over = self.failures - FREE_TRIES
        if over < 0:
            return 0
        return self.failed_ns + min(LONGEST_WAIT_SECONDS, 1 << min(over, 20)) * SECOND_NS


class User(Value):
    """A user.

    `password` is the hash in PHC form, empty if none is set; `full_name` is encrypted by the vault.
    `epoch` is incremented by changes that end all sessions: a new password, other roles, disabling.
    """

    name: str
    roles: tuple[Role, ...]
    password: str = ""
    full_name: str = ""
    disabled: bool = False
    epoch: int = 0
    throttle: Throttle = Throttle()

    def __repr__(self) -> str:
        """Without the password."""
        return repr_without(self, "password")


class Approval(Value):
    """A pending proposal. `seq` is its record and identifies it.

    `content` is the whole command as plain data, `digest` that of the proposed plan, `effect` the
    digest of the plan's effect (Plan.effect; empty in proposals of older programs). `micros` is the
    most that it moves. `ready_ns` is set if the proposer may confirm it after a cooling-off period.
    """

    seq: int
    command: str
    content: Mapping[str, Any]
    portfolio: str
    by: str
    asked_ns: int
    expires_ns: int
    digest: str
    micros: int
    ready_ns: int = 0
    effect: str = ""

    def waits(self, now_ns: int) -> bool:
        """Whether it can still be approved."""
        return now_ns < self.expires_ns


class UserChange(Value):
    """An unacknowledged change that the admin `by` made to a user without a second person.

    `seq` is its record and identifies it. `what` is added, enabled, roles, password, or lost if
    its record was lost. `roles` are the user's roles after it.
    """

    seq: int
    user: str
    what: str
    by: str
    at_ns: int
    roles: tuple[Role, ...]


STRANGER = re.compile(r"\?[0-9a-f]{4}")


def throttle_bucket(name: str) -> str:
    """The throttle bucket of a login name, such as '?a41f'; a bucket is returned unchanged.

    Known and unknown names share 16-bit hash buckets, so that neither timing nor the journal
    reveals the typed text, which may be a password, or whether the user exists.
    """
    import hashlib

    if STRANGER.fullmatch(name):
        return name
    return f"?{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:4]}"
