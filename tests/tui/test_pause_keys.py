"""Pausing with one key, how a pause is shown, and resuming from its alert."""

from __future__ import annotations

from datetime import timedelta

from screens import press, running, screen_text, until_shown

from alluse_tui.domain.commands import (
    Instrument,
    NoteVix,
    Pause,
    PolicySet,
    Post,
    amount,
    iso_date,
    trade,
)
from alluse_tui.domain.model.terms import Right
from alluse_tui.engine import FixedClock, LocalEngine

PUT = Instrument("AAPL", Right.PUT, amount("190"), iso_date("expiry", "2026-12-18"), 100)


async def test_p_pauses_the_account_at_once_and_enter_on_the_alert_resumes(
    engine: LocalEngine,
) -> None:
    async with running(engine, (80, 24)) as pilot:
        await press(pilot, "P")
        assert engine.queries.account("gen-1").paused == f"by {engine.actor}"
        shown = screen_text(pilot)
        assert "‖ paused" in shown and "gen-1 is paused; u undoes it" in shown
        await press(pilot, "P")
        assert "already paused by" in screen_text(pilot)
        await press(pilot, "2")
        assert "‖ paused" in screen_text(pilot)
        await press(pilot, "1", "tab", "enter")
        assert "short options are covered" in screen_text(pilot)
        await press(pilot, "y")
        assert engine.queries.account("gen-1").paused == ""
        assert "paused" not in screen_text(pilot).replace("gen-1 is paused", "")


async def test_a_pause_of_all_is_in_the_header_a_resume_asks_and_a_breaker_pauses_again(
    engine: LocalEngine, clock: FixedClock
) -> None:
    fact = trade(PUT, buy=False, quantity="1", price="1", fees=0)
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    engine.commands.submit(Pause(why="holiday"))
    clock.advance(timedelta(days=30))
    async with running(engine, (80, 24)) as pilot:
        shown = screen_text(pilot)
        assert " PAUSED " in shown
        await press(pilot, "colon", *"resume", "space", *"all", "enter", "y")
        assert engine.queries.account("gen-1").paused != ""
        await press(pilot, "y")
        assert engine.queries.account("gen-1").paused == ""
        assert " PAUSED " not in screen_text(pilot)
        engine.commands.submit(PolicySet(changes=(("breakers.vix_stop", "80"),)))
        engine.commands.submit(NoteVix(hundredths=8_100, day=engine.today))
        pilot.app.upkeep.run()  # type: ignore[attr-defined]
        assert " PAUSED " in await until_shown(pilot, " PAUSED ")
    assert "VIX 81" in engine.queries.account("com-1").paused
