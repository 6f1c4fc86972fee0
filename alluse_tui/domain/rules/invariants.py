"""Invariants of every book, asserted just before a change becomes durable."""

from __future__ import annotations

from collections.abc import Mapping

from alluse_tui.domain.model.book import Book


def imbalance(old: Book, new: Book) -> dict[str, int]:
    """'Main USD' → micros by which accounts and outside together changed; empty when balanced.

    If `old` sums to zero per portfolio and currency, so does `new` (rules.md, Invariant 1). The
    cost is proportional to what changed.
    """
    totals: dict[str, int] = {}
    for key, account in new.accounts.changes_since(old.accounts):
        before = old.accounts.get(key)
        _add(totals, account.portfolio, account.balances, before.balances if before else {})
    for name, portfolio in new.portfolios.items():
        earlier = old.portfolios.get(name)
        if earlier is not portfolio:
            _add(totals, name, portfolio.world, earlier.world if earlier else {})
    return {key: micros for key, micros in totals.items() if micros}


def _add(
    totals: dict[str, int], portfolio: str, now: Mapping[str, int], before: Mapping[str, int]
) -> None:
    """Add the change of these balances to the totals, by currency."""
    for key in now.keys() | before.keys():
        change = now.get(key, 0) - before.get(key, 0)
        if change:
            total = f"{portfolio} {key.rpartition(':')[2]}"
            totals[total] = totals.get(total, 0) + change
