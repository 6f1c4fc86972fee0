"""Sessions: a table beside the state decides whether one lives, and nothing the client holds."""

from __future__ import annotations

from dataclasses import dataclass

from alluse_tui.domain.model.users import SECOND_NS

IDLE_NS = 600 * SECOND_NS
ABSOLUTE_NS = 12 * 3_600 * SECOND_NS
TOUCH_NS = 15 * SECOND_NS
"""How much later a sign of life must be to be worth a write."""


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A row of the table. `id` is the SHA-256 of what its holder has; `uid` the process's.

    `epoch` is the user's when it began: once theirs is another, it has ended.
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
        """When it ends, whatever happens."""
        return self.created_ns + ABSOLUTE_NS

    @property
    def row(self) -> tuple[str, int, int, int, int, int]:
        """As the table has it, behind the id."""
        return (self.user, self.epoch, self.uid, self.created_ns, self.seen_ns, self.revoked_ns)

    def is_valid(self, epoch: int, uid: int, now_ns: int) -> bool:
        """Whether whoever holds it may act; why not is nobody's business."""
        return (
            not self.revoked_ns
            and self.epoch == epoch
            and self.uid == uid
            and now_ns < min(self.ends_ns, self.seen_ns + IDLE_NS)
        )

    def needs_touch(self, now_ns: int) -> bool:
        """Whether a sign of life is worth writing down."""
        return now_ns - self.seen_ns >= TOUCH_NS


def new_token() -> str:
    """256 random bits for the holder."""
    import secrets

    return secrets.token_urlsafe(32)


def session_id(token: str) -> str:
    """What is stored of a token: nobody who reads the file can use it."""
    import hashlib

    return hashlib.sha256(token.encode()).hexdigest()
