"""How a row is measured: alternating rounds after a warm-up, medians, a ratio."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is in the row's own sense; `wanted` says which way is good."""

    name: str
    ratio: float
    wanted: str
    ours_s: float
    baseline_s: float
    note: str = ""

    def __str__(self) -> str:
        note = f"   {self.note}" if self.note else ""
        return f"{self.name:<58} {self.ratio:8.2f}×   wanted {self.wanted}{note}"

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(
    ours: Callable[[], object], baseline: Callable[[], object], rounds: int = ROUNDS
) -> tuple[float, float]:
    """Median seconds of each, in alternating rounds after a warm-up."""
    ours(), baseline()
    pairs = [(seconds(ours), seconds(baseline)) for _ in range(rounds)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def growth(small: float, large: float, times: float = 10) -> str:
    """How time grows with size: 1.0 is in proportion."""
    return f"grows with size to the power {math.log(large / small, times):.2f}"


def program(*arguments: str) -> Callable[[], object]:
    """Runs Python with these arguments to its end."""
    return lambda: subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL
    )
