"""An account against a statement on the screens: looked at, and recorded on demand."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened import lines_with
from screens import SIZES, press, running, screen_text, until_shown

from alluse_tui.domain.commands import Import
from alluse_tui.engine import LocalEngine

DIFFERENCES = Path(__file__).parents[1] / "data" / "composed-differences.xml"
OPEN = ("colon", *"reconc", "enter")


@pytest.mark.parametrize(
    ("size", "keys", "recorded"),
    [(SIZES[0], ("escape", "escape"), 0), (SIZES[2], ("y",), 1)],
    ids=str,
)
async def test_differences_are_shown_with_causes_and_commands_and_recorded(
    engine: LocalEngine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    size: tuple[int, int],
    keys: tuple[str, ...],
    recorded: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("j").write_bytes(DIFFERENCES.read_bytes())
    facts = engine.operations.read_statement(DIFFERENCES).facts
    engine.commands.submit(Import(account="gen-1", statement=facts))
    seq = engine.seq
    async with running(engine, size) as pilot:
        await press(pilot, *OPEN, "j", "enter")
        text = await until_shown(pilot, "gen-1 and the statement of 2026-01-30")
        (chf,) = lines_with(pilot, "✗ CHF cash")
        assert chf.partition("✗ CHF cash")[2].split()[:3] == ["83.00", "3.00", "80.00"]
        assert "▲ CHF cash, USD cash: missing currency conversion" in text
        assert "alluse post conversion gen-1 --sold 100.00 --from USD --bought" in text
        await press(pilot, "pagedown", "pagedown", "pagedown")
        assert "the statement's fills leave 40 from before 2026-01-02, the book" in (
            screen_text(pilot)
        )
        await press(pilot, "r")
        assert "CHF cash +80.00, USD cash −100.00, ABC in USD +30" in screen_text(pilot)
        assert engine.seq == seq
        await press(pilot, *keys)
        assert "statement of" not in screen_text(pilot)
        assert "Reconcile with" not in screen_text(pilot)
    assert engine.seq == seq + recorded


async def test_an_error_returns_to_the_form(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await press(pilot, *OPEN, "x", "enter")
        text = await until_shown(pilot, "cannot be read")
        assert "Reconcile with a statement" in text
