"""The stress test on the screens: of an account by a key, and in the plan of an option trade."""

from __future__ import annotations

from datetime import date

import pytest
from opened import lines_with
from screens import SIZES, press, running, screen_text

from alluse_tui.domain.commands import Instrument, Post, Right, amount, trade
from alluse_tui.engine import LocalEngine

PUT = Instrument("AAPL", Right.PUT, amount("190"), date(2026, 12, 18), 100)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_key_shows_every_scenario_of_the_account(
    engine: LocalEngine, size: tuple[int, int]
) -> None:
    fact = trade(PUT, buy=False, quantity="1", price="1.45", fees=amount("145"))
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    async with running(engine, size) as pilot:
        await press(pilot, "2", "W")
        assert "Stress test of gen-1" in screen_text(pilot)
        (down,) = lines_with(pilot, "−10 %")
        assert "✓ −10 %" in down
        assert down.split()[-4:-1] == ["97,955.00", "100,000.00", "76,102.25"]
        for name in ("now", "−20 %", "+10 %", "all short puts assigned", "VIX × 2"):
            assert lines_with(pilot, f"✓ {name}")
        assert "estimated: 1 position without a price" in screen_text(pilot)
        await press(pilot, "escape")
        assert "Stress test" not in screen_text(pilot)
    assert engine.seq == 2
