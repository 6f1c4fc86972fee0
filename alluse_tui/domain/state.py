"""The book as rows, so that a process opens without reading every record (20-store, State)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn, TypeVar

from alluse_tui.domain.book import Account, Book, Portfolio
from alluse_tui.domain.errors import IntegrityFailed, StoreFailed
from alluse_tui.domain.layered import Layered, Stored
from alluse_tui.domain.rates import Rates, RateTable
from alluse_tui.domain.wire import from_plain, to_plain

SCHEMA = 2
"""Raised whenever the rows change shape: an older state is folded again from the records."""

Row = tuple[str, str, Any]
"""Kind, id, and the value as plain data."""

StoredRow = tuple[str, str, str]
"""Kind, id, and the value as JSON."""

T = TypeVar("T")


class Unreadable(IntegrityFailed):
    """A row of the state is damaged; the records are not, and fold to a new one."""


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


def book_from_rows(
    rows: Iterable[StoredRow], damaged: Callable[[str], None] = lambda found: None
) -> Book:
    """The book that these rows hold; an account is made when it is first looked at.

    Raises Unreadable, now or then, after telling `damaged` what was found.
    """
    read = _Reader(damaged)
    portfolios: dict[str, Portfolio] = {}
    sums: dict[str, str] = {}
    accounts: dict[str, str] = {}
    tables: dict[str, dict[str, RateTable]] = {}
    reversed_by: dict[str, int] = {}
    for kind, key, text in rows:
        match kind:
            case "account":
                accounts[key] = text
            case "portfolio":
                portfolios[key] = read.value(Portfolio, key, text)
            case "sums":
                sums[key] = text
            case "rates":
                name, _, pair = key.partition(":")
                table = read.value(RateTable, key, text)
                if table != RateTable():
                    tables.setdefault(name, {})[pair] = table
            case "reversed":
                reversed_by[key] = read.plain(key, text)
            case _:
                read.failed(f"the state holds rows of an unknown kind '{kind}'")
    for name, text in sums.items():
        world, codes = read.plain(name, text)
        portfolios[name] = replace(portfolios[name], world=world, codes=codes)
    return Book(
        portfolios,
        Layered(stored=Stored(accounts, partial(read.value, Account))),
        {name: Rates(pairs) for name, pairs in tables.items()},
        Layered(reversed_by),
    )


class _Reader:
    def __init__(self, damaged: Callable[[str], None]) -> None:
        self._damaged = damaged

    def value(self, cls: type[T], key: str, text: str) -> T:
        try:
            return from_plain(cls, json.loads(text))
        except (AttributeError, KeyError, TypeError, ValueError, StoreFailed) as error:
            self.failed(f"the state of {key} cannot be read: {error}")

    def plain(self, key: str, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError as error:
            self.failed(f"the state of {key} cannot be read: {error}")

    def failed(self, found: str) -> NoReturn:
        self._damaged(found)
        raise Unreadable(found)
