"""Fills: what each entry of an account bought, sold, ended or moved, with the cash of each leg.

An entry records each leg's quantity and carried value, and the gains of its option legs and of its
share legs in one sum each. The cash of a leg follows from them: a leg that opens changed the
carried value by its cash, and a single leg that closes has the rest of its sum. Where one entry
closes several options, their sum is divided in proportion to the carried values that they closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from alluse_tui.domain.events.events import EntryPosted, HoldingChange
from alluse_tui.domain.model.instrument import Instrument, instrument_named
from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.terms import WORLD, Kind
from alluse_tui.domain.model.value import Value

FILLS = (Kind.TRADE, Kind.EXPIRY, Kind.ASSIGNMENT)
"""Kinds of entries whose legs are fills."""

Key = tuple[str, str, str]
"""A holding: account, name of the instrument, currency."""


class Origin(StrEnum):
    """Whether it is known how a lot was opened.

    `recorded`: its opening is an entry. `recovered`: a recovery took it from the state, so its cost
    is the carried value. `missing`: it was sold, or it ended, without having been held, because the
    records begin after its opening; its proceeds are known and its cost is not.
    """

    RECORDED = "recorded"
    RECOVERED = "recovered"
    MISSING = "missing"


class HoldingEntry(Value, kw_only=True):
    """An entry that changed holdings, as lots need it. Amounts are micros of its currency.

    `n` is its position in record `seq`. `option_gain_micros` and `share_gain_micros`: what its legs
    earned against their carried values; `fee_micros` is positive when paid. `named`: the records
    that opened the lots which it closes first. `is_undone`: a later
    record reverses it; `reverses`: the record that it reverses itself (0: none).
    """

    seq: int
    n: int
    kind: Kind
    effective: date
    changes: tuple[HoldingChange, ...]
    option_gain_micros: int = 0
    share_gain_micros: int = 0
    fee_micros: int = 0
    is_imported: bool = False
    is_undone: bool = False
    reverses: int = 0
    named: tuple[int, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it is in force: an undone entry and its reversal both count for nothing.

        The undo of a fork also returns what the fork's account holds by then, which is in force.
        """
        return not self.is_undone and (not self.reverses or self.kind is Kind.FORK)


def holding_entry(
    entry: EntryPosted, seq: int, n: int, *, is_undone: bool = False
) -> HoldingEntry | None:
    """The posted entry as lots need it; None if it changed no holdings."""
    if not entry.holdings:
        return None
    currency = entry.holdings[0].currency

    def outside(kind: Kind) -> int:
        name = WORLD[kind]
        posted = (p for p in entry.postings if (p.account, p.currency) == (name, currency))
        return sum(p.micros for p in posted)

    return HoldingEntry(
        seq=seq,
        n=n,
        kind=entry.kind,
        effective=entry.effective,
        changes=entry.holdings,
        option_gain_micros=-outside(Kind.PREMIUM),
        share_gain_micros=-outside(Kind.MARK),
        fee_micros=outside(Kind.FEE),
        is_imported=bool(entry.key),
        is_undone=is_undone,
        reverses=entry.reverses,
        named=entry.lots,
    )


