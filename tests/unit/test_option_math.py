"""Black-Scholes against textbook and 60-digit values, and implied volatility back from prices."""

from __future__ import annotations

import math
from itertools import product

import pytest

from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.option_math import (
    NoVolatility,
    implied_volatility,
    option_delta,
    option_price,
)

CALL, PUT = Right.CALL, Right.PUT

RELATIVE = 1e-9


@pytest.mark.parametrize(
    ("right", "spot", "strike", "years", "volatility", "rate", "price"),
    [
        (CALL, 42, 40, 0.5, 0.2, 0.1, 4.759422392871532),  # Hull, Options, 13.9
        (PUT, 42, 40, 0.5, 0.2, 0.1, 0.8085993729000922),
        (CALL, 60, 65, 0.25, 0.3, 0.08, 2.1333684449161985),  # Haug, Option Pricing Formulas, 1.1
        (CALL, 100, 200, 0.25, 0.25, 0, 4.4084896081508916e-8),
        (PUT, 100, 50, 0.0078125, 0.5, 0, 1.9188420942075032e-56),
        (PUT, 100, 80, 0.0078125, 0.25, 0.0625, 4.2962791375308281e-25),
        (CALL, 100, 125, 1, 0.0625, 0, 0.00030814122962695302),
    ],
)
def test_a_price_is_the_known_one_however_far_out_of_the_money(
    right: Right,
    spot: float,
    strike: float,
    years: float,
    volatility: float,
    rate: float,
    price: float,
) -> None:
    result = option_price(right, spot, strike, years, volatility, rate)
    assert result == pytest.approx(price, rel=RELATIVE, abs=0)
    again = implied_volatility(right, price, spot, strike, years, rate)
    assert again == pytest.approx(volatility, rel=RELATIVE, abs=0)


def test_the_textbook_implied_volatility() -> None:
    """Hull, 13.12: a call at 1.875 on 21 with strike 20 has 23.5 % a year."""
    assert implied_volatility(CALL, 1.875, 21, 20, 0.25, 0.1) == pytest.approx(0.2345129, abs=1e-7)


def test_a_delta_is_the_slope_of_the_price() -> None:
    assert option_delta(CALL, 42, 40, 0.5, 0.2, 0.1) == pytest.approx(0.7791312909426691)
    assert option_delta(PUT, 42, 40, 0.5, 0.2, 0.1) == pytest.approx(0.7791312909426691 - 1)
    for right, strike in product(Right, (35, 42, 50)):
        step = 1e-4
        up, down = (option_price(right, 42 + d, strike, 0.5, 0.3) for d in (step, -step))
        slope = (up - down) / (2 * step)
        assert option_delta(right, 42, strike, 0.5, 0.3) == pytest.approx(slope, abs=1e-8)


def test_a_put_and_a_call_differ_by_the_discounted_forward() -> None:
    call, put = (option_price(right, 100, 110, 0.5, 0.3, 0.04) for right in (CALL, PUT))
    assert call - put == pytest.approx(100 - 110 * math.exp(-0.02))


def test_at_the_end_an_option_is_worth_what_it_is_in_the_money() -> None:
    assert [option_price(CALL, spot, 100, 0, 0.3) for spot in (90, 100, 107)] == [0, 0, 7]
    assert [option_price(PUT, spot, 100, 1, 0) for spot in (90, 100, 107)] == [10, 0, 0]
    assert [option_delta(PUT, spot, 100, 0, 0.3) for spot in (90, 107)] == [-1, 0]
    assert [option_delta(CALL, spot, 100, 0, 0.3) for spot in (90, 107)] == [0, 1]


LADDER = (0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 5)
STRIKES = (20, 50, 80, 95, 99, 100, 101, 105, 125, 200, 500)
YEARS = (1 / 365, 7 / 365, 0.25, 1, 2)


def test_every_volatility_of_the_ladder_comes_back_from_its_price() -> None:
    checked = 0
    for right, strike, years, rate in product(Right, STRIKES, YEARS, (0.0, 0.05)):
        for volatility in LADDER:
            price = option_price(right, 100, strike, years, volatility, rate)
            intrinsic = option_price(right, 100, strike, years, 0, rate)
            if price < 1e-290 or price - intrinsic < price / 1_000:
                continue  # below the smallest float, or lost beside what it is in the money
            result = implied_volatility(right, price, 100, strike, years, rate)
            assert result == pytest.approx(volatility, rel=RELATIVE, abs=0), (right, strike, years)
            checked += 1
    assert checked == 1_473


@pytest.mark.parametrize(
    ("right", "price", "strike"),
    [
        (PUT, 9.99, 110),
        (PUT, 10, 110),
        (CALL, 19.99, 80),
        (CALL, 100, 110),
        (PUT, 90, 90),
        (PUT, 0, 90),
        (CALL, -1, 90),
    ],
    ids=str,
)
def test_a_price_below_intrinsic_value_or_above_every_other_has_no_volatility(
    right: Right, price: float, strike: float
) -> None:
    with pytest.raises(NoVolatility, match="no volatility explains this price"):
        implied_volatility(right, price, 100, strike, 0.5)


def test_no_time_has_no_volatility() -> None:
    with pytest.raises(NoVolatility):
        implied_volatility(PUT, 3, 100, 100, 0)
