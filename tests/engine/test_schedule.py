"""What is due is done once, whoever does it, and not again once a person took it back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from books import init

from alluse_tui.domain.commands import (
    CashFact,
    Deposit,
    Fork,
    Kind,
    MarkFact,
    PolicySet,
    Post,
    Undo,
    amount,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.engine import FixedClock, LocalEngine

ONE = 1_000_000
START = datetime(2026, 12, 16, 17, 0, tzinfo=UTC)


def begun(open_engine: Callable[..., LocalEngine], clock: FixedClock, auto: str) -> LocalEngine:
    """Gen is due to fork, Rev to reinvest, and the last fact was typed two hours ago."""
    clock.set(START)
    engine = open_engine()
    engine.commands.submit(init())
    if auto != "off":
        engine.commands.submit(PolicySet(changes=(("fork.auto", auto),)))
    for code, dollars in (("gen-1", "52000"), ("rev-1", "40000")):
        fact = CashFact(kind=Kind.PREMIUM, micros=amount(dollars))
        engine.commands.submit(Post(account=code, fact=fact, confirmed=True))
    clock.set(START + timedelta(hours=2))
    return engine


def done(engine: LocalEngine) -> list[str]:
    return sorted(o.key for o in engine.operations.run_due() if o.receipt is not None)


def test_many_processes_do_each_job_once(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engines = [begun(open_engine, clock, "originals"), *(open_engine() for _ in range(3))]
    found: list[str] = []
    threads = [threading.Thread(target=lambda e=e: found.extend(done(e))) for e in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["fork:gen-1:1:0", "reinvest:rev-1:2026Q4"]
    assert [a.code for a in open_engine().queries.accounts()] == [
        "gen-1",
        "gen-1.1",
        "rev-1",
        "com-1",
    ]


def test_what_a_person_took_back_is_not_done_again_by_itself(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engine = begun(open_engine, clock, "all")
    assert len(done(engine)) == 2
    (fork,) = [r.seq for r in engine.queries.records() if r.plain["command"] == "fork"]
    engine.commands.submit(Undo(seq=fork))
    clock.set(START + timedelta(days=1))
    assert done(engine) == []
    why = {o.key: o.why for o in engine.operations.run_due()}
    assert "undone since" in why["fork:gen-1:1:0"]
    engine.commands.submit(Fork(account="gen-1"))  # a person still may


def test_automatic_acts_wait_an_hour_after_the_last_typed_fact(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engine = begun(open_engine, clock, "originals")
    clock.set(START + timedelta(minutes=59))
    assert done(engine) == []
    assert {o.why for o in engine.operations.run_due()} == {
        "a fact was typed within the last hour: it is tried again later"
    }
    clock.set(START + timedelta(minutes=61))
    assert len(done(engine)) == 2


def test_off_leaves_forks_to_people_and_reinvests_all_the_same(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engine = begun(open_engine, clock, "off")
    assert done(engine) == ["reinvest:rev-1:2026Q4"]
    assert engine.operations.auto_portfolios() == ()


def test_originals_do_not_let_forks_fork(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engine = begun(open_engine, clock, "originals")
    done(engine)
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("60000"))
    engine.commands.submit(Post(account="gen-1.1", fact=fact, confirmed=True))
    clock.set(START + timedelta(hours=5))
    assert done(engine) == []
    engine.commands.submit(PolicySet(changes=(("fork.auto", "all"),)))
    assert done(engine) == ["fork:gen-1.1:1:0"]


def test_what_a_rule_refuses_is_said_and_not_recorded_again_and_again(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engine = begun(open_engine, clock, "originals")
    fact = MarkFact(value_micros=amount("110000"))
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    paid = CashFact(kind=Kind.FEE, micros=-amount("110000"))
    engine.commands.submit(
        Post(account="gen-1", fact=paid, confirmed=True)
    )  # the surplus is invested
    clock.set(START + timedelta(hours=5))
    assert done(engine) == ["reinvest:rev-1:2026Q4"]
    seq = engine.seq
    for _ in range(3):
        assert (
            "of the 52000.00 surplus is cash above the buffer"
            in {o.key: o.why for o in engine.operations.run_due()}["fork:gen-1:1:0"]
        )
    assert engine.seq == seq


def test_a_dry_run_gives_the_verdicts_of_the_run_and_records_nothing(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engine = begun(open_engine, clock, "originals")
    for minutes in (59, 61):
        clock.set(START + timedelta(minutes=minutes))
        seq = engine.seq
        dry = {o.key: o.why for o in engine.operations.run_due(dry_run=True)}
        assert engine.seq == seq
        assert {o.key: o.why for o in engine.operations.run_due()} == dry
    (fork,) = [r.seq for r in engine.queries.records() if r.plain["command"] == "fork"]
    engine.commands.submit(Undo(seq=fork))
    assert (
        "undone since"
        in {o.key: o.why for o in engine.operations.run_due(dry_run=True)}["fork:gen-1:1:0"]
    )


@pytest.mark.parametrize(
    "key", ["fork:gen-1:1:0", "reinvest:rev-1:2026Q4", "merge:gen-1.1", "fork:", "~7773:308"]
)
def test_no_other_command_takes_the_key_of_a_scheduled_act_or_of_a_brokers_row(
    open_engine: Callable[..., LocalEngine], clock: FixedClock, key: str
) -> None:
    engine = begun(open_engine, clock, "originals")
    for command in (Deposit(account="gen-1", amount=ONE, key=key), Fork(account="rev-1", key=key)):
        with pytest.raises(BadInput, match="is reserved for"):
            engine.commands.submit(command)
    assert done(engine) == ["fork:gen-1:1:0", "reinvest:rev-1:2026Q4"]


def test_a_person_may_do_the_scheduled_act_under_its_key(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engine = begun(open_engine, clock, "originals")
    engine.commands.submit(Fork(account="Main/gen-1", key="fork:gen-1:1:0"))
    assert done(engine) == ["reinvest:rev-1:2026Q4"]