class Fill(Value, kw_only=True):
    """One leg: a signed quantity, its cash before fees, and the fees that are its share.

    `key` is the holding that it changes, `named` the records of the lots that it closes first.
    """

    key: Key
    instrument: Instrument
    day: date
    seq: int
    n: int
    kind: Kind
    quantity_micros: int
    gross_micros: int
    fee_micros: int = 0
    origin: Origin = Origin.RECORDED
    is_imported: bool = False
    named: tuple[int, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether what it does not close was held before the records begin.

        That is so for an option that ended, and for shares that a statement says were sold.
        """
        if self.instrument.right is not None:
            return self.kind in (Kind.EXPIRY, Kind.ASSIGNMENT)
        return self.is_imported and self.quantity_micros < 0


class Move(Value, kw_only=True):
    """A holding that moved from one account to another, at its carried value."""

    source: Key
    target: Key
    day: date
    seq: int
    n: int
    kind: Kind
    quantity_micros: int
    value_micros: int


class Replaced(Value):
    """A holding that an adjustment turned into another one, at its carried value."""

    source: Key
    target: Key
    before_micros: int
    after_micros: int
    value_micros: int


class Adjustment(Value, kw_only=True):
    """A corporate action: all holdings that it changed, at once."""

    replaced: tuple[Replaced, ...]
    day: date
    seq: int
    n: int
    kind: Kind


Step = Fill | Move | Adjustment


class Carried(Value):
    """A holding as the book carries it.

    `marked_on`: the day of the mark that its value is from; None if it was never marked, or if more
    was bought or sold to open since then. `is_at_cost`: no mark is part of the value.
    """

    quantity_micros: int = 0
    value_micros: int = 0
    marked_on: date | None = None
    is_at_cost: bool = True


EMPTY = Carried()


class Fills(Value):
    """The steps that are in force, as recorded, and every holding as carried now."""

    steps: tuple[Step, ...]
    carried: dict[Key, Carried]


def fills(entries: Iterable[HoldingEntry]) -> Fills:
    """The fills of entries in the order of their records, of one or several accounts."""
    reader = _Reader()
    for entry in entries:
        reader.read(entry)
    return Fills(tuple(reader.steps), reader.carried)


class _Reader:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.carried: dict[Key, Carried] = {}

    def read(self, entry: HoldingEntry) -> None:
        if entry.kind is Kind.MARK:
            self._mark(entry)
        elif entry.kind is Kind.ADJUSTMENT:
            self._adjust(entry)
        elif len({change.account for change in entry.changes}) > 1:
            self._move(entry)
        else:
            self._fill(entry)

    def _fill(self, entry: HoldingEntry) -> None:
        is_recovered = entry.kind is Kind.RECOVERED
        fees = apportioned(entry.fee_micros, [abs(c.quantity_micros) for c in entry.changes])
        for change, gross, fee in zip(entry.changes, self._gross(entry), fees, strict=True):
            if entry.counts and change.quantity_micros:
                self.steps.append(
                    Fill(
                        key=_key(change),
                        instrument=instrument_named(change.instrument),
                        day=entry.effective,
                        seq=entry.seq,
                        n=entry.n,
                        kind=entry.kind,
                        quantity_micros=change.quantity_micros,
                        gross_micros=gross,
                        fee_micros=fee,
                        origin=Origin.RECOVERED if is_recovered else Origin.RECORDED,
                        is_imported=entry.is_imported,
                        named=entry.named,
                    )
                )
            self._carry(change, counts=entry.counts)

    def _gross(self, entry: HoldingEntry) -> list[int]:
        """The cash of each leg before fees; what an entry of another kind placed costs its value.

        The holdings are those of the time of the entry, so entries that were undone later count.
        """
        gross = [-change.value_micros for change in entry.changes]
        if entry.kind not in FILLS:
            return gross
        if len(gross) == 1:  # a leg's gain is its cash plus the change of its carried value
            return [gross[0] + entry.option_gain_micros + entry.share_gain_micros]
        options: list[int] = []
        shares: list[int] = []
        held: dict[Key, int] = {}
        for i, change in enumerate(entry.changes):
            key = _key(change)
            before = held.get(key, self.carried.get(key, EMPTY).quantity_micros)
            held[key] = before + change.quantity_micros
            if before and (before > 0) != (change.quantity_micros > 0):
                is_option = instrument_named(change.instrument).right is not None
                (options if is_option else shares).append(i)
        for closing, gain in (
            (options, entry.option_gain_micros),
            (shares, entry.share_gain_micros),
        ):
            weights = [abs(entry.changes[i].value_micros) for i in closing]
            if not any(weights):
                weights = [abs(entry.changes[i].quantity_micros) for i in closing]
            for i, part in zip(closing, apportioned(gain, weights), strict=True):
                gross[i] += part
        if entry.kind is not Kind.TRADE and not sum(gross[i] for i in options):
            for i in options:  # options that ended brought no cash, whatever each of them gained
                gross[i] = 0
        return gross

    def _carry(self, change: HoldingChange, *, counts: bool) -> None:
        """Carry a fill: one that opens ends a mark; one that closes keeps the price of the rest."""
        key = _key(change)
        old = self.carried.get(key, EMPTY)
        before, after = old.quantity_micros, old.quantity_micros + change.quantity_micros
        value = old.value_micros + change.value_micros
        marked_on, is_at_cost = old.marked_on, old.is_at_cost
        if counts and before * after <= 0:
            marked_on, is_at_cost = None, before != 0 or old.value_micros == 0
        elif counts and abs(after) > abs(before):
            marked_on = None
        self.carried[key] = Carried(after, value, marked_on, is_at_cost)

    def _mark(self, entry: HoldingEntry) -> None:
        for change in entry.changes:
            old = self.carried.get(_key(change), EMPTY)
            self.carried[_key(change)] = Carried(
                quantity_micros=old.quantity_micros,
                value_micros=old.value_micros + change.value_micros,
                marked_on=entry.effective if entry.counts else old.marked_on,
                is_at_cost=old.is_at_cost and not entry.counts,
            )

    def _adjust(self, entry: HoldingEntry) -> None:
        """Everything leaves the old holdings before it enters the new ones: they may overlap."""
        added = [change for change in entry.changes if change.replaces]
        removed = {_key(change): change for change in entry.changes if not change.replaces}
        before = {key: self.carried.get(key, EMPTY) for key in removed}
        for change in removed.values():
            self._carry(change, counts=False)
        replaced = []
        for change in added:
            source = (change.account, change.replaces, change.currency)
            self._carry_replaced(change, before[source], counts=entry.counts)
            replaced.append(
                Replaced(
                    source=source,
                    target=_key(change),
                    before_micros=-removed[source].quantity_micros,
                    after_micros=change.quantity_micros,
                    value_micros=change.value_micros,
                )
            )
        if entry.counts:
            self.steps.append(
                Adjustment(
                    replaced=tuple(replaced),
                    day=entry.effective,
                    seq=entry.seq,
                    n=entry.n,
                    kind=entry.kind,
                )
            )

    def _carry_replaced(self, change: HoldingChange, source: Carried, *, counts: bool) -> None:
        """Carry a holding that replaces `source`, whose mark stays valid if it comes alone."""
        key = _key(change)
        old = self.carried.get(key, EMPTY)
        self._carry(change, counts=False)
        if counts:
            self.carried[key] = _joined(self.carried[key], source, old)

    def _move(self, entry: HoldingEntry) -> None:
        pairs: dict[tuple[str, str], list[HoldingChange]] = {}
        for change in entry.changes:
            pairs.setdefault((change.instrument, change.currency), []).append(change)
        for pair in pairs.values():
            source, target = sorted(pair, key=self._source_first)
            if entry.counts and source.quantity_micros:
                self.steps.append(
                    Move(
                        source=_key(source),
                        target=_key(target),
                        day=entry.effective,
                        seq=entry.seq,
                        n=entry.n,
                        kind=entry.kind,
                        quantity_micros=target.quantity_micros,
                        value_micros=target.value_micros,
                    )
                )
            self._carry_moved(source, target, counts=entry.counts)

    def _source_first(self, change: HoldingChange) -> tuple[bool, int]:
        """The source of a move holds nothing of it afterwards, and was forked (gen-1.1)."""
        held = self.carried.get(_key(change), EMPTY).quantity_micros
        return bool(held + change.quantity_micros), -change.account.count(".")

    def _carry_moved(self, source: HoldingChange, target: HoldingChange, *, counts: bool) -> None:
        old, before = self.carried.get(_key(source), EMPTY), self.carried.get(_key(target), EMPTY)
        for change in (source, target):
            self._carry(change, counts=False)
        if not counts:
            return
        self.carried[_key(target)] = _joined(self.carried[_key(target)], old, before)


def _joined(after: Carried, came: Carried, before: Carried) -> Carried:
    """`after`, when `came` joined what was held `before`: its mark stays valid if it is alone."""
    is_alone = before.quantity_micros == 0 and before.value_micros == 0
    return Carried(
        quantity_micros=after.quantity_micros,
        value_micros=after.value_micros,
        marked_on=came.marked_on if is_alone else None,
        is_at_cost=came.is_at_cost and (is_alone or before.is_at_cost),
    )


def _key(change: HoldingChange) -> Key:
    return change.account, change.instrument, change.currency


def apportioned(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in parts proportional to `weights`; they add up to it.

    If all weights are zero, the last part is the total.
    """
    if len(weights) == 1:
        return [total]
    parts: list[int] = []
    weight, whole, given = 0, sum(weights), 0
    for each in weights:
        weight += each
        upto = divided(total * weight, whole) if whole else 0
        parts.append(upto - given)
        given = upto
    if parts and not whole:
        parts[-1] = total
    return parts
