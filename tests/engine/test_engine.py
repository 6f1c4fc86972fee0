"""The engine: keys, digests, turns, followers, failures of the file, and what verify finds."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from books import NOON, init
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    Command,
    Deposit,
    Kind,
    Post,
    Transfer,
    Withdraw,
    amount,
)
from alluse_tui.domain.model.errors import (
    BadInput,
    Busy,
    Conflict,
    IntegrityFailed,
    NoBook,
    Refused,
    StoreFailed,
)
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import FixedClock, LocalEngine, Notice
from alluse_tui.engine.write import group_commit as queue_module
from alluse_tui.journal import Journal

Opened = Callable[..., LocalEngine]
FIVE = Deposit(account="gen-1", amount=amount("5"))


def state_rows(path: Path) -> dict[str, dict[str, str]]:
    with closing(Journal(path)) as journal:
        return journal.state().rows


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


# -- keys and digests -------------------------------------------------------------------------


def test_the_same_key_and_content_returns_the_first_receipt(engine: LocalEngine) -> None:
    command = replace(FIVE, key="k")
    first = engine.commands.submit(command)
    again = engine.commands.submit(command)
    assert again == dataclasses.replace(first, duplicate=True)
    assert first.duplicate is False
    assert engine.seq == first.seq
    assert engine.queries.account("gen-1").cash == amount("100005")


def test_a_key_is_remembered_by_the_next_engine_and_any_actor(
    engine: LocalEngine, open_engine: Opened, clock: FixedClock
) -> None:
    first = engine.commands.submit(replace(FIVE, key="k"))
    clock.set(NOON + timedelta(days=40))
    again = open_engine(actor="eli").commands.submit(replace(FIVE, key="k"))
    assert again == dataclasses.replace(first, duplicate=True)


def test_the_same_key_with_other_content_is_refused(engine: LocalEngine) -> None:
    engine.commands.submit(replace(FIVE, key="k"))
    for other in (
        replace(FIVE, key="k", amount=amount("6")),
        replace(FIVE, key="k", account="rev-1"),
        replace(FIVE, key="k", note="n"),
        Withdraw(account="gen-1", amount=FIVE.amount, key="k"),
    ):
        with pytest.raises(Refused) as refused:
            engine.commands.submit(other)
        assert [r.rule for r in refused.value.reasons] == ["key.content"]
    assert engine.queries.account("gen-1").cash == amount("100005")


def test_a_refused_attempt_does_not_use_its_key_up(engine: LocalEngine) -> None:
    too_much = Withdraw(account="gen-1", amount=amount("95001"), key="k")
    with pytest.raises(Refused):
        engine.commands.submit(too_much)
    engine.commands.submit(Deposit(account="gen-1", amount=amount("2000")))
    assert engine.commands.submit(too_much).duplicate is False


def test_a_key_belongs_to_its_portfolio(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith"))
    engine.commands.submit(replace(FIVE, account="Main/gen-1", key="k"))
    other = engine.commands.submit(replace(FIVE, account="Smith/gen-1", key="k"))
    assert other.duplicate is False


def test_a_preview_with_a_used_key_shows_the_first_plan(engine: LocalEngine) -> None:
    first = engine.commands.submit(replace(FIVE, key="k"))
    assert engine.commands.preview(replace(FIVE, key="k")) == first.plan


def test_the_digest_is_the_same_for_preview_and_submit(
    engine: LocalEngine, clock: FixedClock
) -> None:
    shown = engine.commands.preview(FIVE)
    clock.set(NOON + timedelta(hours=20))
    assert engine.commands.submit(FIVE, expect=shown.digest).plan.digest == shown.digest


def test_the_digest_of_a_new_portfolio_does_not_change_at_midnight(
    open_engine: Opened, clock: FixedClock
) -> None:
    engine = open_engine()
    shown = engine.commands.preview(init())
    clock.set(NOON + timedelta(hours=20))
    engine.commands.submit(init(), expect=shown.digest)


def test_a_plan_that_changed_meanwhile_is_a_conflict(
    engine: LocalEngine, open_engine: Opened
) -> None:
    shown = engine.commands.preview(FIVE)
    open_engine(actor="eli").commands.submit(Withdraw(account="gen-1", amount=amount("1")))
    with pytest.raises(Conflict):
        engine.commands.submit(FIVE, expect=shown.digest)
    assert engine.queries.account("gen-1").cash == amount("99999")
    assert engine.commands.preview(FIVE).digest != shown.digest


def test_another_accounts_change_is_no_conflict(engine: LocalEngine) -> None:
    shown = engine.commands.preview(FIVE)
    engine.commands.submit(Deposit(account="rev-1", amount=amount("1")))
    engine.commands.submit(FIVE, expect=shown.digest)


def test_each_plan_has_its_own_digest(engine: LocalEngine) -> None:
    plans = [
        engine.commands.preview(c)
        for c in (
            FIVE,
            replace(FIVE, amount=amount("6")),
            replace(FIVE, account="rev-1"),
            Withdraw(account="gen-1", amount=amount("5")),
            Transfer(source="gen-1", target="rev-1", amount=amount("5")),
            Post(account="gen-1", fact=CashFact(kind=Kind.INTEREST, micros=amount("5"))),
        )
    ]
    assert len({p.digest for p in plans}) == len(plans)


# -- several engines and threads --------------------------------------------------------------


def test_two_engines_on_one_file_follow_each_other(
    engine: LocalEngine, open_engine: Opened
) -> None:
    other = open_engine(actor="eli")
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("95000")))
    with pytest.raises(Refused):
        other.commands.submit(Withdraw(account="gen-1", amount=amount("4750.01")))
    other.commands.submit(FIVE)
    engine.refresh()
    assert engine.queries.account("gen-1") == other.queries.account("gen-1")
    assert [r.actor for r in engine.queries.records()] == ["dana", "dana", "eli", "eli"]
    assert engine.operations.verify().ok


def test_a_book_made_meanwhile_by_another_process_is_followed(open_engine: Opened) -> None:
    waiting, maker = open_engine("erik"), open_engine()
    maker.commands.submit(init())
    assert next(waiting.commands.changes(0)).seq == 1
    waiting.commands.submit(FIVE)
    maker.refresh()
    assert waiting.seq == maker.seq == 2
    assert waiting.queries.accounts() == maker.queries.accounts()


def test_a_state_of_an_older_form_is_read_from_its_records_also_in_a_book_that_came_meanwhile(
    open_engine: Opened,
) -> None:
    waiting, maker = open_engine("erik"), open_engine()
    maker.commands.submit(init())
    maker.close()
    with closing(apsw.Connection(str(maker.path))) as file:
        file.execute(
            "UPDATE meta SET value = json_set(value, '$[0]', json_extract(value, '$[0]') - 1)"
            " WHERE name = 'state'"
        )
        file.execute("UPDATE state SET body = 'of another form' WHERE kind = 'account'")
    waiting.refresh()
    waiting.commands.submit(FIVE)
    assert [c for c in waiting.operations.verify().checks if not c.ok] == []
    assert open_engine("fay").queries.accounts() == waiting.queries.accounts()


@pytest.mark.parametrize("acts_first", [False, True])
def test_a_book_that_came_meanwhile_and_lost_records_is_quarantined(
    open_engine: Opened, tmp_path: Path, acts_first: bool
) -> None:
    maker = open_engine()
    maker.commands.submit(init())
    maker.close()
    path, shorter = maker.path, tmp_path / "shorter"
    shorter.write_bytes(path.read_bytes())
    with LocalEngine(path, actor="dana") as longer:
        longer.commands.submit(FIVE)
    path.unlink()
    waiting = open_engine("erik")
    path.write_bytes(shorter.read_bytes())
    if acts_first:
        with pytest.raises(IntegrityFailed, match="record 2 was there before"):
            waiting.commands.submit(FIVE)
    waiting.refresh()
    assert "record 2 was there before" in waiting.quarantined


def test_changes_tells_of_another_engines_deposit(engine: LocalEngine, open_engine: Opened) -> None:
    other = open_engine(actor="eli")
    watcher = engine.commands.changes(engine.seq)
    notices: list[Notice] = []
    thread = threading.Thread(target=lambda: notices.append(next(watcher)))
    thread.start()
    thread.join(0.2)
    assert not notices
    other.commands.submit(FIVE)
    thread.join(10)
    assert notices == [Notice(2, ("Main/gen-1",))]
    assert engine.queries.account("gen-1").cash == amount("100005")


def test_changes_resumes_with_what_changed_since(engine: LocalEngine) -> None:
    seen = engine.seq
    engine.commands.submit(FIVE)
    engine.commands.submit(Deposit(account="rev-1", amount=amount("5")))
    notice = next(engine.commands.changes(seen))
    assert (notice.seq, set(notice.accounts)) == (3, {"Main/gen-1", "Main/rev-1"})


def test_changes_ends_when_the_engine_is_closed(engine: LocalEngine) -> None:
    told: list[Notice] = []
    thread = threading.Thread(target=lambda: told.extend(engine.commands.changes(engine.seq)))
    thread.start()
    engine.close()
    thread.join(10)
    assert not thread.is_alive()
    assert told == []


def submitted_at_once(
    engine: LocalEngine, commands: list[Command], held_seconds: float = 0
) -> list[Receipt | Exception]:
    """What became of each command, submitted by a thread of its own.

    Another program holds the journal for `held_seconds`, so that they wait for it together.
    """
    outcomes: list[Receipt | Exception] = []

    def submit(command: Command) -> None:
        try:
            outcomes.append(engine.commands.submit(command))
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=submit, args=(c,)) for c in commands]
    with held_by_another(engine.path) if held_seconds else nullcontext():
        for thread in threads:
            thread.start()
        time.sleep(held_seconds)
    for thread in threads:
        thread.join()
    return outcomes


def test_many_threads_lose_nothing(engine: LocalEngine) -> None:
    many: list[Command] = [replace(FIVE, note=str(i)) for i in range(100)]
    outcomes = submitted_at_once(engine, many)
    receipts = [o for o in outcomes if isinstance(o, Receipt)]
    assert sorted(r.seq for r in receipts) == list(range(2, 102))
    assert engine.queries.account("gen-1").cash == amount("100500")
    assert {r.plain["content"].get("note") for r in engine.queries.records(1)} == {
        str(i) for i in range(100)
    }
    assert engine.operations.verify().ok


def test_commands_that_wait_together_share_a_turn(engine: LocalEngine) -> None:
    commits: list[int] = []
    writer = engine.core.journal._writer
    assert writer is not None
    writer.set_commit_hook(lambda: bool(commits.append(1)))  # type: ignore[func-returns-value]
    outcomes = submitted_at_once(engine, [FIVE] * 50, held_seconds=0.3)
    assert all(isinstance(o, Receipt) for o in outcomes)
    assert len(commits) <= 3
    assert engine.queries.account("gen-1").cash == amount("100250")


def test_what_is_available_is_spent_once_however_many_ask(engine: LocalEngine) -> None:
    take = Withdraw(account="gen-1", amount=amount("19000"))
    outcomes = submitted_at_once(engine, [take] * 20)
    assert sum(isinstance(o, Receipt) for o in outcomes) == 5
    assert sum(isinstance(o, Refused) for o in outcomes) == 15
    assert engine.queries.account("gen-1").cash == amount("5000")
    assert len(list(engine.queries.records())) == 21


def test_one_key_from_many_threads_acts_once(engine: LocalEngine) -> None:
    outcomes = submitted_at_once(engine, [replace(FIVE, key="k")] * 20)
    receipts = [o for o in outcomes if isinstance(o, Receipt)]
    assert (len(receipts), sum(not r.duplicate for r in receipts)) == (20, 1)
    assert engine.queries.account("gen-1").cash == amount("100005")


def test_a_full_queue_says_busy_at_once(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_module, "QUEUE_LIMIT", 0)
    with pytest.raises(Busy, match="already waiting"):
        engine.commands.submit(FIVE)


# -- when the file fails ----------------------------------------------------------------------


def unharmed(engine: LocalEngine, failing: Callable[[], object]) -> None:
    """`failing` leaves the book, in memory and in the file, as it was."""
    accounts, seq, rows = engine.queries.accounts(), engine.seq, state_rows(engine.path)
    failing()
    assert (engine.queries.accounts(), engine.seq, state_rows(engine.path)) == (accounts, seq, rows)
    assert engine.operations.verify().ok
    assert engine.commands.submit(FIVE).seq == seq + 1


def test_a_journal_that_stays_held_is_busy_and_nothing_changes(engine: LocalEngine) -> None:
    assert engine.core.journal._writer is not None
    engine.core.journal._writer.set_busy_timeout(50)

    def failing() -> None:
        with held_by_another(engine.path), pytest.raises(Busy, match="held by another process"):
            engine.commands.submit(FIVE)

    unharmed(engine, failing)


def test_a_full_disk_fails_the_whole_turn_and_nothing_else(engine: LocalEngine) -> None:
    writer = engine.core.journal._writer
    assert writer is not None
    most = writer.pragma("max_page_count")
    writer.pragma("max_page_count", writer.pragma("page_count"))
    long = replace(FIVE, note="n" * 500)
    outcomes = submitted_at_once(engine, [long] * 60, held_seconds=0.3)
    writer.pragma("max_page_count", most)
    done = [o for o in outcomes if isinstance(o, Receipt)]
    failed = [o for o in outcomes if isinstance(o, StoreFailed)]
    assert len(failed) > 1
    assert len(done) + len(failed) == 60
    assert "disk is full" in str(failed[0])
    assert engine.queries.account("gen-1").cash == amount("100000") + len(done) * FIVE.amount
    assert engine.seq == 1 + len(done)
    unharmed(engine, lambda: None)


def test_a_clock_far_behind_the_newest_record_is_refused(
    engine: LocalEngine, clock: FixedClock
) -> None:
    clock.set(NOON - timedelta(minutes=9))
    engine.commands.submit(FIVE)
    first, second = engine.queries.records()
    assert second.recorded_ns == first.recorded_ns + 1
    clock.set(NOON - timedelta(minutes=11))
    with pytest.raises(StoreFailed, match="behind the newest record"):
        engine.commands.submit(FIVE)
    clock.set(NOON)
    unharmed(engine, lambda: None)


def test_one_bad_command_does_not_spoil_the_turn_of_others(engine: LocalEngine) -> None:
    bad: list[Command] = [
        Deposit(account="nowhere", amount=1),
        Withdraw(account="com-1", amount=amount("1")),
    ]
    outcomes = submitted_at_once(engine, [*bad, *[FIVE] * 10])
    assert sum(isinstance(o, Receipt) for o in outcomes) == 10
    assert {type(o) for o in outcomes if isinstance(o, Exception)} == {BadInput, Refused}


def test_without_a_journal_there_is_no_book(tmp_path: Path) -> None:
    with pytest.raises(NoBook, match="alluse init"):
        LocalEngine(tmp_path / "x" / "alluse.journal", actor="dana")
    assert list(tmp_path.iterdir()) == []
