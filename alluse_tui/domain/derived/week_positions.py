"""How a week went for each position of the accounts, and for the accounts (rules.md, Week types).

Positions are those of the lots at the week's end and of the lots that were closed in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TypeVar

from alluse_tui.domain.derived.fills import Key, Origin
from alluse_tui.domain.derived.lots import ClosedLot, Lot, LotPeriod
from alluse_tui.domain.derived.position_history import Roll
from alluse_tui.domain.derived.underlying_prices import PriceSource
from alluse_tui.domain.derived.week_regime import monday_of
from alluse_tui.domain.derived.week_types import WeekType, most_severe, put_week, share_week
from alluse_tui.domain.model.calendar import TradingCalendar, last_session
from alluse_tui.domain.model.instrument import ONE_MICROS, UNNAMED, Instrument, instrument_named
from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.money_text import grouped
from alluse_tui.domain.model.terms import Kind, Right
from alluse_tui.domain.model.value import Value


class Week(Value):
    """A week from Monday to Sunday, and its last trading day."""

    monday: date
    last: date

    @property
    def sunday(self) -> date:
        """The last day that belongs to it."""
        return self.monday + timedelta(days=6)


def week_of(day: date, calendar: TradingCalendar) -> Week:
    """The week that `day` is in."""
    monday = monday_of(day)
    return Week(monday, last_session(monday + timedelta(days=4), calendar))


class DayPrice(Value):
    """The price of an underlying on the day that was asked for; None as source: a stored close."""

    price_micros: int
    source: PriceSource | None = None

    @property
    def text(self) -> str:
        """'close 190.50' or 'mark 190.50'."""
        return f"{self.source or 'close'} {grouped(self.price_micros)}"


PriceOn = Callable[[str, str, date], DayPrice | None]
"""The price of a symbol in a currency on a trading day; None if it is not known."""


class PositionWeek(Value, kw_only=True):
    """How the week went for one position; `type` is None where it is not known, as `why` says."""

    account: str
    instrument: str
    currency: str
    type: WeekType | None
    why: str

    @property
    def symbol(self) -> str:
        """The underlying's symbol."""
        return instrument_named(self.instrument).symbol


