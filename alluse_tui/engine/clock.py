"""Clocks, passed in so that tests and simulations are reproducible."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


class Clock(Protocol):
    """The time in nanoseconds since 1970 (UTC)."""

    def now_ns(self) -> int:
        """The current time in nanoseconds."""


class SystemClock:
    """The machine's clock."""

    def now_ns(self) -> int:
        """The current time in nanoseconds."""
        return time.time_ns()


class FixedClock:
    """A clock that only moves when it is set or advanced."""

    def __init__(self, now: datetime) -> None:
        """`now` must have a time zone."""
        self.set(now)

    def set(self, now: datetime) -> None:
        """Move to `now`."""
        delta = now - datetime(1970, 1, 1, tzinfo=UTC)
        self._now_ns = (delta.days * 86_400 + delta.seconds) * 1_000_000_000 + (
            delta.microseconds * 1_000
        )

    def advance(self, by: timedelta) -> None:
        """Move forward."""
        self._now_ns += by // timedelta(microseconds=1) * 1_000

    def now_ns(self) -> int:
        """The time it was set to."""
        return self._now_ns


def new_york(now_ns: int) -> datetime:
    """`now_ns` as New York time, to the microsecond."""
    seconds, nanos = divmod(now_ns, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, NEW_YORK)
    return moment.replace(microsecond=nanos // 1_000)


def new_york_date(now_ns: int) -> date:
    """The date in New York at `now_ns`."""
    return _date_in_hour(now_ns // 3_600_000_000_000)


@lru_cache(maxsize=64)
def _date_in_hour(hour: int) -> date:
    """The date during an hour since 1970 (UTC): New York's clock differs by whole hours."""
    return datetime.fromtimestamp(hour * 3_600, NEW_YORK).date()
