"""What the book remembers about holdings besides quantity and value: marks and assignments."""

from __future__ import annotations

from collections.abc import Mapping

from alluse_tui.domain.events.events import EntryPosted, HoldingChange
from alluse_tui.domain.model.book import Account, Assignment, Mark
from alluse_tui.domain.model.instrument import Holding, holding_key, instrument_named
from alluse_tui.domain.model.persistent_map import PersistentMap
from alluse_tui.domain.model.terms import Kind

MARKS_KEPT = 3
"""The marks of a holding that are kept, so that undoing the newest ones restores their days."""

ASSIGNMENTS_KEPT = 16

EMPTY = Holding(0, 0)


def marks_after(
    account: Account,
    held: Mapping[str, Holding],
    entry: EntryPosted,
    seq: int,
    reversed_by: PersistentMap[int],
) -> Mapping[str, tuple[Mark, ...]]:
    """The marks of the account's holdings after `entry` of record `seq`, which leaves it `held`.

    An entry that marks one holding gives it a price of its own; one that marks several divides a
    value among them, so none of them has a price afterwards. A price ends when more is opened, and
    with its position; an undo does not bring it back. An adjustment takes the marks along: what a
    holding is worth stays.
    """
    if entry.kind is Kind.ADJUSTMENT:
        return _marks_taken_along(account, entry)
    if not account.marks and entry.kind is not Kind.MARK:
        return account.marks
    own = (c for c in entry.holdings if c.account == account.code)
    marks = dict(account.marks)
    for key in dict.fromkeys(holding_key(c.instrument, c.currency) for c in own):
        before, after = account.holdings.get(key, EMPTY), held.get(key, EMPTY)
        known = marks.pop(key, ())
        if entry.kind is Kind.MARK and entry.reverses:
            left = _unmarked(known, reversed_by)
        elif entry.kind is Kind.MARK:
            is_price = len(entry.holdings) == 1 and after.quantity_micros != 0
            left = (*known[1 - MARKS_KEPT :], Mark(seq, entry.effective)) if is_price else ()
        else:
            left = known if _keeps_price(before, after) else ()
        if left:
            marks[key] = left
    return marks


def _marks_taken_along(account: Account, entry: EntryPosted) -> Mapping[str, tuple[Mark, ...]]:
    """The marks by the new instruments, or by the old ones again; none where both were held."""
    pairs = [
        (holding_key(c.replaces, c.currency), holding_key(c.instrument, c.currency))
        for c in entry.holdings
        if c.account == account.code and c.replaces
    ]
    if entry.reverses:
        pairs = [(old, new) for new, old in pairs]
    sources = {old for old, _ in pairs}
    marks = {key: known for key, known in account.marks.items() if key not in sources}
    for old, new in pairs:
        is_alone = new in sources or not account.holdings.get(new, EMPTY).quantity_micros
        known = account.marks.get(old, ()) if is_alone else ()
        marks.pop(new, None)
        if known:
            marks[new] = known
    return marks


def _unmarked(known: tuple[Mark, ...], reversed_by: PersistentMap[int]) -> tuple[Mark, ...]:
    """The marks without the newest one, if that was reversed; otherwise no price is known."""
    if not known or str(known[-1].seq) not in reversed_by:
        return ()
    return tuple(mark for mark in known if str(mark.seq) not in reversed_by)


def _keeps_price(before: Holding, after: Holding) -> bool:
    """Whether an entry left the price of a holding as it was: a part at most was closed."""
    old, new = before.quantity_micros, after.quantity_micros
    return new != 0 and (old > 0) == (new > 0) and abs(new) <= abs(old)


def assignments_after(
    account: Account, entry: EntryPosted, seq: int, reversed_by: PersistentMap[int]
) -> tuple[Assignment, ...]:
    """The newest assignments of the account's short options after `entry` of record `seq`."""
    if entry.kind is not Kind.ASSIGNMENT:
        return account.assignments
    if entry.reverses:
        return tuple(a for a in account.assignments if str(a.seq) not in reversed_by)
    assigned = [
        Assignment(seq, entry.effective, change.instrument, change.quantity_micros)
        for change in entry.holdings
        if change.account == account.code and _was_assigned(change)
    ]
    return (*account.assignments, *assigned)[-ASSIGNMENTS_KEPT:]


def _was_assigned(change: HoldingChange) -> bool:
    """Whether a short option ended; the end of a long one is an exercise."""
    return change.quantity_micros > 0 and instrument_named(change.instrument).right is not None
