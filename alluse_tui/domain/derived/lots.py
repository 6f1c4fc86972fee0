"""Lots: what each opening fill left open, and what each closing fill realised (rules.md, Lots).

Lots are derived from entries, never stored. Fills count in the order of their effective dates, so
an opening that is recorded late still comes before what closed it.

Two figures are kept side by side. The *cost* is what was paid, shares of an assignment at the
strike, and the option's premium is the option's own gain. The *basis* takes that premium into the
shares instead. Each counts every amount once, so both realise the same in total.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby

from msgspec.structs import replace

from alluse_tui.domain.derived.fills import (
    Adjustment,
    Carried,
    Fill,
    Fills,
    HoldingEntry,
    Key,
    Move,
    Origin,
    Replaced,
    Step,
    apportioned,
    fills,
)
from alluse_tui.domain.model.instrument import ONE_MICROS
from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.terms import Kind, LotMethod, Right
from alluse_tui.domain.model.value import Value


class Lot(Value, kw_only=True):
    """What is left of one opening fill, record `seq`. Amounts are micros of `currency`.

    The quantity is negative if short; so are cost and basis then, which are the premium received.
    `fees_micros` were paid on top when it was opened.
    """

    account: str
    instrument: str
    currency: str
    opened: date
    seq: int
    n: int
    quantity_micros: int
    cost_micros: int
    basis_micros: int
    fees_micros: int = 0
    origin: Origin = Origin.RECORDED

    @property
    def key(self) -> Key:
        """The holding that it is part of."""
        return self.account, self.instrument, self.currency


class ClosedLot(Value, kw_only=True):
    """The part of a lot that one fill closed, by record `closed_seq`.

    `proceeds_micros` is negative if it was bought back. `adjusted_micros` are the proceeds that
    belong to `basis_micros`. Fees are those of opening and closing.
    """

    account: str
    instrument: str
    currency: str
    opened: date
    seq: int
    closed: date
    closed_seq: int
    closed_n: int
    kind: Kind
    quantity_micros: int
    cost_micros: int
    basis_micros: int
    proceeds_micros: int
    adjusted_micros: int
    fees_micros: int = 0
    origin: Origin = Origin.RECORDED

    @property
    def key(self) -> Key:
        """The holding that it was part of."""
        return self.account, self.instrument, self.currency

    @property
    def realised_micros(self) -> int:
        """The gain before fees, premium as the option's own."""
        return self.proceeds_micros - self.cost_micros

    @property
    def adjusted_realised_micros(self) -> int:
        """The gain before fees, with the premium of assigned options in that of the shares."""
        return self.adjusted_micros - self.basis_micros


class Lots(Value):
    """The lots of some accounts: those open, those closed in order, and the holdings as carried."""

    open: tuple[Lot, ...]
    closed: tuple[ClosedLot, ...]
    carried: dict[Key, Carried]


Methods = LotMethod | Mapping[str, LotMethod]
"""The method of every account, or of each by its code; `fifo` where it is not given."""


def lots(entries: Iterable[HoldingEntry], methods: Methods = LotMethod.FIFO) -> Lots:
    """The lots after entries in the order of their records, of one or several accounts.

    Where an account received the holdings of another, the entries of both are needed.
    """
    return lots_of(fills(entries), methods)


def lots_of(read: Fills, methods: Methods = LotMethod.FIFO) -> Lots:
    """The lots after these fills."""
    (whole,) = lot_periods(read, [date.max], methods)
    return Lots(whole.open, whole.closed, read.carried)


class LotPeriod(Value):
    """The lots open at the end of `day`, and those closed since the end of the period before."""

    day: date
    open: tuple[Lot, ...]
    closed: tuple[ClosedLot, ...]


def lot_periods(
    read: Fills, ends: Iterable[date], methods: Methods = LotMethod.FIFO
) -> Iterator[LotPeriod]:
    """The lots at the end of each of these days, which ascend; the first period has no begin."""
    ledger = _Ledger(methods)
    placed = _in_order(read.steps)
    start = counted = 0
    for end in ends:
        stop = bisect_right(placed, end, key=_placed_day)
        for group in _grouped(placed[start:stop]):
            ledger.add(group)
        closed = tuple(ledger.closed[counted:])
        start, counted = stop, len(ledger.closed)
        yield LotPeriod(end, ledger.remaining(), closed)


