"""Week types: one for every price, cost and position, pinned at the edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alluse_tui.domain.derived.week_types import (
    EXPECTED,
    WeekType,
    most_severe,
    put_week,
    share_week,
)

STRIKE = 100_000_000
MICROS = st.integers(1, 10**12)


@pytest.mark.parametrize(
    ("price", "assigned", "expected"),
    [
        (100_000_001, False, "P-EW"),
        (100_000_000, False, "P-EW"),
        (99_999_999, True, "P-AWL"),
        (95_000_000, True, "P-AWL"),
        (94_999_999, False, "P-RO"),
        (94_999_999, True, "P-AOL"),
        (85_000_000, False, "P-RO"),
        (85_000_000, True, "P-AOL"),
        (84_999_999, True, "P-DD"),
        (84_999_999, False, "P-DD"),
    ],
)
def test_a_put_is_judged_by_the_distance_below_its_strike(
    price: int, assigned: bool, expected: str
) -> None:
    assert put_week(price, STRIKE, assigned=assigned) == expected


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (125_000_000, "C-WAP+"),
        (110_000_000, "C-WAP+"),
        (105_000_001, "C-WAP+"),
        (105_000_000, "C-WAP"),
        (100_000_001, "C-WAP"),
        (100_000_000, "C-PNO"),
        (95_000_000, "C-PNO"),
        (94_999_999, "C-RO"),
        (90_000_000, "C-RO"),
        (89_999_999, "C-REC"),
        (85_000_000, "C-REC"),
        (84_999_999, "P-DD"),
    ],
)
def test_shares_are_judged_by_their_price_against_their_cost(price: int, expected: str) -> None:
    assert share_week(price, 100_000_000) == expected


def test_shares_that_cost_nothing_have_no_loss() -> None:
    assert (share_week(1, 0), share_week(0, 0)) == ("C-WAP+", "C-PNO")


@given(price=MICROS, other=MICROS, assigned=st.booleans())
def test_every_price_has_one_type_of_its_own_kind(price: int, other: int, assigned: bool) -> None:
    put, shares = put_week(price, other, assigned=assigned), share_week(price, other)
    assert put.startswith("P-")
    assert shares.startswith("C-") or shares is WeekType.PRESERVATION


@given(low=MICROS, rise=MICROS, other=MICROS)
def test_a_higher_price_is_never_a_worse_week(low: int, rise: int, other: int) -> None:
    order = list(WeekType)
    for judge in (put_week, share_week):
        assert order.index(judge(low + rise, other)) >= order.index(judge(low, other))


def test_the_account_takes_the_most_severe_type() -> None:
    assert most_severe([]) is WeekType.IDLE
    assert most_severe([WeekType.EXPIRED_WORTHLESS, WeekType.PROFIT]) is WeekType.PROFIT
    assert most_severe(WeekType) is WeekType.PRESERVATION
    severe = "P-DD P-AOL C-REC P-RO C-RO P-AWL C-PNO C-WAP C-WAP+ P-EW W-IDL"
    assert " ".join(WeekType) == severe


def test_every_type_has_an_expectation_even_if_it_is_none() -> None:
    assert EXPECTED.keys() == set(WeekType)
