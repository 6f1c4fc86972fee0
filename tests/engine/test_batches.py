"""Several commands submitted at once: from a list, and from the coroutines of an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from alluse_tui.domain.commands import Command, Deposit, Undo, Withdraw, amount
from alluse_tui.domain.model.errors import BadInput, Busy, Denied, Refused
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.write import group_commit
from alluse_tui.engine.write.async_commands import AsyncCommands
from alluse_tui.engine.write.group_commit import TURN_LIMIT, Waiting

FIVE = Deposit(account="gen-1", amount=amount("5"))
FROM_COM = Withdraw(account="com-1", amount=amount("5"))
UNKNOWN = Deposit(account="gen-9", amount=amount("5"))


def cash(engine: LocalEngine) -> int:
    return engine.queries.account("gen-1").cash


def test_each_command_has_its_own_outcome_in_order(engine: LocalEngine) -> None:
    before = cash(engine)
    outcomes = engine.commands.submit_many([FIVE, FROM_COM, UNKNOWN, replace(FIVE, key="k"), FIVE])
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Receipt, Refused, BadInput, Receipt, Receipt]
    seqs = [outcome.seq for outcome in outcomes if isinstance(outcome, Receipt)]
    assert seqs == [2, 4, 5]  # the refusal is record 3
    assert cash(engine) == before + amount("15")
    assert engine.operations.verify().ok


def test_a_batch_is_one_turn_and_a_long_one_several(engine: LocalEngine) -> None:
    turns = 0
    take_turn = engine.commands._queue._take_turn

    def counted(batch: Sequence[Waiting]) -> None:
        nonlocal turns
        turns += 1
        take_turn(batch)

    engine.commands._queue._take_turn = counted
    engine.commands.submit_many([FIVE] * TURN_LIMIT)
    assert turns == 1
    outcomes = engine.commands.submit_many([FIVE] * (TURN_LIMIT + 1))
    assert turns == 3
    assert len(outcomes) == TURN_LIMIT + 1


def test_an_undo_in_a_batch_sees_the_records_before_it(engine: LocalEngine) -> None:
    before = cash(engine)
    outcomes = engine.commands.submit_many([FIVE, Undo(), FIVE])
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert cash(engine) == before + amount("5")


def test_nothing_is_submitted_on_a_read_only_book(engine: LocalEngine) -> None:
    reader = LocalEngine(engine.path, actor="dana", read_only=True)
    with reader, pytest.raises(Denied):
        reader.commands.submit_many([FIVE])


async def test_coroutines_share_turns_and_get_their_own_outcomes(engine: LocalEngine) -> None:
    before = cash(engine)
    commands = AsyncCommands(engine.commands)
    wanted: list[Command] = [FIVE] * 50 + [FROM_COM]
    outcomes = await asyncio.gather(*map(commands.submit, wanted), return_exceptions=True)
    assert [type(o) for o in outcomes] == [Receipt] * 50 + [Refused]
    assert cash(engine) == before + amount("250")


async def test_a_cancelled_coroutine_stops_nobody_else(engine: LocalEngine) -> None:
    commands = AsyncCommands(engine.commands)
    first = asyncio.create_task(commands.submit(FIVE))
    second = asyncio.create_task(commands.submit(FIVE))
    await asyncio.sleep(0)
    first.cancel()
    receipt = await second
    assert receipt.seq in (2, 3)
    assert engine.operations.verify().ok


def test_a_full_queue_takes_no_receipt_away(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first turn is durable when the second finds the queue full."""
    carry = engine.commands._queue.carry

    def full_after_the_first(batch: Sequence[Waiting]) -> None:
        carry(batch)
        monkeypatch.setattr(group_commit, "QUEUE_LIMIT", 0)

    monkeypatch.setattr(engine.commands._queue, "carry", full_after_the_first)
    outcomes = engine.commands.submit_many([FIVE] * (TURN_LIMIT + 1))
    assert [type(o) for o in outcomes] == [Receipt] * TURN_LIMIT + [Busy]