Assignment = list[Fill]
"""The option and share legs of assignments and exercises on one underlying on one day."""


def _in_order(steps: Iterable[Step]) -> list[tuple[date, Step]]:
    """Steps by the days on which they count: their own.

    An adjustment changed what was held when it was recorded. So it counts after all steps on its
    holdings that were recorded before it, and before those recorded later, whatever their dates.
    """
    newest: dict[Key, date] = {}
    adjusted: dict[Key, date] = {}
    placed: list[tuple[date, Step]] = []
    for _, group in groupby(steps, key=lambda step: (step.seq, step.n)):  # in order of records
        of_entry = list(group)
        is_adjustment = isinstance(of_entry[0], Adjustment)
        keys = [key for step in of_entry for key in _keys(step)]
        limits = newest if is_adjustment else adjusted
        day = max(of_entry[0].day, *(limits.get(key, date.min) for key in keys))
        placed += [(day, step) for step in of_entry]
        for key in keys:
            newest[key] = max(day, newest.get(key, date.min))
            if is_adjustment:
                adjusted[key] = day
    return sorted(placed, key=lambda each: (each[0], each[1].seq, each[1].n))


def _placed_day(placed: tuple[date, Step]) -> date:
    return placed[0]


def _lot_order(lot: Lot) -> tuple[str, str, str, date, int, int]:
    return lot.account, lot.instrument, lot.currency, lot.opened, lot.seq, lot.n


def _keys(step: Step) -> list[Key]:
    match step:
        case Fill():
            return [step.key]
        case Move():
            return [step.source, step.target]
    return [key for each in step.replaced for key in (each.source, each.target)]


def _grouped(steps: Iterable[tuple[date, Step]]) -> Iterator[Step | Assignment]:
    """Steps in order, the legs of an assignment together at the first of them.

    A statement has the option and the shares as two rows. No adjustment comes between the two.
    """
    assignments: dict[tuple[str, str, str, date], Assignment] = {}
    in_order: list[Step | Assignment] = []
    for day, step in steps:
        if isinstance(step, Adjustment):
            assignments = {}
        if not isinstance(step, Fill) or step.kind is not Kind.ASSIGNMENT:
            in_order.append(step)
            continue
        account, _, currency = step.key
        key = (account, step.instrument.symbol, currency, day)
        if key not in assignments:
            assignments[key] = []
            in_order.append(assignments[key])
        assignments[key].append(step)
    yield from in_order


