"""The regime of a week, before it begins: green, red or chop (rules.md, Week regime).

It follows from a benchmark's trend, range and volatility at the last close before the week. These
are measurements of a market, in floats: amounts of the ledger are never computed here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate, pairwise

from alluse_tui.domain.model.market_inputs import Regime
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.value import Value

SHORT_DAYS, LONG_DAYS = 50, 200
"""The moving averages of the trend, in trading days."""

RANGE_DAYS = 20
"""The trading days over which range and volatility are measured."""

YEAR_DAYS = 252
"""The trading days of a year."""

CALM_VOLATILITY, STORMY_VOLATILITY = 0.20, 0.30
"""A green week is at most this volatile; above the other one, a week is red."""

NARROW_MOVE = 0.25
"""A market that moved less than this part of its range went sideways."""


SIZE_BPS = {Regime.GREEN: 10_000, Regime.RED: 7_500, Regime.CHOP: 5_500}
"""The part of the standard size that a regime allows, in the middle of the protocol's ranges.

A policy may set others.
"""


VIX_ABOVE_MEAN_BPS, VIX_FAR_ABOVE_BPS = 7_500, 5_000
"""The part of the size that the VIX allows above its one-year mean, and above 1.5 times of it."""


class Bar(Value):
    """One trading day of an underlying; prices per share."""

    day: date
    high: float
    low: float
    close: float


class RegimeInputs(Value):
    """What a week's regime is decided by, at the `close` of `day`.

    `short` and `long` are its moving averages, `volatility` is realised and annualised, `span` the
    range of RANGE_DAYS as a part of the close, `move` the part of that range which was kept from
    its first close to its last.
    """

    day: date
    close: float
    short: float
    long: float
    volatility: float
    span: float
    move: float


class WeekRegime(Value):
    """The regime of the week that begins on `week`, a Monday, and why."""

    week: date
    regime: Regime
    why: str
    inputs: RegimeInputs


def judged(inputs: RegimeInputs) -> tuple[Regime, str]:
    """The regime, with the sentence that explains it.

    Red: below both averages, or stormy. Green: above both in an upward trend, calm, and not
    sideways. Anything else is chop.
    """
    close, short, long = inputs.close, inputs.short, inputs.long
    if inputs.volatility > STORMY_VOLATILITY:
        return Regime.RED, _volatile(inputs.volatility, STORMY_VOLATILITY)
    if close < short and close < long:
        return Regime.RED, f"the close is below the {SHORT_DAYS} and {LONG_DAYS} day averages"
    if not close >= short >= long:
        return Regime.CHOP, f"close and {SHORT_DAYS} and {LONG_DAYS} day averages are not in order"
    if inputs.volatility > CALM_VOLATILITY:
        return Regime.CHOP, _volatile(inputs.volatility, CALM_VOLATILITY)
    if abs(inputs.move) < NARROW_MOVE:
        moved = f"{RANGE_DAYS} days moved by {part_text(abs(inputs.move))} of their range"
        return Regime.CHOP, f"{moved}, less than {part_text(NARROW_MOVE)}"
    return Regime.GREEN, "an upward trend, calm, and not sideways"


def _volatile(volatility: float, limit: float) -> str:
    return f"volatility {part_text(volatility)} is above {part_text(limit)}"


def part_text(part: float, decimals: int = 0) -> str:
    """A part of a whole in per cent: '31 %', '−2.5 %'."""
    return f"{part * 100:.{decimals}f} %".replace("-", "−")


def regime_size_bps(regime: Regime, policy: Policy) -> int:
    """The part of the standard size in that regime: the policy's, or else the protocol's."""
    own = {Regime.RED: policy.regime_red_bps, Regime.CHOP: policy.regime_chop_bps}.get(regime)
    return SIZE_BPS[regime] if own is None else own


def vix_size_bps(level: float, mean: float, policy: Policy | None = None) -> int:
    """The part of the size that the VIX allows, by its level against its one-year mean.

    The parts are the protocol's where there is no policy, or it has them off; only a policy halves
    the size from a level on.
    """
    above, high, half = VIX_ABOVE_MEAN_BPS, VIX_FAR_ABOVE_BPS, None
    if policy is not None:
        above = above if policy.vix_above_mean_bps is None else policy.vix_above_mean_bps
        high = high if policy.vix_high_bps is None else policy.vix_high_bps
        half = policy.breaker_half_hundredths
    size = 10_000
    if level > 1.5 * mean:
        size = high
    elif level > mean:
        size = above
    return size // 2 if half is not None and level * 100 >= half else size


def off_settings(policy: Policy) -> tuple[str, ...]:
    """The settings of size by regime and VIX that the policy has off: no trade is held to them."""
    values = {
        "regime.red": policy.regime_red_bps,
        "regime.chop": policy.regime_chop_bps,
        "vix.above_mean": policy.vix_above_mean_bps,
        "vix.high": policy.vix_high_bps,
    }
    return tuple(path for path, value in values.items() if value is None)


class MarketWeek(Value, kw_only=True):
    """What the market allows in the week that begins on `week`, a Monday, by the last close before.

    None where data is missing; `missing` says what, in sentences. VIX levels are micros of a point,
    sizes basis points of the standard size. `off`: the settings that the policy does not apply.
    """

    week: date
    benchmark: str
    regime: WeekRegime | None = None
    vix_day: date | None = None
    vix_micros: int | None = None
    vix_mean_micros: int | None = None
    regime_size_bps: int | None = None
    vix_size_bps: int | None = None
    missing: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    @property
    def size_bps(self) -> int | None:
        """The size that both allow; None unless both are known."""
        if self.regime_size_bps is None or self.vix_size_bps is None:
            return None
        return min(self.regime_size_bps, self.vix_size_bps)


def week_regimes(bars: Sequence[Bar]) -> Iterator[WeekRegime]:
    """The regimes of all weeks that follow a known close, oldest first; `bars` are by day.

    A week needs LONG_DAYS days before it.
    """
    sums = list(accumulate((bar.close for bar in bars), initial=0.0))
    for place, bar in enumerate(bars):
        is_last_of_week = place + 1 == len(bars) or monday_of(bars[place + 1].day) > monday_of(
            bar.day
        )
        if not is_last_of_week or place + 1 < LONG_DAYS:
            continue
        inputs = _inputs(bars, sums, place)
        regime, why = judged(inputs)
        yield WeekRegime(monday_of(bar.day) + timedelta(days=7), regime, why, inputs)


def _inputs(bars: Sequence[Bar], sums: Sequence[float], place: int) -> RegimeInputs:
    end = place + 1
    window = bars[end - RANGE_DAYS : end]
    close = bars[place].close
    closes = [bar.close for bar in bars[end - RANGE_DAYS - 1 : end]]
    span = max(bar.high for bar in window) - min(bar.low for bar in window)
    return RegimeInputs(
        day=bars[place].day,
        close=close,
        short=(sums[end] - sums[end - SHORT_DAYS]) / SHORT_DAYS,
        long=(sums[end] - sums[end - LONG_DAYS]) / LONG_DAYS,
        volatility=realised_volatility(closes),
        span=span / close,
        move=(close - closes[0]) / span if span else 0.0,
    )


def realised_volatility(closes: Sequence[float]) -> float:
    """The standard deviation of the daily log returns, annualised."""
    returns = [math.log(after / before) for before, after in pairwise(closes)]
    mean = sum(returns) / len(returns)
    variance = sum((r - mean) ** 2 for r in returns) / (len(returns) - 1)
    return math.sqrt(variance * YEAR_DAYS)


def monday_of(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())
