"""The week types of a year and what they returned, beside what the protocol expects."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from alluse_tui.domain.derived.week_types import EXPECTED, Expected, WeekType
from alluse_tui.domain.model.money import ONE_BPS, divided
from alluse_tui.domain.model.value import Value

YEAR_WEEKS = 52


class AccountWeekReturn(Value):
    """One week of one account: its type, and what it returned (0.01 is one per cent)."""

    monday: date
    account: str
    type: WeekType | None
    gain: Fraction | None


class TypeOfYear(Value, kw_only=True):
    """The account weeks of one type.

    `a_year_tenths`: how many a year of 52 weeks they come to, among weeks whose type is known.
    `return_bps`: the mean of those with a known return. None where there is nothing to divide by.
    """

    type: WeekType
    weeks: int
    a_year_tenths: int | None
    return_bps: int | None
    expected: Expected


class WeekYear(Value, kw_only=True):
    """The account weeks of a year that are over.

    `weeks`: those with a known type. `unknown`: the others, the first of them in the week of
    `first_unknown`. `without_return`: those of a known type whose return is not known.
    """

    year: int
    accounts: int
    weeks: int
    unknown: int
    first_unknown: date | None
    without_return: int
    types: tuple[TypeOfYear, ...]


def week_year(year: int, weeks: Iterable[AccountWeekReturn]) -> WeekYear:
    """The types of these weeks, in the protocol's order."""
    given = list(weeks)
    known = [week for week in given if week.type is not None]
    unknown = [week.monday for week in given if week.type is None]
    return WeekYear(
        year=year,
        accounts=len({week.account for week in given}),
        weeks=len(known),
        unknown=len(unknown),
        first_unknown=min(unknown, default=None),
        without_return=sum(week.gain is None for week in known),
        types=tuple(
            _of_type(kind, [week for week in known if week.type is kind], len(known))
            for kind in EXPECTED
        ),
    )


def _of_type(kind: WeekType, own: list[AccountWeekReturn], all_weeks: int) -> TypeOfYear:
    gains = [week.gain for week in own if week.gain is not None]
    mean = sum(gains, Fraction()) / len(gains) * ONE_BPS if gains else None
    return TypeOfYear(
        type=kind,
        weeks=len(own),
        a_year_tenths=divided(len(own) * YEAR_WEEKS * 10, all_weeks) if all_weeks else None,
        return_bps=None if mean is None else divided(mean.numerator, mean.denominator),
        expected=EXPECTED[kind],
    )
