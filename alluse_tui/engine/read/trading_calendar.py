"""What the exchange's calendar means for a portfolio."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from alluse_tui.domain.model.calendar import is_entry_day
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Tier
from alluse_tui.domain.views import BellView, SessionView
from alluse_tui.market.trading_calendar import NewYorkCalendar


def bell(trading_calendar: NewYorkCalendar, now_ns: int) -> BellView:
    """Whether the exchange is open now, and when that changes."""
    now = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    is_open, next_change = trading_calendar.next_bell(now)
    return BellView(is_open, int(next_change.timestamp()) * 1_000_000_000)


def calendar(
    trading_calendar: NewYorkCalendar, policy: Policy, first: date, days: int
) -> tuple[SessionView, ...]:
    """The weekdays of `days` days from `first` on.

    A tier enters positions on its policy's weekdays; if the exchange is closed on one, on the
    trading day before or not at all (market.md, Sessions).
    """

    def enters(tier: Tier, day: date) -> bool:
        limits = policy.tiers[tier]
        return is_entry_day(day, limits.entry_days, trading_calendar, shifts=limits.shifts_entry)

    weekdays = [
        day for day in (first + timedelta(days=n) for n in range(days)) if day.weekday() < 5
    ]
    views = []
    for day in weekdays:
        opens, closes = trading_calendar.hours(day) or (None, None)
        tiers = [tier for tier in Tier if enters(tier, day)]
        half_day, holiday = trading_calendar.is_half(day), trading_calendar.why_closed(day)
        views.append(SessionView(day, opens, closes, half_day, holiday, tuple(tiers)))
    return tuple(views)
