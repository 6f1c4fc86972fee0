"""B1, B2, B3: commands into one journal, against bare SQLite commits of the same bytes."""

from __future__ import annotations

import statistics
import threading
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
from benchmarks.measure import ROUNDS, Bare, Row, growth, medians, seconds

UNIT = 1_000_000
SUBMITTERS = 50


def one_by_one(folder: Path) -> list[Row]:
    with _engine(folder / "b1.journal") as engine:
        bare = _bare(engine, folder)
        ours, baseline = medians(
            lambda: [engine.commands.submit(_new_account()) for _ in range(100)],
            lambda: bare.commit(100),
        )
    name = "B1 100 Gen accounts of $10,000, rate against bare commits"
    return [Row(name, baseline / ours, "≥ 0.5×", ours, baseline, f"{100 / ours:,.0f}/s")]


def together(folder: Path) -> list[Row]:
    with _engine(folder / "b2.journal") as engine:
        pairs = []
        for _ in range(ROUNDS + 1):
            ours = _at_once(engine, [[_new_account()] for _ in range(100)])
            alone = seconds(lambda: [engine.commands.submit(_new_account()) for _ in range(100)])
            pairs.append((ours, alone))
    ours = statistics.median(p[0] for p in pairs[1:])
    baseline = statistics.median(p[1] for p in pairs[1:])
    name = "B2 the same 100 together, rate against B1"
    return [Row(name, baseline / ours, "≥ 8×", ours, baseline)]


def from_many(folder: Path) -> list[Row]:
    rows = []
    took: dict[int, float] = {}
    for count in (1_000, 10_000):
        with _engine(folder / f"b3-{count}.journal") as engine:
            bare = _bare(engine, folder)
            bare.commit(500)
            baseline = statistics.median(_commits(bare, 500) for _ in range(5))
            shares = [[_mixed(i) for i in range(n, count, SUBMITTERS)] for n in range(SUBMITTERS)]
            waits: list[float] = []
            took[count] = _at_once(engine, shares, waits)
        if count == 10_000:
            waits.sort()
            p99 = waits[int(len(waits) * 0.99)] / baseline
            each = took[count] / count
            rows.append(
                Row("B3 10,000 mixed commands from 50 threads, rate against bare",
                    baseline / each, "≥ 3×", took[count], baseline * count,
                    growth(took[1_000], took[10_000]))
            )  # fmt: skip
            rows.append(
                Row("B3 p99 wait, in bare commits", p99, "≤ 100×", p99 * baseline, baseline)
            )
    return rows


def _commits(bare: Bare, count: int) -> float:
    return seconds(lambda: bare.commit(count)) / count


def _engine(path: Path) -> LocalEngine:
    engine = LocalEngine(path, actor="bench", create=True)
    engine.commands.submit(
        Init(portfolio="Main", capital=10_000_000 * UNIT, policy=policy_from("moderate"))
    )
    return engine


def _bare(engine: LocalEngine, folder: Path) -> Bare:
    engine.commands.submit(_new_account())
    body = list(engine.queries.records())[-1].body
    return Bare(folder / f"bare-{engine.path.stem}.db", len(body))


def _new_account() -> Command:
    return OpenAccount(parent="Main", tier=Tier.GEN, deposit=10_000 * UNIT)


def _mixed(i: int) -> Command:
    match i % 5:
        case 0:
            return Deposit(account="gen-1", amount=UNIT)
        case 1:
            return Withdraw(account="rev-1", amount=UNIT)
        case 2:
            return Transfer(source="gen-1", target="com-1", amount=UNIT)
        case 3:
            return Post(account="rev-1", fact=CashFact(kind=Kind.PREMIUM, micros=UNIT))
    return Post(account="com-1", fact=CashFact(kind=Kind.FEE, micros=-UNIT))


def _at_once(
    engine: LocalEngine, shares: list[list[Command]], waits: list[float] | None = None
) -> float:
    """Seconds from the moment when all threads are ready to the last receipt."""
    ready = threading.Barrier(len(shares) + 1)

    def work(share: list[Command]) -> Callable[[], None]:
        def run() -> None:
            ready.wait()
            for command in share:
                started = time.perf_counter()
                engine.commands.submit(command)
                if waits is not None:
                    waits.append(time.perf_counter() - started)

        return run

    threads = [threading.Thread(target=work(share)) for share in shares]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started
