"""Any command in any order, on paper and through the engine; the laws hold after every step."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from books import NOON
from examples import examples
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from machine_draws import FIRST_DAY, POLICY, statement
from machine_oracle import rows_by_kind
from machine_rules import AnyOrder, a_rate
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Activate,
    Command,
    Deposit,
    Import,
    Init,
    PolicySet,
    Post,
    Suspend,
    Undo,
    amount,
)
from alluse_tui.domain.events.events import EntryPosted, KeysFreed, Posting
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.fold.state_rows import book_from_rows, changed_rows
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.model.money import CENT_MICROS
from alluse_tui.domain.model.terms import Bucket, Kind
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, KeyUse, Plan
from alluse_tui.domain.plans import home_of, plan
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.record_decoding import events_of
from alluse_tui.engine.write.record_bodies import accepted_bodies, refused_body
from alluse_tui.engine.write.undo_target import undo_target
from alluse_tui.journal import Head, Journal, Record
from alluse_tui.journal.record import chained_record

START = NOON - timedelta(days=60)


def signed(actor: str) -> dict[str, Any]:
    return {"actor": actor, "session": "", "uid": 1000}


PARTS = "alluse_tui.domain.plan.EVENTS_PER_RECORD"
"""Set to 4, so that a small import or an opening becomes several records."""


class Paper:
    """A journal and its keys as plain lists: the domain alone, without a file."""

    def __init__(self) -> None:
        self.book, self.head, self.now = Book(), Head(), START
        self.made: list[Record] = []
        self.keys: dict[tuple[str, str], tuple[int, str, Receipt | None]] = {}

    def submit(self, command: Command, actor: str) -> Receipt:
        home = self.home(command, actor)
        content = repr((command.NAME, command.content()))
        try:
            if command.key and (stands := self.keys.get((home, command.key))):
                if stands[1] != content or stands[2] is None:
                    raise Refused([Verdict("key.content", False, "stands for another command")])
                return dataclasses.replace(stands[2], duplicate=True)
            made = plan(self.book, command, self.context(command, actor, home))
        except Refused as error:
            self.append(refused_body(error, command, home, signed(actor)))
            raise
        assert made.before is self.book
        if not made.events:
            return Receipt(min(k[0] for k in self.keys.values()), "", True, lambda: made.view)
        records = [self.append(body) for body in accepted_bodies(made, command, signed(actor), {})]
        self.book = made.after
        receipt = Receipt(records[0].seq, records[0].hash.hex(), False, lambda: made.view)
        for record in records:
            for event in events_of(record):
                if isinstance(event, KeysFreed):
                    for key in event.keys:
                        del self.keys[event.portfolio, key]
                elif isinstance(event, EntryPosted) and event.key:
                    self.keys[made.portfolio, event.key] = (record.seq, event.content, None)
        if command.key:
            self.keys[home, command.key] = (receipt.seq, content, receipt)
        return receipt

    def home(self, command: Command, actor: str) -> str:
        if isinstance(command, Undo) and not command.portfolio and len(self.book.portfolios) != 1:
            target = undo_target(self.book, command, actor, self)  # type: ignore[arg-type]
            return target.portfolio if target else ""
        return home_of(self.book, command)

    def context(self, command: Command, actor: str, home: str) -> Context:
        keys, undo = {}, None
        if isinstance(command, Import):
            for fact in command.statement.rows:
                if stands := self.keys.get((home, fact.key)):
                    keys[fact.key] = KeyUse(stands[0], stands[1])
        if isinstance(command, Undo):
            undo = undo_target(self.book, command, actor, self)  # type: ignore[arg-type]
        now_ns = int(self.now.timestamp()) * 1_000_000_000
        return Context(self.now.date(), self.head.seq + 1, now_ns, keys=keys, undo=undo)

    def earmark(self, entry: EntryPosted) -> None:
        """What no command does yet."""
        command = Deposit(account="gen-1", amount=CENT_MICROS)
        made = Plan(
            command,
            entry.portfolio,
            self.now.date(),
            (entry,),
            (),
            self.book,
            apply_all(self.book, [entry], self.head.seq + 1),
        )
        for body in accepted_bodies(made, made.command, signed("dana"), {}):
            self.append(body)
        self.book = made.after

    def append(self, body: dict[str, object]) -> Record:
        record = chained_record(body, self.head, int(self.now.timestamp()) * 10**9 + self.head.seq)
        self.made.append(record)
        self.head = Head(record.seq, record.hash)
        return record

    def records(self, after: int = 0, upto: int | None = None) -> Iterator[Record]:
        yield from self.made[after:upto]

    def newest_first(self) -> Iterator[Record]:
        yield from reversed(self.made)


class OnPaper(AnyOrder):
    """The domain alone: plan, apply, and the state as rows."""

    def __init__(self) -> None:
        super().__init__()
        self.split = mock.patch(PARTS, 4)
        self.split.start()
        self.paper = Paper()
        self.folded, self.read, self.stored = Book(), 0, dict[tuple[str, str], str]()

    def teardown(self) -> None:
        self.split.stop()
        if self.sound:
            book = Book()
            for record in self.paper.made:
                book = apply_all(book, events_of(record), record.seq)
            assert book == self.book

    @property
    def book(self) -> Book:
        return self.paper.book

    @property
    def today(self) -> date:
        return self.paper.now.date()

    def submit(self, command: Command, actor: str) -> Receipt:
        return self.paper.submit(command, actor)

    def records(self, after: int) -> Iterable[Record]:
        return self.paper.records(after)

    def keys(self, portfolio: str, keys: list[str]) -> dict[str, int]:
        return {k: s[0] for (home, k), s in self.paper.keys.items() if home == portfolio}

    def pass_days(self, days: int) -> None:
        self.paper.now += timedelta(days=days)

    @rule(data=st.data(), bucket=st.sampled_from([Bucket.CONTRACTS, Bucket.LEAPS]))
    def earmark(self, data: st.DataObject, bucket: Bucket) -> None:
        """Cash set aside, as a reinvestment will, so that there is something to release."""
        one = self.account(data)
        currency = self.book.portfolios[one.portfolio].currency
        cash = one.balances.get(f"cash:{currency}", 0)
        if cash <= 0:
            return
        micros = data.draw(st.sampled_from([CENT_MICROS, cash]))
        postings = tuple(
            Posting(one.code, where, currency, m)
            for where, m in ((Bucket.CASH, -micros), (bucket, micros))
        )
        self.paper.earmark(EntryPosted(one.portfolio, Kind.RELEASE, self.today, postings))
        self.ledger.follow(list(self.records(self.ledger.head.seq)), "dana")

    @invariant()
    def the_state_is_the_fold(self) -> None:
        for record in self.paper.records(self.read):
            after = apply_all(self.folded, events_of(record), record.seq)
            self.stored |= {row[:2]: row[2] for row in changed_rows(self.folded, after)}
            self.folded, self.read = after, record.seq
        assert self.folded == self.book
        rows = [(kind, key, text) for (kind, key), text in self.stored.items()]
        assert book_from_rows(rows_by_kind(rows)) == self.book


class InEngine(AnyOrder):
    """The same through the engine, on a file: what lies there equals what it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.split = mock.patch(PARTS, 4)
        self.split.start()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "alluse.journal"
        self.now = START
        self.clock = FixedClock(START)
        self.engine = self.opened()
        self.watching: LocalEngine | None = None

    def opened(self) -> LocalEngine:
        return LocalEngine(
            self.path, actor="dana", clock=self.clock, create=True, accept_clock=True
        )

    def teardown(self) -> None:
        try:
            if self.sound:
                self.the_replica_has_the_same()
        finally:
            self.split.stop()
            self.engine.close()
            if self.watching is not None:
                self.watching.close()
            self.folder.cleanup()

    def the_replica_has_the_same(self) -> None:
        """Balances summed in SQL are the book's, and so is today, looked back at."""
        asked = "SELECT portfolio, account, bucket, currency, amount FROM account_balance"
        summed = {
            (f"{p}/{a}", f"{b}:{c}"): m for p, a, b, c, m in self.engine.queries.sql(asked).rows
        }
        assert summed == {
            (key, held): Decimal(micros) / 10**6
            for key, account in self.book.accounts.items()
            for held, micros in account.balances.items()
        }
        looked_back = self.engine.queries.accounts(as_of=self.today)
        assert tuple(looked_back) == tuple(self.engine.queries.accounts())

    @property
    def book(self) -> Book:
        """What the state beside the records holds."""
        if not self.path.exists():
            return Book()
        with closing(Journal(self.path)) as journal:
            return book_from_rows(journal.state().rows)

    @property
    def today(self) -> date:
        return self.engine.today

    def submit(self, command: Command, actor: str) -> Receipt:
        return self.engine.commands.submit(command, actor=actor)

    def records(self, after: int) -> Iterable[Record]:
        return self.engine.queries.records(after)

    def keys(self, portfolio: str, keys: list[str]) -> dict[str, int]:
        with closing(Journal(self.path)) as journal:
            return {k: e.seq for k, e in journal.keys(portfolio, keys).items()}

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.clock.set(self.now)

    @invariant()
    def the_file_has_the_same(self) -> None:
        verified = self.engine.operations.verify()
        assert verified.ok, verified
        assert verified.records == self.engine.seq == self.ledger.head.seq
        with self.opened() as fresh:
            assert fresh.queries.accounts() == self.engine.queries.accounts()
        if self.watching is None:
            self.watching = self.opened()
        self.watching.refresh()
        assert self.watching.queries.accounts() == self.engine.queries.accounts()
        assert self.watching.queries.alerts() == self.engine.queries.alerts()


