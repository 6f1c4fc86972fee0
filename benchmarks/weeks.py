"""weeks: the regime of every week of twenty years, against a bound."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

from alluse_tui.domain.derived.week_regime import Bar, week_regimes
from benchmarks.measure import Row, medians

DAYS = 5_040
"""The trading days of twenty years."""

BOUND_S = 1.0
"""How long all their weeks may take, in seconds."""

FIRST = date(1999, 1, 4)


def twenty_years(_: Path) -> list[Row]:
    closes = (1_000 + n / 4 + 120 * math.sin(n / 70) + 9 * math.sin(n) for n in range(DAYS))
    bars = [
        Bar(FIRST + timedelta(days=n // 5 * 7 + n % 5), close + 8, close - 8, close)
        for n, close in enumerate(closes)
    ]

    def all_weeks() -> None:
        regimes = {week.regime for week in week_regimes(bars)}
        assert len(regimes) == 3, regimes

    def read_once() -> None:
        sum(bar.close for bar in bars)

    ours, baseline = medians(all_weeks, read_once)
    return [
        Row(
            "weeks: regimes of 5,040 days; a bound of one second",
            ours / BOUND_S,
            "≤ 1×",
            ours,
            baseline,
            note=f"{ours / baseline:,.0f}× a sum of the closes",
        )
    ]
