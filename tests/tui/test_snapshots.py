"""Every screen and dialog as text at three sizes, and in colour at one.

`make snapshots` draws them again; look at the difference before you commit it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from books import init
from growth import earned
from people import add, two_people
from screens import SIZES, press, running, screen_text, settled
from textual.pilot import Pilot

from alluse_tui.domain.commands import Fork
from alluse_tui.domain.commands.user_commands import Role
from alluse_tui.domain.model.errors import Pending
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.simulation.demo import DemoClock, compose_demo

FOLDER = Path(__file__).parents[2] / "snapshots"

SCREENS: dict[str, tuple[str, ...]] = {
    "dashboard": (),
    "account": ("down", "down", "down", "2"),
    "alerts": ("3",),
    "approvals": ("4",),
    "market": ("5",),
    "reports": ("6",),
    "journal": ("7",),
    "journal-verified": ("7", "V"),
    "settings": ("8",),
    "income": ("0",),
    "deposit-form": ("d", *"12500"),
    "transfer-form": ("t",),
    "record-form": ("n", *"fee"),
    "open-form": ("o",),
    "edit-form": ("e",),
    "setting-form": ("8", "end", "enter"),
    "import-form": ("l",),
    "snooze-form": ("tab", "z"),
    "withdraw-plan": ("w", *"2500", "enter"),
    "withdraw-refused": ("w", *"999999", "enter"),
    "withdraw-asks-the-code": ("w", *"100000", "enter", "y"),
    "fork-plan": ("f",),
    "merge-says-why-not": ("m",),
    "reinvest-refused": ("down", "i"),
    "alert-focused": ("tab",),
    "undo-plan": ("u",),
    "sorted-and-found": ("7", "s", "s", "s", "slash", *"mark", "enter"),
    "columns": ("v",),
    "palette": ("colon", *"rev"),
    "record": ("7", "enter"),
    "help": ("question_mark",),
}
"""Keys that lead from the start to each screen."""

FIRST_RUN: dict[str, tuple[str, ...]] = {
    "first-run": (),
    "first-run-split": ("n", *"250000"),
    "first-run-plan": ("n", *"250000", "enter"),
}

PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "login": ("stranger", (*"eli", "enter", *"secret")),
    "locked": ("dana", ("L", "d")),
    "approval-waiting": ("dana", ()),
    "approvals-waiting": ("dana", ("4",)),
    "approve-plan": ("dana", ("4", "enter", "y")),
    "propose-plan": ("eli", ("w", *"2500", "enter")),
    "users": ("dana", ("9",)),
    "add-user-form": ("dana", ("9", "a", *"gus")),
    "viewer": ("fay", ("f",)),
    "journal-audited": ("dana", ("7",)),
}
"""Of a book with users: who is there, and the keys."""

NAMES = (*SCREENS, *FIRST_RUN, *PEOPLE)
PICTURE_SIZE = (80, 24)
SIZE_PARAMETERS = [
    pytest.param(
        size,
        id=f"{size[0]}x{size[1]}",
        marks=() if size == PICTURE_SIZE else pytest.mark.slow,
    )
    for size in SIZES
]
WIDE = ("dashboard",)
"""Screens that have a picture at the largest size too."""

LIGHT = ("dashboard", "account", "alerts", "fork-plan", "withdraw-refused", "approvals-waiting")
"""Screens that have a picture in the light theme too; `test_themes.py` draws all in every theme."""


def themes_of(name: str, size: tuple[int, int]) -> tuple[str, ...]:
    """The themes in which a screen of that size is kept as a picture."""
    if size == PICTURE_SIZE:
        return ("dark", "light") if name in LIGHT else ("dark",)
    return ("dark",) if name in WIDE and size == SIZES[-1] else ()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """The demo as it stands on 24 November 2026, its clock standing still."""
    clock = DemoClock()
    with (
        contextlib.chdir(tmp_path_factory.mktemp("demo")),
        LocalEngine(Path("demo.journal"), actor="dana", clock=clock, create=True) as engine,
    ):
        compose_demo(engine, clock, date(2026, 11, 24))
        yield engine


@pytest.fixture(autouse=True)
def relative_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the journal's path as on every machine: the folder of a test run has a number."""
    path = property(lambda engine: engine.core.path.relative_to(Path.cwd()))
    monkeypatch.setattr(LocalEngine, "path", path)


