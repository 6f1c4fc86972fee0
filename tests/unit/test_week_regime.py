"""The regime of a week, from the bars before it."""

from __future__ import annotations

import csv
import math
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median, stdev

import pytest
from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.derived.week_regime import (
    Bar,
    RegimeInputs,
    judged,
    monday_of,
    off_settings,
    realised_volatility,
    regime_size_bps,
    vix_size_bps,
    week_regimes,
)
from alluse_tui.domain.model.market_inputs import Regime

SP500 = Path(__file__).parents[3] / "shared" / "data" / "market" / "SP500-daily-1999-2018.csv"
FRIDAY = date(2026, 11, 27)


def inputs(
    close: float = 110, short: float = 105, volatility: float = 0.1, move: float = 0.5
) -> RegimeInputs:
    """Measurements of a green week, changed."""
    return RegimeInputs(FRIDAY, close, short, 100, volatility, 0.05, move)


@pytest.mark.parametrize(
    ("measured", "regime", "why"),
    [
        (inputs(), "green", "an upward trend, calm, and not sideways"),
        (inputs(volatility=0.20), "green", "an upward trend, calm, and not sideways"),
        (inputs(volatility=0.21), "chop", "volatility 21 % is above 20 %"),
        (inputs(volatility=0.31), "red", "volatility 31 % is above 30 %"),
        (inputs(move=-0.24), "chop", "20 days moved by 24 % of their range, less than 25 %"),
        (inputs(close=99), "red", "the close is below the 50 and 200 day averages"),
        (inputs(close=102), "chop", "close and 50 and 200 day averages are not in order"),
        (inputs(short=99), "chop", "close and 50 and 200 day averages are not in order"),
    ],
)
def test_the_regime_follows_from_trend_range_and_volatility(
    measured: RegimeInputs, regime: str, why: str
) -> None:
    assert judged(measured) == (regime, why)


def weekdays(count: int, close: float = 100.0, rise: float = 0.0) -> list[Bar]:
    """Bars up to FRIDAY on every weekday, `rise` higher each day."""
    days = [FRIDAY - timedelta(days=n) for n in range(count * 2)]
    days = sorted(day for day in days if day.weekday() < 5)[-count:]
    closes = [close + rise * n for n in range(count)]
    return [Bar(d, c + 1, c - 1, c) for d, c in zip(days, closes, strict=True)]


def test_a_week_needs_two_hundred_days_before_it() -> None:
    assert list(week_regimes(weekdays(199))) == []
    (week,) = week_regimes(weekdays(200))
    assert (week.week, week.inputs.day) == (date(2026, 11, 30), FRIDAY)


def test_the_inputs_are_those_of_the_bars() -> None:
    *_, week = week_regimes(weekdays(210, rise=0.5))
    known = week.inputs
    closes = [100 + 0.5 * n for n in range(210)]
    assert known.close == closes[-1]
    assert known.short == pytest.approx(mean(closes[-50:]))
    assert known.long == pytest.approx(mean(closes[-200:]))
    assert known.span == pytest.approx((19 * 0.5 + 2) / closes[-1])
    assert known.move == pytest.approx(20 * 0.5 / (19 * 0.5 + 2))
    assert week.regime is Regime.GREEN


def test_volatility_is_annualised() -> None:
    up_and_down = [100.0, 101.0, 100.0, 101.0, 100.0]
    step = math.log(1.01)
    assert realised_volatility(up_and_down) == pytest.approx(step * math.sqrt(4 / 3 * 252))


def test_the_vix_reduces_the_size_above_its_mean() -> None:
    sizes = [vix_size_bps(level, 20) for level in (19.99, 20, 20.01, 30, 30.01)]
    assert sizes == [10_000, 10_000, 7_500, 7_500, 5_000]


def test_the_policy_replaces_the_sizes_that_it_has_on() -> None:
    moderate, strict = load_policy("moderate"), load_policy("constitution-1.3")
    own = replace(strict, regime_red_bps=2_000, vix_above_mean_bps=6_000)
    sizes = [regime_size_bps(r, p) for p in (moderate, own) for r in Regime]
    assert sizes == [10_000, 7_500, 5_500, 10_000, 2_000, 5_500]
    # halved from VIX 50 on
    assert [vix_size_bps(vix, 40, own) for vix in (40, 45, 50, 61)] == [10_000, 6_000, 3_000, 2_500]
    assert off_settings(moderate) == ("regime.red", "regime.chop", "vix.above_mean", "vix.high")
    assert off_settings(own) == ()


@pytest.mark.skipif(not SP500.exists(), reason="the S&P 500 of 1999 to 2018 is not here")
def test_twenty_years_have_weeks_of_every_regime() -> None:
    with SP500.open() as file:
        bars = [
            Bar(date.fromisoformat(r["Date"]), float(r["High"]), float(r["Low"]), float(r["Close"]))
            for r in csv.DictReader(file)
        ]
    weeks = list(week_regimes(bars))
    regimes = [week.regime for week in weeks]
    assert {r: regimes.count(r) for r in Regime} == {"green": 382, "red": 253, "chop": 368}
    last = {monday_of(bar.day): bar.close for bar in bars}
    returns: dict[Regime, list[float]] = {r: [] for r in Regime}
    for week in weeks:
        if week.week in last:
            returns[week.regime].append(last[week.week] / week.inputs.close - 1)
    table = {
        regime: (
            f"{len(own)} {mean(own):.2%} {median(own):.2%} {sum(r < 0 for r in own) / len(own):.0%}"
            f" {sum(r < -0.03 for r in own) / len(own):.1%} {min(own):.1%} {stdev(own):.1%}"
        )
        for regime, own in returns.items()
    }
    assert table == {  # the table of rules.md
        "green": "382 0.10% 0.17% 42% 2.9% -5.2% 1.4%",
        "chop": "368 0.14% 0.35% 42% 6.8% -10.5% 2.1%",
        "red": "252 0.01% 0.01% 50% 17.9% -18.2% 3.7%",
    }