class _Ledger:
    def __init__(self, methods: Methods) -> None:
        self._methods = methods
        self.open: dict[Key, list[Lot]] = {}
        self.closed: list[ClosedLot] = []

    def add(self, group: Step | Assignment) -> None:
        """Carry out one step, or the legs of an assignment."""
        match group:
            case Move():
                self.move(group)
            case Adjustment():
                self.adjust(group)
            case Fill():
                self.fill(group, group.gross_micros)
            case _:
                self.assign(group)

    def remaining(self) -> tuple[Lot, ...]:
        """The open lots, by account, instrument and day."""
        still_open = (lot for lots_of_key in self.open.values() for lot in lots_of_key)
        return tuple(sorted(still_open, key=_lot_order))

    def fill(self, fill: Fill, adjusted_gross: int) -> tuple[int, int]:
        """Close lots and open the rest; the range of `closed` that it added.

        `adjusted_gross` is the fill's cash in terms of the basis.
        """
        first = len(self.closed)
        account, instrument, currency = fill.key
        lot = Lot(
            account=account,
            instrument=instrument,
            currency=currency,
            opened=fill.day,
            seq=fill.seq,
            n=fill.n,
            quantity_micros=fill.quantity_micros,
            cost_micros=-fill.gross_micros,
            basis_micros=-adjusted_gross,
            fees_micros=fill.fee_micros,
            origin=fill.origin,
        )
        self._add(lot, fill, Origin.MISSING if fill.is_missing else fill.origin)
        return first, len(self.closed)

    def assign(self, legs: Assignment) -> None:
        """Close the options, then trade the shares, whose basis takes in the options' gains."""
        shares = [leg for leg in legs if leg.instrument.right is None]
        delivered = dict.fromkeys(map(_delivery, shares))
        premiums: dict[tuple[bool, int], int] = {}
        for leg in legs:
            if leg.instrument.right is None:
                continue
            first, end = self.fill(leg, leg.gross_micros)
            if (delivery := _delivery(leg)) in delivered:
                for i in range(first, end):
                    lot = self.closed[i]
                    premiums[delivery] = premiums.get(delivery, 0) + lot.adjusted_realised_micros
                    self.closed[i] = replace(lot, adjusted_micros=lot.basis_micros)
        for delivery in delivered:
            same = [leg for leg in shares if _delivery(leg) == delivery]
            parts = apportioned(
                premiums.get(delivery, 0), [abs(leg.quantity_micros) for leg in same]
            )
            for leg, premium in zip(same, parts, strict=True):
                self.fill(leg, leg.gross_micros + premium)

    def move(self, move: Move) -> None:
        """Give the source's lots to the target, where they close lots of the other side first."""
        moved = self.open.pop(move.source, [])
        missing = move.quantity_micros - sum(lot.quantity_micros for lot in moved)
        if missing:
            value = divided(move.value_micros * abs(missing), abs(move.quantity_micros))
            moved.append(_of_unknown_cost(move.source, move, missing, value))
        for lot in moved:
            self._add(replace(lot, account=move.target[0]), move, lot.origin)

    def adjust(self, adjustment: Adjustment) -> None:
        """Turn lots into as many of the new instrument, with their days, costs and fees."""
        taken = [(each, self.open.pop(each.source, [])) for each in adjustment.replaced]
        for each, of_source in taken:
            missing = each.before_micros - sum(lot.quantity_micros for lot in of_source)
            if missing:
                value = divided(each.value_micros * abs(missing), abs(each.before_micros))
                of_source.append(_of_unknown_cost(each.source, adjustment, missing, value))
            sign = 1 if each.before_micros > 0 else -1  # so that the weights have a positive sum
            weights = [sign * lot.quantity_micros for lot in of_source]
            quantities = apportioned(each.after_micros, weights)
            for lot in _replacing(of_source, quantities, each):
                self._add(lot, adjustment, lot.origin)

    def _add(self, lot: Lot, step: Step, origin_of_rest: Origin) -> None:
        """Close lots of the other side with the lot, and keep what is left of it open."""
        quantity = abs(lot.quantity_micros)
        cost = _Portions(lot.cost_micros, quantity)
        basis = _Portions(lot.basis_micros, quantity)
        fees = _Portions(lot.fees_micros, quantity)
        left = lot.quantity_micros
        can_close = lot.origin is not Origin.MISSING
        named = step.named if isinstance(step, Fill) else ()
        for other in self._taken(lot.key, -left, named) if can_close else ():
            left += other.quantity_micros
            size = abs(other.quantity_micros)
            self.closed.append(
                ClosedLot(
                    account=other.account,
                    instrument=other.instrument,
                    currency=other.currency,
                    opened=other.opened,
                    seq=other.seq,
                    closed=step.day,
                    closed_seq=step.seq,
                    closed_n=step.n,
                    kind=step.kind,
                    quantity_micros=other.quantity_micros,
                    cost_micros=other.cost_micros,
                    basis_micros=other.basis_micros,
                    proceeds_micros=-cost.take(size),
                    adjusted_micros=-basis.take(size),
                    fees_micros=other.fees_micros + fees.take(size),
                    origin=lot.origin if other.origin is Origin.RECORDED else other.origin,
                )
            )
        if left:
            rest = replace(
                lot,
                quantity_micros=left,
                cost_micros=cost.take(abs(left)),
                basis_micros=basis.take(abs(left)),
                fees_micros=fees.take(abs(left)),
                origin=origin_of_rest,
            )
            self.open.setdefault(lot.key, []).append(rest)

    def _taken(self, key: Key, quantity_micros: int, named: tuple[int, ...]) -> Iterator[Lot]:
        """Take up to that signed quantity out of the open lots.

        The lots that records `named` opened come first, the rest in the order of the method.
        A lot of missing origin was sold already, so nothing closes it.
        """
        remaining = self.open.get(key, [])
        while quantity_micros:
            closable = [
                lot
                for lot in remaining
                if lot.origin is not Origin.MISSING
                and (lot.quantity_micros > 0) == (quantity_micros > 0)
            ]
            if not closable:
                return
            lot = min(closable, key=lambda lot: self._rank(lot, named))
            size = min(abs(lot.quantity_micros), abs(quantity_micros))
            at = remaining.index(lot)
            taken, rest = _divided_lot(lot, size)
            remaining[at : at + 1] = [rest] if rest is not None else []
            quantity_micros -= taken.quantity_micros
            yield taken

    def _rank(self, lot: Lot, named: tuple[int, ...]) -> tuple[int | Fraction, ...]:
        place = named.index(lot.seq) if lot.seq in named else len(named)
        return place, *self._method_rank(lot)

    def _method_rank(self, lot: Lot) -> tuple[int | Fraction, ...]:
        order = (lot.opened.toordinal(), lot.seq, lot.n)
        match self._method_of(lot.account):
            case LotMethod.LIFO:
                return tuple(-part for part in order)
            case LotMethod.HIFO:
                return (-Fraction(lot.cost_micros, abs(lot.quantity_micros)), *order)
        return order

    def _method_of(self, account: str) -> LotMethod:
        if isinstance(self._methods, LotMethod):
            return self._methods
        return self._methods.get(account, LotMethod.FIFO)


