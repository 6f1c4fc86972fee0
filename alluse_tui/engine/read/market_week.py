"""What the market allowed in a week, by the stored bars of the benchmark and of the VIX."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from alluse_tui.domain.derived.week_regime import (
    Bar,
    MarketWeek,
    WeekRegime,
    off_settings,
    regime_size_bps,
    vix_size_bps,
    week_regimes,
)
from alluse_tui.domain.model.calendar import TradingCalendar, last_session
from alluse_tui.domain.model.market import STALE_DAYS, Indicators, MarketKind
from alluse_tui.domain.model.money import UNIT_MICROS
from alluse_tui.domain.model.policy import Policy
from alluse_tui.market.data.reading import VIX, MarketFiles

BARS_DAYS = 400
"""Calendar days that hold more than 200 trading days."""


def market_week(
    files: MarketFiles, monday: date, policy: Policy, calendar: TradingCalendar
) -> MarketWeek:
    """What the market allows in the week that begins on `monday`."""
    benchmark, before = policy.regime_benchmark, last_session(monday - timedelta(days=1), calendar)
    known = files.indicators(benchmark, before, policy.atr_period)
    regime = _regime(files, benchmark, monday)
    vix, mean = _vix(known, before)
    vix_size = None
    if vix is not None and mean is not None:
        vix_size = vix_size_bps(vix / UNIT_MICROS, mean / UNIT_MICROS, policy)
    missing = [*known.missing]
    if regime is None:
        missing += _hint(missing, "the regime", benchmark)
    elif regime.inputs.day != before:
        day = regime.inputs.day
        missing.append(f"{benchmark} has no bar of {before}; the regime is that of {day}")
    if vix_size is None:
        missing += _hint(missing, "the size by VIX", VIX)
    return MarketWeek(
        week=monday,
        benchmark=benchmark,
        regime=regime,
        vix_day=None if vix is None else known.vix_day,
        vix_micros=vix,
        vix_mean_micros=mean,
        regime_size_bps=None if regime is None else regime_size_bps(regime.regime, policy),
        vix_size_bps=vix_size,
        missing=tuple(missing),
        off=off_settings(policy),
    )


def closes(files: MarketFiles, symbol: str, first: date, last: date) -> dict[date, int]:
    """The closes of these days, each in the shares of its own day, in micros."""
    splits = files.events(symbol, MarketKind.SPLIT) or ()
    days = [split.day for split in splits if first < split.day <= last]
    ends = [*(day - timedelta(days=1) for day in days), last]
    return {
        bar.day: bar.close_micros
        for start, end in zip([first, *days], ends, strict=True)
        for bar in files.bars(symbol, start, end)
    }


def _regime(files: MarketFiles, benchmark: str, monday: date) -> WeekRegime | None:
    """The regime of that week; None without a bar in the week before, or too few bars."""
    stored = files.bars(benchmark, monday - timedelta(days=BARS_DAYS), monday - timedelta(days=1))
    bars = [
        Bar(
            bar.day,
            bar.high_micros / UNIT_MICROS,
            bar.low_micros / UNIT_MICROS,
            bar.close_micros / UNIT_MICROS,
        )
        for bar in stored
    ]
    return next((week for week in week_regimes(bars) if week.week == monday), None)


def _vix(known: Indicators, before: date) -> tuple[int | None, int | None]:
    """The level of the VIX and its mean; a level that is too old counts as missing."""
    if known.vix_day is None or (before - known.vix_day).days > STALE_DAYS:
        return None, None
    return known.vix_micros, known.vix_average_micros


def _hint(missing: list[str], what: str, symbol: str) -> Iterator[str]:
    """What to do, unless one of the sentences says so."""
    command = f"`alluse market import FILE --symbol {symbol}`"
    if not any(command in sentence for sentence in missing):
        yield f"{what} needs more bars: {command}"
