"""Money: what may be typed, how it is written, how it is divided."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alluse_tui.domain.commands import currency_code, exact, exchange_rate, iso_date
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import (
    CENT_MICROS,
    MAX_MICROS,
    amount,
    divided,
    grouped,
    micros_of,
    plain,
    share_up,
    split,
    within,
)

TOTALS = ["0", "0.01", "100.03", "333333.33", "999999999999.99"]


@pytest.mark.parametrize(
    ("typed", "micros"),
    [
        ("0.01", 10_000),
        ("5", 5_000_000),
        ("5.1", 5_100_000),
        ("12500.00", 12_500_000_000),
        ("999999999999.99", MAX_MICROS),
        ("12,500.00", 12_500_000_000),
        ("1,000", 1_000_000_000),
        ("999,999,999,999.99", MAX_MICROS),
        ("$100", 100_000_000),
        ("$1,234.50", 1_234_500_000),
        ("250k", 250_000_000_000),
        ("1.25K", 1_250_000_000),
    ],
)
def test_amount_is_read_to_the_cent(typed: str, micros: int) -> None:
    assert amount(typed) == micros


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " 5",
        "5 ",
        "+5",
        "1.234",
        "1.000",
        "1e5",
        "1E5",
        "NaN",
        "inf",
        "1,00.00",
        "1000,000",
        ",100",
        "1,0000",
        "12,500,",
        "1,000k0",
        "1_000",
        ".5",
        "5.",
        "0x10",
        "٥",
        "５",
        "5\n",
        "1" * 80,
        "-",
        "1.2.3",
        "$",
        "5$",
        "k",
        "1m",
        "$-5",
        "€5",
    ],
)
def test_amount_refuses_what_is_not_digits_and_cents(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        amount(typed, "amount", zero=True, negative=True)
    assert (refused.value.path, refused.value.value) == ("amount", typed)


@pytest.mark.parametrize(
    "typed", ["99999999999999999999999", "1000000000000", "1,000,000,000,000", "1000000000k"]
)
def test_an_amount_that_is_too_large_says_so(typed: str) -> None:
    with pytest.raises(BadInput, match=r"is too large; the largest amount is 999,999,999,999\.99"):
        amount(typed)


def test_a_negative_amount_may_have_the_minus_sign_of_the_screen() -> None:
    assert amount("−34.50", negative=True) == amount("-34.50", negative=True) == -34_500_000


@pytest.mark.parametrize("typed", ["0", "0.00"])
def test_amount_refuses_zero_unless_allowed(typed: str) -> None:
    with pytest.raises(BadInput, match="more than zero"):
        amount(typed)
    assert amount(typed, zero=True) == 0


def test_amount_refuses_negative_unless_allowed() -> None:
    with pytest.raises(BadInput, match="must not be negative"):
        amount("-0.01", zero=True)
    assert amount("-0.01", negative=True) == -10_000


@pytest.mark.parametrize("typed", ["1000000000000.00", "-1000000000000", "999999999999999.99"])
def test_amount_refuses_what_lies_outside_the_bounds(typed: str) -> None:
    with pytest.raises(BadInput, match="is too large"):
        amount(typed, negative=True)
    assert amount("-999999999999.99", negative=True) == -MAX_MICROS


def test_bounds_hold_to_the_micro() -> None:
    assert within(-MAX_MICROS, "balance") == -MAX_MICROS
    with pytest.raises(BadInput):
        within(MAX_MICROS + 1, "balance")
    with pytest.raises(BadInput):
        within(-MAX_MICROS - 1, "balance")


@pytest.mark.parametrize(
    ("written", "micros"),
    [
        ("0.0000005", 0),
        ("0.0000015", 2),
        ("-0.0000015", -2),
        ("0.00000150001", 2),
        ("1.1", 1100000),
    ],
)
def test_broker_decimals_beyond_the_sixth_round_half_to_even(written: str, micros: int) -> None:
    assert micros_of(Decimal(written), "row") == micros


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.00"),
        (1, "0.000001"),
        (-1, "-0.000001"),
        (500_000, "0.50"),
        (142_799_338_082, "142799.338082"),
        (-12_500_000_000, "-12500.00"),
        (MAX_MICROS, "999999999999.99"),
    ],
)
def test_plain_keeps_two_to_six_decimals(micros: int, text: str) -> None:
    assert plain(micros) == text


@given(st.integers(-MAX_MICROS, MAX_MICROS))
def test_plain_loses_no_micro(micros: int) -> None:
    assert Decimal(plain(micros)) * 1_000_000 == micros


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (12_500_000_000, "12,500.00"),
        (-34_500_000, "−34.50"),
        (5_000, "0.00"),
        (15_000, "0.02"),
        (-5_000, "0.00"),
        (-15_000, "−0.02"),
        (MAX_MICROS, "999,999,999,999.99"),
    ],
)
def test_grouped_shows_cents_half_to_even(micros: int, text: str) -> None:
    assert grouped(micros) == text


@given(st.integers(-(10**24), 10**24), st.integers(1, 10**12))
def test_divided_rounds_half_to_even(numerator: int, denominator: int) -> None:
    assert divided(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize("typed", TOTALS)
@pytest.mark.parametrize("shares", [(4000, 3000, 3000), (1, 1, 1), (50, 50), (0, 1, 0), (7,)])
def test_split_parts_add_up(typed: str, shares: tuple[int, ...]) -> None:
    total = amount(typed, zero=True)
    parts = split(total, shares)
    assert sum(parts) == total
    assert len(parts) == len(shares)


@given(
    st.integers(0, MAX_MICROS // CENT_MICROS),
    st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any),
)
def test_split_is_exact_and_fair_to_the_cent(cents: int, shares: list[int]) -> None:
    parts = split(cents * CENT_MICROS, shares)
    assert sum(parts) == cents * CENT_MICROS
    for part, share in zip(parts, shares, strict=True):
        exact_part = Fraction(cents * share, sum(shares))
        assert part % CENT_MICROS == 0
        assert abs(part // CENT_MICROS - exact_part) < 1


@given(
    st.integers(0, MAX_MICROS // CENT_MICROS),
    st.lists(st.integers(1, 100), min_size=2, max_size=6),
)
def test_split_gives_the_odd_cents_to_the_largest_remainders(cents: int, shares: list[int]) -> None:
    whole = sum(shares)
    parts = [p // CENT_MICROS for p in split(cents * CENT_MICROS, shares)]
    up = [p > cents * s // whole for p, s in zip(parts, shares, strict=True)]
    left = [cents * s % whole for s in shares]
    for i, got in enumerate(up):
        for j in range(len(up)):
            if got and not up[j]:
                assert (left[i], -i) > (left[j], -j)


def test_split_ties_go_to_the_earlier_share() -> None:
    assert split(10_000, (1, 1)) == (10_000, 0)
    assert split(30_000, (1, 1)) == (20_000, 10_000)
    assert split(20_000, (1, 1, 1)) == (10_000, 10_000, 0)


def test_share_up_rounds_up_to_the_cent() -> None:
    assert share_up(amount("100000"), 500) == amount("5000")
    assert share_up(amount("0.01"), 500) == amount("0.01")
    assert share_up(0, 500) == 0
    assert share_up(1, 1) == CENT_MICROS


@given(st.integers(0, MAX_MICROS), st.integers(0, 10_000))
def test_share_up_is_never_less_and_never_a_cent_more(micros: int, bps: int) -> None:
    up, true = share_up(micros, bps), Fraction(micros * bps, 10_000)
    assert up % CENT_MICROS == 0
    assert 0 <= up - true < CENT_MICROS


def test_exact_refuses_a_seventh_decimal() -> None:
    assert exact("price", "0.000001") == 1
    with pytest.raises(BadInput, match="at most six decimals"):
        exact("price", "0.0000001")


@pytest.mark.parametrize("typed", ["1.00000000000000000001", "123456789012.12345600000000000001"])
def test_exact_never_drops_a_far_decimal(typed: str) -> None:
    with pytest.raises(BadInput):
        exact("price", typed)


def test_exchange_rate_has_at_most_nine_decimals() -> None:
    assert exchange_rate("0.91828") == 918_280_000
    assert exchange_rate("1000000000") == 10**18
    for typed in (
        "0",
        "-1",
        "0.0000000001",
        "1000000000.1",
        "nan",
    ):
        with pytest.raises(BadInput):
            exchange_rate(typed)


def test_exchange_rate_never_drops_a_far_decimal() -> None:
    with pytest.raises(BadInput):
        exchange_rate("100000000.00000000000000000001")


@pytest.mark.parametrize("typed", ["usd", "US", "USDT", "U1D", "ＵＳＤ", "", "US "])
def test_currency_is_three_capital_letters(typed: str) -> None:
    assert currency_code("--currency", "CHF") == "CHF"
    with pytest.raises(BadInput):
        currency_code("--currency", typed)


@pytest.mark.parametrize(
    "typed", ["2026-02-30", "1969-12-31", "2200-01-01", "24.11.2026", "", "20261124", "2026-W48-2"]
)
def test_date_is_written_year_month_day(typed: str) -> None:
    assert iso_date("--date", "2026-11-24").isoformat() == "2026-11-24"
    with pytest.raises(BadInput):
        iso_date("--date", typed)
