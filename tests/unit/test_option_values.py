"""Prices, sensitivities and implied volatilities against the values in composed-option-values.csv.

Its 316 rows are every combination of call and put on 100 at six strikes, four times, four
volatilities and two rates whose price a float can hold. All inputs are exact binary numbers. The
results are the formulas evaluated with 60 digits by mpmath and written with 17. The last column
says whether QuantLib 1.44's BlackCalculator agrees with all six to 1e-9 (for a put, its
`itmCashProbability` is subtracted from 1, because it is the call's). In the 28 rows where it
differs, the option is worth less than a millionth of the underlying, and QuantLib's normal
distribution has lost its tail.
"""

from __future__ import annotations

import csv
import math
import random
from itertools import product
from pathlib import Path

import pytest

from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.option_math import (
    NoVolatility,
    implied_volatility,
    is_exercised_early,
    option_delta,
    option_greeks,
    option_price,
)

CALL, PUT = Right.CALL, Right.PUT
LADDER = Path(__file__).parents[1] / "data" / "composed-option-values.csv"
INPUTS = ("spot", "strike", "years", "volatility", "rate")
RESULTS = ("price", "delta", "gamma", "theta", "vega", "in_the_money")
RELATIVE = 1e-9

with LADDER.open(encoding="utf-8") as _file:
    ROWS = list(csv.DictReader(_file))


def _inputs(row: dict[str, str]) -> tuple[Right, float, float, float, float, float]:
    spot, strike, years, volatility, rate = (float(row[name]) for name in INPUTS)
    return Right(row["right"]), spot, strike, years, volatility, rate


def _near(value: float) -> object:
    return pytest.approx(value, rel=RELATIVE, abs=0)


def test_every_value_of_the_ladder_is_met() -> None:
    for row in ROWS:
        inputs = _inputs(row)
        greeks = option_greeks(*inputs)
        for name in RESULTS:
            assert getattr(greeks, name) == _near(float(row[name])), (name, row)
        assert option_price(*inputs) == _near(greeks.price)
        assert option_delta(*inputs) == _near(greeks.delta)
    assert len(ROWS) == 316
    assert sum(row["quantlib"] == "differs" for row in ROWS) == 28


def test_every_known_volatility_comes_back_from_its_price() -> None:
    checked = 0
    for row in ROWS:
        right, spot, strike, years, volatility, rate = _inputs(row)
        price = float(row["price"])
        intrinsic = option_price(right, spot, strike, years, 0, rate)
        if price - intrinsic < price / 1_000:
            continue  # the time value is lost in the digits of what it is in the money
        result = implied_volatility(right, price, spot, strike, years, rate)
        assert result == _near(volatility), row
        checked += 1
    assert checked == 261


def test_two_steps_reach_the_volatility_of_a_listed_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alluse_tui.domain.option_math.STEPS", 2)
    chance = random.Random(16)
    for _ in range(500):
        strike, volatility = chance.uniform(70, 140), chance.uniform(0.15, 0.9)
        right, days = (PUT if strike < 100 else CALL), chance.randrange(1, 400)
        price = option_price(right, 100, strike, days / 365, volatility)
        if price < 1e-6:
            continue
        assert implied_volatility(right, price, 100, strike, days / 365) == _near(volatility)


def test_a_price_at_the_edge_of_floats_ends_the_search() -> None:
    for price in (1e-320, 1e-310, 1e-200, 1e-30):
        assert 0 < implied_volatility(PUT, price, 100, 50, 0.01) < 1
        assert 0 < implied_volatility(CALL, price, 100, 100.0001, 0.01) < 1
    for strike in (50.0, 100.0, 200.0):
        almost = math.nextafter(min(100.0, strike), 0)
        right = CALL if strike >= 100 else PUT
        assert 10 < implied_volatility(right, almost, 100, strike, 1) < 20
    with pytest.raises(NoVolatility):
        implied_volatility(PUT, 5e-324, 100, 50, 0.01)


