"""The mouse: the wheel scrolls lists, a click on the key bar presses the key."""

from __future__ import annotations

import pytest
from opened import grid, page_of
from screens import press, running, screen_text, settled
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.widgets.keybar import KeyBar


async def wheel(pilot: Pilot[None], name: str, event: type, times: int) -> None:
    for _ in range(times):
        await pilot._post_mouse_events([event], widget=grid(pilot, name), offset=(5, 3), button=0)
    await settled(pilot)


@pytest.fixture
def long(engine: LocalEngine) -> LocalEngine:
    for n in range(60):
        engine.commands.submit(Deposit(account="gen-1", amount=amount(str(n + 1))))
    return engine


async def test_the_wheel_scrolls_a_list_and_leaves_the_cursor(long: LocalEngine) -> None:
    async with running(long) as pilot:
        await press(pilot, "7")
        assert " #61 " in screen_text(pilot)
        await wheel(pilot, "records", MouseScrollDown, 10)
        assert " #61 " not in screen_text(pilot) and " #40 " in screen_text(pilot)
        assert grid(pilot, "records").key == "61"
        await wheel(pilot, "records", MouseScrollUp, 20)
        assert " #61 " in screen_text(pilot)


@pytest.mark.parametrize("key", ["end", "pagedown"])
async def test_the_heading_stays_and_marks_the_sort_column(long: LocalEngine, key: str) -> None:
    async with running(long) as pilot:
        await press(pilot, "7", key, "s")
        assert "record ▲" in screen_text(pilot)
        await press(pilot, key, "S")
        await wheel(pilot, "records", MouseScrollDown, 3)
        assert "record ▼" in screen_text(pilot)


@pytest.mark.parametrize("page", ["1", "2", "3", "5", "6", "7", "8"])
async def test_s_sorts_only_by_columns_that_are_shown(long: LocalEngine, page: str) -> None:
    async with running(long) as pilot:
        await press(pilot, page, "s")
        while "▲" in _heading(pilot) or "▼" in _heading(pilot):
            await press(pilot, "s")
            if pilot.app.focused._sorted_by is None:  # type: ignore[union-attr]
                return
        raise AssertionError(_heading(pilot))


def _heading(pilot: Pilot[None]) -> str:
    assert pilot.app.focused is not None
    region = pilot.app.focused.content_region
    return screen_text(pilot).splitlines()[region.y][region.x : region.right]


async def test_a_click_on_the_key_bar_presses_the_key(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        for label, shown in (
            ("d Deposit", "Deposit into gen-1"),
            ("f Fork", "needs a surplus of 50,000.00, has 0.00"),
        ):
            line = screen_text(pilot).splitlines()[-1]
            await pilot.click(KeyBar, offset=(line.index(label) + 2, 0))
            await settled(pilot)
            assert shown in screen_text(pilot)
            await press(pilot, "escape")
        await press(pilot, "7")
        line = screen_text(pilot).splitlines()[-1]
        await pilot.click(KeyBar, offset=(line.index("/ Find"), 0))
        await settled(pilot)
        assert pilot.app.focused is not None and pilot.app.focused.id == "find"
        assert page_of(pilot) == "journal"
