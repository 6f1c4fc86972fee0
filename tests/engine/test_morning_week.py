"""The morning close names the week that is over: on a weekend the one that just ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from books import NOON

from alluse_tui.engine import FixedClock, Inbox, LocalEngine, MorningClose


@pytest.mark.parametrize(
    ("days", "week"),
    [(0, "2026-11-16"), (3, "2026-11-16"), (4, "2026-11-23"), (5, "2026-11-23"), (6, "2026-11-23")],
    ids=["Tuesday", "Friday", "Saturday", "Sunday", "Monday"],
)
def test_a_week_is_over_on_saturday(
    engine: LocalEngine, clock: FixedClock, days: int, week: str
) -> None:
    clock.set(NOON + timedelta(days=days))
    close = MorningClose(Inbox(engine, engine.path.parent / "inbox"))
    assert [step.detail for step in close.weeks()] == [f"week of {week}: no puts and no shares"]
