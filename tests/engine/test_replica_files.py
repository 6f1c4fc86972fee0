"""The published file: damaged, replaced, foreign or newer than expected (storage.md, Replica)."""

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

import pytest
from books import init
from replicas import balances, cash, file_of, fill, post

from alluse_tui.domain.commands import (
    ConversionFact,
    Deposit,
    Instrument,
    Kind,
    RateFact,
    Right,
    amount,
    trade,
)
from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.read.replica_queries import JournalSource
from alluse_tui.journal import Journal
from alluse_tui.journal.head_file import head_path
from alluse_tui.replica.publish import publish, published_seq

Open = Callable[..., LocalEngine]
ONE = 1_000_000
MAX = Decimal("999999999999.99")


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
    assert list(ours.queries.accounts(as_of=ours.today)) == list(ours.queries.accounts())


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
    assert list(ours.queries.accounts(as_of=ours.today)) == list(ours.queries.accounts())


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
    assert list(engine.queries.accounts(as_of=engine.today)) == list(engine.queries.accounts())


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
