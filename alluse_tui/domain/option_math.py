"""Black-Scholes values of European options without dividends, and what follows from them.

Prices and strikes are per share in any unit, time is in years, volatility and rate are fractions a
year. Listed options are American: their value is approximated by that of the European option, and
early exercise is judged apart (`is_exercised_early`). These are estimates of a model, in floats:
amounts of the ledger are never computed here.
"""

from __future__ import annotations

import math
from functools import lru_cache

from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value

STEPS = 100
"""More steps than any solvable price needs, which are one to four."""

TOLERANCE = 1e-5
"""A relative step below which the next one, smaller by its third power, is beyond a float."""

WIDEST = 40
"""Standard deviations out of the money at which no float can hold what an option is worth."""

_CALL = Right.CALL
_ROOT_HALF = math.sqrt(0.5)
_DENSITY = 1 / math.sqrt(2 * math.pi)
"""The standard normal density at 0."""


class NoVolatility(ValueError):
    """No volatility gives an option that price."""


def option_price(
    right: Right, spot: float, strike: float, years: float, volatility: float, rate: float = 0.0
) -> float:
    """The price of an option; at no time or no volatility, what it is worth at the forward."""
    discount = math.exp(-rate * years)
    forward, total = spot / discount, volatility * math.sqrt(max(0.0, years))
    sign = 1.0 if right is _CALL else -1.0
    if total <= 0.0:
        return discount * max(0.0, sign * (forward - strike))
    d1 = math.log(forward / strike) / total + total / 2
    d2 = d1 - total
    return discount * sign * (forward * _normal(sign * d1) - strike * _normal(sign * d2))


def option_delta(
    right: Right, spot: float, strike: float, years: float, volatility: float, rate: float = 0.0
) -> float:
    """The change of the price with that of the underlying: 0 to 1 for a call, -1 to 0 for a put."""
    forward, total = spot * math.exp(rate * years), volatility * math.sqrt(max(0.0, years))
    sign = 1.0 if right is _CALL else -1.0
    if total <= 0.0:
        return sign if sign * (forward - strike) > 0 else 0.0
    d1 = math.log(forward / strike) / total + total / 2
    return sign * math.erfc(-sign * d1 * _ROOT_HALF) / 2


class Greeks(Value):
    """A European option's value and how it changes, per share; American exercise is approximated.

    `delta`: with the price of the underlying; `gamma`: of the delta with that price. `theta`: with
    a year that passes; `vega`: with a volatility of 1.00, a hundred points. `in_the_money`: the
    probability that it expires in the money, from 0 to 1, if the underlying earns the rate.
    """

    price: float
    delta: float
    gamma: float
    theta: float
    vega: float
    in_the_money: float


def option_greeks(
    right: Right, spot: float, strike: float, years: float, volatility: float, rate: float = 0.0
) -> Greeks:
    """All sensitivities of an option; at no time or no volatility, gamma and vega are 0."""
    sign = 1.0 if right is _CALL else -1.0
    time = max(0.0, years)
    due = strike * math.exp(-rate * time)
    root = math.sqrt(time)
    total = volatility * root
    if total <= 0.0:
        held = 1.0 if sign * (spot - due) > 0 else 0.0
        theta = -sign * rate * due * held if time else 0.0
        return Greeks(held * sign * (spot - due), sign * held, 0.0, theta, 0.0, held)
    d1 = math.log(spot / due) / total + total / 2
    holds, pays = _normal(sign * d1), _normal(sign * (d1 - total))
    density = _DENSITY * math.exp(-d1 * d1 / 2)
    return Greeks(
        price=sign * (spot * holds - due * pays),
        delta=sign * holds,
        gamma=density / (spot * total),
        theta=-spot * density * volatility / (2 * root) - sign * rate * due * pays,
        vega=spot * density * root,
        in_the_money=pays,
    )


def is_exercised_early(price: float, spot: float, strike: float, dividend: float) -> bool:
    """Whether the holder of an American call gains by exercising it before the ex-dividend date.

    Exercise collects the dividend and gives up the time value that is left in the call's price, so
    it pays if the dividend is more. All four are per share in the same unit. A call at or out of
    the money is kept: shares are cheaper on the exchange.
    """
    in_the_money = spot - strike
    return in_the_money > 0 and dividend > price - in_the_money


def implied_volatility(
    right: Right, price: float, spot: float, strike: float, years: float, rate: float = 0.0
) -> float:
    """The volatility at which an option has that price. Raises NoVolatility.

    The time value alone decides: it is that of the option with the same strike that is out of the
    money. It exists if it is above 0 and below the smaller of forward and strike.
    """
    if not (price > 0.0 and spot > 0.0 and strike > 0.0 and years > 0.0):
        raise NoVolatility(_unexplained(price))
    growth = math.exp(rate * years)
    forward = spot * growth
    intrinsic = forward - strike if right is _CALL else strike - forward
    time_value = price * growth - intrinsic if intrinsic > 0.0 else price * growth
    most = forward if forward < strike else strike
    unit = math.sqrt(forward * strike)
    value, rest = time_value / unit, (most - time_value) / unit
    if not (value > 0.0 and rest > 0.0):
        raise NoVolatility(_unexplained(price))
    return _total_volatility(abs(math.log(forward / strike)), value, rest) / math.sqrt(years)


