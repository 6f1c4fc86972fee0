"""Week types: how a week went for each position, and for the account (rules.md, Week types).

A put is judged by the price against its strike, shares by the price against their cost. Distances
are exact: a price that is 5 % below to the micro is still within 5 %.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from alluse_tui.domain.model.value import Value


class WeekType(StrEnum):
    """The types, the most severe first."""

    PRESERVATION = "P-DD"
    ASSIGNED_OVER_LIMIT = "P-AOL"
    RECOVERY = "C-REC"
    PUT_ROLLED = "P-RO"
    CALL_ROLLED = "C-RO"
    ASSIGNED_WITHIN_LIMIT = "P-AWL"
    NO_CHANGE = "C-PNO"
    PROFIT = "C-WAP"
    LARGE_PROFIT = "C-WAP+"
    EXPIRED_WORTHLESS = "P-EW"
    IDLE = "W-IDL"


SEVERITY = {kind: place for place, kind in enumerate(WeekType)}
"""The place of each type, 0 for the most severe."""


class Expected(Value):
    """How many weeks of a year a type is expected to take, and its return in basis points.

    Each is a range; `weeks` or `return_bps` is None where the protocol expects nothing.
    """

    weeks: tuple[int, int] | None = None
    return_bps: tuple[int, int] | None = None


EXPECTED = {
    WeekType.EXPIRED_WORTHLESS: Expected((16, 16), (180, 220)),
    WeekType.ASSIGNED_WITHIN_LIMIT: Expected(),
    WeekType.PUT_ROLLED: Expected((6, 8), (100, 150)),
    WeekType.ASSIGNED_OVER_LIMIT: Expected(),
    WeekType.PRESERVATION: Expected((2, 2), (-50, 0)),
    WeekType.PROFIT: Expected((14, 14), (300, 400)),
    WeekType.LARGE_PROFIT: Expected((6, 6), (500, 600)),
    WeekType.NO_CHANGE: Expected((8, 8)),
    WeekType.CALL_ROLLED: Expected((4, 4)),
    WeekType.RECOVERY: Expected((2, 2)),
    WeekType.IDLE: Expected((0, 2)),
}
"""The protocol's expectations of a year."""


def put_week(price_micros: int, strike_micros: int, *, assigned: bool = False) -> WeekType:
    """The type of a week with a short put, by the price of its underlying at the put's end.

    Both are per share. More than 5 % below the strike a put is rolled; one that was `assigned`
    there could not be rolled.
    """
    if price_micros >= strike_micros:
        return WeekType.EXPIRED_WORTHLESS
    if price_micros * 100 >= strike_micros * 95:
        return WeekType.ASSIGNED_WITHIN_LIMIT
    if price_micros * 100 < strike_micros * 85:
        return WeekType.PRESERVATION
    return WeekType.ASSIGNED_OVER_LIMIT if assigned else WeekType.PUT_ROLLED


def share_week(price_micros: int, cost_micros: int) -> WeekType:
    """The type of a week with shares, by their price against their cost, both per share.

    Shares that cost nothing have no loss.
    """
    change = (price_micros - cost_micros) * 100
    if change > 5 * cost_micros:
        return WeekType.LARGE_PROFIT
    if change > 0:
        return WeekType.PROFIT
    if change >= -5 * cost_micros:
        return WeekType.NO_CHANGE
    if change >= -10 * cost_micros:
        return WeekType.CALL_ROLLED
    if change >= -15 * cost_micros:
        return WeekType.RECOVERY
    return WeekType.PRESERVATION


def most_severe(types: Iterable[WeekType]) -> WeekType:
    """The account's type; idle without any."""
    return min(types, key=SEVERITY.__getitem__, default=WeekType.IDLE)
