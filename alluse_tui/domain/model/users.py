"""Who may be at work: users, what they may do, and proposals that wait for a second person."""

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
"""security.md, Throttling: wrong passwords in a row."""

NAME_LONGEST = 32


class Role(StrEnum):
    """What a user is there for; one may hold several (security.md)."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What a role may allow; docs/security.md has the table."""

    SEE = "see"
    ACT = "act"
    APPROVE = "approve"
    ADMINISTER = "administer"
    AUDIT = "audit"


FIRST_ROLES = (Role.OPERATOR, Role.APPROVER, Role.ADMIN)
"""What whoever works on a book without users may do."""


class Throttle(Value):
    """Wrong passwords in a row, and when the newest of them was given."""

    failures: int = 0
    failed_ns: int = 0

    @property
    def open_ns(self) -> int:
        """From when on another try is looked at."""
        over = self.failures - FREE_TRIES
        if over < 0:
            return 0
        return self.failed_ns + min(LONGEST_WAIT_SECONDS, 1 << min(over, 20)) * SECOND_NS


class User(Value):
    """Somebody who may be at work.

    `password` in PHC form, empty when none is set; `full_name` as the vault sealed it. `epoch`
    counts what ended all their sessions: a new password, other roles, disabling.
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
    """A proposal that waits. `seq` names it: the record that asked for it.

    `content` is the whole command as plain data; `digest` is that of the plan that was shown, and
    `effect` of what that plan does (Plan.effect; empty in proposals of older programs); `micros` is
    the most that it moves. `ready_ns` is set where whoever proposed it confirms it, once
    they have slept over it.
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
    """What an admin, `by`, did to a user without a second person; nobody acknowledged it yet.

    `seq` names it: its record. `what` is added, enabled, roles or password (lost: nobody knows);
    `roles` what the user has since.
    """

    seq: int
    user: str
    what: str
    by: str
    at_ns: int
    roles: tuple[Role, ...]


STRANGER = re.compile(r"\?[0-9a-f]{4}")


def throttle_bucket(name: str) -> str:
    """Under what tries of a name are counted, whether or not somebody has it: '?a41f'.

    So few digits that they tell nothing of what was typed, which may have been a password. Names
    that share them wait for each other: if only those did that nobody has, they would tell who
    nobody is. What is one already stands for itself.
    """
    import hashlib

    if STRANGER.fullmatch(name):
        return name
    return f"?{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:4]}"
