"""The import on the screens: the path, the account, what the plan begins with, and the report."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened import lines_with
from screens import press, running, screen_text, until_shown

from alluse_tui.domain.commands import Import
from alluse_tui.engine import LocalEngine

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(autouse=True)
def beside_the_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DATA)


async def test_from_a_part_of_the_path_to_the_report(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        await pilot.press("l", *"composed-p")
        await until_shown(pilot, "composed-positions.xml")
        await press(pilot, "right")
        assert pilot.app.screen.typed == {  # type: ignore[attr-defined]
            "file": "composed-positions.xml",
            "into": "gen-1",
            "currency": "",
        }
        await press(pilot, "tab", "enter")  # nothing is left to complete, so on to the next field
        text = await until_shown(pilot, "new into gen-1")
        # 20,000 − 4,801 + 178 = 15,377, less 82 for ABC: 15,295, as the file has it
        assert "▲ differs from the file on 2026-01-30: 2 of 5 figures" in text
        assert lines_with(pilot, "premium")[0].split()[2:6] == ["XYZ", "1", "+178.00", "USD"]
        await press(pilot, "pagedown")
        (old,) = lines_with(pilot, "✗ OLD")
        assert old.split("OLD")[1].split()[:3] == ["7", "0", "7"]
        (cash,) = lines_with(pilot, "✓ USD cash")
        assert cash.split("cash")[1].split()[:3] == ["15,295.00", "15,295.00", "—"]
        await press(pilot, "y")
        assert engine.seq > 1
        await pilot.press("colon", *"import rep")
        await press(pilot, "enter")
        (listed,) = lines_with(pilot, "2026-01-01 to 2026-01-30")
        assert listed.split("2026-01-30")[1].split()[:2] == ["6", "6"]
        await press(pilot, "enter")
        report = await until_shown(pilot, "6 new into gen-1, 0 already recorded, 6 ignored")
        assert "premium     XYZ                          1           +178.00 USD" in report
        assert "1  line 15     a position of 2026-01-29, not of 2026-01-30" in report
        await press(pilot, "escape", "escape")
        assert "Import reports" not in screen_text(pilot)


async def test_an_account_with_the_brokers_statements_is_used_instead_and_said_so(
    engine: LocalEngine,
) -> None:
    facts = engine.operations.read_statement(DATA / "composed-differences.xml").facts
    engine.commands.submit(Import(account="rev-1", statement=facts))
    async with running(engine, (160, 50)) as pilot:
        await pilot.press("l", *"composed-differences.xml", "enter")
        text = await until_shown(pilot, "0 new into rev-1, 9 already recorded, 8 ignored")
        assert "▲ the statements of this broker account belong to rev-1, so gen-1" in text
        assert "✗ CHF cash" in text
