"""A recorded difference from a statement is explained from its alert."""

from __future__ import annotations

from datetime import date

from opened import lines_with
from screens import press, running, screen_text, settled

from alluse_tui.domain.commands import RecordComparison
from alluse_tui.domain.model.comparison import Difference, Item
from alluse_tui.engine import LocalEngine

JANUARY = date(2026, 1, 30)
SHARES = Difference(item=Item(currency="USD", instrument="MSTR"), micros=284_000_000, day=JANUARY)
COMPARED = RecordComparison(
    account="gen-1",
    day=JANUARY,
    source="ibkr:x",
    cash=True,
    quantities=True,
    differences=(SHARES,),
)


async def test_a_difference_is_explained_from_its_alert(engine: LocalEngine) -> None:
    engine.commands.submit(COMPARED)
    async with running(engine) as pilot:
        await press(pilot, "3")
        (row,) = lines_with(pilot, "▲ statement break")
        assert "gen-1" in row and "↵ Explain" in row
        await press(pilot, "enter")
        assert "Explain a difference of gen-1" in screen_text(pilot)
        await press(pilot, "enter")  # the only difference is filled in
        assert "type the reason" in screen_text(pilot)
        await press(pilot, "x", "enter")
        assert "Explain difference" in screen_text(pilot)
        assert "✓ MSTR in USD +284 on 2026-01-30: x" in screen_text(pilot)
        await press(pilot, "y")
        assert engine.queries.alerts() == ()
        await press(pilot, "1")
        pilot.app.screen.action_act("explain")  # type: ignore[attr-defined]
        await settled(pilot)
        assert "has no recorded difference from a statement" in screen_text(pilot)
