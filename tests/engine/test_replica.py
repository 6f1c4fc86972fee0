"""The replica: published whole, rebuilt at will, equal to the Book (storage.md, Replica)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from books import init
from msgspec.structs import replace
from replicas import balances, cash, file_of, fill, post

from alluse_tui.domain.commands import (
    CashFact,
    Deposit,
    Instrument,
    Kind,
    MarkFact,
    RateFact,
    Right,
    Withdraw,
    amount,
    assignment,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import MAX_MICROS
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.read.replica_queries import ReplicaQueries
from alluse_tui.journal import Journal

Open = Callable[..., LocalEngine]
ONE = 1_000_000
MAX = Decimal("999999999999.99")


# -- equal to the book ----------------------------------------------------------------------------


def test_answers_equal_the_book_in_every_currency(engine: LocalEngine) -> None:
    fill(engine)
    assert list(engine.queries.accounts(as_of=engine.today)) == list(engine.queries.accounts())
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
    assert list(engine.queries.accounts(as_of=engine.today)) == list(engine.queries.accounts())


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
