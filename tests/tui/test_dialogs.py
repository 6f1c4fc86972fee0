"""Dialogs: help with a search, questions before work starts, the cursor where it is needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from growth import earned
from opened import lines_with, opened
from people import PASSWORDS, two_people
from screens import press, running, screen_text, settled
from textual.pilot import Pilot
from textual.widgets import Input

from alluse_tui.domain.commands import Deposit, Undo, amount
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.modals.form import Form
from alluse_tui.tui.modals.help import HelpScreen
from alluse_tui.tui.modals.password import PasswordScreen
from alluse_tui.tui.preferences import Preferences


def status(pilot: Pilot[None]) -> str:
    app = pilot.app
    assert isinstance(app, AllUseApp)
    return app.status[0] if app.status else ""


def focused(pilot: Pilot[None]) -> str:
    return str(pilot.app.focused.id) if pilot.app.focused is not None else ""


# -- help ---------------------------------------------------------------------------------------


async def test_help_names_the_action_before_what_it_does(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "question_mark")
        (line,) = lines_with(pilot, "Bring money into the account")
        assert line.strip("│ ").split()[:2] == ["d", "Deposit"]


async def test_help_covers_a_small_screen(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "question_mark")
        lines = screen_text(pilot).splitlines()
        assert all(line[0] in "╭│╰" and line[-1] in "╮│╯" for line in lines), lines
        assert len(lines[0]) == 80 and len(lines) == 24


async def test_help_goes_to_its_ends(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "question_mark")
        top = screen_text(pilot)
        for down, up in (("end", "home"), ("G", "g")):
            await press(pilot, down)
            assert "finds any action by name" in screen_text(pilot)
            await press(pilot, up)
            assert screen_text(pilot) == top


async def test_slash_searches_the_help_by_name_and_by_text(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "question_mark", "slash", *"deposit")
        assert lines_with(pilot, "Bring money") and not lines_with(pilot, "Merge a grown fork")
        await press(pilot, "enter")
        assert lines_with(pilot, "Bring money") and not lines_with(pilot, "Merge a grown fork")
        await press(pilot, "escape")
        assert lines_with(pilot, "Merge a grown fork")
        assert isinstance(pilot.app.screen, HelpScreen)
        await press(pilot, "slash", *"zzz")
        assert lines_with(pilot, "no key matches")


# -- keys ---------------------------------------------------------------------------------------


async def test_undo_is_unavailable_while_there_is_nothing_to_undo(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "u")
        assert status(pilot) == "you have nothing to undo"
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        await settled(pilot)
        await press(pilot, "u")
        assert "Cancel" in screen_text(pilot)
        await press(pilot, "escape")
        engine.commands.submit(Undo(portfolio="Main"))
        await settled(pilot)
        await press(pilot, "u")
        assert status(pilot) == "you have nothing to undo"


async def test_ctrl_c_names_the_key_that_quits(engine: LocalEngine) -> None:
    async with opened(engine, (80, 24), Preferences(keymap={"quit": "Q"})) as pilot:
        await press(pilot, "ctrl+c")
        assert status(pilot) == "Q quits; everything is saved"
        assert "ctrl+q" not in screen_text(pilot)


async def test_a_simulation_says_what_it_assumes_and_asks_first(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        app = pilot.app
        assert isinstance(app, AllUseApp)
        await press(pilot, "x")
        shown = screen_text(pilot)
        assert "on average 1.5 % of equity" in shown and "not a forecast" in shown
        assert focused(pilot) == "cancel"
        await press(pilot, "escape")
        assert app.jobs.current is None and not app.jobs.simulated


async def test_the_keys_of_the_columns_dialog_fit_its_frame(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "v")
        assert "space toggles · r resets · esc closes" in screen_text(pilot)


# -- plans --------------------------------------------------------------------------------------


async def test_a_plan_forgets_that_it_needed_more_room_once_it_has_it(engine: LocalEngine) -> None:
    async with running(engine, (100, 40)) as pilot:
        await press(pilot, "d", *"5", "enter")
        await pilot.resize_terminal(79, 40)
        await press(pilot, "y")
        assert "needs 80×24 to confirm" in screen_text(pilot)
        await pilot.resize_terminal(100, 40)
        await settled(pilot)
        assert "needs 80×24" not in screen_text(pilot) and "n note" in screen_text(pilot)
    assert engine.seq == 1


# -- forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["12,500.00", "$12500", "$12,500.0"])
async def test_amounts_are_typed_as_they_are_shown(engine: LocalEngine, typed: str) -> None:
    async with running(engine) as pilot:
        await press(pilot, "d")
        pilot.app.screen.query_one("#field-amount", Input).value = typed
        await press(pilot, "enter")
        assert "+12,500.00" in screen_text(pilot)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("limits.drift", ("raises an alert", "above 0 and at most 100 %", "now 5 %")),
        ("fork.auto", ("executed without asking", "off, originals, all")),
        ("template", ("started from", "aggressive, conservative, constitution-1.3, moderate")),
    ],
)
async def test_a_setting_is_explained_with_its_range(
    engine: LocalEngine, path: str, words: tuple[str, ...]
) -> None:
    async with running(engine) as pilot:
        await press(pilot, "8", "slash", *path, "enter", "enter")
        for word in words:
            assert word in screen_text(pilot), screen_text(pilot)


async def test_the_first_run_shows_the_templates(open_engine: Callable[..., LocalEngine]) -> None:
    async with running(open_engine()) as pilot:
        await press(pilot, "n")
        assert "templates: moderate, conservative, aggressive" in screen_text(pilot)


async def test_adding_a_user_says_at_once_that_a_password_comes_first(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, "9", "a")
        assert status(pilot) == "set your own password before you add users: press w"


async def test_a_missing_password_of_ones_own_gets_the_cursor(engine: LocalEngine) -> None:
    two_people(engine)
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "9", "a", *"gus", "tab", *"auditor", "tab", "tab")
        await pilot.press(*("space" if c == " " else c for c in PASSWORDS["gus"]))
        await press(pilot, "enter")
        assert "type your own password" in screen_text(pilot)
        assert focused(pilot) == "field-your-own"
        await press(pilot, *"wrong", "enter")
        assert isinstance(pilot.app.screen, Form) and focused(pilot) == "field-your-own"
        assert pilot.app.screen.query_one("#field-your-own", Input).value == ""


# -- the lock -----------------------------------------------------------------------------------


async def test_a_locked_screen_can_be_blank(engine: LocalEngine, clock: FixedClock) -> None:
    two_people(engine)
    earned(engine, "gen-1", "1")
    async with opened(engine, (80, 24), Preferences(lock="blank")) as pilot:
        app = pilot.app
        assert isinstance(app, AllUseApp)
        assert "250,001.00" in screen_text(pilot)
        await press(pilot, "L")
        assert isinstance(app.screen, PasswordScreen) and "250,001.00" not in screen_text(pilot)
        assert "gen-1" not in screen_text(pilot)
        await pilot.press(*("space" if c == " " else c for c in PASSWORDS["dana"]))
        await press(pilot, "enter")
        assert "250,001.00" in screen_text(pilot)
        clock.advance(timedelta(minutes=11))
        app.upkeep.run()
        await settled(pilot)
        assert isinstance(app.screen, PasswordScreen) and "250,001.00" not in screen_text(pilot)
