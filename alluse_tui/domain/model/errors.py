"""The errors of the program, which every front end translates by type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alluse_tui.domain.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alluse_tui.domain.model.verdict import Verdict


class AllUseError(Exception):
    """The base of all expected errors; the message is one line for the user.

    `code` identifies the kind for programs; `exit_code` is the command line's.
    """

    code = "internal"
    exit_code = 1


class BadInput(AllUseError):
    """An invalid value in user input or a file."""

    code = "bad_input"
    exit_code = 2

    def __init__(self, path: str, value: object, allowed: str) -> None:
        """`path` is the place, `value` the bad value (None: none), `allowed` the requirement."""
        self.path, self.value, self.allowed = path, value, allowed
        quoted = "" if value is None else f" {shown(value)}"
        super().__init__(f"{path}{quoted}: {allowed}")

    @classmethod
    def of(cls, problems: Sequence[tuple[str, object, str]]) -> BadInput:
        """One error for several problems, each of (path, value, allowed)."""
        first, *others = (cls(*problem) for problem in problems)
        first.args = ("; ".join(str(e) for e in (first, *others)),)
        return first


class NoBook(AllUseError):
    """No journal exists at the expected path."""

    code = "no_book"
    exit_code = 2


class Refused(AllUseError):
    """A rule refuses the command. `reasons` are the verdicts of all checked rules."""

    code = "refused"
    exit_code = 3

    def __init__(self, reasons: Sequence[Verdict]) -> None:
        """`reasons` must hold at least one verdict that is not ok."""
        self.reasons = tuple(reasons)
        super().__init__("; ".join(dict.fromkeys(r.message for r in self.reasons if not r.ok)))

    @property
    def needs_confirmation(self) -> bool:
        """Whether nothing is missing but the user's confirmation of a fact."""
        return all(r.ok or r.is_confirmable for r in self.reasons)


class IntegrityFailed(AllUseError):
    """A check found damage, or the book is in quarantine after an earlier one did."""

    code = "integrity"
    exit_code = 4


class Denied(AllUseError):
    """Not logged in, or not allowed."""

    code = "denied"
    exit_code = 5


class StepUpNeeded(Denied):
    """Allowed only after the password is entered again."""

    code = "step_up"


class Pending(AllUseError):
    """The command was recorded as a proposal and is executed once another user approves it.

    `approval` is the seq of the proposal's record.
    """

    code = "pending"
    exit_code = 7

    def __init__(self, approval: int, message: str) -> None:
        """`message` says who may approve it, and until when."""
        self.approval = approval
        super().__init__(message)


class Busy(AllUseError):
    """Another process holds the journal for too long, or the queue is full."""

    code = "busy"
    exit_code = 6


class Conflict(AllUseError):
    """The book has changed, so that the plan is no longer the one that was confirmed."""

    code = "conflict"
    exit_code = 6


class StoreFailed(AllUseError):
    """A file could not be read or written; nothing was recorded."""

    code = "store"
    exit_code = 6


def shown(value: object, longest: int = 60) -> str:
    """`value` quoted for a message, with control characters escaped, in `longest` characters."""
    text = str(value)
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return f"'{printable(text)}'"
