"""What weeks returned by the unit value, and the types of a year against the expected ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

from alluse_tui.domain.derived.week_positions import Week
from alluse_tui.domain.derived.week_returns import DayChange, week_returns
from alluse_tui.domain.derived.week_types import Expected, WeekType
from alluse_tui.domain.derived.week_year import AccountWeekReturn, TypeOfYear, week_year
from alluse_tui.domain.model.terms import Kind

MONDAY = date(2026, 1, 5)
WEEKS = [Week(MONDAY + timedelta(weeks=n), MONDAY + timedelta(weeks=n, days=4)) for n in range(3)]


def change(day: int, kind: Kind, amount: int, currency: str = "USD") -> DayChange:
    return DayChange("gen-1", MONDAY + timedelta(days=day), currency, kind, amount)


def dollars(balances: Mapping[str, int], day: date) -> int | None:
    """EUR is worth 1 USD in the first week, 1.10 USD from the second on; CHF has no rate."""
    if balances.get("CHF"):
        return None
    tenths = 10 if day < WEEKS[1].monday else 11
    return balances.get("USD", 0) + balances.get("EUR", 0) * tenths // 10


def test_capital_that_comes_or_goes_is_no_gain() -> None:
    changes = [
        change(0, Kind.OPENING, 100_000),
        change(2, Kind.PREMIUM, 1_000),  # 1 % of 100,000
        change(8, Kind.DEPOSIT, 50_000),
        change(8, Kind.PREMIUM, 1_510),  # 1 % of 151,000
        change(10, Kind.FEE, -1_524),
        change(17, Kind.WITHDRAWAL, -50_000),
    ]
    assert list(week_returns(changes, WEEKS, dollars)) == [
        Fraction(1, 100),
        Fraction(101, 100) * Fraction(152_510 - 1_524, 152_510) - 1,
        0,
    ]


def test_a_week_without_capital_or_without_a_rate_has_no_return() -> None:
    late = [change(7, Kind.OPENING, 1_000), change(15, Kind.PREMIUM, 5, "CHF")]
    assert list(week_returns(late, WEEKS, dollars)) == [None, 0, None]


def test_a_currency_that_is_held_gains_with_its_rate() -> None:
    held = [change(-30, Kind.OPENING, 500), change(-20, Kind.DEPOSIT, 500, "EUR")]
    # 500 USD + 500 EUR: 1,000 in the first week, 1,050 in the second
    assert list(week_returns(held, WEEKS, dollars)) == [0, Fraction(5, 100), 0]


def test_the_frequency_is_a_years_and_the_return_a_mean() -> None:
    expiry, unknown = WeekType.EXPIRED_WORTHLESS, WEEKS[2].monday
    weeks = [
        AccountWeekReturn(WEEKS[0].monday, "gen-1", expiry, Fraction(2, 100)),
        AccountWeekReturn(WEEKS[1].monday, "gen-1", expiry, Fraction(-1, 100)),
        AccountWeekReturn(WEEKS[0].monday, "rev-1", expiry, None),
        AccountWeekReturn(WEEKS[1].monday, "rev-1", WeekType.IDLE, Fraction()),
        AccountWeekReturn(unknown, "rev-1", None, Fraction()),
    ]
    year = week_year(2026, weeks)
    assert (year.accounts, year.weeks, year.unknown, year.without_return) == (2, 4, 1, 1)
    assert year.first_unknown == unknown
    # 3 of 4 weeks: 39 a year; (2 % − 1 %) / 2
    assert year.types[0] == TypeOfYear(
        type=expiry,
        weeks=3,
        a_year_tenths=390,
        return_bps=50,
        expected=Expected((16, 16), (180, 220)),
    )
    assert [of.type for of in year.types if of.weeks] == [expiry, WeekType.IDLE]
    assert week_year(2026, []).types[0].a_year_tenths is None
