"""What an operator does on the dashboard, with real keys against real files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from books import init
from screens import press, running, screen_text, settled, until_shown

from alluse_tui.domain.commands import CashFact, Deposit, Kind, Post, Transfer, amount
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.app import AllUseApp
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


async def test_confirming_twice_commits_once(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "d", *"10", "enter")
        await pilot.press("y", "y", "y")
        await settled(pilot)
    assert engine.queries.account("gen-1").equity == amount("100010")


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


async def test_form_says_what_is_wrong_with_an_amount(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "d")
        for typed in ("1.234", "-5", "1e5", "0", "", "abc"):
            await press(pilot, *typed, "enter")
            assert "✗ amount" in screen_text(pilot), typed
            await press(pilot, "end", "7")
            assert "✗ amount" not in screen_text(pilot), typed
            await press(pilot, "ctrl+u")
    assert engine.seq == 1


async def test_transfer_moves_money_to_the_named_account(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "t", *"1000", "tab", *"rev-1", "enter", "y")
    assert engine.queries.account("gen-1").equity == amount("99000")
    assert engine.queries.account("rev-1").equity == amount("76000")


async def test_nothing_can_be_taken_from_compounding_and_the_key_says_why(
    engine: LocalEngine,
) -> None:
    async with running(engine) as pilot:
        await press(pilot, "end", "w")
        assert "leaves it" in screen_text(pilot)


async def test_undo_shows_what_it_will_do_and_takes_back_the_newest_act(
    engine: LocalEngine,
) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("77.77")))
    async with running(engine) as pilot:
        await press(pilot, "u")
        assert "−77.77" in screen_text(pilot)
        await press(pilot, "y")
    assert engine.queries.account("gen-1").equity == amount("100000")


async def test_plan_that_changed_meanwhile_is_shown_anew_and_asked_again(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    other = open_engine("erin")
    async with running(engine) as pilot:
        await press(pilot, "w", *"500", "enter")
        other.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        shown = await until_shown(pilot, "changed since shown")
        assert "changed since shown" in shown and "99,501.00" in shown
        assert pilot.app.focused is not None and pilot.app.focused.id == "cancel"


async def test_help_lists_the_live_keys_and_closes(engine: LocalEngine) -> None:
    async with running(engine, (100, 80)) as pilot:
        await press(pilot, "question_mark")
        shown = screen_text(pilot)
        assert "Bring money into the account" in shown and "Move up or down one row" in shown
        await press(pilot, "escape")
        assert "Keys" not in screen_text(pilot)


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


async def test_alert_under_the_cursor_names_the_account_that_keys_act_on(
    engine: LocalEngine,
) -> None:
    fact = CashFact(kind=Kind.FEE, micros=-amount("72000"))
    engine.commands.submit(Post(account="rev-1", fact=fact, confirmed=True))
    async with running(engine) as pilot:
        assert "buffer short" in screen_text(pilot) or "drift" in screen_text(pilot)
        await press(pilot, "tab")
        await press(pilot, "end", "d")
        assert "Deposit into" in screen_text(pilot) or "select an account first" in screen_text(
            pilot
        )


async def test_second_portfolio_is_one_key_away(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith [x] bad", "1000"))
    async with running(engine) as pilot:
        await press(pilot, "p")
        assert "Smith [x] bad" in screen_text(pilot)
        assert "400.00" in screen_text(pilot)


async def test_too_small_a_terminal_says_what_it_needs(engine: LocalEngine) -> None:
    async with running(engine, size=(72, 20)) as pilot:
        assert "needs 80×24, this is 72×20" in screen_text(pilot)


async def test_quarantine_stands_in_the_header_and_dims_what_writes(engine: LocalEngine) -> None:
    engine.core.journal.quarantine("record 1 was changed")
    async with running(engine) as pilot:
        assert "QUARANTINED: READ-ONLY" in screen_text(pilot)
        await press(pilot, "d")
        assert "record 1" in screen_text(pilot)


def test_clock_of_the_fixture_is_noon_in_new_york(engine: LocalEngine) -> None:
    assert engine.today == datetime(2026, 11, 24).date()


async def test_news_while_the_screen_is_taken_down_is_nobodys(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        app = pilot.app
        assert isinstance(app, AllUseApp)
        await app.screen.query("#all").remove()
        app.draw()
        app.show_status("too late")


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
async def test_a_journal_that_is_gone_is_reported_with_what_to_do(
    engine: LocalEngine, replaced: bool
) -> None:
    async with running(engine) as pilot:
        if replaced:
            copy = engine.path.with_suffix(".copy")
            copy.write_bytes(engine.path.read_bytes())
            copy.rename(engine.path)
        else:
            engine.path.unlink()
        shown = await until_shown(pilot, "restart alluse")
        assert "▲ stale: journal removed or replaced; restart alluse" in shown
