"""A split is recorded from the position under the cursor."""

from __future__ import annotations

from datetime import date

import pytest
from screens import press, running, screen_text
from test_trade_forms import on_position

from alluse_tui.domain.commands import Instrument, Post, Right, amount, trade
from alluse_tui.engine import LocalEngine

PUT = Instrument("XYZ", Right.PUT, amount("50"), date(2026, 12, 18), 100)


@pytest.fixture
def held(engine: LocalEngine) -> LocalEngine:
    """gen-1 holds 100 XYZ and wrote a put on it."""
    for fact in (
        trade(Instrument("XYZ"), buy=True, quantity="100", price="55", fees=0),
        trade(PUT, buy=False, quantity="1", price="3", fees=0),
    ):
        engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    return engine


async def test_a_split_is_planned_and_recorded_for_all_or_one(held: LocalEngine) -> None:
    async with running(held, (80, 24)) as pilot:
        await on_position(pilot, "put")
        await press(pilot, "J", *"2", "enter")
        assert "split '2': must be new shares" in screen_text(pilot)
        await press(pilot, *":1", "enter")
        assert "Split 2:1: 100 XYZ → 200 XYZ" in screen_text(pilot)
        await press(pilot, "y")
        await on_position(pilot, "put")
        await press(pilot, "J", "tab", *"XYZ1", "tab", "tab", "tab")
        for _ in "all":
            await pilot.press("backspace")
        await press(pilot, *"this", "enter")
        assert "Renamed XYZ → XYZ1" in screen_text(pilot)
        await press(pilot, "y")
    holdings = held.queries.account("gen-1").holdings
    quantities = {key: h.quantity_micros // 1_000_000 for key, h in holdings.items()}
    assert quantities == {"XYZ:USD": 200, "XYZ1 2026-12-18 25 put:USD": -2}