@pytest.mark.parametrize("size", SIZE_PARAMETERS)
@pytest.mark.parametrize("name", SCREENS)
async def test_screen_looks_as_it_did(demo: LocalEngine, name: str, size: tuple[int, int]) -> None:
    async with running(demo, size, "demo") as pilot:
        await press(pilot, *SCREENS[name])
        await _compare(pilot, name, size)


@pytest.mark.parametrize("size", SIZE_PARAMETERS)
@pytest.mark.parametrize("name", FIRST_RUN)
async def test_first_run_looks_as_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: tuple[int, int]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("book") / "alluse.journal"
    clock = FixedClock(datetime(2026, 11, 24, 17, tzinfo=UTC))
    with LocalEngine(path, actor="dana", clock=clock, create=True) as engine:
        async with running(engine, size) as pilot:
            await press(pilot, *FIRST_RUN[name])
            await _compare(pilot, name, size)


@pytest.mark.parametrize("size", SIZE_PARAMETERS)
@pytest.mark.parametrize("name", PEOPLE)
async def test_people_look_as_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: tuple[int, int]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("book") / "alluse.journal"
    clock = FixedClock(datetime(2026, 11, 24, 17, tzinfo=UTC))
    with LocalEngine(path, actor="dana", clock=clock, create=True, uid=1000) as engine:
        engine.commands.submit(init())
        earned(engine, "gen-1", "52000.01")
        two_people(engine)
        add(engine, "fay", Role.VIEWER)
        with pytest.raises(Pending):
            engine.commands.submit(Fork(account="gen-1", note="as agreed on Monday"), actor="eli")
    who, keys = PEOPLE[name]
    with LocalEngine(path, actor=who, clock=clock, uid=1000) as engine:
        async with running(engine, size) as pilot:
            await press(pilot, *keys)
            await _compare(pilot, name, size)


def test_no_line_is_wider_than_its_screen() -> None:
    for path in FOLDER.glob("*.txt"):
        width = int(path.stem.rpartition("-")[2].partition("x")[0])
        assert all(len(line) <= width for line in path.read_text().splitlines()), path.name


def test_the_folder_has_these_snapshots_and_no_others() -> None:
    expected = set()
    for name in NAMES:
        for size in SIZES:
            expected |= {_file(name, size), *(_file(name, size, t) for t in themes_of(name, size))}
    assert {path.name for path in FOLDER.iterdir() if path.is_file()} == expected


async def _compare(pilot: Pilot[None], name: str, size: tuple[int, int]) -> None:
    """The screen as text, then as a picture in each theme that it is kept in."""
    _compare_file(_file(name, size), screen_text(pilot) + "\n")
    for theme in themes_of(name, size):
        if pilot.app.theme != theme:
            pilot.app.theme = theme
            await pilot.pause(0.05)
            await settled(pilot)
        picture = pilot.app.export_screenshot(simplify=True)
        _compare_file(_file(name, size, theme), _stable(picture))


def _file(name: str, size: tuple[int, int], theme: str = "") -> str:
    stem = f"{name}-{size[0]}x{size[1]}"
    return f"{stem}-{theme}.svg" if theme else f"{stem}.txt"


def _compare_file(name: str, now: str) -> None:
    path = FOLDER / name
    if os.environ.get("ALLUSE_SNAPSHOTS") == "update":
        path.write_text(now, encoding="utf-8")
        return
    assert path.exists(), f"no snapshot {name}: make snapshots"
    assert now == path.read_text(encoding="utf-8"), f"{name} looks different: make snapshots"


def _stable(svg: str) -> str:
    """The picture without the random id that Textual gives it."""
    return re.sub(r"terminal-\d+", "terminal", svg)
