"""Laws: what holds after every step, whatever was done; and what verify finds when it does not."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import apsw
import pytest
from books import NOON, init
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alluse_tui.domain.commands import (
    CashFact,
    Command,
    ConversionFact,
    Deposit,
    Fact,
    Instrument,
    Kind,
    MarkFact,
    Post,
    RateFact,
    Right,
    Transfer,
    Undo,
    Withdraw,
    amount,
    trade,
)
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.fold.state_rows import book_from_rows
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput, IntegrityFailed, Refused
from alluse_tui.domain.model.terms import Tier
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.record_decoding import events_of
from alluse_tui.journal import Head, Journal
from alluse_tui.journal.record import chained_record

TODAY = NOON.date()
DECISIONS = ("deposit", "withdraw", "transfer")
CODES = st.sampled_from(["gen-1", "rev-1", "com-1"])
CURRENCIES = st.sampled_from(["USD", "CHF", "EUR"])
DAYS = st.integers(0, 400).map(lambda back: TODAY - timedelta(days=back))
CENTS = st.one_of(st.integers(1, 100), st.integers(1, 12_000_000)).map(lambda c: c * 10_000)
MICROS = st.integers(-(10**11), 10**11).filter(bool)
INSTRUMENTS = st.sampled_from(
    [
        Instrument("MSTR"),
        Instrument("MSTR", Right.CALL, amount("290"), TODAY, 100),
        Instrument("MSTR", Right.PUT, amount("250.50"), TODAY, 100),
    ]
)
KINDS = (Kind.PREMIUM, Kind.FEE, Kind.INTEREST, Kind.DIVIDEND, Kind.TAX, Kind.OPENING)
TRADES = st.builds(
    trade,
    INSTRUMENTS,
    buy=st.booleans(),
    quantity=st.integers(1, 40).map(lambda n: str(n / 4)),
    price=st.integers(0, 500_000_000).map(lambda p: f"{p // 10**6}.{p % 10**6:06d}"),
    fees=st.integers(0, 2_000_000),
    currency=st.sampled_from(["", "CHF"]),
)
FACTS: st.SearchStrategy[Fact] = st.one_of(
    st.builds(CashFact, kind=st.sampled_from(KINDS), micros=MICROS, currency=CURRENCIES),
    TRADES,
    st.builds(MarkFact, value_micros=MICROS, currency=st.sampled_from(["", "CHF"])),
    st.builds(
        ConversionFact,
        bought=st.just("CHF"),
        bought_micros=CENTS,
        sold=st.sampled_from(["USD", "EUR"]),
        sold_micros=CENTS,
        fee_micros=st.integers(0, 10**7),
        fee_currency=CURRENCIES,
    ),
)
RATES = st.builds(
    RateFact,
    currency=st.sampled_from(["USD", "EUR"]),
    against=st.just("CHF"),
    nanos=st.integers(10**8, 10**10),
)


def sums_of(entry: EntryPosted) -> dict[str, int]:
    sums: defaultdict[str, int] = defaultdict(int)
    for p in entry.postings:
        sums[p.currency] += p.micros
    return sums


def sums_to_zero(book: Book) -> bool:
    sums: defaultdict[str, int] = defaultdict(int)
    holders = [*(a.balances for a in book.accounts.values())]
    holders += [home.world for home in book.portfolios.values()]
    for amounts in holders:
        for key, micros in amounts.items():
            sums[key.rpartition(":")[2]] += micros
    return not any(sums.values())


class AnyBook(RuleBasedStateMachine):
    """One portfolio, one operator, anything in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "alluse.journal"
        self.engine = self.opened()
        self.engine.commands.submit(init())
        self.first = self.engine.queries.accounts()
        self.folded, self.read = Book(), 0
        self.standing: list[int] = []

    def opened(self) -> LocalEngine:
        return LocalEngine(self.path, actor="dana", clock=FixedClock(NOON), create=True)

    def teardown(self) -> None:
        self.undo_everything()
        verified = self.engine.operations.verify()
        assert verified.ok, verified
        self.engine.close()
        self.folder.cleanup()

    def undo_everything(self) -> None:
        for _ in range(len(self.standing) + 1):
            for seq in reversed(self.standing.copy()):
                self.attempt(Undo(seq=seq))
            if not self.standing:
                break
        assert self.standing == []
        assert self.engine.queries.accounts() == self.first
        self.state_is_the_fold_and_sums_to_zero()

    def attempt(self, command: Command) -> Receipt | Refused | BadInput:
        before = (self.engine.queries.accounts(), self.state())
        try:
            receipt = self.engine.commands.submit(command)
        except (Refused, BadInput) as error:
            assert (self.engine.queries.accounts(), self.state()) == before
            return error
        if isinstance(command, Undo):
            self.standing.remove(command.seq)
        else:
            self.standing.append(receipt.seq)
        return receipt

    def state(self) -> Book:
        with closing(Journal(self.path)) as journal:
            return book_from_rows(journal.state().rows)

    @rule(code=CODES, micros=CENTS)
    def deposit(self, code: str, micros: int) -> None:
        before = self.engine.queries.account(code)
        assert isinstance(self.attempt(Deposit(account=code, amount=micros)), Receipt)
        after = self.engine.queries.account(code)
        assert (after.cash - before.cash, after.base - before.base) == (micros, micros)

    @rule(code=CODES, micros=CENTS)
    def withdraw(self, code: str, micros: int) -> None:
        before = self.engine.queries.account(code)
        may = before.tier is not Tier.COM and micros <= before.available
        outcome = self.attempt(Withdraw(account=code, amount=micros))
        assert isinstance(outcome, Receipt) is may
        assert before.cash - self.engine.queries.account(code).cash == (micros if may else 0)

    @rule(giver=CODES, taker=CODES, micros=CENTS)
    def transfer(self, giver: str, taker: str, micros: int) -> None:
        before = self.engine.queries.account(giver)
        total = self.engine.queries.portfolio().totals.equity
        may = before.tier is not Tier.COM and micros <= before.available and giver != taker
        outcome = self.attempt(Transfer(source=giver, target=taker, amount=micros))
        assert isinstance(outcome, Receipt) is may
        assert self.engine.queries.portfolio().totals.equity == total

    @rule(code=CODES, fact=FACTS, day=DAYS)
    def post(self, code: str, fact: Fact, day: date) -> None:
        outcome = self.attempt(Post(account=code, fact=fact, date=day, confirmed=True))
        assert isinstance(outcome, Receipt) or "is already the recorded value" in str(outcome)

    @rule(fact=RATES, day=DAYS)
    def rate(self, fact: RateFact, day: date) -> None:
        outcome = self.attempt(Post(fact=fact, date=day))
        assert isinstance(outcome, Receipt) or "is already recorded" in str(outcome)

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        if self.standing:
            self.attempt(Undo(seq=data.draw(st.sampled_from(self.standing))))

    @invariant()
    def state_is_the_fold_and_sums_to_zero(self) -> None:
        for record in self.engine.queries.records(self.read):
            events = events_of(record)
            for entry in events:
                if isinstance(entry, EntryPosted):
                    assert not any(sums_of(entry).values())
                    self.com_gave_nothing_by_decision(record.plain["command"], entry)
            self.folded = apply_all(self.folded, events, record.seq)
            self.read = record.seq
        assert self.read == self.engine.seq
        assert self.state() == self.folded
        assert sums_to_zero(self.folded)

    @staticmethod
    def com_gave_nothing_by_decision(command: str, entry: EntryPosted) -> None:
        if command in DECISIONS:
            assert all(p.micros > 0 for p in entry.postings if p.account.startswith("com"))

    @invariant()
    def holdings_add_up_to_positions(self) -> None:
        for account in self.folded.accounts.values():
            sums: defaultdict[str, int] = defaultdict(int)
            for key, holding in account.holdings.items():
                sums[f"positions:{key.rpartition(':')[2]}"] += holding.value_micros
            carried = {k: v for k, v in account.balances.items() if k.startswith("positions")}
            assert {k: v for k, v in sums.items() if v} == carried

    @invariant()
    def a_fresh_engine_sees_the_same(self) -> None:
        with self.opened() as fresh:
            assert fresh.queries.accounts() == self.engine.queries.accounts()
            assert fresh.queries.alerts() == self.engine.queries.alerts()


