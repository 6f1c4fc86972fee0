"""A journal that an earlier program wrote, with a bit of everything in it, works as it did then."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alluse_tui.cli.output import account_json
from alluse_tui.domain.commands import Deposit, Undo, amount
from alluse_tui.domain.commands.user_commands import Approve
from alluse_tui.domain.model.errors import Pending
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.operations.verification import fold_records
from alluse_tui.engine.record_decoding import stored_verdict

JOURNALS = Path(__file__).parents[1] / "crash" / "journals"
WRITTEN = datetime(2026, 11, 30, 0, 5, tzinfo=UTC)
"""Just after its newest record."""

PASSWORDS = {"root": "slow copper lantern meadow", "eli": "another quiet river stone"}
RELEASE, RECORDS = 27, 35


@pytest.fixture
def path(tmp_path: Path) -> Path:
    copy = tmp_path / "book" / "alluse.journal"
    copy.parent.mkdir()
    shutil.copyfile(JOURNALS / "format-4.journal", copy)
    return copy


def opened(path: Path, actor: str = "root") -> LocalEngine:
    return LocalEngine(path, actor=actor, clock=FixedClock(WRITTEN), accept_clock=True)


SINCE_THEN = ("available", "collateral")
"""Figures that the collateral of short puts changed."""


def figures(engine: LocalEngine) -> list[dict[str, object]]:
    return [account_json(account) for account in engine.queries.accounts("Main")]


def test_it_opens_with_the_same_figures_and_verifies(path: Path) -> None:
    expected = json.loads((JOURNALS / "format-4.accounts.json").read_text("utf-8"))
    with opened(path) as engine:
        assert engine.seq == RECORDS
        for now, before in zip(figures(engine), expected["accounts"], strict=True):
            changed = now.keys() & SINCE_THEN
            assert {k: v for k, v in now.items() if k not in changed} == {
                k: v for k, v in before.items() if k not in changed
            }
        gen = engine.queries.account("Main/gen-1")
        assert gen.collateral == amount("25000")
        assert gen.available == gen.cash - gen.buffer - gen.collateral
        assert [c for c in engine.operations.verify(ask=False).checks if not c.ok] == []


def test_its_state_equals_the_fold_of_its_records(path: Path) -> None:
    with opened(path) as engine:
        assert fold_records(engine.core.journal).book == engine.core.book


def test_a_record_of_it_is_undone_with_a_second_person(path: Path) -> None:
    with opened(path) as engine:
        before = engine.queries.account("Main/rev-1")
        with pytest.raises(Pending) as pending:
            engine.commands.submit(Undo(seq=RELEASE, portfolio="Main"))
        approve = Approve(approval=pending.value.approval)
        engine.commands.submit(approve, actor="eli", password=PASSWORDS["eli"])
        after = engine.queries.account("Main/rev-1")
        assert after.leaps - before.leaps == amount("100")
        assert [c for c in engine.operations.verify(ask=False).checks if not c.ok] == []


def test_a_key_that_was_used_in_it_is_a_repeat(path: Path) -> None:
    command = Deposit(
        account="gen-1",
        amount=amount("1000"),
        key="dep-1",
        note="first, with “quotes” and ü",
        portfolio="Main",
    )
    with opened(path) as engine:
        receipt = engine.commands.submit(command)
        assert (receipt.seq, receipt.duplicate) == (3, True)
        assert receipt.plan.entries


def test_the_rules_of_its_records_have_the_messages_that_were_written(path: Path) -> None:
    with opened(path) as engine:
        for record in engine.core.journal.records():
            for stored in record.plain.get("rules", ()):
                assert stored_verdict(stored).message == stored["message"]


def test_the_rules_of_new_records_are_the_verdicts_of_the_plan(path: Path) -> None:
    with opened(path) as engine:
        receipt = engine.commands.submit(
            Deposit(account="rev-1", portfolio="Main", amount=amount("1"))
        )
        (record,) = engine.core.journal.records(receipt.seq - 1)
        assert tuple(map(stored_verdict, record.plain["rules"])) == receipt.plan.rules
