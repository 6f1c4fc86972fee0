"""The records added up a second time, without `apply`, and held against the book."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from machine_oracle import CAPITAL

from alluse_tui.domain.events.events import (
    AccountEdited,
    AccountOpened,
    AlertNoted,
    EntryPosted,
    Event,
    Forked,
    KeysFreed,
    Merged,
    RateSet,
    RecordsReversed,
    Reinvested,
    Reparented,
    SettingChanged,
    StatementImported,
    StatusChanged,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.settings import setting
from alluse_tui.domain.model.terms import Status
from alluse_tui.engine.record_decoding import events_of, span_of
from alluse_tui.journal import Head, Record
from alluse_tui.journal.record import chained

Slot = tuple[str, ...]
"""A thing that is set and set again: a rate of a day, a status, a name, a setting."""


@dataclass
class Ledger:
    """The records added up a second time, and their chain."""

    head: Head = field(default_factory=Head)
    recorded_ns: int = 0
    balances: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    base: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    income: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    values: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    newest: dict[str, date] = field(default_factory=dict)
    keys: dict[tuple[str, str], int] = field(default_factory=dict)
    keys_ever: set[tuple[str, str]] = field(default_factory=set)
    commands: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    entries: dict[int, list[EntryPosted]] = field(default_factory=dict)
    statements: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    changes: dict[Slot, list[tuple[int, object]]] = field(default_factory=dict)
    copied: dict[Slot, object] = field(default_factory=dict)
    opened: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    forks: dict[int, Forked] = field(default_factory=dict)
    fork_days: dict[str, date] = field(default_factory=dict)
    taken: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def follow(self, records: list[Record], actor: str) -> list[Event]:
        """Take in the records of one submit; what happened in them."""
        events: list[Event] = []
        for record in records:
            self._chained(record, actor)
            came = events_of(record)
            self.entries[record.seq] = [e for e in came if isinstance(e, EntryPosted)]
            self.commands[record.seq] = record.plain
            undo = any(isinstance(e, RecordsReversed) for e in events + came)
            for event in came:
                self._take(event, record.seq)
                for slot, value in [] if undo else set_by(event):
                    self.changes.setdefault(slot, []).append((record.seq, value))
            events += came
        if events and records[0].plain["key"]:
            self._use(records[0].plain["portfolio"], records[0].plain["key"], records[0].seq)
        assert len(records) <= 1 or span_of(records[0]) == (records[0].seq, records[-1].seq)
        return events

    def _chained(self, record: Record, actor: str) -> None:
        plain = record.plain
        assert record.seq == self.head.seq + 1
        assert record.prev == self.head.hash
        assert record.hash == chained(record.prev, record.body)
        assert record.actor == plain["actor"] == actor
        assert record.recorded_ns == plain["recorded"] > self.recorded_ns
        self.head, self.recorded_ns = Head(record.seq, record.hash), record.recorded_ns

    def _use(self, portfolio: str, key: str, seq: int) -> None:
        assert (portfolio, key) not in self.keys, "a key has at most one standing entry"
        self.keys[portfolio, key] = seq
        self.keys_ever.add((portfolio, key))

    def _take(self, event: Event, seq: int) -> None:
        match event:
            case AccountOpened(portfolio, code):
                opened = f"{portfolio}/{code}"
                assert opened not in self.newest, "codes are unique for ever"
                self.newest[opened] = event.opened
                self.opened.setdefault(seq, []).append((portfolio, code))
                for path, text in event.settings.items():
                    self.copied["own", portfolio, code, path] = text
            case Forked(portfolio) if not event.undone:
                self.forks[seq] = event
                newest = self.fork_days.get(portfolio, event.day)
                self.fork_days[portfolio] = max(newest, event.day)
            case Reinvested(portfolio, code):
                self.income[f"{portfolio}/{code}"].subtract(event.income)
            case RecordsReversed(first, last):
                self.keys = {k: s for k, s in self.keys.items() if not first <= s <= last}
                for seq in range(first, last + 1):
                    self.statements.pop(seq, None)
                    self.forks.pop(seq, None)
                    for portfolio, code in self.opened.get(seq, []):
                        self.changes["status", portfolio, code] = []
                for slot, stood in self.changes.items():
                    self.changes[slot] = [c for c in stood if not first <= c[0] <= last]
            case StatementImported():
                self.statements[seq] = (
                    f"{event.portfolio}/{event.account}",
                    event.source,
                    event.sha256,
                )
            case KeysFreed(portfolio, keys):
                assert not {(portfolio, key) for key in keys} & self.keys.keys()
            case EntryPosted():
                self._add(event)
                if event.key:
                    self._use(event.portfolio, event.key, seq)

    def _add(self, entry: EntryPosted) -> None:
        holders = {p.account for p in entry.postings if p.bucket}
        holders |= {h.account for h in entry.holdings}
        for code in holders:
            key = f"{entry.portfolio}/{code}"
            self.newest[key] = max(self.newest[key], entry.effective)
        for p in entry.postings:
            outside = entry.kind in ("withdrawal", "deposit", "opening")
            if outside and not p.bucket and (p.micros > 0) != bool(entry.reverses):
                (code,) = holders  # money that left by a fact, or came back by undoing one
                self.taken[f"{entry.portfolio}/{code}"][p.currency] += p.micros
            if p.bucket:
                self.balances[f"{entry.portfolio}/{p.account}"][f"{p.bucket}:{p.currency}"] += (
                    p.micros
                )
                continue
            self.balances[entry.portfolio][f"{p.account}:{p.currency}"] += p.micros
            if p.account not in CAPITAL:
                (code,) = holders
                self.income[f"{entry.portfolio}/{code}"][p.currency] -= p.micros
        for c in entry.base:
            self.base[f"{entry.portfolio}/{c.account}"][c.currency] += c.micros
        for h in entry.holdings:
            name = f"{h.instrument}:{h.currency}"
            self.values[f"{entry.portfolio}/{h.account}"][name] += h.value_micros
            self.counts[f"{entry.portfolio}/{h.account}"][name] += h.quantity_micros

    def equals(self, book: Book) -> None:
        """The book holds what the entries add up to, and what was set last and still stands."""
        for slot, stood in self.changes.items():
            now = set_in(book, slot)
            unset = self.copied.get(slot, _UNSET.get(slot[0], now))
            assert now == (stood[-1][1] if stood else unset), slot
        assert set(self.newest) == set(book.accounts)
        for name, home in book.portfolios.items():
            assert home.world == nonzero(self.balances[name])
            if day := self.fork_days.get(name):
                count = sum((f.portfolio, f.day) == (name, day) for f in self.forks.values())
                assert home.forks.get(day.isoformat(), 0) == count
                assert set(home.forks) <= {day.isoformat()}
        for key, account in book.accounts.items():
            assert account.balances == nonzero(self.balances[key])
            assert account.base == nonzero(self.base[key])
            assert account.income == nonzero(self.income[key])
            assert account.latest_effective == self.newest[key]
            assert account.withdrawn_from_compounding == (
                nonzero(self.taken[key]) if account.tier == "com" else {}
            )
            stand = [f.at_ns for f in self.forks.values() if f"{f.portfolio}/{f.account}" == key]
            assert (account.forks, account.forked_ns) == (len(stand), max(stand, default=0))
            assert [(key, s.source, s.sha256) for s in account.statements] == [
                one for one in self.statements.values() if one[0] == key
            ]
            held = account.holdings
            assert {k: h.value_micros for k, h in held.items() if h.value_micros} == nonzero(
                self.values[key]
            )
            assert {k: h.quantity_micros for k, h in held.items() if h.quantity_micros} == nonzero(
                self.counts[key]
            )


_UNSET: dict[str, object] = {
    "rate": 0,
    "status": Status.CLOSED,
    "own": "",
    "reinvested": "",
    "noted": None,
}
"""What holds of a slot when nothing that set it stands any more, where that is known."""


def set_by(event: Event) -> list[tuple[Slot, object]]:
    """What an event sets that is no money."""
    match event:
        case RateSet(portfolio, currency, against, day, nanos):
            return [(("rate", portfolio, f"{currency}/{against}", day.isoformat()), nanos)]
        case AccountOpened(portfolio, code):
            return [
                (("status", portfolio, code), Status.ACTIVE),
                (("words", portfolio, code), (event.name, "")),
                (("parent", portfolio, code), event.parent),
            ]
        case Merged(portfolio, code):
            return [(("status", portfolio, code), Status.MERGED)]
        case Reparented(portfolio, code, parent):
            return [(("parent", portfolio, code), parent)]
        case Reinvested(portfolio, code, quarter):
            return [(("reinvested", portfolio, code), quarter)]
        case AlertNoted(portfolio, alert):
            return [(("noted", portfolio, alert), event.note)]
        case StatusChanged(portfolio, code, status):
            return [(("status", portfolio, code), status)]
        case AccountEdited(portfolio, code, name, notes):
            return [(("words", portfolio, code), (name, notes))]
        case SettingChanged(portfolio, path, value):
            own = ("own", portfolio, event.account, path)
            return [(own if event.account else ("setting", portfolio, path), value)]
    return []


def set_in(book: Book, slot: Slot) -> object:
    """What the book has there."""
    kind, portfolio, *rest = slot
    if kind == "rate":
        return book.rates_of(portfolio).exactly_on(rest[0], date.fromisoformat(rest[1]))
    if kind == "setting":
        return setting(rest[0]).text(book.portfolios[portfolio].policy)
    if kind == "noted":
        return book.portfolios[portfolio].noted.get(rest[0])
    account = book.accounts[f"{portfolio}/{rest[0]}"]
    if kind in ("status", "parent", "reinvested"):
        return getattr(account, kind)
    return account.settings.get(rest[1], "") if kind == "own" else (account.name, account.notes)


def nonzero(amounts: Mapping[str, int]) -> dict[str, int]:
    return {k: v for k, v in amounts.items() if v}
