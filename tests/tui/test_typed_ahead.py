"""Keys that come faster than screens open: each has its effect, in order, and agrees to nothing."""

from __future__ import annotations

import pytest
from books import Cli
from opened import page_of
from screens import running, screen_text, settled
from test_terminal import Terminal
from textual.events import Key, Paste
from textual.pilot import Pilot

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.modals.plan import PlanScreen

TALL = (100, 40)

NAMES = {"\r": "enter", "\t": "tab", "/": "slash", ":": "colon", " ": "space", "\x1b": "escape"}


async def at_once(pilot: Pilot[None], typed: str) -> None:
    """All of it in one write of the terminal."""
    for sign in typed:
        named = NAMES.get(sign, sign)
        pilot.app.post_message(Key(named, sign if sign.isprintable() else None))
    await settled(pilot)
    await settled(pilot)


async def test_what_is_typed_ahead_stands_in_the_form(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await at_once(pilot, "d500")
        assert dict(pilot.app.screen.typed)["amount"] == "500"  # type: ignore[attr-defined]


async def test_what_is_typed_ahead_leads_to_its_plan(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await at_once(pilot, "t12.50\trev-1\r")
        assert isinstance(pilot.app.screen, PlanScreen)
        assert "99,987.50" in screen_text(pilot) and "75,012.50" in screen_text(pilot)


async def test_what_is_pasted_ahead_stands_in_the_form_too(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        pilot.app.post_message(Key("d", "d"))
        pilot.app.post_message(Paste("1234.56"))
        await settled(pilot)
        assert dict(pilot.app.screen.typed)["amount"] == "1234.56"  # type: ignore[attr-defined]


@pytest.mark.parametrize("ahead", ["y", "yyyyyyyyyyyy", "y\r", "\ry", "ny\ry"])
async def test_nothing_that_is_typed_ahead_agrees_to_a_plan(
    engine: LocalEngine, ahead: str
) -> None:
    async with running(engine, TALL) as pilot:
        await at_once(pilot, "d500\r" + ahead)
        assert engine.seq == 1
        assert isinstance(pilot.app.screen, PlanScreen)
        await pilot.press("y")
        await settled(pilot)
    assert engine.queries.account("gen-1").equity == amount("100500")


async def test_escape_leaves_a_plan_that_is_not_there_yet(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await at_once(pilot, "u\x1b")
        assert page_of(pilot) == "dashboard"


async def test_words_to_find_are_not_taken_for_keys(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await at_once(pilot, "/rev\rd")
        assert "Deposit into rev-1" in screen_text(pilot)


async def test_the_palette_hears_what_is_typed_ahead(engine: LocalEngine) -> None:
    async with running(engine, TALL) as pilot:
        await at_once(pilot, ":journal\r")
        assert page_of(pilot) == "journal"


async def test_keys_go_to_the_screen_that_the_first_one_leads_to(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    async with running(engine, TALL) as pilot:
        await at_once(pilot, "8/limits.buffer\r\r")
        assert str(pilot.app.screen.query_one("#dialog").border_title) == "Set limits.buffer"


def test_one_write_of_a_terminal_fills_in_the_form_and_goes_on(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    terminal = Terminal(journal=cli.journal)
    terminal.wait_for(lambda s: "237,500.00" in s and "gen-1" in s)
    terminal.type("d500.25\r")
    terminal.wait_for(lambda s: "100,500.25" in s and "Cancel" in s)
    terminal.type("y")
    terminal.wait_for(lambda s: "250,500.25" in s)
    terminal.type("q")
    assert terminal.ended() == 0
