"""Positions of composed weeks: when each ends, by which price it is judged, and its type."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lot_book import CALL, COM, FRIDAY, GEN, MONDAY, PUT, XYZ, Posted, buy, expiry, sell
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Instrument,
    PriceFact,
    TradeFact,
    amount,
    assignment,
)
from alluse_tui.domain.derived.fills import fills
from alluse_tui.domain.derived.lots import lot_periods, lots
from alluse_tui.domain.derived.position_history import rolls
from alluse_tui.domain.derived.recorded_marks import recorded_marks
from alluse_tui.domain.derived.week_positions import (
    DayPrice,
    Evidence,
    PositionWeek,
    account_weeks,
    position_weeks,
    week_of,
)
from alluse_tui.domain.derived.week_types import WeekType
from alluse_tui.domain.model.calendar import WeekdayCalendar

LAST = 25
"""Days from MONDAY to FRIDAY, on which the options of the book expire."""

NEXT = replace(PUT, expiry=FRIDAY + timedelta(days=7), strike_micros=amount("48"))
CALENDAR = WeekdayCalendar()


@pytest.fixture
def posted() -> Posted:
    return Posted()


def weeks(
    posted: Posted, prices: dict[int, str], day: int = LAST, today: int = 100
) -> dict[str, tuple[str | None, str]]:
    """Type and reason by instrument in the week of `day`; `prices` of XYZ by day."""
    week = week_of(MONDAY + timedelta(days=day), CALENDAR)
    known = {MONDAY + timedelta(days=n): amount(price) for n, price in prices.items()}
    read = fills(posted.holding_entries())
    ends = [week.monday - timedelta(days=1), week.sunday, date.max]
    _, lots_of_week, later = lot_periods(read, ends)

    def price(symbol: str, currency: str, day: date) -> DayPrice | None:
        assert (symbol, currency) == ("XYZ", "USD")
        return DayPrice(known[day]) if day in known else None

    judged = position_weeks(
        Evidence(
            week=week,
            lots=lots_of_week,
            later=later.closed,
            rolls={roll.seq: roll for roll in rolls(read.steps)},
            price=price,
            calendar=CALENDAR,
            today=MONDAY + timedelta(days=today),
        )
    )
    return {p.instrument: (p.type, p.why) for p in judged}


def rolled(old: Instrument, new: Instrument, paid: str, got: str) -> TradeFact:
    closing, opening = buy(old, "1", paid), sell(new, "1", got)
    return replace(closing, legs=(*closing.legs, *opening.legs))


def test_a_put_that_stays_open_is_judged_on_the_last_trading_day(posted: Posted) -> None:
    posted.post(sell(PUT, "1", "2"), 0)
    # 47.50 is 5.00 % below the strike 50, the milder type
    assert weeks(posted, {4: "47.50"}, day=2) == {
        PUT.name: ("P-AWL", "open; close 47.50, 5.00 % below the strike 50.00")
    }
    assert weeks(posted, {4: "47.49"}, day=2)[PUT.name][0] == "P-RO"
    assert weeks(posted, {}, day=2, today=3) == {PUT.name: (None, "open; judged on 2026-11-06")}
    unknown = "open; no price of XYZ on 2026-11-06: `alluse market import FILE --symbol XYZ`"
    assert weeks(posted, {}, day=2) == {PUT.name: (None, unknown)}


def test_a_put_that_was_rolled_or_bought_back_is_judged_on_that_day(posted: Posted) -> None:
    posted.post(sell(PUT, "1", "2"), 0)
    posted.post(rolled(PUT, NEXT, "4", "5"), 22)
    assert weeks(posted, {22: "46", 25: "49"}) == {
        PUT.name: (
            "P-RO",
            "rolled to XYZ 2026-12-04 48 put; close 46.00, 8.00 % below the strike 50.00",
        ),
        NEXT.name: ("P-EW", "open; close 49.00, 2.08 % above the strike 48.00"),
    }
    posted.post(buy(NEXT, "1", "9"), 24)
    # 40 is 16.67 % below 48
    assert weeks(posted, {22: "46", 24: "40"})[NEXT.name] == (
        "P-DD",
        "bought back; close 40.00, 16.67 % below the strike 48.00",
    )


@pytest.mark.parametrize("recorded", [25, 26, 28])
def test_an_end_that_is_recorded_late_belongs_to_the_week_of_the_expiry(
    posted: Posted, recorded: int
) -> None:
    posted.post(sell(PUT, "1", "2"), 0)
    at_expiry = {25: "46"}
    assert weeks(posted, at_expiry)[PUT.name][1].startswith("expired, its end is not recorded;")
    assert weeks(posted, {}, today=24)[PUT.name] == (None, "open; judged on 2026-11-27")
    posted.post(assignment(PUT, quantity="1", fees=0), recorded)
    judged = weeks(posted, at_expiry)[PUT.name]
    assert judged == ("P-AOL", "assigned; close 46.00, 8.00 % below the strike 50.00")
    assert PUT.name not in weeks(posted, {32: "46"}, day=29)


def test_shares_are_judged_by_their_own_cost_with_or_without_a_call(posted: Posted) -> None:
    posted.post(buy(XYZ, "100", "40"), 0)
    posted.post(buy(XYZ, "100", "60"), 21)
    before = {4: "42"}
    assert weeks(posted, before, day=0) == {
        "XYZ": ("C-WAP", "shares; close 42.00, 5.00 % above the cost 40.00")
    }
    # (100 × 40 + 100 × 60) / 200
    assert weeks(posted, {25: "45"}) == {
        "XYZ": ("C-RO", "shares; close 45.00, 10.00 % below the cost 50.00")
    }
    posted.post(sell(CALL, "2", "1"), 21)
    assert weeks(posted, {25: "44"}) == {
        "XYZ": ("C-REC", "shares with a call; close 44.00, 12.00 % below the cost 50.00")
    }
    posted.post(assignment(CALL, quantity="2", fees=0), 25)
    assert weeks(posted, {25: "61"}) == {
        "XYZ": ("C-WAP+", "called away; close 61.00, 22.00 % above the cost 50.00")
    }
    assert weeks(posted, {}, day=30) == {}


def test_what_has_no_type_is_named_and_long_options_are_left_out(posted: Posted) -> None:
    posted.post(sell(CALL, "1", "1"), 21)
    posted.post(buy(PUT, "1", "1"), 21, code=COM)
    assert weeks(posted, {25: "50"}) == {CALL.name: (None, "a call without shares has no type")}


def test_an_undone_trade_is_no_position(posted: Posted) -> None:
    posted.undo(posted.post(sell(PUT, "1", "2"), 21))
    posted.post(sell(PUT, "1", "2"), 21)
    posted.post(expiry((PUT, "1")), 25)
    assert weeks(posted, {25: "50"}) == {
        PUT.name: ("P-EW", "expired; close 50.00, at the strike 50.00")
    }


def test_shares_that_a_merge_moved_are_judged_where_they_are(posted: Posted) -> None:
    posted.post(buy(XYZ, "100", "40"), 0)
    posted.merge(8)
    read = fills(posted.holding_entries())
    first, second = lot_periods(read, [MONDAY + timedelta(days=6), date.max])
    assert [lot.account for lot in first.open] == [GEN]
    assert [lot.account for lot in second.open] == [COM]
    assert second.open == lots(posted.holding_entries()).open


def test_a_mark_of_one_holding_is_a_price_and_a_later_one_of_the_day_wins(posted: Posted) -> None:
    posted.post(buy(XYZ, "100", "40"), 0)
    posted.post(PriceFact(instrument="XYZ", price_micros=amount("41")), 4)
    posted.undo(posted.post(PriceFact(instrument="XYZ", price_micros=amount("45")), 3))
    posted.post(PriceFact(instrument="XYZ", price_micros=amount("42.5")), 4)
    day = MONDAY + timedelta(days=4)
    assert recorded_marks(posted.holding_entries()) == {("XYZ", "USD", day): amount("42.5")}


def position(kind: str | None, name: str = "XYZ", account: str = GEN) -> PositionWeek:
    known = WeekType(kind) if kind else None
    return PositionWeek(account=account, instrument=name, currency="USD", type=known, why="")


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ([], ("W-IDL", "no put and no shares")),
        (["P-EW", "C-PNO"], ("C-PNO", "B")),
        (["P-EW", None], (None, "the type of 1 of 2 positions is not known")),
        (["P-DD", None], ("P-DD", "A")),
    ],
)
def test_the_account_has_the_most_severe_type_if_it_is_known(
    types: list[str | None], expected: tuple[str | None, str]
) -> None:
    own = [position(kind, name) for kind, name in zip(types, "AB", strict=False)]
    (week,) = account_weeks(own, [GEN], is_over=True)
    assert (week.type, week.why) == expected
