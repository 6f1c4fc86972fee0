"""The expiry of a typed trade: a trading day, or a month's standard expiry."""

from __future__ import annotations

from datetime import date

import pytest

from alluse_tui.domain.commands.trade_line import parse_option, parse_trade
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.trading_calendar import NewYorkCalendar

NEW_YORK = NewYorkCalendar()


@pytest.mark.parametrize(
    ("typed", "expiry"),
    [
        ("25Nov26", date(2026, 11, 25)),  # a Wednesday
        ("2026-11-30", date(2026, 11, 30)),  # a Monday
        ("27Nov26", date(2026, 11, 27)),  # a half day
        ("Jun2026", date(2026, 6, 18)),  # Friday the 19th is Juneteenth
        ("june2026", date(2026, 6, 18)),
        ("DEC-2026", date(2026, 12, 18)),
        ("17Jan15", date(2015, 1, 17)),  # the last standard expiry on a Saturday
    ],
)
def test_an_option_expires_on_any_trading_day(typed: str, expiry: date) -> None:
    (leg,) = parse_trade(f"-1 AAPL {typed} 190p @1.45", sessions=NEW_YORK).legs
    assert leg.instrument.expiry == expiry
    assert parse_option(f"{typed} 190p", "AAPL", NEW_YORK).expiry == expiry


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            "28Nov26",
            "expiry '28Nov26': is a Saturday without trading;"
            " the nearest are Friday 2026-11-27 and Monday 2026-11-30",
        ),
        (
            "26Nov26",
            "expiry '26Nov26': is a Thursday without trading;"
            " the nearest are Wednesday 2026-11-25 and Friday 2026-11-27",
        ),
        (
            "4Apr26",  # Easter Saturday
            "expiry '4Apr26': is a Saturday without trading;"
            " the nearest are Thursday 2026-04-02 and Monday 2026-04-06",
        ),
        (
            "21Feb15",
            "expiry '21Feb15': is a Saturday without trading;"
            " the nearest are Friday 2015-02-20 and Monday 2015-02-23",
        ),
    ],
)
def test_another_day_is_refused_with_the_nearest_trading_days(typed: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_trade(f"-1 AAPL {typed} 190p @1.45", sessions=NEW_YORK)
    assert str(error.value) == message
    with pytest.raises(BadInput):
        parse_option(f"AAPL {typed} 190p", sessions=NEW_YORK)
