"""What must be readable at every size: names, record numbers, notes, and what a plot shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from books import init
from growth import earned
from opened import grid, lines_with
from screens import SIZES, press, running, screen_text, settled, until_shown
from textual.pilot import Pilot

from alluse_tui.domain.commands import (
    Deposit,
    Fork,
    Instrument,
    Kind,
    Leg,
    Post,
    Right,
    TradeFact,
    Undo,
    amount,
    trade,
)
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.background.snapshot_loader import SnapshotLoader
from alluse_tui.tui.widgets.panels import Curve, _dates, _scale

NOTE = "sold to open at 3.10 on CBOE, weekly entry, as agreed on Monday"
PUT = Instrument("TSLA", Right.PUT, amount("250"), date(2026, 11, 27), 100)

sizes = pytest.mark.parametrize("size", SIZES, ids=str)


@pytest.fixture
def short_put(engine: LocalEngine) -> LocalEngine:
    """gen-1 sold 100 puts, in record 2."""
    fact = trade(PUT, buy=False, quantity="100", price="3.10", fees=0)
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True, note=NOTE))
    return engine


@sizes
async def test_the_name_of_an_option_is_whole_and_listed_once(
    short_put: LocalEngine, size: tuple[int, int]
) -> None:
    async with running(short_put, size) as pilot:
        await press(pilot, "2")
        (line,) = [x for x in lines_with(pilot, "TSLA 27 Nov 26 250 put") if "−100" in x]
        assert "−31,000.00" in line and "2,500,000.00" in line


async def test_notes_use_the_free_width(short_put: LocalEngine) -> None:
    async with running(short_put, (160, 50)) as pilot:
        await press(pilot, "2")
        assert lines_with(pilot, NOTE)


@sizes
async def test_activity_keeps_the_numbers_of_undone_records(
    engine: LocalEngine, size: tuple[int, int]
) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    earned(engine, "gen-1", "52000")
    engine.commands.submit(Fork(account="gen-1"))
    engine.commands.submit(Undo(portfolio="Main"))
    async with running(engine, size) as pilot:
        (undo,) = lines_with(pilot, "undo of #4 (fork)")
        (fork,) = lines_with(pilot, "Fork undone by #5")
        assert undo.rstrip().endswith("#5") and fork.rstrip().endswith("#4")
        for line in (undo, fork):  # between accounts: how much moved, neither gain nor loss
            assert " 52,000.00 USD" in line and "+" not in line[line.index("#4") :]


async def test_activity_cuts_the_kind_before_the_number(short_put: LocalEngine) -> None:
    for _ in range(10):
        short_put.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    short_put.commands.submit(Undo(portfolio="Main"))
    async with running(short_put) as pilot:
        assert "undone by #13" in screen_text(pilot)


async def test_an_undone_withdrawal_and_its_undo_have_opposite_amounts(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("77.77")))
    engine.commands.submit(Undo(portfolio="Main"))
    async with running(engine) as pilot:
        assert "−77.77" in lines_with(pilot, "undo of #2 (dep")[0]
        assert "+77.77" in lines_with(pilot, "undone by #3")[0]


# -- the equity curve -----------------------------------------------------------------------------


@pytest.fixture
def two_days(engine: LocalEngine, clock: FixedClock) -> LocalEngine:
    clock.set(datetime(2026, 11, 25, 17, tzinfo=UTC))
    earned(engine, "gen-1", "1000")
    return engine


async def test_the_curve_says_whose_equity_it_shows(two_days: LocalEngine) -> None:
    async with running(two_days, (160, 50)) as pilot:
        shown = screen_text(pilot)
        assert "Equity of Main" in shown and "251,000" in shown and "250,000" in shown
        assert "24 Nov 2026" in shown and "25 Nov 2026" in shown
        await press(pilot, "2")
        shown = screen_text(pilot)
        assert "Equity of gen-1" in shown and "101,000" in shown and "100,000 ┤" in shown


async def test_a_curve_of_one_day_says_what_is_missing(engine: LocalEngine) -> None:
    async with running(engine, (160, 50)) as pilot:
        assert "no curve yet: two days of history are needed" in screen_text(pilot)


def test_the_scale_has_the_highest_value_on_top_and_the_lowest_at_the_bottom() -> None:
    assert _scale(0, 12_000_000, 13) == ["12", *[""] * 5, "6", *[""] * 5, "0"]
    assert _scale(0, 12_000_000, 3) == ["12", "", "0"]
    assert _scale(5_000_000, 5_000_000, 1) == ["5"]


def test_the_dates_of_a_curve_are_at_its_ends() -> None:
    days = ((date(2025, 1, 2), 1), (date(2026, 11, 20), 2))
    assert _dates(days, 40, 40) == "2 Jan 2025" + " " * 19 + "20 Nov 2026"
    assert _dates(days, 2, 40) == "2 Jan 2025 – 20 Nov 2026"
    assert _dates(days, 2, 20) == "Jan 2025 – Nov 2026"
    assert _dates(days, 2, 12) == "20 Nov 2026"


@sizes
async def test_a_curve_stays_inside_its_pane(two_days: LocalEngine, size: tuple[int, int]) -> None:
    async with running(two_days, size) as pilot:
        await press(pilot, "2")
        (curve,) = pilot.app.screen.query(Curve)
        width, height = curve.content_size
        lines = curve.lines(width, height)
        assert len(lines) == height
        assert all(sum(len(text) for text, _ in line) <= width for line in lines)


# -- what is loading, and what is empty -----------------------------------------------------------


async def test_activity_says_that_it_is_loading_until_it_is_loaded(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SnapshotLoader, "load_history", SnapshotLoader.finish)
    app = AllUseApp(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await until_shown(pilot, "gen-1")  # type: ignore[arg-type] # result of no interest
        assert "loading …" in shown and "no money has moved" not in shown


@pytest.mark.parametrize("keys", [(), ("3",)], ids=["dashboard", "alerts"])
async def test_nothing_is_said_to_be_empty_before_it_is_loaded(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    monkeypatch.setattr(SnapshotLoader, "load_soon", SnapshotLoader.finish)
    app = AllUseApp(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        shown = await until_shown(pilot, "loading …")  # type: ignore[arg-type] # result of no interest
        assert "no accounts" not in shown and "✓ no alerts" not in shown


async def test_a_book_without_capital_says_that_no_money_has_moved(
    open_engine: Callable[..., LocalEngine],
) -> None:
    engine = open_engine()
    engine.commands.submit(init(capital="0"))
    async with running(engine) as pilot:
        assert "no money has moved yet" in screen_text(pilot)
        assert "nothing recorded yet" not in screen_text(pilot)


# -- the market page ------------------------------------------------------------------------------


async def test_a_session_that_is_over_is_not_among_the_coming_ones(
    engine: LocalEngine, clock: FixedClock
) -> None:
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "5")
        assert "open now" in lines_with(pilot, "Tue 24 Nov 2026")[0]
        clock.set(datetime(2026, 11, 24, 21, 0, tzinfo=UTC))  # 16:00 in New York
        pilot.app.draw()  # type: ignore[attr-defined]
        await settled(pilot)
        assert not lines_with(pilot, "Tue 24 Nov 2026")
        assert lines_with(pilot, "Wed 25 Nov 2026")


# -- closed accounts and the cursor ---------------------------------------------------------------


def codes(pilot: Pilot[None]) -> list[str]:
    return [node.code for node in grid(pilot, "accounts").items]  # type: ignore[attr-defined]


async def test_accounts_of_undone_forks_are_hidden_until_the_dot_shows_them(
    forked: LocalEngine,
) -> None:
    forked.commands.submit(Undo(portfolio="Main"))
    async with running(forked) as pilot:
        assert codes(pilot) == ["", "gen-1", "rev-1", "com-1"]
        assert "1 closed or merged hidden" in screen_text(pilot)
        await press(pilot, "full_stop")
        assert "gen-1.1" in codes(pilot) and "hidden" not in screen_text(pilot)
        await press(pilot, "full_stop")
        assert "gen-1.1" not in codes(pilot)


async def test_a_closed_account_with_an_open_one_below_it_stays(forked: LocalEngine) -> None:
    earned(forked, "gen-1.1", "60000")
    forked.commands.submit(Fork(account="gen-1.1"))
    async with running(forked) as pilot:
        tree = pilot.app.snapshot.tree  # type: ignore[attr-defined]
        assert not tree.hidden and tree.current is tree.every


async def test_the_cursor_on_the_portfolio_stays_there_through_fork_and_undo(
    forked: LocalEngine,
) -> None:
    async with running(forked) as pilot:
        await press(pilot, "home")
        assert grid(pilot, "accounts").key == "/"
        await press(pilot, "u", "y")
        assert grid(pilot, "accounts").key == "/"
        await press(pilot, "2", "escape")
        assert grid(pilot, "accounts").key == "/"


@pytest.mark.parametrize("code", ["gen-1", "gen-1.1", "rev-1"])
async def test_the_cursor_stays_on_its_account_when_a_fork_is_undone(
    forked: LocalEngine, code: str
) -> None:
    async with running(forked) as pilot:
        while grid(pilot, "accounts").key != code:
            await press(pilot, "down")
        await press(pilot, "u", "y")
        assert grid(pilot, "accounts").key == code
        assert code in codes(pilot)


@sizes
async def test_what_is_repainted_in_parts_is_what_a_whole_repaint_shows(
    engine: LocalEngine, size: tuple[int, int]
) -> None:
    async with running(engine, size) as pilot:
        for code, dollars in (("gen-1", "77000"), ("rev-1", "12.34"), ("com-1", "250000")):
            engine.commands.submit(Deposit(account=code, amount=amount(dollars)))
            await settled(pilot)
            in_parts = screen_text(pilot)
            for widget in pilot.app.screen.query("*"):
                widget.refresh()
            await settled(pilot)
            assert screen_text(pilot) == in_parts


# -- entries that speak ---------------------------------------------------------------------------


@sizes
async def test_an_entry_says_what_was_traded_and_opens_its_position_and_record(
    short_put: LocalEngine, size: tuple[int, int]
) -> None:
    sold = "Sold 100 TSLA 27 Nov 26 250 put @ 3.10"
    async with running(short_put, size) as pilot:
        await press(pilot, "2")
        assert "+31,000.00 USD" in lines_with(pilot, sold)[0]
        await press(pilot, "enter")
        assert lines_with(pilot, "TSLA 27 Nov 26 250 put in gen-1")
        await press(pilot, "r")
        assert lines_with(pilot, f"{sold} on 2026-11-24")


async def test_an_expiry_moves_no_cash_and_shows_its_profit(
    short_put: LocalEngine, clock: FixedClock
) -> None:
    leg = Leg(PUT, amount("100"), 0)
    fact = TradeFact(kind=Kind.EXPIRY, legs=(leg,))
    clock.set(datetime(2026, 11, 27, 23, tzinfo=UTC))
    short_put.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    (expired, sold, *_) = short_put.queries.entries("gen-1", "Main", 10)
    assert (expired.micros, expired.profit) == (0, amount("31000"))
    assert (sold.micros, sold.profit) == (amount("31000"), 0)
    async with running(short_put, (160, 50)) as pilot:
        (activity,) = lines_with(pilot, "Expired: 100 TSLA")
        assert " 0.00 USD" in activity
        await press(pilot, "2")
        (entry,) = lines_with(pilot, "Expired: 100 TSLA 27 Nov 26 250 put")
        assert " 0.00 USD" in entry and "+31,000.00" in entry
