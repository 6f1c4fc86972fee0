"""What reads files never runs on the event loop, where it would delay keys."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
from books import Cli
from opened import page_of
from screens import keys_to, press, running, screen_text, settled

from alluse_tui.engine import LocalEngine
from alluse_tui.engine.read.position_queries import PositionQueries
from alluse_tui.engine.read.queries import Queries
from alluse_tui.engine.write.commands import Commands
from alluse_tui.journal import Journal
from alluse_tui.tui.screens import PAGES


def off_the_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which fails on a thread that runs an event loop."""

    def guarded(*arguments: Any, **options: Any) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return function(*arguments, **options)
        if sys._getframe(1).f_globals["__name__"] == "screens":
            return function(*arguments, **options)  # the tests themselves may ask
        raise AssertionError(f"{function.__name__} runs on the event loop")

    return guarded


async def test_the_split_of_a_new_portfolio_is_previewed_in_a_thread(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Commands, "preview", off_the_loop(Commands.preview))
    with LocalEngine(cli.journal, actor="dana", create=True) as engine:
        async with running(engine, (100, 30)) as pilot:
            await press(pilot, "n")
            await pilot.press(*"250000")
            await settled(pilot)
            assert "Generation" in screen_text(pilot)


async def test_keys_read_no_login_from_the_journal(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(engine, (100, 30)) as pilot:
        monkeypatch.setattr(Journal, "session", off_the_loop(Journal.session))
        await press(pilot, "down", "d", "escape", "3", "1")
        assert "live" in screen_text(pilot)


QUESTIONS = (
    *("portfolio_names", "portfolio", "overview", "accounts", "account", "rules_of", "policy"),
    *("entries", "alerts", "user_alerts", "bell", "calendar", "due", "tree", "records", "record"),
    *("security_records", "query", "sql"),
)


async def test_no_page_asks_the_engine_on_the_event_loop(
    forked: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in QUESTIONS:
        monkeypatch.setattr(Queries, name, off_the_loop(getattr(Queries, name)))
    for name in ("positions", "lots", "income", "cycles", "week"):
        asked = off_the_loop(getattr(PositionQueries, name))
        monkeypatch.setattr(PositionQueries, name, asked)
    async with running(forked, (100, 30)) as pilot:
        for name in PAGES:
            await press(pilot, *keys_to(name), "down", "s")
            assert page_of(pilot) == name
        await press(pilot, "1", "T", "full_stop", "right_square_bracket", "p")
