"""Black-Scholes prices, deltas and implied volatilities of European options without dividends.

Prices and strikes are per share in any unit, time is in years, volatility and rate are fractions a
year. These are estimates of a model, in floats: amounts of the ledger are never computed here.
"""

from __future__ import annotations

import math
from functools import lru_cache

from alluse_tui.domain.model.terms import Right

STEPS = 100
"""More steps than any solvable price needs; each halves the bracket at least."""

TOLERANCE = 4e-16
"""The relative change of a volatility below which it is found."""


class NoVolatility(ValueError):
    """No volatility gives an option that price."""


def option_price(
    right: Right, spot: float, strike: float, years: float, volatility: float, rate: float = 0.0
) -> float:
    """The price of an option; at no time or no volatility, what it is worth at the forward."""
    discount = math.exp(-rate * years)
    forward, total = spot / discount, volatility * math.sqrt(max(0.0, years))
    sign = 1.0 if right is Right.CALL else -1.0
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
    sign = 1.0 if right is Right.CALL else -1.0
    if total <= 0.0:
        return sign if sign * (forward - strike) > 0 else 0.0
    return sign * _normal(sign * (math.log(forward / strike) / total + total / 2))


def implied_volatility(
    right: Right, price: float, spot: float, strike: float, years: float, rate: float = 0.0
) -> float:
    """The volatility at which an option has that price. Raises NoVolatility.

    Newton steps from the volatility of Manaster and Koehler, at which the price curve bends, on
    the logarithm of the price, which is nearly straight however far the option is out of the
    money. A step that leaves the bracket of the solution is replaced by its middle.
    """
    if min(price, spot, strike, years) <= 0.0:
        raise NoVolatility(_unexplained(price))
    growth = math.exp(rate * years)
    forward, value = spot * growth, price * growth
    sign = 1.0 if right is Right.CALL else -1.0
    time_value = value - max(0.0, sign * (forward - strike))  # an option's out of the money twin
    most = min(forward, strike)
    if not 0.0 < time_value < most:
        raise NoVolatility(_unexplained(price))
    return _total_volatility(math.log(forward / strike), most, time_value) / math.sqrt(years)


@lru_cache(maxsize=4_096)  # scenarios ask again for the same option
def _total_volatility(moneyness: float, most: float, value: float) -> float:
    """The volatility over the whole time of the out of the money option worth `value`.

    `moneyness` is ln(forward / strike), `most` the smaller of the two.
    """
    far = abs(moneyness)
    curve = _Curve(far, most)
    bend = math.sqrt(2 * far)
    is_below = bend > 0.0 and value < curve.value(bend)
    low, high = (0.0, bend) if is_below else (bend, math.inf)
    total = bend or value / most * math.sqrt(2 * math.pi)
    for _ in range(STEPS):
        now = curve.value(total)
        if is_below:
            error = math.log(now / value) if now > 0.0 else -math.inf
            slope = curve.slope(total) / now if now > 0.0 else 0.0
        else:
            rest = curve.rest(total)
            error = math.log((most - value) / rest)
            slope = curve.slope(total) / rest
        low, high = (low, total) if error > 0.0 else (total, high)
        following = total - error / slope if slope > 0.0 else math.nan
        if not low <= following <= high:
            following = (low + high) / 2 if high < math.inf else 2 * total + 1e-9
        if abs(following - total) <= TOLERANCE * total:
            return following
        total = following
    return total


class _Curve:
    """The undiscounted value of an out of the money option as a function of total volatility.

    A put on F at K has the value of a call on K at F, so one formula serves for both.
    """

    def __init__(self, far: float, most: float) -> None:
        self._far, self._near_end, self._far_end = far, most, most * math.exp(far)

    def value(self, total: float) -> float:
        d1, d2 = self._d(total)
        return self._near_end * _normal(d1) - self._far_end * _normal(d2)

    def rest(self, total: float) -> float:
        """What is missing to the largest value."""
        d1, d2 = self._d(total)
        return self._near_end * _normal(-d1) + self._far_end * _normal(d2)

    def slope(self, total: float) -> float:
        d1, _ = self._d(total)
        return self._near_end * math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)

    def _d(self, total: float) -> tuple[float, float]:
        middle = -self._far / total
        return middle + total / 2, middle - total / 2


def _normal(x: float) -> float:
    """The standard normal distribution, exact in its tails."""
    return math.erfc(-x / math.sqrt(2)) / 2


def _unexplained(price: float) -> str:
    return f"no volatility explains this price: {price:g}"