def test_each_sensitivity_is_a_slope_of_the_price() -> None:
    step = 1e-5
    for right, strike, rate in product(Right, (90, 100, 115), (0.0, 0.05)):
        greeks = option_greeks(right, 100, strike, 0.5, 0.3, rate)

        def price(spot: float = 100, years: float = 0.5, volatility: float = 0.3) -> float:
            return option_price(right, spot, strike, years, volatility, rate)  # noqa: B023

        vega = (price(volatility=0.3 + step) - price(volatility=0.3 - step)) / (2 * step)
        theta = (price(years=0.5 - step) - price(years=0.5 + step)) / (2 * step)
        up, down = (option_delta(right, 100 + d, strike, 0.5, 0.3, rate) for d in (step, -step))
        assert greeks.vega == pytest.approx(vega, rel=1e-6)
        assert greeks.theta == pytest.approx(theta, rel=1e-6)
        assert greeks.gamma == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_at_its_end_an_option_is_in_the_money_or_it_is_not() -> None:
    held = option_greeks(CALL, 107, 100, 0, 0.3, 0.05)
    assert (held.price, held.delta, held.in_the_money) == (7, 1, 1)
    assert (held.gamma, held.theta, held.vega) == (0, 0, 0)
    lost = option_greeks(PUT, 107, 100, 0, 0.3)
    assert (lost.price, lost.delta, lost.in_the_money) == (0, 0, 0)


def test_the_probability_of_a_put_and_of_a_call_are_the_whole() -> None:
    put, call = (
        option_greeks(right, 100, 95, 0.1, 0.4, 0.03).in_the_money for right in (PUT, CALL)
    )
    assert put + call == pytest.approx(1)
    assert put < 0.5 < call


@pytest.mark.parametrize(
    ("price", "spot", "strike", "dividend", "exercised"),
    [
        (5.10, 105, 100, 0.24, True),  # 0.10 of time value for a dividend of 0.24
        (5.30, 105, 100, 0.24, False),  # 0.30 of time value is worth more
        (5.25, 105, 100, 0.25, False),  # the same: nothing is gained
        (4.95, 105, 100, 0.01, True),  # a bid below what it is in the money
        (0.05, 99, 100, 2.00, False),  # out of the money
        (0.10, 100, 100, 2.00, False),
    ],
)
def test_a_call_is_exercised_for_a_dividend_above_its_time_value(
    price: float, spot: float, strike: float, dividend: float, exercised: bool
) -> None:
    assert is_exercised_early(price, spot, strike, dividend) is exercised


def test_a_price_below_what_it_is_in_the_money_has_no_volatility() -> None:
    with pytest.raises(NoVolatility, match=r"^no volatility explains this price: 9\.99$"):
        implied_volatility(PUT, 9.99, 100, 110, 0.5)


def test_quantlib_agrees_where_it_keeps_its_digits() -> None:
    quantlib = pytest.importorskip("QuantLib", reason="QuantLib is not installed")
    for row in ROWS:
        right, spot, strike, years, volatility, rate = _inputs(row)
        if row["quantlib"] == "differs":
            continue
        option = quantlib.Option.Call if right is CALL else quantlib.Option.Put
        discount = math.exp(-rate * years)
        black = quantlib.BlackCalculator(
            quantlib.PlainVanillaPayoff(option, strike),
            spot / discount,
            volatility * math.sqrt(years),
            discount,
        )
        greeks = option_greeks(right, spot, strike, years, volatility, rate)
        assert greeks.price == _near(black.value())
        assert greeks.delta == _near(black.delta(spot))
        assert greeks.gamma == _near(black.gamma(spot))
        assert greeks.theta == _near(black.theta(spot, years))
        assert greeks.vega == _near(black.vega(years))


@pytest.mark.parametrize("package", ["py_lets_be_rational", "lets_be_rational"])
def test_lets_be_rational_finds_the_same_volatilities(package: str) -> None:
    oracle = pytest.importorskip(package, reason=f"{package} is not installed")
    solve = oracle.implied_volatility_from_a_transformed_rational_guess
    for row in ROWS:
        right, spot, strike, years, _, rate = _inputs(row)
        price = float(row["price"])
        intrinsic = option_price(right, spot, strike, years, 0, rate)
        if price < 1e-290 or price - intrinsic < price / 1_000:
            continue
        growth = math.exp(rate * years)
        sign = 1.0 if right is CALL else -1.0
        expected = solve(price * growth, spot * growth, strike, years, sign)
        assert implied_volatility(right, price, spot, strike, years, rate) == _near(expected), row
