"""B1, B2, B3: commands with every rule, against a plain log of the records that they make."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from alluse_tui.domain.commands import (
    CashFact,
    Command,
    Deposit,
    Init,
    Kind,
    OpenAccount,
    Post,
    Tier,
    Transfer,
    Withdraw,
)
from alluse_tui.engine import LocalEngine, policy_from
from alluse_tui.engine.write.async_commands import AsyncCommands
from benchmarks.measure import Row, growth, medians, seconds
from benchmarks.plain_log import fresh_log, memory_folder, records_of

UNIT = 1_000_000
BATCH = 100
COROUTINES = 50


def one_by_one(folder: Path) -> list[Row]:
    name = "B1 100 Gen accounts of $10,000, one commit each; plain log"
    with memory_folder() as memory:
        rows = [] if memory is None else [_in_batches(memory, name, 1, "≤ 5×", _accounts)]
    return [*rows, _in_batches(folder, f"{name}, on disk", 1, "for information", _accounts)]


def together(folder: Path) -> list[Row]:
    rows = []
    with memory_folder() as memory:
        where = memory or folder
        for label, commands in (("100 accounts", _accounts), ("100 mixed commands", _mixed)):
            name = f"B2 {label} in one commit; plain log"
            rows.append(_in_batches(where, name, BATCH, "≤ 4×", commands))
    return rows


def from_many(folder: Path) -> list[Row]:
    """10,000 commands from 50 coroutines; the wait of a command in turns of the median length."""
    took: dict[int, float] = {}
    with memory_folder() as memory:
        where = memory or folder
        with _engine(where / "b3.journal") as engine:
            runs = [seconds(lambda: engine.commands.submit_many(_mixed(BATCH))) for _ in range(20)]
            batched = statistics.median(runs) / BATCH
        for count in (1_000, 10_000):
            with _engine(where / f"b3-{count}.journal") as engine:
                took[count], waits, turns = asyncio.run(_from_coroutines(engine, count))
    each = took[10_000] / 10_000
    p99 = sorted(waits)[int(len(waits) * 0.99)]
    turn = statistics.median(turns)
    note = f"{1 / each:,.0f}/s, {growth(took[1_000], took[10_000])}"
    name = "B3 10,000 mixed commands from 50 coroutines; B2's command"
    return [
        Row(name, each / batched, "≤ 1.3×", each, batched, note),
        Row("B3 wait of the 99th percentile, in turns", p99 / turn, "≤ 3×", p99, turn),
    ]


def _in_batches(
    folder: Path, name: str, size: int, wanted: str, commands: Callable[[int], list[Command]]
) -> Row:
    with _engine(folder / f"{name[:2]}-{size}-{commands.__name__}.journal") as engine:
        submit = _single(engine) if size == 1 else engine.commands.submit_many
        submit(commands(BATCH))
        records = records_of(engine, engine.seq - BATCH)
        log = fresh_log(folder)
        ours, baseline = medians(
            lambda: submit(commands(BATCH)), lambda: log.append_in_batches(records, size)
        )
    return Row(name, ours / baseline, wanted, ours, baseline, f"{BATCH / ours:,.0f}/s")


def _single(engine: LocalEngine) -> Callable[[list[Command]], object]:
    return lambda commands: [engine.commands.submit(command) for command in commands]


async def _from_coroutines(
    engine: LocalEngine, count: int
) -> tuple[float, list[float], list[float]]:
    """Seconds in all, each command's wait, and the length of each turn."""
    turns: list[float] = []
    submit_many = engine.commands.submit_many

    def timed(*arguments: object, **options: object) -> object:
        started = time.perf_counter()
        try:
            return submit_many(*arguments, **options)  # type: ignore[arg-type]
        finally:
            turns.append(time.perf_counter() - started)

    engine.commands.submit_many = timed  # type: ignore[method-assign, assignment]
    commands = AsyncCommands(engine.commands)
    waits: list[float] = []

    async def work(share: list[Command]) -> None:
        for command in share:
            started = time.perf_counter()
            await commands.submit(command)
            waits.append(time.perf_counter() - started)

    mixed = _mixed(count)
    started = time.perf_counter()
    await asyncio.gather(*(work(mixed[n::COROUTINES]) for n in range(COROUTINES)))
    return time.perf_counter() - started, waits, turns


def _engine(path: Path) -> LocalEngine:
    engine = LocalEngine(path, actor="bench", create=True)
    engine.commands.submit(
        Init(portfolio="Main", capital=10_000_000 * UNIT, policy=policy_from("moderate"))
    )
    return engine


def _accounts(count: int) -> list[Command]:
    deposit = 10_000 * UNIT
    return [OpenAccount(parent="Main", tier=Tier.GEN, deposit=deposit) for _ in range(count)]


def _mixed(count: int) -> list[Command]:
    return [_MIX[i % len(_MIX)] for i in range(count)]


_MIX: tuple[Command, ...] = (
    Deposit(account="gen-1", amount=UNIT),
    Withdraw(account="rev-1", amount=UNIT),
    Transfer(source="gen-1", target="com-1", amount=UNIT),
    Post(account="rev-1", fact=CashFact(kind=Kind.PREMIUM, micros=UNIT)),
    Post(account="com-1", fact=CashFact(kind=Kind.FEE, micros=-UNIT)),
)
