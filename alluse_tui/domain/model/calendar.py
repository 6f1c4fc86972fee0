"""Calendar quarters and their reinvestment windows, which depend on exchange sessions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

WINDOW_DAY = 15
"""The window opens on this day of a quarter's last month, or on the next session."""


SATURDAY_EXPIRIES_END = date(2015, 1, 31)
"""Until then standard options expired on the Saturday after the third Friday."""

OPENS_MINUTES = 9 * 60 + 30
"""When the exchange opens, in minutes after midnight in New York."""

HALF_DAY_MINUTES = 2 * 60
"""How much earlier entry hours are on a half day."""


class TradingCalendar(Protocol):
    """The exchange's trading days."""

    @property
    def ends(self) -> date:
        """The last day for which it is known whether the exchange is open."""

    def is_session(self, day: date) -> bool:
        """Whether the exchange is open at any time of that day."""

    def is_half(self, day: date) -> bool:
        """Whether the exchange closes early on that day."""


class WeekdayCalendar:
    """A calendar in which every weekday is a session, for use without exchange data."""

    ends = date.max

    def is_session(self, day: date) -> bool:
        """Whether `day` is Monday to Friday."""
        return day.weekday() < 5

    def is_half(self, day: date) -> bool:
        """No day is known to be a half day."""
        return False


def quarter_of(day: date) -> str:
    """'2026Q4'."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def window_of(day: date, sessions: TradingCalendar) -> tuple[date, date]:
    """First and last day of the reinvestment window in the quarter of `day`."""
    last_month = (day.month + 2) // 3 * 3
    opens = date(day.year, last_month, WINDOW_DAY)
    while not sessions.is_session(opens):
        opens += timedelta(days=1)
    following = date(day.year + last_month // 12, last_month % 12 + 1, 1)
    return opens, following - timedelta(days=1)


def next_window(day: date, sessions: TradingCalendar) -> tuple[date, date]:
    """The window that is open on `day`, or the next one."""
    window = window_of(day, sessions)
    return window if day <= window[1] else window_of(window[1] + timedelta(days=1), sessions)


def last_session(day: date, sessions: TradingCalendar) -> date:
    """`day`, or the trading day before it if the exchange is closed."""
    while not sessions.is_session(day):
        day -= timedelta(days=1)
    return day


def next_session(day: date, sessions: TradingCalendar) -> date:
    """`day`, or the trading day after it if the exchange is closed."""
    while not sessions.is_session(day):
        day += timedelta(days=1)
    return day


def monthly_expiry(year: int, month: int, sessions: TradingCalendar) -> date:
    """The month's standard expiry: its third Friday, or the trading day before."""
    first = date(year, month, 1)
    third_friday = first + timedelta(days=(4 - first.weekday()) % 7 + 14)
    return last_session(third_friday, sessions)


def can_expire_on(day: date, sessions: TradingCalendar) -> bool:
    """Whether a listed option may expire on `day`; which days have one is data, not a rule."""
    was_standard = day.weekday() == 5 and day <= SATURDAY_EXPIRIES_END
    return was_standard or sessions.is_session(day)


def nearest_sessions_text(day: date, sessions: TradingCalendar) -> str:
    """'the nearest are Friday 2026-11-27 and Monday 2026-11-30', around a closed day."""
    before, after = last_session(day, sessions), next_session(day, sessions)
    return f"the nearest are {before:%A} {before} and {after:%A} {after}"


def is_entry_day(
    day: date, weekdays: tuple[str, ...], sessions: TradingCalendar, *, shifts: bool = True
) -> bool:
    """Whether a tier with these entry days opens positions on `day`.

    `shifts`: an entry day on which the exchange is closed moves to the trading day before it.
    """
    if not sessions.is_session(day):
        return False
    following = day
    while True:
        if f"{following:%A}".lower() in weekdays:
            return True
        following += timedelta(days=1)
        if not shifts or sessions.is_session(following):
            return False


def next_entry_day(
    day: date, weekdays: tuple[str, ...], sessions: TradingCalendar, *, shifts: bool = True
) -> date:
    """The first entry day after `day`."""
    following = day + timedelta(days=1)
    while not is_entry_day(following, weekdays, sessions, shifts=shifts):
        following += timedelta(days=1)
    return following


def entry_hours(
    day: date, first_minutes: int, last_minutes: int, sessions: TradingCalendar
) -> tuple[int, int]:
    """The first and last minute at which a tier with these entry hours opens positions on `day`.

    On a half day both are two hours earlier, but the first is not before the exchange opens.
    """
    if not sessions.is_half(day):
        return first_minutes, last_minutes
    earlier = min(HALF_DAY_MINUTES, max(0, first_minutes - OPENS_MINUTES))
    return first_minutes - earlier, last_minutes - earlier
