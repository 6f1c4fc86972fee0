"""What was chosen on the screen is there the next time, and harms nothing where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened import opened
from screens import press, screen_text
from test_lists import LARGE, hide_cash, titles

from alluse_tui.domain.commands import Undo
from alluse_tui.engine import LocalEngine


async def test_the_columns_are_kept_for_the_next_time_and_r_forgets_them(
    engine: LocalEngine, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    async with opened(engine, LARGE, state_folder=folder) as pilot:
        await hide_cash(pilot)
    async with opened(engine, LARGE, state_folder=folder) as pilot:
        assert "cash" not in titles(pilot) and "equity" in titles(pilot)
        await press(pilot, "v", "r", "escape")
    async with opened(engine, LARGE, state_folder=folder) as pilot:
        assert "cash" in titles(pilot)


EVERY = b'["account", "equity", "branch", "cash", "available", "surplus"]'


@pytest.mark.parametrize(
    "kept", [b"\xff", b"{", b"[]", b'{"accounts": 1}', b'{"accounts": ' + EVERY + b"}"]
)
async def test_columns_that_cannot_be_recalled_are_as_never_chosen(
    engine: LocalEngine, tmp_path: Path, kept: bytes
) -> None:
    (tmp_path / "columns.json").write_bytes(kept)
    async with opened(engine, LARGE, state_folder=tmp_path) as pilot:
        assert "cash" in titles(pilot)


async def test_columns_that_cannot_be_kept_are_said(engine: LocalEngine, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, no folder")
    async with opened(engine, LARGE, state_folder=tmp_path / "state") as pilot:
        await hide_cash(pilot)
        assert "columns: could not be saved" in screen_text(pilot)
        assert "cash" not in titles(pilot)


async def test_closed_accounts_stay_shown_the_next_time(
    forked: LocalEngine, tmp_path: Path
) -> None:
    forked.commands.submit(Undo(portfolio="Main"))
    for keys, shown in ((("full_stop",), True), ((), True), (("full_stop",), False), ((), False)):
        async with opened(forked, LARGE, state_folder=tmp_path / "state") as pilot:
            await press(pilot, *keys)
            assert ("gen-1.1 closed" in screen_text(pilot)) is shown
