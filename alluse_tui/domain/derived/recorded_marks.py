"""The marks of shares in an account's entries, by underlying and day (rules.md, Week types)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from alluse_tui.domain.derived.fills import HoldingEntry, Key
from alluse_tui.domain.model.instrument import ONE_MICROS, instrument_named
from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.terms import Kind

MarkedDay = tuple[str, str, date]
"""A symbol, its currency and the day of the mark."""


def recorded_marks(entries: Iterable[HoldingEntry]) -> dict[MarkedDay, int]:
    """The price per share of each mark of one holding of shares that is in force, in micros.

    The entries are those of whole accounts, in the order of their records. The newest mark of a
    day counts.
    """
    held: dict[Key, tuple[int, int]] = {}
    prices: dict[MarkedDay, int] = {}
    for entry in entries:
        for change in entry.changes:
            key = (change.account, change.instrument, change.currency)
            quantity, value = held.get(key, (0, 0))
            held[key] = (quantity + change.quantity_micros, value + change.value_micros)
        if entry.kind is not Kind.MARK or not entry.counts or len(entry.changes) != 1:
            continue
        (change,) = entry.changes
        quantity, value = held[(change.account, change.instrument, change.currency)]
        is_share = instrument_named(change.instrument).right is None
        if is_share and quantity and value * quantity > 0:
            price = divided(abs(value) * ONE_MICROS, abs(quantity))
            prices[(change.instrument, change.currency, entry.effective)] = price
    return prices
