"""B5, B11: how long until the book is there, and until its balances are shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alluse_tui.engine import LocalEngine
from benchmarks.large import large_book
from benchmarks.measure import Row, growth, medians, program

OPEN = """
import sys
from pathlib import Path
from alluse_tui.engine import LocalEngine
with LocalEngine(Path(sys.argv[1]), actor="bench") as engine:
    assert engine.seq
"""

SUMS = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as c:
    c.execute("SELECT portfolio, account, sum(amount) FROM posting GROUP BY ALL").fetchall()
"""


MEASURED = """
import resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
took = time.perf_counter() - started
print(took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def open_large(folder: Path) -> list[Row]:
    rows: list[Row] = []
    took: dict[int, float] = {}
    for accounts in (10_000, 100_000):
        path = folder / f"b5-{accounts}.journal"
        large_book(path, accounts=accounts, postings=accounts * 10)
        with LocalEngine(path, actor="bench") as engine:
            engine.operations.rebuild()
        duck = path.with_suffix(".duckdb")
        ours, baseline = medians(
            program("-c", OPEN, str(path)), program("-c", SUMS, str(duck)), rounds=5
        )
        took[accounts] = ours
    name = "B5 open 100,000 accounts, 1 M postings; DuckDB sums, cold"
    rows.append(Row(name, ours / baseline, "≤ 3×", ours, baseline, growth(*took.values())))
    balances = "SELECT portfolio, account, currency, sum(amount) FROM account_balance GROUP BY ALL"
    for name, arguments in (
        ("B5 all balances by `query`, cold", ["query", balances]),
        ("B5 all figures by `accounts --json`, cold", ["accounts", "--json"]),
    ):
        command = [sys.executable, "-m", "alluse_tui.cli.main", *arguments, "--db", str(path)]
        measured = subprocess.run(
            [sys.executable, "-c", MEASURED, *command], check=True, capture_output=True, text=True
        )
        took_s, peak_kib = measured.stdout.split()
        note = f"{int(peak_kib) // 1024} MB"
        rows.append(Row(name, float(took_s), "1 s, 300 MB", float(took_s), 1.0, note))
    return rows


def accounts_command(folder: Path) -> list[Row]:
    path = folder / "b11.journal"
    large_book(path, accounts=1_000, postings=2_000)
    ours, baseline = medians(
        program("-m", "alluse_tui.cli.main", "accounts", "--json", "--db", str(path)),
        program("-c", "import duckdb, pydantic"),
        rounds=15,
    )
    return [Row("B11 accounts --json, 1,000 accounts", ours / baseline, "≤ 1.2×", ours, baseline)]