class _Portions:
    """Divides an amount over a quantity that is taken in portions; they add up to the amount."""

    def __init__(self, micros: int, quantity: int) -> None:
        self._micros, self._quantity = micros, quantity

    def take(self, size: int) -> int:
        """The portion of `size`; the last one is all that is left."""
        portion = divided(self._micros * size, self._quantity)
        self._micros -= portion
        self._quantity -= size
        return portion


def _divided_lot(lot: Lot, size: int) -> tuple[Lot, Lot | None]:
    """`size` of the lot, and its rest if there is one."""
    quantity = abs(lot.quantity_micros)
    if size == quantity:
        return lot, None
    sign = 1 if lot.quantity_micros > 0 else -1
    taken = replace(
        lot,
        quantity_micros=sign * size,
        cost_micros=divided(lot.cost_micros * size, quantity),
        basis_micros=divided(lot.basis_micros * size, quantity),
        fees_micros=divided(lot.fees_micros * size, quantity),
    )
    rest = replace(
        lot,
        quantity_micros=lot.quantity_micros - taken.quantity_micros,
        cost_micros=lot.cost_micros - taken.cost_micros,
        basis_micros=lot.basis_micros - taken.basis_micros,
        fees_micros=lot.fees_micros - taken.fees_micros,
    )
    return taken, rest


def _replacing(old: Sequence[Lot], quantities: Sequence[int], replaced: Replaced) -> list[Lot]:
    """The lots after an adjustment; what a lot cost of which nothing is left goes to the last."""
    lost = [lot for lot, quantity in zip(old, quantities, strict=True) if not quantity]
    new = [
        replace(lot, instrument=replaced.target[1], quantity_micros=quantity)
        for lot, quantity in zip(old, quantities, strict=True)
        if quantity
    ]
    if lost and new:
        new[-1] = replace(
            new[-1],
            cost_micros=new[-1].cost_micros + sum(lot.cost_micros for lot in lost),
            basis_micros=new[-1].basis_micros + sum(lot.basis_micros for lot in lost),
            fees_micros=new[-1].fees_micros + sum(lot.fees_micros for lot in lost),
        )
    return new


def _delivery(leg: Fill) -> tuple[bool, int]:
    """Whether shares are received, and their price: the same for an option and its shares."""
    quantity = leg.quantity_micros
    match leg.instrument.right:
        case Right.PUT:
            return quantity > 0, leg.instrument.strike_micros
        case Right.CALL:
            return quantity < 0, leg.instrument.strike_micros
    return quantity > 0, divided(abs(leg.gross_micros) * ONE_MICROS, abs(quantity))


def _of_unknown_cost(
    key: Key, step: Move | Adjustment, quantity_micros: int, value_micros: int
) -> Lot:
    account, instrument, currency = key
    return Lot(
        account=account,
        instrument=instrument,
        currency=currency,
        opened=step.day,
        seq=step.seq,
        n=step.n,
        quantity_micros=quantity_micros,
        cost_micros=value_micros,
        basis_micros=value_micros,
        origin=Origin.RECOVERED,
    )
