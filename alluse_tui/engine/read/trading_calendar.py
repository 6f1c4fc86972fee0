"""What the exchange's calendar means for a portfolio."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Tier
from alluse_tui.domain.views import BellView, SessionView
from alluse_tui.market.trading_calendar import NewYorkCalendar


def bell(sessions: NewYorkCalendar, now_ns: int) -> BellView:
    """Whether the exchange is open now, and when its next bell rings."""
    now = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    is_open, following = sessions.next_bell(now)
    return BellView(is_open, int(following.timestamp()) * 1_000_000_000)


def calendar(
    sessions: NewYorkCalendar, policy: Policy, first: date, days: int
) -> tuple[SessionView, ...]:
    """The weekdays of `days` days from `first` on.

    A tier enters on its policy's days; where the exchange is closed, on the session before
    (market.md, Sessions).
    """
    weekdays = [
        day for day in (first + timedelta(days=n) for n in range(days)) if day.weekday() < 5
    ]
    entry: dict[date, list[Tier]] = {}
    for day in (first + timedelta(days=n) for n in range(days + 7)):
        for tier in Tier:
            if f"{day:%A}".lower() in policy.tiers[tier].entry_days:
                on = day
                while not sessions.is_session(on):
                    on -= timedelta(days=1)
                if tier not in entry.setdefault(on, []):
                    entry[on].append(tier)
    made = []
    for day in weekdays:
        opens, closes = sessions.hours(day) or (None, None)
        made.append(
            SessionView(
                day, opens, closes, sessions.is_half(day), sessions.why_closed(day),
                tuple(sorted(entry.get(day, ()), key=list(Tier).index)),
            )
        )  # fmt: skip
    return tuple(made)
