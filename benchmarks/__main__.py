"""`make bench`: runs every row, prints a table, writes results/latest.json.

Each row alternates our work with a baseline in the same run; the ratio is of the medians.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import apsw

from alluse_tui.domain.commands import Deposit, Init
from alluse_tui.engine import LocalEngine, policy_from

ROUNDS = 5
UNIT = 1_000_000
RESULTS = Path(__file__).parent / "results" / "latest.json"


def seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(ours: Callable[[], None], baseline: Callable[[], None]) -> tuple[float, float]:
    """Median seconds of each, in alternating rounds after a warm-up."""
    ours(), baseline()
    pairs = [(seconds(ours), seconds(baseline)) for _ in range(ROUNDS)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def durable_commands(folder: Path) -> tuple[float, float]:
    """B1, on deposits until accounts can be opened by command: 100 durable commands."""
    engine = LocalEngine(folder / "b1.journal", actor="bench", create=True)
    engine.submit(Init(portfolio="Main", capital=250_000 * UNIT, policy=policy_from("moderate")))
    engine.submit(Deposit(account="gen-1", amount=UNIT))
    body = next(engine.records(1)).body.decode()
    bare = apsw.Connection(str(folder / "bare.db"))
    bare.pragma("journal_mode", "wal")
    bare.pragma("synchronous", "FULL")
    bare.execute("CREATE TABLE record(seq INTEGER PRIMARY KEY, body TEXT)")

    def ours() -> None:
        for _ in range(100):
            engine.submit(Deposit(account="gen-1", amount=UNIT))

    def baseline() -> None:
        for _ in range(100):
            with bare:
                bare.execute("INSERT INTO record(body) VALUES (?)", (body,))

    found = medians(ours, baseline)
    engine.close()
    bare.close()
    return found


def accounts_command(folder: Path) -> tuple[float, float]:
    """B11: `alluse accounts --json` against importing duckdb and pydantic."""
    path = folder / "b11.journal"
    with LocalEngine(path, actor="bench", create=True) as engine:
        policy = policy_from("moderate")
        for n in range(334):
            engine.submit(Init(portfolio=f"P{n}", capital=1_000 * UNIT, policy=policy))

    def run(*arguments: str) -> Callable[[], None]:
        return lambda: subprocess.run(
            [sys.executable, *arguments], check=True, capture_output=True
        ).check_returncode()

    command = ("-m", "alluse_tui.cli.main", "accounts", "--json", "--db", str(path))
    return medians(run(*command), run("-c", "import duckdb, pydantic"))


ROWS: tuple[tuple[str, str, bool, Callable[[Path], tuple[float, float]]], ...] = (
    ("B1 100 durable commands, rate against bare SQLite", "≥ 0.5×", True, durable_commands),
    ("B11 accounts --json, 1,002 accounts, time", "≤ 1.2×", False, accounts_command),
)


def main() -> None:
    results = []
    for name, wanted, as_rate, measure in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            ours, baseline = measure(Path(folder))
        ratio = baseline / ours if as_rate else ours / baseline
        print(f"{name:<52} {ratio:6.2f}×   wanted {wanted}", flush=True)
        results.append({"row": name, "ratio": ratio, "ours_s": ours, "baseline_s": baseline})
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
