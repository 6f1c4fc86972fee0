"""The book as stored rows, so that it opens without reading all records (storage.md, State)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any, NoReturn, TypeVar

import msgspec
from msgspec.structs import replace

from alluse_tui.domain.events.codec import canonical
from alluse_tui.domain.model.book import Account, Book, Portfolio
from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.domain.model.market import MarketFile
from alluse_tui.domain.model.persistent_map import LazyRows, PersistentMap
from alluse_tui.domain.model.rates import Rates, RateTable
from alluse_tui.domain.model.users import Approval, Throttle, User, UserChange
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.model.vix import Vix

STATE_SCHEMA = 11
"""Incremented when the rows change; an older state is rebuilt from the records."""

READS_SINCE = 7
"""The oldest schema whose rows this program reads."""

Row = tuple[str, str, str]
"""Kind, id and text: a checksum of kind, id and value, then the value as canonical JSON."""

Rows = Mapping[str, dict[str, str]]
"""Stored rows: kind → id → text."""

CHECK_DIGITS = 16

T = TypeVar("T")


class Unreadable(IntegrityFailed):
    """A row of the state is damaged; the state can be rebuilt from the records."""


def changed_rows(old: Book, new: Book) -> Iterator[Row]:
    """Yield the rows in which `new` differs from `old`."""
    for kind, key, plain in _changed(old, new):
        text = canonical(plain).decode()
        yield kind, key, _check(kind, key, text) + text


def _changed(old: Book, new: Book) -> Iterator[tuple[str, str, Any]]:
    for name, portfolio in new.portfolios.items():
        before = old.portfolios.get(name)
        if before is portfolio:
            continue
        if before is None or _with_counted(before, _counted(portfolio)) != portfolio:
            yield "portfolio", name, replace(portfolio, world={}, codes={}, forks={})
        if before is None or _counted(before) != _counted(portfolio):
            yield "sums", name, _counted(portfolio)
    for name in sorted(old.rates.keys() | new.rates.keys()):
        known, rates = old.rates_of(name), new.rates_of(name)
        for pair in sorted(known.tables.keys() | rates.tables.keys()):
            table = rates.tables.get(pair, RateTable())
            if table != known.tables.get(pair):
                yield "rates", f"{name}:{pair}", table
    for key, account in new.accounts.changes_since(old.accounts):
        yield "account", key, account
    for seq, by in new.reversed_by.changes_since(old.reversed_by):
        yield "reversed", seq, by
    if new.vix != old.vix:
        yield "vix", _VIX, new.vix
    for kind, name, _ in _KEYED_ROWS:
        before_all, now_all = getattr(old, name), getattr(new, name)
        if before_all is not now_all:
            for key in sorted(before_all.keys() | now_all.keys()):
                value = now_all.get(key)
                if before_all.get(key) != value:
                    yield kind, key, value


_KEYED_ROWS: tuple[tuple[str, str, type[Any]], ...] = (
    ("user", "users", User),
    ("stranger", "strangers", Throttle),
    ("approval", "approvals", Approval),
    ("user_change", "user_changes", UserChange),
    ("market", "market", MarketFile),
    ("closure", "closures", str),
)
"""Kind of row, field of the book, type of the value; a removed value is stored as null."""


_VIX = "VIX"
"""The id of the row that holds the newest value of VIX."""


class _Counted(Value):
    """The frequently changing parts of a portfolio, stored apart from the rest."""

    world: Mapping[str, int]
    codes: Mapping[str, int]
    forks: Mapping[str, int]


def _counted(portfolio: Portfolio) -> _Counted:
    return _Counted(portfolio.world, portfolio.codes, portfolio.forks)


def _with_counted(portfolio: Portfolio, counted: _Counted) -> Portfolio:
    return replace(portfolio, world=counted.world, codes=counted.codes, forks=counted.forks)


def _check(kind: str, key: str, text: str) -> str:
    """A checksum that detects damaged rows on reading (`verify` detects forged ones)."""
    return hashlib.sha256(f"{kind}\0{key}\0{text}".encode()).hexdigest()[:CHECK_DIGITS]


def book_from_rows(rows: Rows, damaged: Callable[[str], None] = lambda problem: None) -> Book:
    """The book in these rows; accounts are decoded on first access.

    Takes ownership of them. Raises Unreadable, now or on access, after calling `damaged` with the
    problem.
    """
    read = _Reader(damaged)
    known = {"account", "portfolio", "sums", "rates", "reversed", "vix"} | {
        row[0] for row in _KEYED_ROWS
    }
    for kind in rows.keys() - known:
        read.failed(f"the state holds rows of an unknown kind '{kind}'")
    return Book(
        portfolios=_portfolios(read, rows),
        accounts=PersistentMap(
            stored=LazyRows(rows.get("account", {}), partial(read.value, "account", Account))
        ),
        rates=_rates(read, rows),
        reversed_by=PersistentMap(dict(read.values(rows, "reversed", int))),
        vix=dict(read.values(rows, "vix", Vix | None)).get(_VIX),
        **{name: _present(read.values(rows, kind, cls | None)) for kind, name, cls in _KEYED_ROWS},
    )


def _portfolios(read: _Reader, rows: Rows) -> dict[str, Portfolio]:
    portfolios = dict(read.values(rows, "portfolio", Portfolio))
    for name, counted in read.values(rows, "sums", _Counted):
        if name not in portfolios:
            read.failed(f"the state has lost the portfolio {name}")
        portfolios[name] = _with_counted(portfolios[name], counted)
    return portfolios


def _rates(read: _Reader, rows: Rows) -> dict[str, Rates]:
    tables: defaultdict[str, dict[str, RateTable]] = defaultdict(dict)
    for key, table in read.values(rows, "rates", RateTable):
        name, _, pair = key.partition(":")
        if table != RateTable():
            tables[name][pair] = table
    return {name: Rates(pairs) for name, pairs in tables.items()}


def _present(values: Iterable[tuple[str, T | None]]) -> dict[str, T]:
    return {key: value for key, value in values if value is not None}


class _Reader:
    def __init__(self, damaged: Callable[[str], None]) -> None:
        self._damaged = damaged

    def values(self, rows: Rows, kind: str, cls: Any) -> Iterator[tuple[str, Any]]:
        """Yield the ids and values of all rows of that kind."""
        for key, text in rows.get(kind, {}).items():
            yield key, self.value(kind, cls, key, text)

    def value(self, kind: str, cls: type[T], key: str, text: str) -> T:
        try:
            check, body = text[:CHECK_DIGITS], text[CHECK_DIGITS:]
            if check != _check(kind, key, body):
                self.failed(f"the state of {key} was changed")
            value: T = _decoder(cls)(body)
            return value
        except (TypeError, ValueError) as error:
            self.failed(f"the state of {key} cannot be read: {error}")

    def failed(self, problem: str) -> NoReturn:
        self._damaged(problem)
        raise Unreadable(problem)


_decoder: Callable[[Any], Callable[[str], Any]] = cache(
    lambda kind: msgspec.json.Decoder(kind).decode
)
