"""Checks of single values of a policy: whether one is valid, and what is allowed instead."""

from __future__ import annotations

from collections.abc import Sequence

from alluse_tui.domain.model.money import ONE_BPS

Problem = tuple[str, object, str]
"""An invalid value: its path, the value, and what is allowed."""

Check = tuple[bool, str, object, str]
"""Whether a value is valid, and the problem where it is not."""


def percent(bps: int) -> str:
    """'5 %', '7.25 %'."""
    return f"{bps / 100:g} %"


def above_zero(path: str, bps: int | None) -> Check:
    """A share above 0 and at most 100 %; None is off."""
    ok = bps is None or 0 < bps <= ONE_BPS
    return ok, path, percent(bps or 0), "must be above 0 and at most 100 %"


def within_whole(path: str, bps: int | None) -> Check:
    """A share from 0 to 100 %; None is off."""
    ok = bps is None or 0 <= bps <= ONE_BPS
    return ok, path, percent(bps or 0), "must be within 0–100 %"


def one_of(path: str, value: str, allowed: Sequence[str], must: str = "must be one of:") -> Check:
    """One of some words."""
    return value in allowed, path, value, f"{must} {', '.join(allowed)}"


def at_least_one(path: str, count: int | None) -> Check:
    """A whole number from 1; None is off."""
    return count is None or count >= 1, path, count, "must be at least 1"


def ratio(path: str, hundredths: int | None, most: int = 100) -> Check:
    """A number above 0 and at most `most`, in hundredths; None is off."""
    ok = hundredths is None or 0 < hundredths <= most * 100
    return ok, path, f"{(hundredths or 0) / 100:g}", f"must be above 0 and at most {most}"


def in_order(path: str, low: int | None, high: int | None, allowed: str) -> Check:
    """The lower end of a range is not above the upper one; None is off."""
    ok = low is None or high is None or low <= high
    return ok, path, f"{low}–{high}", allowed


def ascending(path: str, hundredths: Sequence[int | None], allowed: str) -> Check:
    """Levels that follow each other; those that are off are left out."""
    levels = [level for level in hundredths if level is not None]
    shown = ", ".join(f"{level / 100:g}" for level in levels)
    return levels == sorted(levels), path, shown, allowed


def delta_band(path: str, low: int | None, high: int | None) -> Check:
    """A range of deltas, in hundredths; None is off."""
    ok = low is None or high is None or 10 <= low < high <= 70
    return ok, path, f"{low}–{high}", "must be min < max inside 10–70"
