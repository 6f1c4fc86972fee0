"""What live panes see, carried on from look to look, is what a full look shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time

import pytest
from books import NOON, init
from growth import earned

from alluse_tui.domain.commands import (
    CashFact,
    Deposit,
    Fork,
    Kind,
    MarkFact,
    Merge,
    NoteClosure,
    PolicySet,
    Post,
    RateFact,
    Transfer,
    Undo,
    amount,
)
from alluse_tui.domain.model.errors import Denied, IntegrityFailed
from alluse_tui.domain.views import totals
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.read.overview import OverviewBuilder


def test_carried_on_overview_equals_a_full_look_after_every_act(engine: LocalEngine) -> None:
    steps: tuple[Callable[[], object], ...] = (
        lambda: engine.commands.submit(Deposit(account="rev-1", amount=amount("123.45"))),
        lambda: earned(engine, "gen-1", "52000.01"),
        lambda: engine.commands.submit(Fork(account="gen-1")),
        lambda: earned(engine, "gen-1.1", "480000"),
        lambda: engine.commands.submit(Merge(account="gen-1.1")),
        lambda: engine.commands.submit(Undo()),
        lambda: engine.commands.submit(
            Transfer(source="gen-1", target="rev-1", amount=amount("7"))
        ),
        lambda: engine.commands.submit(PolicySet(changes=(("limits.buffer", "7"),))),
        lambda: engine.commands.submit(
            Post(
                account="com-1",
                fact=MarkFact(value_micros=amount("3000"), currency="CHF"),
                confirmed=True,
            )
        ),
        lambda: engine.commands.submit(
            Post(fact=RateFact(currency="CHF", against="USD", nanos=1_100_000_000))
        ),
        lambda: engine.commands.submit(
            Post(
                account="rev-1",
                fact=CashFact(kind=Kind.FEE, micros=-amount("72000")),
                confirmed=True,
            )
        ),
    )
    engine.queries.overview()
    for step in steps:
        step()
        seen, full = engine.queries.overview(), engine.queries.accounts()
        assert tuple(seen.account(a.code) for a in full) == full
        assert seen.portfolio == engine.queries.portfolio()
        assert seen.portfolio.totals == totals(full)
        assert seen.alerts == engine.queries.alerts()
        assert [a.code for a in seen.accounts()] == list(seen.codes())
        for a in full:
            below = [seen.account(code) for code in seen.codes(a.code)]
            assert seen.figure(a.code, "subtree") == a.equity + sum(b.equity for b in below if b)
            for name in ("equity", "cash", "buffer", "available", "surplus"):
                assert seen.figure(a.code, name) == getattr(a, name)


def test_a_noted_closure_moves_the_window_of_reinvestment_in_an_open_overview(
    engine: LocalEngine, clock: FixedClock
) -> None:
    earned(engine, "rev-1", "20000")
    clock.set(datetime(2026, 12, 15, 17, tzinfo=UTC))
    assert "reinvest due" in {alert.kind for alert in engine.queries.overview().alerts}
    engine.commands.submit(NoteClosure(day=date(2026, 12, 15), why="A storm"))
    overview = engine.queries.overview()
    assert "reinvest due" not in {alert.kind for alert in overview.alerts}
    assert overview.alerts == engine.queries.alerts()


def test_an_overview_does_not_change_when_the_book_goes_on(engine: LocalEngine) -> None:
    before = engine.queries.overview()
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    engine.queries.overview()
    assert before.figure("gen-1", "equity") == amount("100000")
    account = before.account("gen-1")
    assert account is not None and account.equity == amount("100000")


def test_accounts_below_others_come_under_them(forked: LocalEngine) -> None:
    seen = forked.queries.overview()
    assert seen.children[""] == ("gen-1", "rev-1", "com-1")
    assert seen.children["gen-1"] == ("gen-1.1",)
    assert seen.figure("gen-1", "subtree") == amount("126000.01")
    assert seen.active == len(seen) == 4
    assert "gen-1.1" in seen and "gen-9" not in seen and seen.account("gen-9") is None


def test_another_portfolio_has_an_overview_of_its_own(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith", "1000"))
    assert engine.queries.overview("Smith").portfolio.totals.equity == amount("1000")
    assert engine.queries.overview("Main").portfolio.totals.equity == amount("250000")


def test_nothing_is_written_by_who_only_looks(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    looking = open_engine("erin", read_only=True)
    with pytest.raises(Denied, match="read-only"):
        looking.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    assert looking.read_only and engine.seq == 1


@pytest.mark.parametrize(
    ("at", "is_open", "rings"),
    [
        (datetime(2026, 11, 24, 17, 0, tzinfo=UTC), True, datetime(2026, 11, 24, 21, tzinfo=UTC)),
        (
            datetime(2026, 11, 24, 22, 0, tzinfo=UTC),
            False,
            datetime(2026, 11, 25, 14, 30, tzinfo=UTC),
        ),
        (
            datetime(2026, 11, 26, 15, 0, tzinfo=UTC),
            False,
            datetime(2026, 11, 27, 14, 30, tzinfo=UTC),
        ),
        (datetime(2026, 11, 27, 15, 0, tzinfo=UTC), True, datetime(2026, 11, 27, 18, tzinfo=UTC)),
        (
            datetime(2026, 11, 27, 18, 0, tzinfo=UTC),
            False,
            datetime(2026, 11, 30, 14, 30, tzinfo=UTC),
        ),
    ],
)
def test_next_bell(
    engine: LocalEngine, clock: FixedClock, at: datetime, is_open: bool, rings: datetime
) -> None:
    clock.set(at)
    bell = engine.queries.bell()
    assert bell.is_open is is_open
    assert bell.next_ns == int(rings.timestamp()) * 1_000_000_000


def test_calendar_moves_entries_before_a_holiday(engine: LocalEngine, clock: FixedClock) -> None:
    clock.set(NOON)
    days = {d.day: d for d in engine.queries.calendar("Main", 7)}
    assert list(days) == [date(2026, 11, d) for d in (24, 25, 26, 27, 30)]
    thanksgiving, eve, after = (days[date(2026, 11, d)] for d in (26, 25, 27))
    assert thanksgiving.opens is None and thanksgiving.why_closed == "Thanksgiving Day"
    assert list(eve.entry) == ["gen", "rev"]
    assert after.half and after.closes == time(13)


def test_a_fork_is_neither_a_gain_nor_a_loss_of_the_month(forked: LocalEngine) -> None:
    rows = forked.queries.query("monthly", portfolio="Main").rows
    gains = {account: gain for account, _, _, _, gain, _, _ in rows}
    assert gains == {
        "com-1": 0,
        "gen-1": amount("52000.01"),
        "gen-1.1": 0,
        "rev-1": 0,
    }


def test_a_tree_that_does_not_add_up_to_the_portfolio_is_never_shown(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.queries.overview()
    monkeypatch.setattr(OverviewBuilder, "_add_to_ancestors", lambda *_: None)
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    with pytest.raises(IntegrityFailed, match="tree"):
        engine.queries.overview()
    monkeypatch.undo()
    assert engine.queries.overview().figure("gen-1", "subtree") == amount("100005")
