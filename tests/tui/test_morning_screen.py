"""The morning close on the screen: from a new statement to agreement, or to the causes."""

from __future__ import annotations

from pathlib import Path

import pytest
from inbox_files import february, january
from opened import lines_with, seen
from screens import SIZES, press, running, screen_text, until_shown

from alluse_tui.domain.commands import Import, PolicySet
from alluse_tui.engine import LocalEngine


@pytest.fixture
def box(engine: LocalEngine) -> Path:
    """The folder beside the journal, with a statement of January."""
    place = engine.path.parent / "inbox"
    place.mkdir()
    january(place)
    return place


async def test_one_key_and_the_confirmations_lead_to_agreement(
    engine: LocalEngine, box: Path
) -> None:
    async with running(engine, SIZES[0]) as pilot:
        await seen(pilot, "1 new statement: I   ● live")
        await press(pilot, "I")
        await seen(pilot, "Account of january.xml")
        await press(pilot, "1", "enter")
        await seen(pilot, "is not in Main")
        await press(pilot, "backspace", *"gen-1", "enter")
        await seen(pilot, "Import january.xml")
        await seen(pilot, "2 new, 0 already imported, 0 ignored")
        await press(pilot, "y")
        text = await until_shown(pilot, "agrees with the broker")
        assert "✓ gen-1 agrees with the statement of 2026-01-31" in text
        assert "✓ january.xml into gen-1: 2 new, 0 already imported, 0 ignored" in text
        assert engine.seq == 3
        await press(pilot, "escape")
        await seen(pilot, "NYSE closes in")
        assert "new statement" not in screen_text(pilot)
    assert engine.seq == 3


async def test_a_file_that_is_left_is_not_compared_and_differences_come_with_their_causes(
    engine: LocalEngine, box: Path
) -> None:
    facts = engine.operations.read_statement(box / "january.xml").facts
    engine.commands.submit(Import(account="gen-1", statement=facts))
    february(box)
    async with running(engine, SIZES[1]) as pilot:
        await press(pilot, "I")
        await seen(pilot, "1 new, 0 already imported, 1 ignored")
        await press(pilot, "escape")
        text = await until_shown(pilot, "today: ")
        assert "! february.xml: left in the inbox" in text
        assert "! gen-1 was not compared with february.xml, which is not imported" in text
        assert engine.seq == 2
        await press(pilot, "escape")
        engine.commands.submit(PolicySet(changes=(("import.auto", "on"),)))
        await press(pilot, "I")
        await seen(pilot, "differences remain")
        assert "▲ USD cash: unknown" in screen_text(pilot)
        (usd,) = lines_with(pilot, "✗ USD cash")
        assert usd.partition("✗ USD cash")[2].split()[:3] == ["1,020.00", "1,012.00", "8.00"]
    assert engine.seq == 5
