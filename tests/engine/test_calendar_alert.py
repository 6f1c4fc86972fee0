"""The alert that the exchange's calendar ends, 60 days before its last day."""

from __future__ import annotations

from datetime import UTC, datetime

from alluse_tui.domain.views import AlertView, Severity
from alluse_tui.engine import FixedClock, LocalEngine


def _told(engine: LocalEngine, clock: FixedClock, *day: int) -> list[AlertView]:
    """The alerts at noon of that day, which the dashboard shows as well."""
    year, month, number = day
    clock.set(datetime(year, month, number, 17, tzinfo=UTC))
    told = engine.queries.alerts()
    assert engine.queries.overview().alerts == told
    return [alert for alert in told if alert.kind == "calendar ends"]


def test_it_is_told_60_days_before_the_last_day(engine: LocalEngine, clock: FixedClock) -> None:
    assert _told(engine, clock, 2026, 11, 23) == []
    assert _told(engine, clock, 2100, 10, 31) == []
    (alert,) = _told(engine, clock, 2100, 11, 1)
    assert alert.sentence == "the exchange's calendar ends on 2100-12-31: update ALL-USE"
    assert (alert.portfolio, alert.account, alert.severity) == ("Main", "", Severity.WARNING)


def test_it_is_still_told_afterwards(engine: LocalEngine, clock: FixedClock) -> None:
    (alert,) = _told(engine, clock, 2101, 3, 1)
    assert "ended on 2100-12-31" in alert.sentence
