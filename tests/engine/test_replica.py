"""The replica: published whole, rebuilt at will, equal to the Book (storage.md, Replica)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from books import init
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Deposit,
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
    assignment,
    trade,
)
from alluse_tui.domain.model.errors import BadInput, IntegrityFailed
from alluse_tui.domain.model.money import MAX_MICROS
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.read.replica_queries import JournalSource, ReplicaQueries
from alluse_tui.journal import Journal
from alluse_tui.journal.head_file import head_path
from alluse_tui.replica.publish import publish, published_seq

Open = Callable[..., LocalEngine]
ONE = 1_000_000
MAX = Decimal("999999999999.99")


def file_of(engine: LocalEngine) -> Path:
    return engine.path.with_suffix(".duckdb")


def balances(engine: LocalEngine) -> tuple[Any, ...]:
    sql = "SELECT portfolio, account, bucket, currency, amount FROM account_balance ORDER BY ALL"
    return engine.queries.sql(sql).rows


def post(engine: LocalEngine, fact: Any, code: str = "gen-1") -> None:
    engine.commands.submit(Post(account=code, fact=fact, confirmed=True))


def cash(kind: Kind, text: str, currency: str = "") -> CashFact:
    return CashFact(kind=kind, micros=amount(text, negative=True), currency=currency)


def fill(engine: LocalEngine) -> None:
    """Several currencies, positions, a transfer, an undo, a refusal, a second portfolio."""
    put = Instrument("XYZ", Right.PUT, 100_000_000, date(2026, 11, 20), 100)
    engine.commands.submit(Deposit(account="gen-1", amount=amount("0.07"), note='it"s\n☃ note'))
    post(engine, RateFact(currency="CHF", against="USD", nanos=1_123_400_000), "")
    post(engine, RateFact(currency="EUR", against="CHF", nanos=930_000_001), "")
    post(engine, cash(Kind.PREMIUM, "-31.41", "CHF"))
    post(engine, cash(Kind.INTEREST, "12.34", "EUR"), "rev-1")
    post(engine, cash(Kind.DIVIDEND, "99.99", "JPY"), "com-1")
    post(engine, trade(put, buy=False, quantity="2", price="1.505", fees=amount("1.41")))
    post(engine, assignment(put, quantity="1", fees=amount("0.01")))
    post(engine, MarkFact(value_micros=amount("9000.01")))
    engine.commands.submit(Transfer(source="rev-1", target="com-1", amount=amount("1000.01")))
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    engine.commands.submit(Undo())
    engine.commands.submit(replace(init("Smith", "300"), currency="EUR"))


def bare(engine: LocalEngine) -> list[Any]:
    return [replace(a, holdings={}) for a in engine.queries.accounts()]


# -- equal to the book ----------------------------------------------------------------------------


def test_answers_equal_the_book_in_every_currency(engine: LocalEngine) -> None:
    fill(engine)
    assert list(engine.queries.accounts(as_of=engine.today)) == bare(engine)
    held = {(p, a, c): amount for p, a, b, c, amount in balances(engine) if b == "cash"}
    assert held == {
        (a.portfolio, a.code, currency): Decimal(micros) / 1_000_000
        for a in engine.queries.accounts()
        for currency, micros in a.currencies.items()
    }
    assert {currency for _, _, currency in held} == {"USD", "CHF", "EUR", "JPY"}


def test_holdings_equal_the_book(engine: LocalEngine) -> None:
    fill(engine)
    rows = engine.queries.sql(
        "SELECT account, instrument, currency, quantity, amount FROM holding"
    ).rows
    assert {(a, f"{i}:{c}"): (q, m) for a, i, c, q, m in rows} == {
        (a.code, name): (
            Decimal(h.quantity_micros) / 1_000_000,
            Decimal(h.value_micros) / 1_000_000,
        )
        for a in engine.queries.accounts()
        for name, h in a.holdings.items()
    }
    assert len(rows) == 2


def test_every_currency_of_every_portfolio_sums_to_zero(engine: LocalEngine) -> None:
    fill(engine)
    rows = engine.queries.sql(
        "SELECT portfolio, currency, sum(amount) FROM posting GROUP BY ALL"
    ).rows
    assert len(rows) == 5
    assert {total for _, _, total in rows} == {Decimal(0)}


def test_balances_as_of_a_day_leave_out_what_came_later(open_engine: Open) -> None:
    engine = open_engine()
    engine.commands.submit(replace(init(), date=date(2026, 1, 5)))
    for day, text in ((date(2026, 2, 2), "10"), (date(2026, 3, 2), "5")):
        engine.commands.submit(Deposit(account="gen-1", amount=amount(text), date=day))
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("3"), date=date(2026, 4, 1)))

    def gen(day: date) -> tuple[int, int]:
        first = engine.queries.accounts(as_of=day)[0]
        return first.cash, first.base

    assert engine.queries.accounts(as_of=date(2026, 1, 4)) == ()
    for day, text in (
        (date(2026, 1, 5), "100000"),
        (date(2026, 2, 1), "100000"),
        (date(2026, 2, 2), "100010"),
        (date(2026, 3, 31), "100015"),
        (date(2026, 4, 1), "100012"),
    ):
        assert gen(day) == (amount(text), amount(text))


def test_numbers_are_exact_at_the_bounds(open_engine: Open) -> None:
    engine = open_engine()
    engine.commands.submit(init(capital="0"))
    engine.commands.submit(Deposit(account="gen-1", amount=MAX_MICROS))
    post(engine, cash(Kind.OPENING, "-999999999999.99"), "rev-1")
    post(engine, CashFact(kind=Kind.INTEREST, micros=1, currency="EUR"), "com-1")
    assert [row[-1] for row in balances(engine)] == [Decimal("0.000001"), MAX, -MAX]
    assert list(engine.queries.accounts(as_of=engine.today)) == bare(engine)


def test_a_mark_from_bound_to_bound_is_refused_and_what_stands_can_be_asked(
    open_engine: Open,
) -> None:
    engine = open_engine()
    engine.commands.submit(init(capital="0"))
    post(engine, MarkFact(value_micros=-MAX_MICROS))
    with pytest.raises(BadInput):
        post(engine, MarkFact(value_micros=MAX_MICROS))
    assert [row[-1] for row in balances(engine)] == [-MAX]


def test_a_quantity_beyond_the_bounds_is_refused(engine: LocalEngine) -> None:
    put = Instrument("XYZ", Right.PUT, 1, date(2026, 11, 20), 100)
    with pytest.raises(BadInput):
        post(engine, assignment(put, quantity="50000000000", fees=0))
    assert engine.queries.sql("SELECT quantity FROM holding").rows == ()


def test_whatever_rate_was_accepted_can_still_be_asked_about(engine: LocalEngine) -> None:
    post(engine, RateFact(currency="USD", against="JPY", nanos=10**18), "")
    assert engine.queries.sql("SELECT rate FROM rate").rows == ((Decimal(10**9),),)


def test_a_note_comes_back_as_it_was_typed(engine: LocalEngine) -> None:
    notes = ['it"s', "a\\b", "line\nline", "☃", "\x1b[2J", "a\0b", "'; DROP TABLE entry; --"]
    for note in notes:
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1"), note=note))
    answer = engine.queries.sql("SELECT note FROM entry WHERE kind = 'deposit' ORDER BY seq")
    assert [row[0] for row in answer.rows] == notes


# -- publishing -----------------------------------------------------------------------------------


def test_the_file_is_published_once_and_the_tail_answers_from_then_on(engine: LocalEngine) -> None:
    assert not file_of(engine).exists()
    before = balances(engine)
    published = file_of(engine).stat()
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    assert balances(engine) != before
    assert engine.queries.sql("SELECT max(seq) FROM record").rows == ((2,),)
    after = file_of(engine).stat()
    assert (after.st_ino, after.st_mtime_ns) == (published.st_ino, published.st_mtime_ns)
    assert after.st_mode & 0o777 == 0o600


BODY = {"actor": "dana", "portfolio": "", "command": "test", "content": {}, "events": []}


def published_head(path: Path) -> int:
    with duckdb.connect(path, read_only=True) as connection:
        row = connection.execute("SELECT head_seq FROM meta").fetchone()
    assert row is not None
    return int(row[0])


def test_a_process_that_begins_with_a_long_tail_publishes_first(tmp_path: Path) -> None:
    journal, path = Journal(tmp_path / "alluse.journal", create=True), tmp_path / "alluse.duckdb"
    for count in (1, 5_001):
        questions = ReplicaQueries(journal, path)
        with journal.turn() as turn:
            turn.append([BODY] * count, 1)
        head = journal.head().seq
        assert questions.ask_user_sql("SELECT count(*) FROM record", head).rows == ((head,),)
        questions.close()
    journal.close()
    assert published_head(path) == 5_002


def test_a_running_process_publishes_at_a_quiet_moment(tmp_path: Path) -> None:
    journal, path = Journal(tmp_path / "alluse.journal", create=True), tmp_path / "alluse.duckdb"
    questions = ReplicaQueries(journal, path)
    for count in (1, 5_001):
        with journal.turn() as turn:
            turn.append([BODY] * count, 1)
        head = journal.head().seq
        assert questions.ask_user_sql("SELECT count(*) FROM record", head).rows == ((head,),)
    assert published_head(path) == 1
    assert not questions.publish_long_tail(5_002, 5_001)
    assert questions.publish_long_tail(5_002, 5_000)
    assert published_head(path) == 5_002
    assert questions.ask_user_sql("SELECT count(*) FROM record", 5_002).rows == ((5_002,),)
    questions.close()
    journal.close()


def test_nothing_lies_beside_the_file_after_use(engine: LocalEngine) -> None:
    fill(engine)
    balances(engine)
    engine.queries.query("activity", portfolio="Main", after=0, count=10)
    names = {p.name for p in engine.path.parent.iterdir()}
    assert names <= {
        "alluse.journal",
        "alluse.journal-wal",
        "alluse.journal-shm",
        "alluse.duckdb",
        "alluse.duckdb.digest",
    } | {"alluse.journal.head"}


def test_every_table_and_view_says_what_it_is(engine: LocalEngine) -> None:
    balances(engine)
    engine.close()
    with duckdb.connect(file_of(engine), read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, comment FROM duckdb_tables() UNION ALL"
            " SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    assert len(rows) >= 12
    assert [name for name, comment in rows if not comment] == []


# -- damage costs nothing -------------------------------------------------------------------------


def _zero(path: Path, spot: int) -> None:
    with path.open("r+b") as file:
        file.seek(spot)
        file.write(bytes(65_536))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "deleted": lambda p: p.unlink(),
    "empty": lambda p: p.write_bytes(b""),
    "random": lambda p: p.write_bytes(os.urandom(p.stat().st_size)),
    "short": lambda p: os.truncate(p, p.stat().st_size // 2),
    "one byte short": lambda p: os.truncate(p, p.stat().st_size - 1),
    "header only": lambda p: os.truncate(p, 12_288),
    "all zero": lambda p: p.write_bytes(bytes(p.stat().st_size)),
    "header zeroed": lambda p: _zero(p, 0),
    "first block zeroed": lambda p: _zero(p, 12_288),
    "middle zeroed": lambda p: _zero(p, p.stat().st_size // 2),
    "end zeroed": lambda p: _zero(p, p.stat().st_size - 65_536),
    "stray wal": lambda p: Path(f"{p}.wal").write_bytes(os.urandom(4_096)),
    "empty wal": lambda p: Path(f"{p}.wal").touch(),
    "text": lambda p: p.write_text("SELECT"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_costs_nothing_but_a_rebuild(open_engine: Open, damage: str) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    fill(engine)
    before = balances(engine)
    engine.close()
    DAMAGE[damage](file_of(engine))
    again = open_engine()
    assert balances(again) == before
    assert again.queries.entries("gen-1", "Main", 50)
    assert again.operations.verify().ok
    again.commands.submit(Deposit(account="Main/gen-1", amount=amount("1")))
    assert not Path(f"{file_of(engine)}.wal").exists()


def test_a_file_deleted_or_garbled_while_in_use_costs_nothing(engine: LocalEngine) -> None:
    before = balances(engine)
    file_of(engine).unlink()
    assert balances(engine) == before
    file_of(engine).write_bytes(os.urandom(500_000))
    assert balances(engine) == before


def test_another_journals_file_is_built_again_and_is_no_alarm(
    open_engine: Open, tmp_path: Path
) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    with LocalEngine(tmp_path / "other.journal", actor="eve", create=True) as other:
        other.commands.submit(init("Other", "1"))
        other.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        balances(other)
    shutil.copy(tmp_path / "other.duckdb", file_of(engine))
    assert {row[0] for row in balances(engine)} == {"Main"}
    assert engine.quarantined == ""


# -- others at the same time ----------------------------------------------------------------------


def test_a_foreign_reader_may_have_the_file_open_meanwhile(engine: LocalEngine) -> None:
    before = balances(engine)
    reader = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open',"
        " flush=True); sys.stdin.read(); print(c.execute('FROM account_balance').fetchall() != [])"
    )
    command = [sys.executable, "-c", reader, str(file_of(engine))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as foreign:
        assert foreign.stdout is not None
        assert foreign.stdout.readline() == "open\n"
        assert balances(engine) == before
        file_of(engine).unlink()
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        assert balances(engine) != before
        assert foreign.communicate(timeout=20)[0] == "True\n"
        assert foreign.returncode == 0


def test_two_engines_see_what_each_other_did(open_engine: Open, engine: LocalEngine) -> None:
    other = open_engine("erik")
    assert balances(engine) == balances(other)
    other.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    engine.refresh()
    assert balances(engine) == balances(other)
    assert engine.queries.sql("SELECT actor FROM record WHERE seq = 2").rows == (("erik",),)


class Overtaken(JournalSource):
    """Between the look at the old file and its use, another process publishes."""

    def __init__(self, journal: Journal, meanwhile: Callable[[], object]) -> None:
        super().__init__(journal)
        self._meanwhile = [meanwhile]
        self.read_from: list[int] = []

    def bodies(self, after: int, upto: int) -> Iterator[list[str]]:
        self.read_from.append(after)
        return super().bodies(after, upto)

    def hash_of(self, seq: int) -> str:
        while self._meanwhile:
            self._meanwhile.pop()()
        return super().hash_of(seq)


def test_a_newer_file_that_came_meanwhile_is_left_as_it_is(open_engine: Open) -> None:
    ours, other = open_engine(), open_engine("other")
    ours.commands.submit(init())
    ours.operations.publish()
    ours.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    other.refresh()
    other.commands.submit(Deposit(account="gen-1", amount=amount("7")))
    with closing(Journal(ours.path)) as journal:
        publish(Overtaken(journal, other.operations.publish), file_of(ours), 2)
        assert published_seq(JournalSource(journal), file_of(ours)) == 3
    ours.refresh()
    assert list(ours.queries.accounts(as_of=ours.today)) == bare(ours)


def test_another_journals_file_that_came_meanwhile_is_not_built_upon(
    open_engine: Open, tmp_path: Path
) -> None:
    ours = open_engine()
    ours.commands.submit(init())
    ours.operations.publish()
    ours.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    with LocalEngine(tmp_path / "other.journal", actor="dana", create=True) as other:
        other.commands.submit(init("Other", "300"))
        other.operations.publish()
        foreign = file_of(other)
    with closing(Journal(ours.path)) as journal:
        publish(Overtaken(journal, lambda: foreign.replace(file_of(ours))), file_of(ours), 2)
    assert list(ours.queries.accounts(as_of=ours.today)) == bare(ours)


def test_a_month_is_told_by_currency_and_a_conversion_earns_nothing(engine: LocalEngine) -> None:
    post(engine, RateFact(currency="CHF", against="USD", nanos=1_100_000_000), "")
    post(engine, cash(Kind.PREMIUM, "30", "CHF"))
    post(engine, cash(Kind.PREMIUM, "20"))
    post(engine, ConversionFact(bought="CHF", bought_micros=ONE, sold="USD", sold_micros=ONE))
    rows = engine.queries.query("monthly", portfolio="Main").rows
    gains = {(row[0], row[3]): row[4] for row in rows}
    assert gains["gen-1", "CHF"] == 30_000_000
    assert gains["gen-1", "USD"] == 20_000_000


def test_a_slow_publisher_leaves_a_quicker_ones_file(open_engine: Open) -> None:
    slow, quick = open_engine(), open_engine("other")
    slow.commands.submit(init())
    slow.commands.submit(Deposit(account="gen-1", amount=amount("5")))

    def overtaken(done: int, _: int) -> None:
        quick.refresh()
        if quick.seq == 2:
            quick.commands.submit(Deposit(account="gen-1", amount=amount("7")))
            thread = threading.Thread(target=quick.operations.publish)
            thread.start()
            thread.join()

    with closing(Journal(slow.path)) as journal:
        publish(JournalSource(journal), file_of(slow), 2, overtaken)
        assert published_seq(JournalSource(journal), file_of(slow)) == 3


def test_a_foreign_log_that_comes_while_the_file_is_copied_is_not_believed(
    open_engine: Open,
) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    engine.operations.publish()
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    log = Path(f"{file_of(engine)}.wal")
    with closing(Journal(engine.path)) as journal:
        source = Overtaken(journal, lambda: log.write_bytes(b""))
        publish(source, file_of(engine), 2)
        assert source.read_from == [0]  # not from what was copied
    assert not log.exists()
    assert list(engine.queries.accounts(as_of=engine.today)) == bare(engine)


def test_acts_that_moved_nothing_take_no_place_among_the_newest(engine: LocalEngine) -> None:
    put = Instrument("XYZ", Right.PUT, 100_000_000, date(2026, 12, 18), 100)
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    for _ in range(3):
        post(engine, trade(put, buy=False, quantity="1", price="0", fees=0))
    found = engine.queries.query("activity", portfolio="Main", after=0, count=2)
    assert [row[0] for row in found.rows] == [2, 1]


def test_threads_may_ask_at_once(engine: LocalEngine) -> None:
    answers: list[tuple[Any, ...]] = []
    threads = [threading.Thread(target=lambda: answers.append(balances(engine))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert set(answers) == {balances(engine)}


@pytest.mark.parametrize("went_on", [False, True])
def test_a_file_ahead_of_the_journal_proves_a_loss(open_engine: Open, went_on: bool) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    engine.close()
    old = engine.path.read_bytes()
    with open_engine() as again:
        again.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        balances(again)
    engine.path.write_bytes(old)
    head_path(engine.path).unlink()  # which would have proved it already
    with open_engine() as short:
        if went_on:
            short.commands.submit(Deposit(account="gen-1", amount=amount("2")))
        with pytest.raises(IntegrityFailed, match="record 2"):
            balances(short)
        assert "record 2" in short.quarantined
        with pytest.raises(IntegrityFailed):
            short.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        assert len(short.queries.accounts()) == 3
