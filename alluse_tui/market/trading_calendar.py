"""The sessions of the New York Stock Exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alluse_tui.market.closures import UNSCHEDULED

if TYPE_CHECKING:
    import holidays

NEW_YORK = ZoneInfo("America/New_York")
OPENS, CLOSES, CLOSES_EARLY = time(9, 30), time(16), time(13)

BEGINS = date(1990, 1, 1)
"""The first day from which trading days are tested against another calendar."""

ENDS = date(2100, 12, 31)
"""The last day for which `holidays` knows holidays; later ones would pass for trading days."""


class NewYorkCalendar:
    """Trading days by `holidays`, which is loaded by the first question.

    `noted` gives the closures that operators have recorded: ISO date → why.
    """

    begins, ends = BEGINS, ENDS

    def __init__(self, noted: Callable[[], Mapping[str, str]] = dict) -> None:
        """Loads nothing yet."""
        self._noted = noted

    @cached_property
    def _closed(self) -> holidays.HolidayBase:
        import holidays

        return holidays.financial_holidays("NYSE")

    @cached_property
    def _halved(self) -> holidays.HolidayBase:
        import holidays

        return holidays.financial_holidays("NYSE", categories=("half_day",))

    def is_session(self, day: date) -> bool:
        """Whether the exchange is open at some time of that day."""
        if day.weekday() > 4 or day in UNSCHEDULED or day in self._closed:
            return False
        noted = self._noted()
        return not noted or day.isoformat() not in noted

    def is_half(self, day: date) -> bool:
        """Whether it closes early on that day."""
        return self.is_session(day) and day in self._halved

    def why_closed(self, day: date) -> str:
        """The holiday's name, or why it was closed without one; empty when there is neither."""
        noted = self._noted().get(day.isoformat(), "")
        return UNSCHEDULED.get(day) or noted or str(self._closed.get(day, ""))

    def closed_weekdays(self, first: date, last: date) -> dict[date, str]:
        """The weekdays between two days, inclusive, on which it is closed, each with its reason.

        One question for centuries: a file may hold a million days.
        """
        import holidays

        known = holidays.financial_holidays("NYSE", years=range(first.year, last.year + 1))
        noted = {date.fromisoformat(day): why for day, why in self._noted().items()}
        closed = {**known, **noted, **UNSCHEDULED}
        return {
            day: name
            for day, name in sorted(closed.items())
            if first <= day <= last and day.weekday() < 5
        }

    def hours(self, day: date) -> tuple[time, time] | None:
        """When it opens and closes in New York; None when it does not."""
        if not self.is_session(day):
            return None
        if not self.is_half(day):
            return OPENS, CLOSES
        return OPENS, CLOSES_EARLY if day.year >= 1993 else time(14)

    def next_bell(self, now: datetime) -> tuple[bool, datetime]:
        """Whether the exchange is open at `now`, and when the next bell rings."""
        for bell, opening in self._bells(now.astimezone(NEW_YORK).date()):
            if bell > now:
                return not opening, bell
        raise AssertionError("the exchange opens again")

    def _bells(self, day: date) -> Iterator[tuple[datetime, bool]]:
        while True:
            if hours := self.hours(day):
                yield datetime.combine(day, hours[0], NEW_YORK), True
                yield datetime.combine(day, hours[1], NEW_YORK), False
            day += timedelta(days=1)
