"""Market data for tests: the real files, small files of bars, and a reference of indicators."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

MARKET = Path(__file__).parents[3] / "shared" / "data" / "market"

needs_market = pytest.mark.skipif(
    not MARKET.exists(), reason="the real market data is not on this machine"
)

HEADER = "date,open,high,low,close,volume"

MARCH = (
    "2024-03-04,10,11,9,10.5,100",
    "2024-03-05,10.5,12,10,11,200",
    "2024-03-06,11,11.5,10,10,300",
    "2024-03-07,10,10.5,9.5,10.25,400",
    "2024-03-08,10.25,11,10,11,500",
)
"""A week of five trading days, Monday to Friday, without a defect."""


def bars_file(path: Path, rows: Iterable[str] = MARCH, header: str = HEADER) -> str:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return str(path)


def weekdays(first: date, count: int) -> list[date]:
    days = (first + timedelta(days=n) for n in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


def reference_atr(bars: Sequence[tuple[float, float, float]], period: int) -> float:
    """Wilder's ATR of (high, low, close), as he describes it: an average, then smoothing."""
    ranges = []
    for i, (high, low, _) in enumerate(bars):
        before = bars[i - 1][2] if i else None
        reach = [high - low] + ([] if before is None else [abs(high - before), abs(low - before)])
        ranges.append(max(reach))
    atr = sum(ranges[:period]) / period
    for one in ranges[period:]:
        atr = (atr * (period - 1) + one) / period
    return atr


def reference_volatility(closes: Sequence[float]) -> float:
    """A year's standard deviation of the last 20 daily log returns."""
    returns = [math.log(b / a) for a, b in zip(closes[-21:], closes[-20:], strict=False)]
    return statistics.stdev(returns) * math.sqrt(252)
