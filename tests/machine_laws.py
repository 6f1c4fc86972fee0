"""The invariants of 10-domain, worked out without the code that keeps them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from machine_oracle import (
    CAPITAL,
    DECIDED,
    DECISIONS,
    GONE,
    GROWTH,
    available,
    cash_of,
    com_of,
    held_by,
    rows_of,
    surplus_of,
    worth,
)

from alluse_tui.domain.book import Account, Book
from alluse_tui.domain.commands import (
    Command,
    Fork,
    Merge,
    NoteAlert,
    Post,
    Reinvest,
    TradeFact,
    Undo,
)
from alluse_tui.domain.events import (
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
from alluse_tui.domain.instrument import Holding
from alluse_tui.domain.money import CENT_MICROS, MAX_MICROS
from alluse_tui.domain.settings import setting
from alluse_tui.domain.state import book_from_rows
from alluse_tui.domain.terms import Status, Tier
from alluse_tui.engine.reading import events_of, span_of
from alluse_tui.journal import Head, Record
from alluse_tui.journal.record import chained


@dataclass
class Act:
    """What one submit recorded."""

    records: list[Record]
    events: list[Event]

    @property
    def entries(self) -> list[EntryPosted]:
        return [e for e in self.events if isinstance(e, EntryPosted)]

    def holds(
        self, command: Command, before: Book, after: Book, today: date, ledger: Ledger
    ) -> None:
        """The laws of an act that was carried out."""
        assert self.records
        for entry in self.entries:
            sums: Counter[str] = Counter()
            for p in entry.postings:
                sums[p.currency] += p.micros
            assert not any(sums.values())
            assert len(entry.postings) >= 2 or (not entry.postings and entry.holdings)
            assert entry.effective <= today
            capital = any(p.account in CAPITAL for p in entry.postings)
            assert not capital or entry.base
            assert not entry.base or capital or entry.kind in ("transfer", "fork", "merge")
        if isinstance(command, (*DECISIONS, *GROWTH, NoteAlert)):
            self._com_keeps_all(command, before, after)
        if isinstance(command, Undo):
            self._undo_holds(before, after, ledger)
        elif isinstance(command, GROWTH):
            assert held_by(before) == held_by(after)
            self._growth_holds(command, before, after, today)
        elif isinstance(command, DECISIONS):
            self._decision_holds(command, before, after, today)
        else:
            touched = {(e.portfolio, p.account) for e in self.entries for p in e.postings}
            for portfolio, code in touched:
                account = before.accounts.get(f"{portfolio}/{code}")
                assert account is None or account.status not in GONE
            if isinstance(command, Post) and isinstance(command.fact, TradeFact):
                _carried_at_cost(command, before, after)

    def _decision_holds(self, command: Command, before: Book, after: Book, today: date) -> None:
        """It was judged on the book before: only active accounts, no com, never the buffer."""
        took: Counter[str] = Counter()
        base: Counter[str] = Counter()
        for entry in self.entries:
            for c in entry.base:
                base[f"{entry.portfolio}/{c.account}"] += c.micros
            for p in (p for p in entry.postings if p.bucket):
                key = f"{entry.portfolio}/{p.account}"
                assert p.currency == before.portfolios[entry.portfolio].currency
                took[key] -= p.micros
                if p.micros < 0 and p.bucket != "cash":
                    assert after.accounts[key].balances.get(f"{p.bucket}:{p.currency}", 0) >= 0
                account = before.accounts.get(key)
                if account is not None:
                    assert account.status is Status.ACTIVE
                    assert entry.effective >= account.newest
        assert all(base[key] == -micros for key, micros in took.items())
        for key, micros in took.items():
            if micros <= 0:
                continue
            account = before.accounts[key]
            assert account.tier is not Tier.COM
            limit = available(before, account, today)
            if getattr(command, "override", ""):
                limit = max(limit, cash_of(before, account, today))
            assert micros <= limit

    def _com_keeps_all(self, command: Command, before: Book, after: Book) -> None:
        """No decision takes anything out of Com, nor moves a unit value; a merge brings debts."""
        for key, old in before.accounts.items():
            new = after.accounts[key]
            if old.tier is Tier.COM and not isinstance(command, Merge):
                had, has = held_by(before, key), held_by(after, key)
                assert all(has[currency] >= had[currency] for currency in had)
            own = before.portfolios[old.portfolio].currency
            equities = [
                sum(m for k, m in one.balances.items() if k.endswith(own)) for one in (old, new)
            ]
            if {k.rpartition(":")[2] for k in (*old.balances, *new.balances)} == {own} and min(
                equities
            ) > 0:
                assert old.unit.now(equities[0]) == new.unit.now(equities[1])
                assert old.unit.peak == new.unit.peak

    def _growth_holds(self, command: Command, before: Book, after: Book, today: date) -> None:
        assert isinstance(command, Fork | Merge | Reinvest)
        old = before.account(command.account, command.portfolio)
        new, own = after.accounts[old.id], before.portfolios[old.portfolio].currency
        assert old.status is Status.ACTIVE
        changed = {k for k, a in after.accounts.items() if a != before.accounts.get(k)}
        if isinstance(command, Reinvest):
            assert changed == {old.id} and old.tier in ("rev", "com")
            assert old.reinvested < new.reinvested
            assert (new.base, new.income) == (old.base, {})
            spent = {b: new.balances.get(f"{b}:{own}", 0) - old.balances.get(f"{b}:{own}", 0)
                     for b in ("cash", "contracts", "leaps")}  # fmt: skip
            reach = cash_of if command.override else available
            assert 0 < -spent["cash"] <= reach(before, old, today)
            assert spent["cash"] % CENT_MICROS == 0 == spent["leaps"] % CENT_MICROS
            assert min(spent["contracts"], spent["leaps"]) >= 0
            return
        com = com_of(before, old.portfolio)
        assert com is not None
        rich = after.accounts[com.id]
        raised = rich.base.get(own, 0) - com.base.get(own, 0)
        if isinstance(command, Merge):
            assert old.forked_from and new.status is Status.MERGED and new.merged_into == com.code
            assert not (new.balances or new.base or new.holdings)
            assert raised == worth(before, old, today)
            for key, micros in old.balances.items():
                assert rich.balances.get(key, 0) == com.balances.get(key, 0) + micros
            moved = {a.id for a in before.accounts_of(old.portfolio) if a.parent == old.code}
            assert all(after.accounts[key].parent == old.parent for key in moved)
            assert changed == {old.id, com.id} | moved
            return
        (born,) = after.accounts.keys() - before.accounts.keys()
        child, surplus = after.accounts[born], surplus_of(before, old, today)
        seed = child.balances[f"cash:{own}"]
        assert changed == {old.id, com.id, born}
        assert (child.base, child.balances) == ({own: seed}, {f"cash:{own}": seed})
        assert (child.parent, child.forked_from, child.settings) == (old.code, old.code,
                                                                     old.settings)  # fmt: skip
        assert seed + raised == surplus and 0 <= seed - raised <= CENT_MICROS
        assert new.base == old.base and surplus_of(after, new, today) == 0
        if not command.override:
            assert available(after, new, today) > 0 or cash_of(after, new, today) >= 0
            assert surplus <= max(0, cash_of(before, old, today))

    def _undo_holds(self, before: Book, after: Book, ledger: Ledger) -> None:
        """It takes back exactly what was there; a decision's money only where it still lies."""
        (span,) = [e for e in self.events if isinstance(e, RecordsReversed)]
        undone = range(span.first_seq, span.last_seq + 1)
        sums: Counter[tuple[str, ...]] = Counter()
        original = [e for seq in undone for e in ledger.entries[seq]]
        what = ledger.commands[span.first_seq]["command"]
        reversals, rest = self.entries[: len(original)], self.entries[len(original) :]
        if what in [one.NAME for one in GROWTH]:
            assert held_by(before) == held_by(after)
        assert len(original) == len(reversals) and len(rest) <= (what == "fork")
        gone = {e.account for e in self.events if isinstance(e, Merged)}
        for fork in (e for e in self.events if isinstance(e, Forked)):
            child = after.accounts[f"{fork.portfolio}/{fork.child}"]
            assert child.status is Status.CLOSED
            assert not (child.balances or child.base or child.holdings)
            gone.add(fork.child)
            for e in rest:
                assert {p.account for p in e.postings} == {fork.child, fork.account}
        for e in (*original, *reversals):
            for p in e.postings:
                sums[p.account, p.bucket, p.currency] += p.micros
            for c in e.base:
                sums["base", c.account, c.currency] += c.micros
            for h in e.holdings:
                sums["value", h.account, h.instrument, h.currency] += h.value_micros
                sums["quantity", h.account, h.instrument, h.currency] += h.quantity_micros
        assert not any(sums.values())
        assert all(e.reverses == span.first_seq for e in self.entries)
        assert all(str(seq) not in before.reversed_by for seq in undone)
        assert all(after.reversed_by[str(seq)] == self.records[0].seq for seq in undone)
        if what not in DECIDED:
            return
        for e in reversals:
            for p in (p for p in e.postings if p.bucket and p.account not in gone):
                key = f"{e.portfolio}/{p.account}"
                assert before.accounts[key].status not in GONE
                held = after.accounts[key].balances.get(f"{p.bucket}:{p.currency}", 0)
                assert held >= 0 or p.micros >= 0 or p.bucket == "positions"


