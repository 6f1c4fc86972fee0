"""The book as rows, so that a process opens without reading every record (20-store, State)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from alluse_tui.domain.book import Account, Book, Portfolio
from alluse_tui.domain.errors import StoreFailed
from alluse_tui.domain.layered import Layered
from alluse_tui.domain.rates import Rates, RateTable
from alluse_tui.domain.wire import from_plain, to_plain

SCHEMA = 2
"""Raised whenever the rows change shape: an older state is folded again from the records."""

Row = tuple[str, str, Any]
"""Kind, id, and the value as plain data."""


def changed_rows(old: Book, new: Book) -> Iterator[Row]:
    """The rows in which `new` differs from `old`."""
    for name, home in new.portfolios.items():
        before = old.portfolios.get(name)
        if before is home:
            continue
        if before is None or replace(before, world=home.world, codes=home.codes) != home:
            yield "portfolio", name, to_plain(replace(home, world={}, codes={}))
        if before is None or (before.world, before.codes) != (home.world, home.codes):
            yield "sums", name, [to_plain(home.world), to_plain(home.codes)]
    for name in sorted(old.rates.keys() | new.rates.keys()):
        known, rates = old.rates_of(name), new.rates_of(name)
        for pair in sorted(known.tables.keys() | rates.tables.keys()):
            table = rates.tables.get(pair, RateTable())
            if table != known.tables.get(pair):
                yield "rates", f"{name}:{pair}", to_plain(table)
    for key, account in new.accounts.changes_since(old.accounts):
        yield "account", key, to_plain(account)
    for seq, by in new.reversed_by.changes_since(old.reversed_by):
        yield "reversed", seq, by


def book_from_rows(rows: Iterable[Row]) -> Book:
    """The book that these rows hold."""
    portfolios: dict[str, Portfolio] = {}
    sums: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    accounts: dict[str, Account] = {}
    tables: dict[str, dict[str, RateTable]] = {}
    reversed_by: dict[str, int] = {}
    for kind, key, plain in rows:
        match kind:
            case "portfolio":
                portfolios[key] = from_plain(Portfolio, plain)
            case "sums":
                sums[key] = (plain[0], plain[1])
            case "account":
                accounts[key] = from_plain(Account, plain)
            case "rates":
                name, _, pair = key.partition(":")
                if plain:
                    tables.setdefault(name, {})[pair] = from_plain(RateTable, plain)
            case "reversed":
                reversed_by[key] = plain
            case _:
                raise StoreFailed(f"the state holds rows of an unknown kind '{kind}'")
    for name, (world, codes) in sums.items():
        portfolios[name] = replace(portfolios[name], world=world, codes=codes)
    return Book(
        portfolios,
        Layered(accounts),
        {name: Rates(pairs) for name, pairs in tables.items()},
        Layered(reversed_by),
    )
