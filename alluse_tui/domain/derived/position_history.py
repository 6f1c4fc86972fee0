"""The history of one position: its lots, and the rolls that led to it and from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from alluse_tui.domain.derived.fills import Adjustment, Fill, Key, Move, Step
from alluse_tui.domain.derived.lots import ClosedLot, Lot
from alluse_tui.domain.derived.position_views import PositionView
from alluse_tui.domain.model.instrument import Instrument
from alluse_tui.domain.model.terms import Kind
from alluse_tui.domain.model.value import Value


class Roll(Value, kw_only=True):
    """An entry of record `seq` that closed one option and opened another on the same underlying.

    `cash_micros` is what both legs brought before fees, negative if it was paid.
    """

    account: str
    currency: str
    day: date
    seq: int
    closed: Instrument
    opened: Instrument
    cash_micros: int


class PositionHistory(Value, kw_only=True):
    """What became of an instrument in an account; `view` is None once nothing is held.

    `rolls`: the chain of rolls that it is part of, oldest first.
    """

    account: str
    instrument: Instrument
    currency: str
    view: PositionView | None
    open: tuple[Lot, ...]
    closed: tuple[ClosedLot, ...]
    rolls: tuple[Roll, ...]


def rolls(steps: Iterable[Step]) -> Iterator[Roll]:
    """The rolls among fills in the order of their records."""
    held: dict[Key, int] = {}
    for _, group in groupby(steps, key=lambda step: (step.seq, step.n)):
        legs = list(group)
        if roll := _roll(legs, held):
            yield roll
        for leg in legs:
            _hold(held, leg)


def chain_of(all_rolls: Iterable[Roll], account: str, instrument: str) -> tuple[Roll, ...]:
    """The rolls that are connected with that instrument of the account, in their order."""
    of_account = [roll for roll in all_rolls if roll.account == account]
    names, size = {instrument}, 0
    while len(names) > size:
        size = len(names)
        for roll in of_account:
            if not names.isdisjoint((roll.closed.name, roll.opened.name)):
                names |= {roll.closed.name, roll.opened.name}
    return tuple(roll for roll in of_account if roll.opened.name in names)


def _roll(legs: list[Step], held: dict[Key, int]) -> Roll | None:
    fills = [leg for leg in legs if isinstance(leg, Fill) and leg.kind is Kind.TRADE]
    if len(legs) != 2 or len(fills) != 2:
        return None
    closing = [leg for leg in fills if held.get(leg.key, 0) * leg.quantity_micros < 0]
    opening = [leg for leg in fills if leg not in closing]
    is_roll = (
        len(closing) == 1
        and closing[0].instrument.symbol == opening[0].instrument.symbol
        and closing[0].instrument.right is not None
        and closing[0].instrument.right is opening[0].instrument.right
    )
    if not is_roll:
        return None
    account, _, currency = closing[0].key
    return Roll(
        account=account,
        currency=currency,
        day=closing[0].day,
        seq=closing[0].seq,
        closed=closing[0].instrument,
        opened=opening[0].instrument,
        cash_micros=sum(leg.gross_micros for leg in fills),
    )


def _hold(held: dict[Key, int], step: Step) -> None:
    match step:
        case Fill():
            changes = [(step.key, step.quantity_micros)]
        case Move():
            changes = [(step.source, -step.quantity_micros), (step.target, step.quantity_micros)]
        case Adjustment():
            changes = [(r.source, -r.before_micros) for r in step.replaced]
            changes += [(r.target, r.after_micros) for r in step.replaced]
    for key, quantity_micros in changes:
        held[key] = held.get(key, 0) + quantity_micros
