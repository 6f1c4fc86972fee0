"""How tests run the full-screen program: a size, keys, and the screen as text or as a picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from alluse_tui.engine import LocalEngine
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.modals.password import PasswordScreen
from alluse_tui.tui.screens import PAGES

SIZES = ((80, 24), (100, 30), (160, 50))


@asynccontextmanager
async def running(
    engine: LocalEngine, size: tuple[int, int] = (80, 24), environment: str = "live"
) -> AsyncIterator[Pilot[None]]:
    """The program on `engine`, settled."""
    app = AllUseApp(engine, environment)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        yield pilot  # type: ignore[misc] # the app's result is of no interest


async def settled(pilot: Pilot[Any]) -> None:
    """Waits until everything that was asked of the engine has been drawn."""
    app = pilot.app
    assert isinstance(app, AllUseApp)
    for _ in range(400):
        busy = [w for w in app.workers if w.group != "watch" and not w.is_finished]
        seen = app.snapshot is not None and app.snapshot.seq == app.engine.seq
        told = app.history is not None and app.history.seq == app.engine.seq
        asked = isinstance(app.screen, PasswordScreen)
        waits = asked or (not (seen and told) and not app.engine.queries.portfolio_names())
        if ((seen and told) or waits) and not busy and not app.key_queue.in_effect:
            break
        await pilot.pause(0.02)
    else:
        raise AssertionError("the screen did not settle")
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Presses keys one after the other, each when the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def keys_to(name: str) -> tuple[str, ...]:
    """The keys that open the page of that name: its own key, or its title in the palette."""
    page = PAGES[name]
    return (page.key,) if page.key else ("colon", *page.title.lower(), "enter")


async def until_shown(pilot: Pilot[None], words: str) -> str:
    """The screen once it has these words; after some seconds as it is."""
    for _ in range(500):
        if words in screen_text(pilot):
            break
        await pilot.pause(0.02)
    return screen_text(pilot)


def screen_text(pilot: Pilot[None]) -> str:
    """The screen as lines of text."""
    size = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips(size)
    return "\n".join("".join(s.text for s in strip).rstrip() for strip in strips)
