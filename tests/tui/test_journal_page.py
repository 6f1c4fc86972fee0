"""The journal's screen: what was refused, undone and snoozed, and whether every record holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from growth import earned
from opened import grid, lines_with, page_of
from screens import press, running, screen_text

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Deposit,
    PolicySet,
    Undo,
    Withdraw,
    amount,
)
from alluse_tui.domain.model.errors import Refused
from alluse_tui.engine import LocalEngine


async def test_the_journal_finds_what_was_refused_and_enter_shows_the_record(
    engine: LocalEngine,
) -> None:
    with pytest.raises(Refused):
        engine.commands.submit(Withdraw(account="gen-1", amount=amount("99999")))
    engine.commands.submit(Deposit(account="rev-1", amount=amount("5"), note="lunch"))
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "7")
        assert [line.seq for line in grid(pilot, "records").items] == [3, 2, 1]  # type: ignore[attr-defined]
        await press(pilot, "slash", *"refused", "enter")
        assert "#2" in screen_text(pilot) and "lunch" not in screen_text(pilot)
        await press(pilot, "enter")
        shown = screen_text(pilot)
        assert "Record 2" in shown and "command   withdraw in Main" in shown
        await press(pilot, "escape", "escape")
        assert page_of(pilot) == "journal" and "lunch" in screen_text(pilot)


async def test_the_journal_undoes_the_record_under_the_cursor(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("11")))
    engine.commands.submit(Deposit(account="rev-1", amount=amount("22")))
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "7", "down", "U")
        assert "−11.00" in screen_text(pilot) and "−22.00" not in screen_text(pilot)
        await press(pilot, "y")
        assert engine.queries.undone_by(2) == engine.seq == 4
        assert "undo" in lines_with(pilot, "#4")[1]  # the header has it too
    assert engine.queries.account("gen-1").equity == amount("100000")
    assert engine.queries.account("rev-1").equity == amount("75022")


async def test_the_journal_marks_what_was_undone_and_what_undid_it(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("11"), note="lunch"))  # 2
    engine.commands.submit(PolicySet(changes=(("limits.buffer", "7"),)))  # 3, which has no entry
    engine.commands.submit(Undo(seq=2))  # 4
    engine.commands.submit(Undo(seq=3))  # 5
    engine.commands.submit(Deposit(account="gen-1", amount=amount("12"), note="plain"))  # 6
    async with running(engine, (80, 24)) as pilot:
        await press(pilot, "7")
        for seq, mark in (
            (2, "undone by #4  lunch"),
            (3, "undone by #5"),
            (4, "undo of #2"),
            (5, "undo of #3"),
        ):
            (line,) = [x for x in lines_with(pilot, f"#{seq} ") if x.strip().startswith(f"#{seq}")]
            assert mark in line
        assert "und" not in lines_with(pilot, "plain")[0]
        await press(pilot, "slash", *"undone", "enter")
        assert [line.seq for line in grid(pilot, "records").items] == [3, 2]  # type: ignore[attr-defined]


async def test_the_journal_tells_a_snooze_from_an_acknowledgement(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "52000")  # 2
    engine.commands.submit(AcknowledgeAlert(alert="fork due:Main/gen-1:0"))  # 3
    engine.commands.submit(
        AcknowledgeAlert(alert="fork due:Main/gen-1:0", until=date(2026, 12, 3))
    )  # 4
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "7")
        (seen,) = lines_with(pilot, " ack ")
        assert "#3" in seen and "fork due:Main/gen-1:0" in seen and "until" not in seen
        (snoozed,) = lines_with(pilot, " snooze ")
        assert "#4" in snoozed and "fork due:Main/gen-1:0 until 3 Dec 2026" in snoozed


async def test_the_journal_verifies_and_lists_each_check(engine: LocalEngine) -> None:
    async with running(engine, (160, 50)) as pilot:
        await press(pilot, "7", "V")
        assert "checks passed" in screen_text(pilot) and "all passed" in screen_text(pilot)
        for check in engine.operations.verify().checks:
            assert "✓" in lines_with(pilot, check.name)[0]


async def test_a_check_that_fails_is_said_and_listed(
    engine: LocalEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alluse_tui.engine import Check, Verification

    bad = Verification((Check("sums", False, "1,000.00 is missing"),), 1, "")
    monkeypatch.setattr(engine.operations, "verify", lambda progress: bad)
    async with running(engine, (160, 50)) as pilot:
        await press(pilot, "7", "V")
        assert "FAILED" in screen_text(pilot)
        assert "▲ sums: 1,000.00 is missing" in screen_text(pilot).splitlines()[-1]


async def test_rebuild_says_how_far_the_file_is(engine: LocalEngine) -> None:
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "7", "R")
        assert "rebuilt up to record 1" in screen_text(pilot)
