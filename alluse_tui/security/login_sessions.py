"""Login sessions, whose validity depends only on their rows in the journal file."""

from __future__ import annotations

from dataclasses import dataclass

from alluse_tui.domain.model.users import SECOND_NS

IDLE_NS = 600 * SECOND_NS
ABSOLUTE_NS = 12 * 3_600 * SECOND_NS
TOUCH_NS = 15 * SECOND_NS
"""The shortest interval between two writes of a session's activity."""


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A row of the table. `id` is the SHA-256 of the holder's token, `uid` that of the process.

    `epoch` is the user's epoch at login; a later epoch ends the session.
    """

    id: str
    user: str
    epoch: int
    uid: int
    created_ns: int
    seen_ns: int
    revoked_ns: int = 0

    @property
    def ends_ns(self) -> int:
        """When the session ends at the latest."""
        return self.created_ns + ABSOLUTE_NS

    @property
    def row(self) -> tuple[str, int, int, int, int, int]:
        """The columns of the table after the id."""
        return (self.user, self.epoch, self.uid, self.created_ns, self.seen_ns, self.revoked_ns)

    def is_valid(self, epoch: int, uid: int, now_ns: int) -> bool:
        """Whether the session is valid. Callers do not learn why it is not."""
        return (
            not self.revoked_ns
            and self.epoch == epoch
            and self.uid == uid
            and now_ns < min(self.ends_ns, self.seen_ns + IDLE_NS)
        )

    def needs_touch(self, now_ns: int) -> bool:
        """Whether the last written activity is older than TOUCH_NS."""
        return now_ns - self.seen_ns >= TOUCH_NS


def new_token() -> str:
    """A new token: 256 random bits."""
    import secrets

    return secrets.token_urlsafe(32)


def session_id(token: str) -> str:
    """The hash of a token under which its session is stored."""
    import hashlib

    return hashlib.sha256(token.encode()).hexdigest()
