"""Every theme draws every screen, and what is marked is marked without colour too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from growth import earned
from opened import opened
from rich.color import Color
from rich.segment import Segment
from screens import keys_to, press, running, screen_text, settled
from textual.pilot import Pilot

from alluse_tui.engine import LocalEngine
from alluse_tui.tui.actions.registry import PAGES
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.preferences import Preferences
from alluse_tui.tui.style.inks import INKS
from alluse_tui.tui.style.themes import THEMES


def sent(pilot: Pilot[Any]) -> Iterator[Segment]:
    """The pieces of the screen as they leave for the terminal."""
    background = pilot.app.screen.background_colors[0]
    for strip in pilot.app.screen._compositor.render_strips(pilot.app.size):
        for one in pilot.app.get_line_filters():
            strip = strip.apply_filter(one, background)
        yield from strip


@pytest.mark.parametrize("theme", THEMES)
async def test_every_screen_and_the_plan_are_drawn_in(engine: LocalEngine, theme: str) -> None:
    earned(engine, "gen-1", "52000")
    async with running(engine) as pilot:
        pilot.app.theme = theme
        await settled(pilot)
        for name in PAGES:
            await press(pilot, *keys_to(name))
            assert "ALL-USE" in screen_text(pilot)
        await press(pilot, "1", "f")
        assert "y  Do it now" in screen_text(pilot)
        await press(pilot, "escape", "question_mark")
        assert "Keys: Dashboard" in screen_text(pilot)


@pytest.mark.parametrize("theme", THEMES)
async def test_a_theme_taken_later_has_the_inks_that_it_has_from_the_start(
    engine: LocalEngine, theme: str
) -> None:
    async with opened(engine, chosen=Preferences(theme=theme)) as pilot:
        wanted = {name: app_of(pilot).ink(name) for name in INKS}
    async with opened(engine) as pilot:
        for taken in (*THEMES, theme):
            pilot.app.theme = taken
            await settled(pilot)
        assert {name: app_of(pilot).ink(name) for name in INKS} == wanted


def app_of(pilot: Pilot[None]) -> AllUseApp:
    assert isinstance(pilot.app, AllUseApp)
    return pilot.app


async def test_without_colour_nothing_is_coloured_and_the_cursor_shows(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(engine) as pilot:
        assert pilot.app.theme == "ansi"
        reversed_words = "".join(s.text for s in sent(pilot) if s.style and s.style.reverse)
        assert "gen-1" in reversed_words and "rev-1" not in reversed_words
        for segment in sent(pilot):
            for colour in (
                segment.style and segment.style.color,
                segment.style and segment.style.bgcolor,
            ):
                assert not isinstance(colour, Color) or colour.is_default, segment