@lru_cache(maxsize=4_096)  # scenarios ask again for the same option
def _total_volatility(far: float, value: float, rest: float) -> float:
    """The volatility over the whole time of the out of the money option worth `value`.

    `far` is |ln(forward / strike)|, `rest` what is missing to the largest value. Values are in
    units of √(forward × strike), in which a put on F at K is a call on K at F.

    Steps by Halley's method from `_first_guess`, on a curve that is nearly straight on its side of
    the bend, where the price is steepest (Manaster and Koehler). A step out of the bracket of the
    solution is replaced by the bracket's middle.
    """
    near_end = math.exp(-far / 2)
    far_end, root = 1 / near_end, math.sqrt(far)
    bend = root / _ROOT_HALF
    if value < (near_end - far_end * math.erfc(root)) / 2:
        step, goal, low, high = _step_below, value, far / WIDEST, bend
    else:
        step, goal, low, high = _step_above, rest, bend, math.inf
    total = min(max(low, _first_guess(far, value)), high)
    for _ in range(STEPS):
        is_high, following = step(far, near_end, far_end, total, goal)
        low, high = (low, total) if is_high else (total, high)
        if not low <= following <= high:
            following = (low + high) / 2 if high < math.inf else 2 * total
        if abs(following - total) <= TOLERANCE * total:
            return following
        total = following
    return total


def _first_guess(far: float, value: float) -> float:
    """A total volatility near the one that gives `value`, by the normal model of prices.

    In that model, z = far / total gives the value (far / z) φ(z) - far N(-z). Near the money it is
    φ(0)(total + far²/2 total) - far/2, which is a quadratic. Farther out it is about
    far φ(z) / z(w + 3 - 1/(0.7 + 0.19 w)) with w = z², to 2 %; one Newton step finds w well enough.
    """
    width = (value + far / 2) / _DENSITY
    square = width * width - 2 * far * far
    if square >= width * width / 4:
        return (width + math.sqrt(square)) / 2
    known = 2 * math.log(_DENSITY * far / value)
    w = max(0.5, known / 3)
    divisor = w + 3 - 1 / (0.7 + 0.19 * w)
    w += (known - w - math.log(w * divisor * divisor)) / (1 + 1 / w + 2 / divisor)
    return far / math.sqrt(w)


def _step_below(
    far: float, near_end: float, far_end: float, total: float, goal: float
) -> tuple[bool, float]:
    """Whether `total` is too high for the value `goal`, and a better one.

    The logarithm of the value is nearly straight in 1 / total²: a step is made in that.
    """
    ratio, half = far / total, total / 2
    d1, d2 = (ratio - half) * _ROOT_HALF, (ratio + half) * _ROOT_HALF
    value = (near_end * math.erfc(d1) - far_end * math.erfc(d2)) / 2
    if value <= 0.0:
        return False, math.nan  # too small for a float
    error = math.log(value / goal)
    slope = near_end * math.exp(-d1 * d1) * _DENSITY / value * total  # by ln(total)
    newton = error / slope
    bent = 3 + ratio * ratio - half * half - slope
    grown = 1 + 2 * newton / (1 - newton * bent / 2)
    return error > 0.0, total / math.sqrt(grown) if grown > 0.0 else math.nan


def _step_above(
    far: float, near_end: float, far_end: float, total: float, goal: float
) -> tuple[bool, float]:
    """Whether `total` is too high to miss the largest value by `goal`, and a better one."""
    ratio = far / total
    d1, d2 = (total / 2 - ratio) * _ROOT_HALF, (total / 2 + ratio) * _ROOT_HALF
    rest = (near_end * math.erfc(d1) + far_end * math.erfc(d2)) / 2
    if rest <= 0.0:
        return True, math.nan  # too small for a float
    error = math.log(rest / goal)
    slope = near_end * math.exp(-d1 * d1) * _DENSITY / rest
    if slope == 0.0:
        return error < 0.0, math.nan
    newton = error / slope
    bent = ratio * ratio / total - total / 4 + slope
    return error < 0.0, total + newton / (1 + newton * bent / 2)


def _normal(x: float) -> float:
    """The standard normal distribution, exact in its tails."""
    return math.erfc(-x * _ROOT_HALF) / 2


def _unexplained(price: float) -> str:
    return f"no volatility explains this price: {price:g}"
