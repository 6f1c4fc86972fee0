"""The exchange's trading days against another calendar, monthly expiries and entry days.

composed-exchange-days.csv lists what exchange_calendars 4.13 says of its calendar XNYS: the
weekdays from 1990 to 2027 on which the exchange is closed, and the half days from 2004 on.
"""

from __future__ import annotations

import csv
from datetime import date, time, timedelta
from pathlib import Path

import holidays
import pytest

from alluse_tui.domain.model.calendar import (
    WeekdayCalendar,
    last_session,
    monthly_expiry,
    next_entry_day,
    next_session,
)
from alluse_tui.market.closures import UNSCHEDULED
from alluse_tui.market.trading_calendar import BEGINS, ENDS, NewYorkCalendar

EXPECTED = Path(__file__).parents[1] / "data" / "composed-exchange-days.csv"
FIRST, FIRST_HALF, LAST = date(1990, 1, 1), date(2004, 1, 1), date(2027, 12, 31)
NEW_YORK = NewYorkCalendar()


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _expected(what: str) -> set[date]:
    with EXPECTED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {date.fromisoformat(row["day"]) for row in rows if row["what"] == what}


def test_trading_days_are_those_of_another_calendar() -> None:
    weekdays = [day for day in _days(FIRST, LAST) if day.weekday() < 5]
    closed = {day for day in weekdays if not NEW_YORK.is_session(day)}
    assert closed == _expected("closed")
    assert len(weekdays) - len(closed) == 9_569
    assert all(NEW_YORK.why_closed(day) for day in closed)
    assert BEGINS == FIRST


def test_half_days_are_those_of_another_calendar() -> None:
    half = {day for day in _days(FIRST_HALF, LAST) if NEW_YORK.is_half(day)}
    assert half == _expected("half")
    assert {NEW_YORK.hours(day) for day in half} == {(time(9, 30), time(13))}


@pytest.mark.filterwarnings("ignore")  # those of pandas, which exchange_calendars needs
def test_exchange_calendars_agrees_if_it_is_installed() -> None:
    calendars = pytest.importorskip(
        "exchange_calendars", reason="exchange_calendars is not installed"
    )
    other = calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat())
    days = {moment.date() for moment in other.sessions}
    assert {day for day in _days(FIRST, LAST) if NEW_YORK.is_session(day)} == days
    early = {moment.date() for moment in other.early_closes}
    assert {day for day in _days(FIRST_HALF, LAST) if NEW_YORK.is_half(day)} == {
        day for day in early if day >= FIRST_HALF
    }


def test_unscheduled_closures_do_not_depend_on_the_package() -> None:
    assert UNSCHEDULED.keys() <= _expected("closed")
    calendar = NewYorkCalendar()
    calendar._closed = holidays.financial_holidays("NYSE", years=1990, expand=False)
    assert not any(calendar.is_session(day) for day in UNSCHEDULED)
    assert calendar.is_session(date(2025, 12, 25)), "it knows nothing else of 2025"
    assert NEW_YORK.why_closed(date(2025, 1, 9)) == "Day of mourning for Jimmy Carter"
    assert NEW_YORK.why_closed(date(2026, 11, 26)) == "Thanksgiving Day"
    assert NEW_YORK.why_closed(date(2026, 11, 25)) == ""


def test_the_calendar_ends_where_the_package_does() -> None:
    assert date(holidays.financial_holidays("NYSE").end_year, 12, 31) == ENDS == NEW_YORK.ends
    assert date(2026, 1, 1) < WeekdayCalendar().ends


@pytest.mark.parametrize(
    ("year", "month", "expiry"),
    [
        (2026, 5, date(2026, 5, 15)),  # the earliest third Friday is the 15th
        (2026, 6, date(2026, 6, 18)),  # Friday the 19th is Juneteenth
        (2019, 4, date(2019, 4, 18)),  # Good Friday
        (2027, 1, date(2027, 1, 15)),
        (2025, 8, date(2025, 8, 15)),
        (2026, 12, date(2026, 12, 18)),
    ],
)
def test_a_monthly_expiry_is_the_third_friday_or_the_day_before(
    year: int, month: int, expiry: date
) -> None:
    assert monthly_expiry(year, month, NEW_YORK) == expiry


def test_the_trading_days_around_a_closed_day() -> None:
    thanksgiving = date(2026, 11, 26)
    assert last_session(thanksgiving, NEW_YORK) == date(2026, 11, 25)
    assert next_session(thanksgiving, NEW_YORK) == date(2026, 11, 27)
    friday = date(2026, 11, 27)
    assert last_session(friday, NEW_YORK) == next_session(friday, NEW_YORK) == friday


def test_in_the_week_of_thanksgiving_generation_enters_on_wednesday() -> None:
    monday, thursdays = date(2026, 11, 23), ("thursday",)
    assert next_entry_day(monday, thursdays, NEW_YORK) == date(2026, 11, 25)
    assert next_entry_day(date(2026, 11, 25), thursdays, NEW_YORK) == date(2026, 12, 3)
    assert next_entry_day(monday, thursdays, NEW_YORK, shifts=False) == date(2026, 12, 3)
    assert NEW_YORK.hours(date(2026, 11, 27)) == (time(9, 30), time(13))
    assert NEW_YORK.hours(date(2026, 11, 26)) is None


def test_a_noted_closure_is_a_day_without_trading() -> None:
    noted = {"2026-12-10": "A storm"}
    known = NewYorkCalendar(lambda: noted)
    thursday = date(2026, 12, 10)
    assert (known.is_session(thursday), known.hours(thursday)) == (False, None)
    assert known.why_closed(thursday) == "A storm"
    assert known.closed_weekdays(date(2026, 12, 1), date(2026, 12, 18)) == {thursday: "A storm"}
    assert next_entry_day(date(2026, 12, 7), ("thursday",), known) == date(2026, 12, 9)
    noted.clear()
    assert known.is_session(thursday)
