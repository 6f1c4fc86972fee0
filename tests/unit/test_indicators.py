"""Indicators in SQL against a plain reference, and by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from market import bars_file, reference_atr, reference_volatility, weekdays

from alluse_tui.domain.model.market import Indicators, MarketFile, market_key
from alluse_tui.market.data.bar_files import read_bars
from alluse_tui.market.data.reading import MarketFiles
from alluse_tui.market.data.storage import MarketFolder
from alluse_tui.market.trading_calendar import NewYorkCalendar

FIRST = date(2023, 1, 3)


def stored(tmp_path: Path, **rows: Sequence[str]) -> MarketFiles:
    folder = MarketFolder(tmp_path / "a.journal")
    current: dict[str, MarketFile] = {}
    for symbol, lines in rows.items():
        read = read_bars(
            Path(bars_file(tmp_path / "bars.csv", lines)),
            symbol,
            {},
            NewYorkCalendar(),
            accept_jumps=True,
        )
        folder.keep(read.content)
        current |= {market_key(file.kind, symbol): file for file in read.files}
    return MarketFiles(folder, current)


def walk(count: int) -> list[tuple[date, float, float, float, float]]:
    dice, close = random.Random(7), 100.0
    bars = []
    for day in weekdays(FIRST, count):
        opened = round(close * dice.uniform(0.97, 1.03), 2)
        close = round(opened * dice.uniform(0.97, 1.03), 2)
        high = round(max(opened, close) * dice.uniform(1, 1.02), 2)
        low = round(min(opened, close) * dice.uniform(0.98, 1), 2)
        bars.append((day, opened, high, low, close))
    return bars


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> MarketFiles:
    lines = [f"{d},{o},{h},{lo},{c},1" for d, o, h, lo, c in walk(300)]
    return stored(tmp_path_factory.mktemp("walk"), XYZ=lines, VIX=lines)


@pytest.mark.parametrize(("count", "period"), [(14, 14), (60, 5), (300, 14), (300, 1)])
def test_the_atr_is_wilders(walked: MarketFiles, count: int, period: int) -> None:
    bars = walk(300)[:count]
    view = walked.indicators("XYZ", bars[-1][0], period)
    wanted = reference_atr([(h, lo, c) for _, _, h, lo, c in bars], period)
    assert view.atr_micros == pytest.approx(wanted * 1_000_000, abs=1)


def test_averages_volatility_and_drawdown(walked: MarketFiles) -> None:
    bars = walk(300)
    closes = [bar[4] for bar in bars]
    view = walked.indicators("XYZ", bars[-1][0], 14)
    assert view.day == bars[-1][0]
    assert view.close_micros == round(closes[-1] * 1_000_000)
    assert view.average_50_micros == pytest.approx(sum(closes[-50:]) / 50 * 1_000_000, abs=1)
    assert view.average_200_micros == pytest.approx(sum(closes[-200:]) / 200 * 1_000_000, abs=1)
    assert view.volatility_bps == pytest.approx(reference_volatility(closes) * 10_000, abs=1)
    peak = max(closes)
    assert (view.peak_micros, view.peak_day) == (
        round(peak * 1_000_000),
        bars[closes.index(peak)][0],
    )
    assert view.drawdown_bps == pytest.approx((closes[-1] / peak - 1) * 10_000, abs=1)
    year = [c for d, *_, c in bars if d > bars[-1][0] - timedelta(days=365)]
    assert view.vix_micros == view.close_micros
    assert view.vix_average_micros == pytest.approx(sum(year) / len(year) * 1_000_000, abs=1)
    assert view.missing == ()


def test_by_hand_and_what_is_missing(tmp_path: Path) -> None:
    # true ranges: 11−9 = 2; 13−10.5 = 2.5; 12−10 = 2, but 12.5−10 = 2.5 from the close before
    lines = ["2024-03-04,10,11,9,10.5,", "2024-03-05,11,13,11,12.5,", "2024-03-06,12,12,10,10,"]
    view = stored(tmp_path, XYZ=lines).indicators("XYZ", date(2024, 3, 20), 2)
    # the average of the first two, 2.25, then (2.25 + 2.5) / 2
    assert view == Indicators(
        symbol="XYZ",
        asked=date(2024, 3, 20),
        day=date(2024, 3, 6),
        close_micros=10_000_000,
        atr_period=2,
        atr_micros=2_375_000,
        peak_day=date(2024, 3, 5),
        peak_micros=12_500_000,
        drawdown_bps=-2_000,
        missing=(
            "the 50-day average needs 50 bars of XYZ, it has 3",
            "the 200-day average needs 200 bars of XYZ, it has 3",
            "realised volatility needs 21 bars of XYZ, it has 3",
            "the newest bar of XYZ is of 2024-03-06, 14 days before 2024-03-20",
            "no bars of VIX are stored; `alluse market import FILE --symbol VIX`",
        ),
    )
