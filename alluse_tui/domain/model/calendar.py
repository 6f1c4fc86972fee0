"""Calendar quarters and their reinvestment windows, which depend on exchange sessions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

WINDOW_DAY = 15
"""The window opens on this day of a quarter's last month, or on the next session."""


class TradingCalendar(Protocol):
    """The exchange's trading days."""

    def is_session(self, day: date) -> bool:
        """Whether the exchange is open at any time of that day."""


class WeekdayCalendar:
    """A calendar in which every weekday is a session, for use without exchange data."""

    def is_session(self, day: date) -> bool:
        """Whether `day` is Monday to Friday."""
        return day.weekday() < 5


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