AnyBook.TestCase.settings = settings(max_examples=examples(30), stateful_step_count=25)
TestAnyBook = AnyBook.TestCase


# -- the journal ------------------------------------------------------------------------------


def sql(path: Path, statement: str, *values: str | int | bytes) -> None:
    """One statement on the file, as a foreign program would."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(statement, values).fetchall()


def written(folder: Path) -> Path:
    """A journal of six records, two of them by another actor and one a refusal."""
    path = folder / "alluse.journal"
    with LocalEngine(path, actor="dana", clock=FixedClock(NOON), create=True) as engine:
        engine.commands.submit(init())
        engine.commands.submit(
            Deposit(account="gen-1", amount=amount("12.34"), note="März", key="k")
        )
        with pytest.raises(Refused):
            engine.commands.submit(Withdraw(account="com-1", amount=amount("1")))
        engine.commands.submit(
            Transfer(source="rev-1", target="com-1", amount=amount("5")), actor="eli"
        )
        engine.commands.submit(
            Post(account="gen-1", fact=CashFact(kind=Kind.FEE, micros=-7)), actor="eli"
        )
        engine.commands.submit(Undo())
    return path


def opened(path: Path) -> LocalEngine:
    return LocalEngine(path, actor="dana", clock=FixedClock(NOON))


def test_the_same_commands_at_the_same_times_write_the_same_records(tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with opened(written(tmp_path / name)) as engine:
            hashes.append([r.hash for r in engine.queries.records()])
    assert len(hashes[0]) == 6
    assert hashes[0] == hashes[1]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("sound"))


@settings(max_examples=examples(60))
@given(seq=st.integers(1, 6), where=st.floats(0, 1, exclude_max=True), sign=st.integers(33, 126))
def test_one_changed_byte_is_found_and_named_and_stops_writing(
    sound: Path, seq: int, where: float, sign: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(sound, folder))
        with opened(path) as engine:
            accounts = engine.queries.accounts()
            body = next(iter(engine.queries.records(seq - 1))).body.decode()
            at = int(where * len(body))
            if body[at] == chr(sign):
                return
            changed = body[:at] + chr(sign) + body[at + 1 :]
            sql(
                path,
                "UPDATE record SET body = replace(body, ?, ?) WHERE seq = ?",
                body,
                changed,
                seq,
            )
            found = [c for c in engine.operations.verify().checks if not c.ok]
            assert found[0].name == "chain"
            assert found[0].detail.startswith(f"record {seq} ")
            with pytest.raises(IntegrityFailed, match=f"record {seq} "):
                engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
            assert engine.queries.accounts() == accounts
        with opened(path) as again:
            assert f"record {seq} " in again.quarantined
            with pytest.raises(IntegrityFailed):
                again.commands.submit(Deposit(account="gen-1", amount=amount("1")))


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("DELETE FROM record WHERE seq = 4", "chain"),
        ("DELETE FROM record WHERE seq = 6", "state"),
        ("UPDATE record SET actor = 'dana' WHERE seq = 5", "chain"),
        ("UPDATE record SET recorded_ns = recorded_ns + 1 WHERE seq = 6", "chain"),
        ("UPDATE record SET prev = zeroblob(32) WHERE seq = 2", "chain"),
        ("UPDATE state SET body = replace(body, '7500', '7501') WHERE id = 'Main/com-1'", "state"),
        ("DELETE FROM state WHERE id = 'Main/rev-1'", "state"),
    ],
)
def test_verify_finds_what_was_done_behind_its_back(
    sound: Path, tmp_path: Path, statement: str, check: str
) -> None:
    path = Path(shutil.copy(sound, tmp_path))
    sql(path, statement)
    with opened(path) as engine:
        assert check in [c.name for c in engine.operations.verify().checks if not c.ok]
        assert engine.quarantined


def test_verify_finds_a_well_chained_record_that_is_not_later(sound: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(sound, tmp_path))
    with opened(path) as engine:
        last = list(engine.queries.records())[-1]
    forged = chained_record({"actor": "dana", "events": []}, Head(6, last.hash), last.recorded_ns)
    columns = (7, forged.recorded_ns, "dana", forged.body.decode(), forged.prev, forged.hash)
    sql(path, "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", *columns)
    with opened(path) as engine:
        found = [c.detail for c in engine.operations.verify().checks if not c.ok]
        assert found[0] == "record 7 is not later than the one before it"


def test_a_sound_journal_verifies(sound: Path, tmp_path: Path) -> None:
    with opened(Path(shutil.copy(sound, tmp_path))) as engine:
        verified = engine.operations.verify()
        assert (verified.ok, verified.records, engine.quarantined) == (True, 6, "")


def without_state(sound: Path, folder: Path) -> Path:
    path = Path(shutil.copy(sound, folder))
    sql(path, "DELETE FROM state")
    sql(path, "DELETE FROM meta WHERE name = 'state'")
    return path


def test_a_state_of_another_schema_is_folded_again(sound: Path, tmp_path: Path) -> None:
    with opened(sound) as engine, opened(without_state(sound, tmp_path)) as refolded:
        assert refolded.queries.accounts() == engine.queries.accounts()
        assert refolded.core.follower.book == engine.core.follower.book


def test_a_refolded_state_is_whole_once_it_is_written(sound: Path, tmp_path: Path) -> None:
    path = without_state(sound, tmp_path)
    with opened(path) as engine:
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        accounts = engine.queries.accounts()
    with opened(path) as again:
        assert again.queries.accounts() == accounts
        assert again.operations.verify().ok
