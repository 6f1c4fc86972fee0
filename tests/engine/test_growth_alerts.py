"""What is told of forks, merges, reinvestments, drawdowns and breaches; and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from books import NOON
from growth import bought, earned, own
from refusals import refused

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    CashFact,
    Deposit,
    Fork,
    Import,
    Kind,
    MarkFact,
    Merge,
    OpenAccount,
    Post,
    Reinvest,
    StatementFacts,
    Suspend,
    Tier,
    Transfer,
    Undo,
    Withdraw,
    amount,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import AlertView, Severity
from alluse_tui.engine import FixedClock, LocalEngine

DAY = timedelta(days=1)
DUE = "fork due:Main/gen-1:0"


def fee(engine: LocalEngine, account: str, typed: str) -> int:
    fact = CashFact(kind=Kind.FEE, micros=-amount(typed))
    return engine.commands.submit(Post(account=account, fact=fact, confirmed=True)).seq


def told(engine: LocalEngine, *, silent: bool = False) -> dict[str, str]:
    """Kind and account, with the sentence, of everything but the allocation."""
    return {
        f"{a.kind} {a.account}": a.verdict.message
        for a in engine.queries.alerts(silent=silent)
        if a.kind != "allocation drift"
    }


def alert(engine: LocalEngine, ident: str) -> AlertView:
    (found,) = [a for a in engine.queries.alerts(silent=True) if a.id == ident]
    return found


# -- fork, merge, reinvest ----------------------------------------------------------------------


def test_a_fork_that_is_due_is_told_until_it_is_done(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "39999.99")
    assert told(engine) == {}
    earned(engine, "gen-1", "0.01")
    assert told(engine) == {
        "fork near gen-1": "surplus 40000.00 of gen-1 is near the 50000.00 threshold"
    }
    earned(engine, "gen-1", "10000")
    due = "surplus 50000.00 has reached the 50000.00 threshold: fork gen-1"
    assert told(engine) == {"fork due gen-1": due}
    engine.commands.submit(Fork(account="gen-1"))
    assert told(engine) == {}
    engine.commands.submit(Undo())
    assert told(engine) == {"fork due gen-1": due}


def test_a_merge_is_near_from_80_percent_and_both_are_offered(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "50000")
    engine.commands.submit(Fork(account="gen-1"))
    engine.commands.submit(Deposit(account="gen-1.1", amount=amount("374999.99")))
    assert told(engine) == {}
    engine.commands.submit(Deposit(account="gen-1.1", amount=amount("0.01")))
    assert told(engine) == {
        "merge near gen-1.1": "equity 400000.00 of gen-1.1 is near the 500000.00 threshold"
    }
    earned(engine, "gen-1.1", "100000")
    assert told(engine) == {
        "fork due gen-1.1": "surplus 100000.00 has reached the 50000.00 threshold, but"
        " gen-1.1 is also due to merge: merge it first",
        "merge due gen-1.1": "equity 500000.00 has reached the 500000.00 threshold:"
        " merge gen-1.1 into Compounding",
    }
    assert {a.kind: a.action for a in engine.queries.alerts()} == {
        "fork due": "fork",
        "merge due": "merge",
        "allocation drift": "transfer",
    }
    engine.commands.submit(Suspend(account="gen-1.1"))
    assert told(engine) == {}


@pytest.mark.parametrize(
    ("income", "said"),
    [
        (
            "10000",
            {"reinvest due rev-1": "10000.00 can be set aside by 2026-12-31: reinvest rev-1"},
        ),
        (
            "9999.995",
            {
                "window open rev-1": "rev-1 can set aside 9999.99 by 2026-12-31,"
                " less than the minimum of 10000.00"
            },
        ),
    ],
)
def test_a_reinvestment_is_told_while_its_window_is_open(
    engine: LocalEngine, clock: FixedClock, income: str, said: dict[str, str]
) -> None:
    sentence = "com-1 can set aside 0.00 by 2026-12-31, less than the minimum of 10000.00"
    com = {"window open com-1": sentence}
    earned(engine, "rev-1", income)
    for day, expected in (
        ("2026-12-14", {}),
        ("2026-12-15", {**said, **com}),
        ("2026-12-31", {**said, **com}),
        ("2027-01-01", {}),
    ):
        clock.set(datetime.fromisoformat(f"{day}T12:00:00-05:00"))
        assert told(engine) == expected


def test_a_reinvestment_that_is_done_is_told_no_more(
    engine: LocalEngine, clock: FixedClock
) -> None:
    earned(engine, "rev-1", "10000")
    clock.set(datetime(2026, 12, 15, 17, tzinfo=UTC))
    engine.commands.submit(Reinvest(account="rev-1"))
    assert told(engine).keys() == {"window open com-1"}


# -- drawdown -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("11999.99", None),
        ("12000", ("drawdown near", Severity.WARNING, "12.0 %")),
        ("14900", ("drawdown near", Severity.WARNING, "14.9 %")),
        ("15000", ("drawdown near", Severity.WARNING, "15.0 %")),
        ("15010", ("drawdown over", Severity.CRITICAL, "15.01 %")),
    ],
)
def test_a_drawdown_is_told_from_80_percent_of_what_is_allowed(
    engine: LocalEngine, lost: str, said: tuple[str, Severity, str] | None
) -> None:
    fee(engine, "gen-1", lost)
    found = [a for a in engine.queries.alerts() if a.kind.startswith("drawdown")]
    if said is None:
        assert found == []
    else:
        (one,) = found
        assert (one.kind, one.severity, one.account) == (*said[:2], "gen-1")
        action = ": review its positions" if said[0] == "drawdown over" else ""
        assert one.sentence == f"gen-1 is {said[2]} below its peak; the limit is 15 %{action}"


def test_what_is_allowed_is_not_over(engine: LocalEngine) -> None:
    fee(engine, "gen-1", "15000")
    assert told(engine) == {
        "drawdown near gen-1": "gen-1 is 15.0 % below its peak; the limit is 15 %"
    }


def test_premiums_fees_and_marks_move_the_unit_value(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "49000")
    bought(engine, "gen-1", "100")
    mark = Post(account="gen-1", fact=MarkFact(value_micros=amount("11000")), confirmed=True)
    engine.commands.submit(mark)  # the peak: 150,000.00
    fee(engine, "gen-1", "10000")
    engine.commands.submit(Post(account="gen-1", fact=MarkFact(value_micros=0), confirmed=True))
    assert told(engine)["drawdown near gen-1"].startswith("gen-1 is 14.0 %")
    engine.commands.submit(mark)
    assert not [kind for kind in told(engine) if kind.startswith("drawdown")]


FLOWS: dict[str, Callable[[LocalEngine], Any]] = {
    "deposit": lambda e: e.commands.submit(Deposit(account="gen-1", amount=amount("1000000"))),
    "withdraw": lambda e: e.commands.submit(Withdraw(account="gen-1", amount=amount("77777.77"))),
    "transfer out": lambda e: e.commands.submit(
        Transfer(source="gen-1", target="rev-1", amount=amount("77777.77"))
    ),
    "transfer in": lambda e: e.commands.submit(
        Transfer(source="rev-1", target="gen-1", amount=amount("33333.33"))
    ),
    "opening": lambda e: e.commands.submit(
        Post(account="gen-1", fact=CashFact(kind=Kind.OPENING, micros=10**9))
    ),
    "fork": lambda e: e.commands.submit(Fork(account="gen-1")),
    "fork and undo": lambda e: (
        e.commands.submit(Fork(account="gen-1")),
        e.commands.submit(Undo()),
    ),
    "open another": lambda e: e.commands.submit(
        OpenAccount(parent="gen-1", tier=Tier.GEN, source="gen-1", amount=amount("5000"))
    ),
}


@pytest.mark.parametrize("flow", FLOWS)
def test_flows_do_not_move_the_unit_value(engine: LocalEngine, flow: str) -> None:
    earned(engine, "gen-1", "100000")
    fee(engine, "gen-1", "26000")
    said = told(engine)["drawdown near gen-1"]
    assert said == "gen-1 is 13.0 % below its peak; the limit is 15 %"
    FLOWS[flow](engine)
    assert told(engine)["drawdown near gen-1"] == said
    assert len([k for k in told(engine) if k.startswith("drawdown")]) == 1


def test_a_merge_and_its_undo_do_not_move_coms_unit_value(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "50000")
    engine.commands.submit(Fork(account="gen-1"))
    fee(engine, "com-1", "6000")
    earned(engine, "gen-1.1", "475000")
    said = told(engine)["drawdown near com-1"]
    assert said == "com-1 is 6.0 % below its peak; the limit is 7 %"
    engine.commands.submit(Merge(account="gen-1.1"))
    assert told(engine)["drawdown near com-1"] == said
    engine.commands.submit(Undo())
    assert told(engine)["drawdown near com-1"] == said


def test_an_undone_mistake_at_the_peak_takes_the_peak_along(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "100000")
    engine.commands.submit(Undo())
    assert told(engine) == {}


def test_an_undone_mistake_takes_its_peak_along_whatever_came_after(engine: LocalEngine) -> None:
    mistake = earned(engine, "gen-1", "30000")
    fee(engine, "gen-1", "1")
    engine.commands.submit(Undo(seq=mistake.seq))
    assert told(engine) == {}


def test_an_undone_mistake_leaves_the_peak_that_was_reached_before(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "30000")
    fee(engine, "gen-1", "26000")
    before = told(engine)
    assert before == {
        "drawdown over gen-1": "gen-1 is 20.0 % below its peak; the limit is 15 %:"
        " review its positions"
    }
    earned(engine, "gen-1", "39000")
    engine.commands.submit(Undo())
    assert told(engine) == before


# -- breach -------------------------------------------------------------------------------------


def test_an_imported_withdrawal_out_of_com_is_told_at_once(engine: LocalEngine) -> None:
    day = date(2026, 11, 20)
    fact = CashFact(
        kind=Kind.WITHDRAWAL, micros=-amount("500"), effective=day, key="r", content="r"
    )
    facts = StatementFacts(
        source="ibkr:U1",
        first_day=day,
        last_day=day,
        sha256="ab" * 32,
        rates=(),
        opening=(),
        facts=(fact,),
    )
    engine.commands.submit(Import(account="com-1", statement=facts))
    assert told(engine) == {
        "rule breach com-1": "recorded facts took 500.00 USD out of com-1, which money never"
        " leaves: undo them, or acknowledge"
    }
    assert engine.queries.alerts()[0].severity is Severity.CRITICAL
    engine.commands.submit(Undo())
    assert told(engine) == {}


def test_a_fee_out_of_com_is_no_breach(engine: LocalEngine) -> None:
    fee(engine, "com-1", "500")
    assert told(engine) == {}


# -- what somebody says of an alert -------------------------------------------------------------


def test_an_acknowledged_alert_stays_at_the_end_and_undo_takes_that_back(
    engine: LocalEngine,
) -> None:
    earned(engine, "gen-1", "50000")
    earned(engine, "rev-1", "-1")
    fee(engine, "com-1", "4500")
    (first, *_) = engine.queries.alerts()
    engine.commands.submit(AcknowledgeAlert(alert=first.id))
    assert engine.queries.alerts()[-1].id == first.id
    assert [a.acknowledged for a in engine.queries.alerts()].count(True) == 1
    engine.commands.submit(Undo())
    assert engine.queries.alerts()[0] == first


def test_an_acknowledgement_holds_until_it_gets_worse(engine: LocalEngine) -> None:
    fee(engine, "gen-1", "13000")
    (near,) = engine.queries.alerts()
    engine.commands.submit(AcknowledgeAlert(alert=near.id))
    fee(engine, "gen-1", "1000")
    assert [a.acknowledged for a in engine.queries.alerts()] == [True]
    fee(engine, "gen-1", "2000")
    assert [(a.kind, a.acknowledged) for a in engine.queries.alerts()] == [("drawdown over", False)]


def test_the_next_fork_is_told_though_this_one_was_acknowledged(
    engine: LocalEngine, clock: FixedClock
) -> None:
    earned(engine, "gen-1", "50000")
    engine.commands.submit(AcknowledgeAlert(alert=DUE))
    engine.commands.submit(Fork(account="gen-1"))
    earned(engine, "gen-1", "50000")
    assert not alert(engine, "fork due:Main/gen-1:1").acknowledged


def test_a_snoozed_alert_is_silent_until_its_day(engine: LocalEngine, clock: FixedClock) -> None:
    earned(engine, "gen-1", "50000")
    engine.commands.submit(AcknowledgeAlert(alert=DUE, until=date(2026, 11, 26)))
    clock.set(datetime(2026, 11, 26, 4, 59, 59, tzinfo=UTC))
    assert told(engine) == {}
    assert alert(engine, DUE).silent_until == date(2026, 11, 26)
    clock.set(datetime(2026, 11, 26, 5, tzinfo=UTC))
    assert told(engine).keys() == {"fork due gen-1"}
    clock.set(NOON)
    engine.commands.submit(Undo())
    assert told(engine).keys() == {"fork due gen-1"}


def test_undo_of_a_snooze_brings_the_acknowledgement_before_it_back(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "50000")
    engine.commands.submit(AcknowledgeAlert(alert=DUE))
    before = engine.queries.alerts()
    engine.commands.submit(AcknowledgeAlert(alert=DUE, until=date(2026, 12, 1)))
    engine.commands.submit(Undo())
    assert engine.queries.alerts() == before


def test_undo_of_an_acknowledgement_leaves_the_snooze_after_it(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "50000")
    first = engine.commands.submit(AcknowledgeAlert(alert=DUE))
    engine.commands.submit(AcknowledgeAlert(alert=DUE, until=date(2026, 12, 1)))
    refused(engine, Undo(seq=first.seq))
    assert told(engine) == {}


@pytest.mark.parametrize(
    ("ident", "until", "path"),
    [
        ("fork due:Main/gen-1:1", None, "ID"),
        ("fork due", None, "ID"),
        ("", None, "ID"),
        (":Main/gen-1", None, "ID"),
        ("fork due:Smith/gen-1:0", None, "ID"),
        (DUE, date(2026, 11, 24), "--until"),
        (DUE, date(2026, 11, 23), "--until"),
    ],
)
def test_only_what_stands_is_acknowledged_and_only_until_a_day_to_come(
    engine: LocalEngine, ident: str, until: date | None, path: str
) -> None:
    earned(engine, "gen-1", "50000")
    seq = engine.seq
    with pytest.raises(BadInput) as error:
        engine.commands.submit(AcknowledgeAlert(alert=ident, until=until))
    assert (error.value.path, engine.seq) == (path, seq)


def test_alerts_notes_survive_the_engine(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    own(engine, "gen-1", fork__threshold="1000")
    earned(engine, "gen-1", "1000")
    engine.commands.submit(AcknowledgeAlert(alert=DUE))
    assert open_engine().queries.alerts() == engine.queries.alerts()
    assert engine.queries.alerts()[-1].acknowledged
    assert engine.operations.verify().ok
