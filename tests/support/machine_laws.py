"""The invariants of rules.md, worked out without the code that keeps them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from machine_ledger import Ledger, nonzero
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
    rows_by_kind,
    rows_of,
    surplus_of,
    unpledged,
    worth,
)
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Command,
    Fork,
    Merge,
    Post,
    Reinvest,
    TradeFact,
    Undo,
)
from alluse_tui.domain.events.events import EntryPosted, Event, Forked, Merged, RecordsReversed
from alluse_tui.domain.fold.state_rows import book_from_rows
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.instrument import Holding
from alluse_tui.domain.model.money import CENT_MICROS, MAX_MICROS
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.journal import Record


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
        if isinstance(command, (*DECISIONS, *GROWTH, AcknowledgeAlert)):
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
                    assert entry.effective >= account.latest_effective
        assert all(base[key] == -micros for key, micros in took.items())
        for key, micros in took.items():
            if micros <= 0:
                continue
            account = before.accounts[key]
            assert account.tier is not Tier.COM
            limit = available(before, account, today)
            if getattr(command, "override", ""):
                limit = max(limit, unpledged(before, account, today))
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
            spent = {
                b: new.balances.get(f"{b}:{own}", 0) - old.balances.get(f"{b}:{own}", 0)
                for b in ("cash", "contracts", "leaps")
            }
            reach = unpledged if command.override else available
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
        assert (child.parent, child.forked_from, child.settings) == (
            old.code,
            old.code,
            old.settings,
        )
        assert seed + raised == surplus and 0 <= seed - raised <= CENT_MICROS
        assert new.base == old.base and surplus_of(after, new, today) == 0
        if not command.override:
            assert available(after, new, today) > 0 or cash_of(after, new, today) >= 0
            assert surplus <= unpledged(before, old, today)

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


def book_laws(book: Book) -> None:
    """What holds of any book, however it came to be."""
    plain = json.loads(rows_of(book))
    assert book_from_rows(rows_by_kind(plain)) == book
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


PEAK_ROUNDING = 1_000
"""A peak is scaled, in whole 1e-12ths, by each entry that is taken back: so far it may be off."""


def restored(before: Book, after: Book) -> None:
    """All is as it was, but for what is counted for ever.

    Peaks are judged at entries: a later date than any before may bring a rate that raised one.
    Forks are counted of the newest day alone: one of a later day forgets those before. A price that
    ended with its position, or when more was opened, is not known again.
    """
    for key, home in after.portfolios.items():
        old_home = before.portfolios[key]
        assert replace(home, codes={}, forks={}) == replace(old_home, codes={}, forks={})
        assert home.forks in (old_home.forks, {})
    assert after.rates == before.rates
    for key, account in after.accounts.items():
        old = before.accounts.get(key)
        if old is None:
            assert account.status == "closed"
            assert not (account.balances or account.base or account.holdings or account.income)
            continue
        kept = replace(
            account,
            latest_effective=old.latest_effective,
            children=old.children,
            unit=old.unit,
            marks=old.marks,
        )
        assert kept == old
        for holding, marks in account.marks.items():
            assert old.marks[holding][-len(marks) :] == marks
        stands = account.unit.now(worth(after, account, account.latest_effective))
        seen = (
            max(old.unit.peak, stands)
            if account.latest_effective > old.latest_effective
            else old.unit.peak
        )
        off = account.unit.peak - seen
        assert abs(off) <= PEAK_ROUNDING, off
