"""Exchange rates by date, and the conversion of amounts.

A rate says how much of `against` one unit of `currency` is worth, in nanos (1e-9). It is recorded
in one direction and used in both, and through one third currency (rules.md, Words).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.value import Value

ONE_NANOS = 1_000_000_000
MAX_NANOS = 1_000_000_000 * ONE_NANOS

Fraction = tuple[int, int]
"""Numerator and denominator, both positive."""


class RateTable(Value):
    """The rates of one pair, by ascending ordinal date."""

    days: tuple[int, ...] = ()
    nanos: tuple[int, ...] = ()

    def on(self, day: date) -> int:
        """The newest rate at or before `day`; 0 if there is none."""
        return self.newest(day)[1]

    def newest(self, day: date) -> tuple[int, int]:
        """The ordinal of the newest day at or before `day`, and its rate; (0, 0) for none."""
        i = bisect_right(self.days, day.toordinal())
        return (self.days[i - 1], self.nanos[i - 1]) if i else (0, 0)

    def exactly_on(self, day: date) -> int:
        """The rate recorded for exactly that day; 0 if there is none."""
        i = bisect_right(self.days, day.toordinal())
        return self.nanos[i - 1] if i and self.days[i - 1] == day.toordinal() else 0

    def with_rate(self, day: date, nanos: int) -> RateTable:
        """A table with that day's rate set, or removed if `nanos` is 0."""
        ordinal = day.toordinal()
        i = bisect_right(self.days, ordinal)
        start = i - 1 if i and self.days[i - 1] == ordinal else i
        new_day, new_rate = ((ordinal,), (nanos,)) if nanos else ((), ())
        return RateTable(
            self.days[:start] + new_day + self.days[i:],
            self.nanos[:start] + new_rate + self.nanos[i:],
        )


NO_TABLE = RateTable()


class Rates(Value):
    """All rates of one portfolio by pair, such as 'USD/CHF' (CHF per USD)."""

    tables: Mapping[str, RateTable]

    def with_rate(self, pair: str, day: date, nanos: int) -> Rates:
        """Rates with one day's rate of `pair` set, or removed if `nanos` is 0."""
        table = self.tables.get(pair, RateTable()).with_rate(day, nanos)
        tables = {k: v for k, v in self.tables.items() if k != pair}
        return Rates(tables | {pair: table} if table.days else tables)

    def exactly_on(self, pair: str, day: date) -> int:
        """The rate recorded for that pair and exactly that day; 0 if there is none."""
        return self.tables.get(pair, RateTable()).exactly_on(day)

    def between(self, currency: str, against: str, day: date) -> Fraction | None:
        """How much of `against` one unit of `currency` was worth on `day`, if known.

        Uses a direct or inverted rate, or one third currency.
        """
        if currency == against:
            return (1, 1)
        if rate := self._one_step(currency, against, day):
            return rate
        for middle in self._neighbours(currency):
            first = self._one_step(currency, middle, day)
            second = self._one_step(middle, against, day)
            if first and second:
                return (first[0] * second[0], first[1] * second[1])
        return None

    def value(self, micros: int, currency: str, against: str, day: date) -> int | None:
        """`micros` of `currency` converted to `against` on `day`; None without a rate."""
        if currency == against:
            return micros
        rate = self.between(currency, against, day)
        return None if rate is None else divided(micros * rate[0], rate[1])

    def _one_step(self, currency: str, against: str, day: date) -> Fraction | None:
        """The newer of the rates recorded in this direction and in the other one."""
        straight, nanos = self.tables.get(f"{currency}/{against}", NO_TABLE).newest(day)
        inverse, inverse_nanos = self.tables.get(f"{against}/{currency}", NO_TABLE).newest(day)
        if straight >= inverse:
            return (nanos, ONE_NANOS) if nanos else None
        return (ONE_NANOS, inverse_nanos)

    def _neighbours(self, currency: str) -> Iterator[str]:
        for pair in sorted(self.tables):
            base, quote = pair.split("/")
            if currency in (base, quote):
                yield quote if base == currency else base


def balances_value(balances: Mapping[str, int], own: str, rates: Rates, day: date) -> int:
    """The value of balances ('cash:USD' → micros) in `own`; what has no rate counts as nothing."""
    total = 0
    for key, micros in balances.items():
        currency = key.rpartition(":")[2]
        total += micros if currency == own else rates.value(micros, currency, own, day) or 0
    return total


def total_value(
    amounts: Iterable[tuple[str, int]], rates: Rates, against: str, day: date
) -> tuple[int, frozenset[str]]:
    """The total value of (currency, micros) in `against`, and the currencies without a rate."""
    total, unvalued = 0, set()
    for currency, micros in amounts:
        value = rates.value(micros, currency, against, day)
        if value is not None:
            total += value
        elif micros:
            unvalued.add(currency)
    return total, frozenset(unvalued)