class AccountWeek(Value):
    """How the week went for an account; `type` is None while one of its positions is not known."""

    account: str
    type: WeekType | None
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the positions of a week are judged by.

    `lots` are those of the week. `later`: the lots closed afterwards, because the end of an option
    that expired may be recorded with a later date. `rolls`: by their records.
    """

    week: Week
    lots: LotPeriod
    later: Sequence[ClosedLot]
    rolls: Mapping[int, Roll]
    price: PriceOn
    calendar: TradingCalendar
    today: date


def position_weeks(evidence: Evidence) -> tuple[PositionWeek, ...]:
    """Every position with a short put or shares, by account and instrument."""
    return tuple(_JudgedWeek(evidence).positions())


class _JudgedWeek:
    def __init__(self, evidence: Evidence) -> None:
        self._given = evidence
        self._week = evidence.week
        self._held = _by_key(evidence.lots.open)
        self._closed = _by_key(evidence.lots.closed)
        self._later = _by_key(evidence.later)
        self._shares: set[Key] = set()
        self._calls: set[Key] = set()
        lots: list[Lot | ClosedLot] = [*evidence.lots.open, *evidence.lots.closed]
        for lot in lots:
            instrument = instrument_named(lot.instrument)
            underlying = (lot.account, instrument.symbol, lot.currency)
            if instrument.right is Right.CALL and lot.quantity_micros < 0:
                self._calls.add(underlying)
            elif instrument.right is None and lot.quantity_micros > 0:
                self._shares.add(underlying)

    def positions(self) -> Iterator[PositionWeek]:
        for key in sorted({*self._held, *self._closed}):
            account, name, currency = key
            instrument = instrument_named(name)
            is_over = instrument.expiry is not None and instrument.expiry < self._week.monday
            judged = None if is_over or name == UNNAMED else self._judged(key, instrument)
            if judged is not None:
                kind, why = judged
                yield PositionWeek(
                    account=account, instrument=name, currency=currency, type=kind, why=why
                )

    def _judged(self, key: Key, instrument: Instrument) -> tuple[WeekType | None, str] | None:
        lots = self._held.get(key) or self._closed[key]
        is_short = lots[0].quantity_micros < 0
        match instrument.right, is_short:
            case Right.PUT, True:
                return self._put(key, instrument)
            case None, False:
                return self._of_shares(key)
            case None, True:
                return None, "shares that were sold short have no type"
            case Right.CALL, True if (key[0], instrument.symbol, key[2]) not in self._shares:
                return None, "a call without shares has no type"
        return None

    def _put(self, key: Key, put: Instrument) -> tuple[WeekType | None, str]:
        assert put.expiry is not None
        closed, later = self._closed.get(key, []), self._later.get(key, [])
        is_held = key in self._held
        if is_held and put.expiry > self._week.sunday:
            day, ends, how = self._week.last, [], "open"
        elif is_held:
            day, ends = put.expiry, [*closed, *later]
            how = self._put_end(later[-1]) if later else "expired, its end is not recorded"
            if not later and put.expiry >= self._given.today:
                how = "open"
        else:
            day, ends = min(put.expiry, max(lot.closed for lot in closed)), closed
            how = self._put_end(closed[-1])
        is_assigned = any(lot.kind is Kind.ASSIGNMENT for lot in ends)
        price, unknown = self._price(key, put.symbol, day)
        if price is None:
            return None, f"{how}; {unknown}"
        kind = put_week(price.price_micros, put.strike_micros, assigned=is_assigned)
        distance = _distance(price.price_micros, put.strike_micros)
        return kind, f"{how}; {price.text}, {distance} the strike {grouped(put.strike_micros)}"

    def _put_end(self, last: ClosedLot) -> str:
        if last.kind is Kind.ASSIGNMENT:
            return "assigned"
        if last.kind is Kind.EXPIRY:
            return "expired"
        roll = self._given.rolls.get(last.closed_seq)
        if roll is not None and (roll.account, roll.closed.name) == last.key[:2]:
            return f"rolled to {roll.opened.name}"
        return "bought back"

    def _of_shares(self, key: Key) -> tuple[WeekType | None, str]:
        lots: Sequence[Lot | ClosedLot] = self._held.get(key, [])
        day, how = self._week.last, "shares with a call" if key in self._calls else "shares"
        if not lots:
            closed = self._closed[key]
            day = max(lot.closed for lot in closed)
            lots = [lot for lot in closed if lot.closed == day]
            how = "called away" if closed[-1].kind is Kind.ASSIGNMENT else "sold"
        if any(lot.origin is not Origin.RECORDED for lot in lots):
            return None, f"{how}; their cost is not known"
        price, unknown = self._price(key, key[1], day)
        if price is None:
            return None, f"{how}; {unknown}"
        quantity = sum(lot.quantity_micros for lot in lots)
        cost = divided(sum(lot.cost_micros for lot in lots) * ONE_MICROS, quantity)
        kind = share_week(price.price_micros, cost)
        distance = _distance(price.price_micros, cost)
        return kind, f"{how}; {price.text}, {distance} the cost {grouped(cost)}"

    def _price(self, key: Key, symbol: str, day: date) -> tuple[DayPrice | None, str]:
        """The price of that day, or else why there is none."""
        if day > self._given.today:
            return None, f"judged on {day}"
        session = last_session(day, self._given.calendar)
        price = self._given.price(symbol, key[2], session)
        command = f"`alluse market import FILE --symbol {symbol}`"
        return price, "" if price else f"no price of {symbol} on {session}: {command}"


_AnyLot = TypeVar("_AnyLot", Lot, ClosedLot)


def _by_key(lots: Iterable[_AnyLot]) -> dict[Key, list[_AnyLot]]:
    """The lots by their holding, without those that were sold or ended unseen."""
    by_key: dict[Key, list[_AnyLot]] = {}
    for lot in lots:
        if lot.origin is not Origin.MISSING:
            by_key.setdefault(lot.key, []).append(lot)
    return by_key


def account_weeks(
    positions: Iterable[PositionWeek], accounts: Iterable[str], *, is_over: bool
) -> Iterator[AccountWeek]:
    """The week of each account in `accounts`: the most severe type of its positions.

    A position that is not known could have been worse, unless another has the most severe type.
    """
    by_account = {
        code: list(own) for code, own in groupby(positions, key=lambda position: position.account)
    }
    for code in accounts:
        own = by_account.get(code, [])
        known = [p for p in own if p.type is not None]
        worst = most_severe(p.type for p in known if p.type is not None)
        if not own:
            yield AccountWeek(code, worst, f"no put and no shares{'' if is_over else ' so far'}")
        elif len(known) < len(own) and worst is not WeekType.PRESERVATION:
            count = f"{len(own) - len(known)} of {len(own)} positions"
            yield AccountWeek(code, None, f"the type of {count} is not known")
        else:
            decisive = next(p for p in known if p.type is worst)
            yield AccountWeek(code, worst, decisive.instrument)


def _distance(price_micros: int, base_micros: int) -> str:
    """'2.50 % below', '0.10 % above' or 'at', of the strike or cost."""
    change = price_micros - base_micros
    if change == 0 or base_micros <= 0:
        return "at" if change <= 0 else "above"
    hundredths = divided(abs(change) * 10_000, base_micros)
    return f"{hundredths / 100:.2f} % {'above' if change > 0 else 'below'}"