# -- what the machines found, at its smallest; each fails until it is mended ---------------------

PORTFOLIO = Init(portfolio="Main", capital=amount("250000"), policy=POLICY, date=FIRST_DAY)
SUSPEND, ACTIVATE = Suspend(account="Main/gen-1"), Activate(account="Main/gen-1")
SET = PolicySet(account="Main/gen-1", changes=(("limits.buffer", "9"),))
OTHERWISE = PolicySet(account="Main/gen-1", changes=(("limits.buffer", "3"),))


@pytest.fixture
def paper() -> Iterator[OnPaper]:
    machine = OnPaper()
    machine.attempt(PORTFOLIO)
    yield machine
    machine.teardown()


@pytest.mark.parametrize(
    ("there", "back"),
    [(Post(fact=a_rate(8)), Post(fact=a_rate(5))), (SUSPEND, ACTIVATE), (SET, OTHERWISE)],
    ids=["rate", "status", "setting"],
)
def test_what_was_set_again_since_is_not_undone_over_it(
    paper: OnPaper, there: Command, back: Command
) -> None:
    first = paper.attempt(there)
    assert isinstance(first, Receipt)
    for command in (back, there):
        assert isinstance(paper.attempt(command), Receipt)
    paper.attempt(Undo(seq=first.seq))
    paper.the_laws_hold()


