"""Every screen and modal as text and as a picture, at three sizes.

`make snapshots` writes them anew; look at them before committing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from screens import SIZES, press, running, screen_text

from alluse_tui.engine import LocalEngine
from alluse_tui.engine.demo import DemoClock, compose

FOLDER = Path(__file__).parent.parent / "snapshots"

SCREENS: dict[str, tuple[str, ...]] = {
    "dashboard": ("down",),
    "deposit-form": ("down", "d", *"12500"),
    "transfer-form": ("down", "t"),
    "withdraw-plan": ("down", "w", *"2500", "enter"),
    "withdraw-refused": ("down", "w", *"999999", "enter"),
    "fork-plan": ("down", "f"),
    "merge-says-why-not": ("down", "m"),
    "reinvest-refused": ("down", "down", "i"),
    "alert-focused": ("tab",),
    "undo-plan": ("u",),
    "help": ("question_mark",),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """The demo as it stands on 24 November 2026, its clock standing still."""
    clock = DemoClock()
    path = tmp_path_factory.mktemp("demo") / "demo.journal"
    with LocalEngine(path, actor="dana", clock=clock, create=True) as engine:
        compose(engine, clock, date(2026, 11, 24))
        yield engine


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", SCREENS)
async def test_screen_looks_as_it_did(demo: LocalEngine, name: str, size: tuple[int, int]) -> None:
    async with running(demo, size, "demo") as pilot:
        await press(pilot, *SCREENS[name])
        text, picture = screen_text(pilot), pilot.app.export_screenshot(simplify=True)
    _compare(f"{name}-{size[0]}x{size[1]}.txt", text + "\n")
    _compare(f"{name}-{size[0]}x{size[1]}.svg", _stable(picture))


def test_no_line_is_wider_than_its_screen() -> None:
    for path in FOLDER.glob("*.txt"):
        width = int(path.stem.rpartition("-")[2].partition("x")[0])
        assert all(len(line) <= width for line in path.read_text().splitlines()), path.name


def _compare(name: str, now: str) -> None:
    path = FOLDER / name
    if os.environ.get("ALLUSE_SNAPSHOTS") == "update":
        path.write_text(now, encoding="utf-8")
        return
    assert path.exists(), f"no snapshot {name}: make snapshots"
    assert now == path.read_text(encoding="utf-8"), f"{name} looks different: make snapshots"


def _stable(svg: str) -> str:
    """Without the id that Textual draws anew each time."""
    return re.sub(r"terminal-\d+", "terminal", svg)
