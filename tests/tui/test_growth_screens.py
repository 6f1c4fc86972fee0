"""Fork, merge, reinvest and alerts by key, on the real program."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from books import NOON, init
from screens import press, running, screen_text

from alluse_tui.domain.commands import (
    CashFact,
    Fork,
    Kind,
    PolicySet,
    Post,
    Undo,
    amount,
)
from alluse_tui.domain.model.terms import Status
from alluse_tui.engine import FixedClock, LocalEngine

IN_WINDOW = datetime(2026, 12, 16, 17, 0, tzinfo=UTC)


def earn(engine: LocalEngine, code: str, dollars: str) -> None:
    fact = CashFact(kind=Kind.PREMIUM, micros=amount(dollars))
    engine.commands.submit(Post(account=code, fact=fact, confirmed=True))


async def test_enter_on_fork_due_opens_the_fork_and_y_commits_it(engine: LocalEngine) -> None:
    earn(engine, "gen-1", "52000.01")
    async with running(engine, (100, 30)) as pilot:
        assert "fork due" in screen_text(pilot)
        await press(pilot, "tab", "enter")
        shown = screen_text(pilot)
        for word in ("26,000.01", "26,000.00", "−52,000.01", "gen-1.1", "new", "Cancel"):
            assert word in shown
        assert engine.seq == 2
        await press(pilot, "enter")  # Cancel has the focus
        assert engine.seq == 2
        await press(pilot, "enter", "y")
        assert engine.queries.account("gen-1.1").equity == amount("26000.01")
        assert "fork due" not in screen_text(pilot)


async def test_u_takes_the_fork_back_after_showing_it(engine: LocalEngine) -> None:
    earn(engine, "gen-1", "52000")
    engine.commands.submit(Fork(account="gen-1"))
    async with running(engine, (100, 50)) as pilot:
        await press(pilot, "u")
        assert "+52,000.00" in screen_text(pilot) and "closed" in screen_text(pilot)
        await press(pilot, "y")
    assert engine.queries.account("gen-1").equity == amount("152000")
    assert engine.queries.account("gen-1.1").status is Status.CLOSED


async def test_a_key_that_is_not_possible_says_why_with_its_numbers(engine: LocalEngine) -> None:
    async with running(engine, (160, 50)) as pilot:
        await press(pilot, "f")
        assert "needs a surplus of 50,000.00, has 0.00" in screen_text(pilot)
        await press(pilot, "down", "f")
        assert "only Generation accounts fork; rev-1 is a Revenue account" in screen_text(pilot)
        await press(pilot, "m")
        assert "rev-1 was not forked, so it cannot merge" in screen_text(pilot)
        await press(pilot, "a")
        assert "select an alert first" in screen_text(pilot)
    assert engine.seq == 1


async def test_merge_shows_the_account_as_merged_and_its_forks_moved_up(
    engine: LocalEngine,
) -> None:
    earn(engine, "gen-1", "52000")
    engine.commands.submit(Fork(account="gen-1"))
    earn(engine, "gen-1.1", "480000")
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "down", "m")
        shown = screen_text(pilot)
        assert "506,000.00" in shown and "merged" in shown
        await press(pilot, "y")
        assert "type gen-1.1 and press Enter" in screen_text(pilot) and engine.seq == 4
        await press(pilot, *"gen-1", "enter")
        assert "that is not gen-1.1" in screen_text(pilot) and engine.seq == 4
        await press(pilot, *".1", "enter")
    merged = engine.queries.account("gen-1.1")
    assert (merged.status, merged.merged_into, merged.equity) == (Status.MERGED, "com-1", 0)
    assert engine.queries.account("com-1").equity == amount("607000")


async def test_reinvest_by_key_inside_its_window(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    clock.set(IN_WINDOW)
    engine = open_engine()
    engine.commands.submit(init())
    earn(engine, "rev-1", "40000")
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "down", "i")
        assert "30,000.00" in screen_text(pilot) and "10,000.00" in screen_text(pilot)
        await press(pilot, "y")
    account = engine.queries.account("rev-1")
    assert (account.contracts, account.leaps) == (amount("30000"), amount("10000"))


async def test_an_alert_that_was_seen_stays_and_comes_back_when_it_is_worse(
    engine: LocalEngine,
) -> None:
    earn(engine, "gen-1", "45000")
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "tab", "down", "a")  # the first is the drift
        (near,) = [a for a in engine.queries.alerts() if a.kind == "fork near"]
        assert near.acknowledged
        assert "✓ fork near" in screen_text(pilot)
        earn(engine, "gen-1", "5000")
        assert not next(a for a in engine.queries.alerts() if a.kind == "fork due").acknowledged


async def test_an_open_dashboard_does_what_is_due_only_where_the_policy_lets_it(
    open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    earn(engine, "gen-1", "52000")
    clock.set(NOON + timedelta(hours=2))
    async with running(engine, (100, 30)) as pilot:
        app = pilot.app
        app.upkeep.run()  # type: ignore[attr-defined]
        await press(pilot, "down")
        assert len(engine.queries.accounts()) == 3
        engine.commands.submit(PolicySet(changes=(("fork.auto", "originals"),)))
        app.upkeep.run()  # type: ignore[attr-defined]
        await press(pilot, "down")
        assert engine.queries.account("gen-1.1").equity == amount("26000")
        app.upkeep.run()  # type: ignore[attr-defined]
        await press(pilot, "down")
        assert len(engine.queries.accounts()) == 4
    (newest,) = [r for r in engine.queries.records(3) if r.plain["command"] == "fork"]
    assert newest.actor == "schedule"
    engine.commands.submit(Undo(seq=newest.seq))


async def test_nothing_is_confirmed_on_a_screen_too_small_to_show_it(engine: LocalEngine) -> None:
    earn(engine, "gen-1", "52000")
    async with running(engine, (80, 24)) as pilot:
        await press(pilot, "f")
        await pilot.resize_terminal(60, 15)
        await press(pilot, "y")
        assert engine.seq == 2
        await pilot.resize_terminal(80, 24)
        await press(pilot, "y")
    assert engine.queries.account("gen-1.1").equity == amount("26000")
