"""What an operator does on the dashboard, with real keys against real files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from screens import press, running, screen_text, settled

from alluse_tui.domain.commands import Deposit, Transfer, amount
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.widgets.grid import Grid


async def test_dashboard_shows_accounts_balances_and_allocation(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        shown = screen_text(pilot)
    for word in ("Main", "LIVE", "gen-1", "100,000.00", "75,000.00", "237,500.00", "40.0 %"):
        assert word in shown


async def test_deposit_in_another_process_shows_within_a_second(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    other = open_engine("erin")
    async with running(engine) as pilot:
        other.commands.submit(Deposit(account="rev-1", amount=amount("123.45")))
        for _ in range(500):
            await pilot.pause(0.02)
            if "75,123.45" in screen_text(pilot):
                return
        raise AssertionError(screen_text(pilot))


async def test_deposit_by_keys_shows_its_plan_and_commits_it_once(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "d", *"250.50", "enter")
        shown = screen_text(pilot)
        assert "100,250.50" in shown and "+250.50" in shown and "external (deposits)" in shown
        assert engine.queries.account("gen-1").equity == amount("100000")
        await press(pilot, "y")
        assert "100,250.50" in screen_text(pilot)
    assert engine.queries.account("gen-1").equity == amount("100250.50")
    assert engine.seq == 2


async def test_plan_opens_with_cancel_focused_and_enter_changes_nothing(
    engine: LocalEngine,
) -> None:
    async with running(engine) as pilot:
        await press(pilot, "w", *"500", "enter")
        assert pilot.app.focused is not None and pilot.app.focused.id == "cancel"
        await press(pilot, "enter")
        await press(pilot, "escape")
    assert engine.seq == 1


async def test_refused_plan_shows_its_numbers_and_goes_back_to_the_form(
    engine: LocalEngine,
) -> None:
    async with running(engine) as pilot:
        await press(pilot, "w", *"95000.01", "enter")
        shown = screen_text(pilot)
        assert "refused" in shown and "95,000.01 is more than the 95,000.00 available" in shown
        await press(pilot, "y")
        await press(pilot, "enter")
        assert "Withdraw from gen-1" in screen_text(pilot)
    assert engine.queries.account("gen-1").equity == amount("100000")


async def test_transfer_moves_money_to_the_named_account(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "t", *"1000", "tab", *"rev-1", "enter", "y")
    assert engine.queries.account("gen-1").equity == amount("99000")
    assert engine.queries.account("rev-1").equity == amount("76000")


async def test_undo_shows_what_it_will_do_and_takes_back_the_newest_act(
    engine: LocalEngine,
) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("77.77")))
    async with running(engine) as pilot:
        await press(pilot, "u")
        assert "−77.77" in screen_text(pilot)
        await press(pilot, "y")
    assert engine.queries.account("gen-1").equity == amount("100000")


async def test_q_leaves(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert not pilot.app.is_running


async def test_cursor_stays_with_its_account_when_rows_come_in(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    async with running(engine) as pilot:
        await press(pilot, "down")
        engine.commands.submit(Transfer(source="gen-1", target="rev-1", amount=amount("5")))
        await settled(pilot)
        assert pilot.app.screen.query_one("#accounts", Grid).key == "rev-1"


def test_clock_of_the_fixture_is_noon_in_new_york(engine: LocalEngine) -> None:
    assert engine.today == datetime(2026, 11, 24).date()