def _carried_at_cost(post: Post, before: Book, after: Book) -> None:
    """Closed, nothing is carried; opened, or turned through zero, what was paid for it."""
    account, fact = before.account(post.account, post.portfolio), post.fact
    if not isinstance(fact, TradeFact) or len({leg.instrument for leg in fact.legs}) < len(
        fact.legs
    ):
        return
    currency = fact.currency or before.portfolios[account.portfolio].currency
    for leg in fact.legs:
        key = f"{leg.instrument.name}:{currency}"
        old = account.holdings.get(key, Holding(0, 0))
        new = after.accounts[account.id].holdings.get(key, Holding(0, 0))
        if old.quantity_micros and not new.quantity_micros:
            assert new == Holding(0, 0)
        elif old.quantity_micros * new.quantity_micros < 0:
            paid = Fraction(-leg.gross_micros * new.quantity_micros, leg.quantity_micros)
            assert abs(new.value_micros - paid) <= Fraction(1, 2)
        elif not old.quantity_micros:
            assert new.value_micros - old.value_micros == -leg.gross_micros


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

    def follow(self, records: list[Record], actor: str) -> Act:
        """Take in the records of one submit."""
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
        return Act(records, events)

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
                    f"{event.portfolio}/{event.account}", event.source, event.sha256,
                )  # fmt: skip
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
            assert account.newest == self.newest[key]
            assert account.taken == (nonzero(self.taken[key]) if account.tier == "com" else {})
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
    "rate": 0, "status": Status.CLOSED, "own": "", "reinvested": "", "noted": None,
}  # fmt: skip
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


