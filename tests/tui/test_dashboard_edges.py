"""What the dashboard does at its edges: two keys at once, other writers, a journal that is gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from books import init
from screens import press, running, screen_text, settled, until_shown

from alluse_tui.domain.commands import CashFact, Deposit, Kind, Post, amount
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.app import AllUseApp


async def test_confirming_twice_commits_once(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "d", *"10", "enter")
        await pilot.press("y", "y", "y")
        await settled(pilot)
    assert engine.queries.account("gen-1").equity == amount("100010")


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


async def test_nothing_can_be_taken_from_compounding_and_the_key_says_why(
    engine: LocalEngine,
) -> None:
    async with running(engine) as pilot:
        await press(pilot, "end", "w")
        assert "leaves it" in screen_text(pilot)


async def test_plan_that_changed_meanwhile_is_shown_and_asked_again(
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


async def test_quarantine_is_in_the_header_and_dims_what_writes(engine: LocalEngine) -> None:
    engine.core.journal.quarantine("record 1 was changed")
    async with running(engine) as pilot:
        assert "QUARANTINED: READ-ONLY" in screen_text(pilot)
        await press(pilot, "d")
        assert "record 1" in screen_text(pilot)


async def test_a_change_while_the_screen_closes_is_dropped(engine: LocalEngine) -> None:
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
