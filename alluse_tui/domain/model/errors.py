"""The small family of errors that every face translates and nobody parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alluse_tui.domain.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alluse_tui.domain.model.verdict import Verdict


class AllUseError(Exception):
    """What the program refuses or fails to do, in one line a person can act on.

    `code` names the kind for machines; `exit_code` is the CLI contract's.
    """

    code = "internal"
    exit_code = 1


class BadInput(AllUseError):
    """Something typed or read is not usable: where it is, what it is, what is allowed."""

    code = "bad_input"
    exit_code = 2

    def __init__(self, path: str, value: object, allowed: str) -> None:
        """`path` says where, `value` what was found there (None: nothing), `allowed` what may."""
        self.path, self.value, self.allowed = path, value, allowed
        found = "" if value is None else f" {shown(value)}"
        super().__init__(f"{path}{found}: {allowed}")

    @classmethod
    def of(cls, problems: Sequence[tuple[str, object, str]]) -> BadInput:
        """One error that names every problem: its path, its value, what is allowed."""
        first, *others = (cls(*problem) for problem in problems)
        first.args = ("; ".join(str(e) for e in (first, *others)),)
        return first


class NoBook(AllUseError):
    """There is no journal where one was expected."""

    code = "no_book"
    exit_code = 2


class Refused(AllUseError):
    """A rule says no. `reasons` holds every rule that was looked at, with its numbers."""

    code = "refused"
    exit_code = 3

    def __init__(self, reasons: Sequence[Verdict]) -> None:
        """`reasons` must hold at least one verdict that is not ok."""
        self.reasons = tuple(reasons)
        super().__init__("; ".join(dict.fromkeys(r.message for r in self.reasons if not r.ok)))


class IntegrityFailed(AllUseError):
    """A check found damage, or the book is quarantined because an earlier one did."""

    code = "integrity"
    exit_code = 4


class Denied(AllUseError):
    """Not logged in, or not allowed."""

    code = "denied"
    exit_code = 5


class StepUpNeeded(Denied):
    """Allowed, once the password is given again."""

    code = "step_up"


class Pending(AllUseError):
    """Recorded as a proposal: somebody else approves it before anything is done.

    `approval` is the record that asks for it.
    """

    code = "pending"
    exit_code = 7

    def __init__(self, approval: int, message: str) -> None:
        """`message` says who may do what about it, and until when."""
        self.approval = approval
        super().__init__(message)


class Busy(AllUseError):
    """Another process holds the journal longer than the bound, or the queue is full."""

    code = "busy"
    exit_code = 6


class Conflict(AllUseError):
    """The book moved: the plan that would be made now is not the one that was shown."""

    code = "conflict"
    exit_code = 6


class StoreFailed(AllUseError):
    """A file could not be read or written; nothing was acknowledged."""

    code = "store"
    exit_code = 6


def shown(value: object, longest: int = 60) -> str:
    """`value` quoted for a message: control characters escaped, shortened to `longest` signs."""
    text = str(value)
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return f"'{printable(text)}'"
