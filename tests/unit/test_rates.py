"""Exchange rates: which one counts on a day, and what an amount is worth by it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alluse_tui.domain.model.rates import ONE_NANOS, Rates, RateTable, total_value

NONE = Rates({})
DAY = date(2026, 11, 24)
EVE = DAY - timedelta(days=1)
MORROW = DAY + timedelta(days=1)


def nanos(text: str) -> int:
    units, _, decimals = text.partition(".")
    return int(units) * ONE_NANOS + int(decimals.ljust(9, "0"))


def test_a_currency_is_worth_itself_without_any_rate() -> None:
    assert NONE.value(123, "USD", "USD", DAY) == 123


def test_without_a_rate_there_is_no_value() -> None:
    assert NONE.value(100, "CHF", "USD", DAY) is None
    rates = NONE.with_rate("USD/CHF", DAY, nanos("0.8"))
    assert rates.value(100, "EUR", "USD", DAY) is None


def test_a_rate_values_directly() -> None:
    rates = NONE.with_rate("USD/CHF", DAY, nanos("0.91828"))
    assert rates.value(1_000_000, "USD", "CHF", DAY) == 918_280


def test_a_rate_values_inverted() -> None:
    rates = NONE.with_rate("USD/CHF", DAY, nanos("0.8"))
    assert rates.value(1_000_000, "CHF", "USD", DAY) == 1_250_000


@pytest.mark.parametrize("first", ["EUR/USD", "USD/EUR"])
@pytest.mark.parametrize("second", ["USD/CHF", "CHF/USD"])
def test_a_rate_values_through_one_cross_whichever_way_round(first: str, second: str) -> None:
    rates = NONE.with_rate(first, DAY, nanos("2" if first == "EUR/USD" else "0.5"))
    rates = rates.with_rate(second, DAY, nanos("4" if second == "USD/CHF" else "0.25"))
    assert rates.value(1_000_000, "EUR", "CHF", DAY) == 8_000_000


def test_two_crosses_are_not_followed() -> None:
    rates = NONE.with_rate("AAA/BBB", DAY, ONE_NANOS).with_rate("BBB/CCC", DAY, ONE_NANOS)
    rates = rates.with_rate("CCC/DDD", DAY, ONE_NANOS)
    assert rates.value(1, "AAA", "CCC", DAY) == 1
    assert rates.value(1, "AAA", "DDD", DAY) is None


def test_the_newest_rate_at_or_before_the_day_counts() -> None:
    rates = NONE.with_rate("USD/CHF", DAY, nanos("0.8")).with_rate("USD/CHF", EVE, nanos("0.9"))
    assert rates.value(1_000_000, "USD", "CHF", EVE) == 900_000
    assert rates.value(1_000_000, "USD", "CHF", DAY) == 800_000
    assert rates.value(1_000_000, "USD", "CHF", MORROW) == 800_000
    assert rates.value(1_000_000, "USD", "CHF", EVE - timedelta(days=1)) is None


def test_the_newest_rate_counts_whichever_way_round_it_was_recorded() -> None:
    rates = NONE.with_rate("USD/CHF", date(2026, 1, 2), nanos("0.9"))
    rates = rates.with_rate("CHF/USD", DAY, nanos("1.25"))
    assert rates.value(1_000_000, "USD", "CHF", DAY) == 800_000
    assert rates.value(1_000_000, "CHF", "USD", DAY) == 1_250_000


def test_setting_a_rate_again_replaces_that_day_only() -> None:
    table = RateTable().with_rate(EVE, 1).with_rate(DAY, 2).with_rate(EVE, 3)
    assert (table.exactly_on(EVE), table.exactly_on(DAY)) == (3, 2)
    assert len(table.days) == 2


def test_taking_a_rate_away_leaves_the_one_before_it() -> None:
    table = RateTable().with_rate(EVE, 1).with_rate(DAY, 2).with_rate(DAY, 0)
    assert table.exactly_on(DAY) == 0
    assert table.on(DAY) == 1


def test_taking_the_only_rate_away_leaves_nothing() -> None:
    assert NONE.with_rate("USD/CHF", DAY, 1).with_rate("USD/CHF", DAY, 0) == NONE
    assert NONE.with_rate("USD/CHF", DAY, 0) == NONE


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=40))
def test_a_rate_table_behaves_as_a_dict_of_days(changes: list[tuple[int, int]]) -> None:
    table, model = RateTable(), dict[date, int]()
    for offset, rate in changes:
        day = DAY + timedelta(days=offset)
        table = table.with_rate(day, rate)
        model[day] = rate
        model = {d: n for d, n in model.items() if n}
    assert table.days == tuple(sorted(d.toordinal() for d in model))
    for offset in range(-1, 32):
        day = DAY + timedelta(days=offset)
        assert table.exactly_on(day) == model.get(day, 0)
        earlier = [d for d in model if d <= day]
        assert table.on(day) == (model[max(earlier)] if earlier else 0)


@pytest.mark.parametrize(("micros", "worth"), [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2), (7, 4)])
def test_a_value_rounds_half_to_even(micros: int, worth: int) -> None:
    rates = NONE.with_rate("USD/CHF", DAY, nanos("0.5"))
    assert rates.value(micros, "USD", "CHF", DAY) == worth


def test_a_sum_names_the_currencies_it_leaves_out() -> None:
    rates = NONE.with_rate("USD/CHF", DAY, nanos("0.5"))
    amounts = [("USD", 10), ("CHF", 10), ("EUR", 10), ("GBP", 0)]
    assert total_value(amounts, rates, "USD", DAY) == (30, frozenset({"EUR"}))
