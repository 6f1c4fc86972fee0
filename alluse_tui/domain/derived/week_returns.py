"""What an account returned in each week: the change of its unit value (rules.md, Week types).

The unit value is chained from day to day. Capital that comes or goes counts at the start of its
day, so it is no gain; currencies are valued at the rate of each day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from operator import attrgetter

from alluse_tui.domain.derived.week_positions import Week
from alluse_tui.domain.model.terms import FLOWS, Kind
from alluse_tui.domain.model.value import Value


class DayChange(Value):
    """By how much entries of one kind changed an account in one currency on one day, in micros."""

    account: str
    day: date
    currency: str
    kind: Kind
    micros: int


Valued = Callable[[Mapping[str, int], date], int | None]
"""The value of balances by currency on a day, in micros; None if a rate is missing."""


def week_returns(
    changes: Iterable[DayChange], weeks: Sequence[Week], value: Valued
) -> Iterator[Fraction | None]:
    """What one account returned in each of `weeks`, which follow each other: 0.01 is one per cent.

    None where it had no capital, or an exchange rate is missing.
    """
    unit = _DailyUnit(value)
    by_day = [(day, list(group)) for day, group in groupby(changes, key=attrgetter("day"))]
    before = [each for each in by_day if each[0] < weeks[0].monday]
    unit.carry(change for _, group in before for change in group)
    unit.value_at(weeks[0].monday - timedelta(days=1))
    for week in weeks:
        unit.restart()
        for day, group in by_day:
            if week.monday <= day <= week.sunday:
                unit.add(day, group)
        unit.value_at(week.sunday)
        yield unit.gain


class _DailyUnit:
    def __init__(self, value: Valued) -> None:
        self._value_of = value
        self._balances: dict[str, int] = {}
        self._value: int | None = 0
        self._factor: Fraction | None = Fraction(1)
        self._had_capital = False

    @property
    def gain(self) -> Fraction | None:
        """What was gained since the restart; None if it is not known or there was no capital."""
        return self._factor - 1 if self._factor is not None and self._had_capital else None

    def restart(self) -> None:
        self._factor, self._had_capital = Fraction(1), False

    def carry(self, changes: Iterable[DayChange]) -> None:
        for change in changes:
            known = self._balances.get(change.currency, 0)
            self._balances[change.currency] = known + change.micros

    def add(self, day: date, changes: Sequence[DayChange]) -> None:
        flows: dict[str, int] = {}
        for change in changes:
            if change.kind in FLOWS:
                flows[change.currency] = flows.get(change.currency, 0) + change.micros
        self.carry(changes)
        self.value_at(day, self._value_of(flows, day))

    def value_at(self, day: date, flow: int | None = 0) -> None:
        """Go on to the value at the end of `day`, on which `flow` came in."""
        before, after = self._value, self._value_of(self._balances, day)
        self._value = after
        if before is None or flow is None or after is None:
            self._factor = None
            return
        base = before + flow
        if base > 0:
            self._had_capital = True
            if self._factor is not None:
                self._factor *= Fraction(max(0, after), base)
        elif after != base:
            self._factor = None
