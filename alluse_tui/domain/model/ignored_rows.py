"""Rows of a file that are not recorded, counted by their reason."""

from __future__ import annotations

from collections.abc import Iterable

from alluse_tui.domain.model.value import Value

REASONS_AT_MOST = 40
"""The most reasons that a record keeps; a longer list is cut off and says so."""

OTHER_REASONS = "other reasons"

REASON_LENGTH = 160
"""The most characters of a reason, which may quote the file."""


class IgnoredRows(Value):
    """How many rows are not recorded because of `why`, and the first one's line (0: unknown)."""

    why: str
    rows: int
    first_line: int = 0


def by_reason(rows: Iterable[tuple[int, str]]) -> tuple[IgnoredRows, ...]:
    """The rows (line, reason) counted by reason, the most frequent reason first.

    Reasons after REASONS_AT_MOST are counted together as OTHER_REASONS.
    """
    lines: dict[str, list[int]] = {}
    for line, why in rows:
        lines.setdefault(_shortened(why), []).append(line)
    by_count = sorted(lines.items(), key=lambda each: -len(each[1]))
    kept = [
        IgnoredRows(why, len(numbers), _first(numbers))
        for why, numbers in by_count[:REASONS_AT_MOST]
    ]
    rest = [line for _, numbers in by_count[REASONS_AT_MOST:] for line in numbers]
    if rest:
        kept.append(IgnoredRows(OTHER_REASONS, len(rest), _first(rest)))
    return tuple(kept)


def _shortened(why: str) -> str:
    return why if len(why) <= REASON_LENGTH else f"{why[: REASON_LENGTH - 1]}…"


def _first(lines: list[int]) -> int:
    """The first of the lines that are known."""
    return min((line for line in lines if line), default=0)
