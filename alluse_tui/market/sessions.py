"""The sessions of the New York Stock Exchange."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import holidays


class NewYorkSessions:
    """Trading days by `holidays`, which is loaded by the first question."""

    @cached_property
    def _closed(self) -> holidays.HolidayBase:
        import holidays

        return holidays.financial_holidays("NYSE")

    def is_session(self, day: date) -> bool:
        """Whether the exchange is open at some time of that day."""
        return day.weekday() < 5 and day not in self._closed