def test_undo_of_an_import_leaves_the_same_file_imported_before(paper: OnPaper) -> None:
    """The file's first import still stands: only the rows that came the second time go."""
    row, both = (replace(statement("ibkr:U1", 1, last, 0), rates=()) for last in (1, 2))
    first = paper.attempt(Import(account="Main/gen-1", statement=row))
    assert isinstance(first, Receipt)
    paper.attempt(Import(account="Main/gen-1", statement=both))
    assert isinstance(paper.attempt(Undo(seq=first.seq)), Receipt)
    again = paper.attempt(Import(account="Main/gen-1", statement=both))
    assert isinstance(again, Receipt)
    assert isinstance(paper.attempt(Undo(seq=again.seq)), Receipt)
    standing = paper.book.account("gen-1").statements
    assert [s.sha256 for s in standing] == [both.sha256]
    paper.the_laws_hold()


@pytest.mark.parametrize("kind", [OnPaper, InEngine])
def test_an_import_under_the_key_of_one_of_its_rows_fails_nowhere(kind: type[AnyOrder]) -> None:
    """Refused, bad input or accepted; but no error of the store, which fails the whole turn."""
    machine = kind()
    try:
        machine.attempt(PORTFOLIO)
        came = statement("ibkr:U1", 1, 1, 0)
        machine.attempt(Import(account="Main/gen-1", statement=came, key="ibkr:1"))
        machine.the_laws_hold()
    finally:
        machine.teardown()


SHRINK = [Phase.shrink] if os.environ.get("ALLUSE_SHRINK") else []
"""Looking for the smallest failure takes minutes, so only when it is asked for."""

FEW = settings(
    derandomize=True,
    deadline=None,
    phases=[Phase.generate, *SHRINK],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
OnPaper.TestCase.settings = settings(FEW, max_examples=examples(200), stateful_step_count=40)
InEngine.TestCase.settings = settings(FEW, max_examples=examples(8), stateful_step_count=25)
TestOnPaper = OnPaper.TestCase
TestInEngine = InEngine.TestCase
