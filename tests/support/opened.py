"""How tests run the program with choices of their own, and read what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from screens import screen_text, settled
from textual.pilot import Pilot

from alluse_tui.engine import LocalEngine
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.preferences import Preferences
from alluse_tui.tui.widgets.grid import Grid


@asynccontextmanager
async def opened(
    engine: LocalEngine,
    size: tuple[int, int] = (80, 24),
    chosen: Preferences | None = None,
    state_folder: Path | None = None,
) -> AsyncIterator[Pilot[None]]:
    """The program with those preferences and that state folder, settled."""
    app = AllUseApp(engine, "live", chosen, state_folder)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        yield pilot  # type: ignore[misc] # the app's result is of no interest


def lines_with(pilot: Pilot[None], words: str) -> list[str]:
    """The lines of the screen that have those words."""
    return [line for line in screen_text(pilot).splitlines() if words in line]


def page_of(pilot: Pilot[None]) -> str:
    """The name of the page that is to be seen."""
    return str(getattr(pilot.app.screen, "NAME", ""))


def grid(pilot: Pilot[None], name: str) -> Grid[object]:
    found: Grid[object] = pilot.app.screen.query_one(f"#{name}", Grid)
    return found


async def seen(pilot: Pilot[None], words: str) -> None:
    """Waits until the screen has those words."""
    for _ in range(500):
        if words in screen_text(pilot):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"not seen: {words}\n{screen_text(pilot)}")