def book_laws(book: Book) -> None:
    """What holds of any book, however it came to be."""
    plain = json.loads(rows_of(book))
    assert book_from_rows((kind, key, body) for kind, key, body in plain) == book
    sums: Counter[str] = Counter()
    for name, home in book.portfolios.items():
        assert name == home.name
        for key, micros in home.world.items():
            sums[f"{name} {key.rpartition(':')[2]}"] += micros
        active = [a for a in book.accounts_of(name) if (a.tier, a.status) == ("com", "active")]
        assert len(active) <= 1
    for key, account in book.accounts.items():
        assert key == account.id
        _in_forest(book, account)
        positions: Counter[str] = Counter()
        for held, holding in account.holdings.items():
            positions[f"positions:{held.rpartition(':')[2]}"] += holding.value_micros
        carried = {k: v for k, v in account.balances.items() if k.startswith("positions:")}
        assert nonzero(positions) == carried
        for held, micros in account.balances.items():
            assert 0 < abs(micros) <= MAX_MICROS
            sums[f"{account.portfolio} {held.rpartition(':')[2]}"] += micros
    assert not any(sums.values())


def _in_forest(book: Book, account: Account) -> None:
    """Its parents end at the top, in its own portfolio; one that is open has none that is gone."""
    seen = {account.code}
    one = account
    while one.parent:
        parent = book.accounts[f"{account.portfolio}/{one.parent}"]
        assert parent.code not in seen
        assert one.status in GONE or parent.status not in GONE
        seen.add(parent.code)
        one = parent


def restored(before: Book, after: Book) -> None:
    """All is as it was, but for what is counted for ever."""
    for key, home in after.portfolios.items():
        assert replace(home, codes={}) == replace(before.portfolios[key], codes={})
    assert after.rates == before.rates
    for key, account in after.accounts.items():
        old = before.accounts.get(key)
        if old is None:
            assert account.status == "closed"
            assert not (account.balances or account.base or account.holdings or account.income)
            continue
        kept = replace(account, newest=old.newest, children=old.children, unit=old.unit)
        assert kept == old
        assert account.unit.peak == old.unit.peak
