"""Trades are typed in one line, and positions are rolled, closed, expired and assigned by a key."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from opened import grid, lines_with
from screens import SIZES, press, running, screen_text, until_shown
from textual.pilot import Pilot

from alluse_tui.domain.commands import Instrument, Leg, Post, Right, TradeFact, amount, trade
from alluse_tui.domain.derived.positions import Position
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.tui.modals.form import Form

FRIDAY = date(2026, 11, 27)
PUT = Instrument("TSLA", Right.PUT, amount("250"), FRIDAY, 100)

sizes = pytest.mark.parametrize("size", SIZES, ids=str)


@pytest.fixture
def traded(engine: LocalEngine) -> LocalEngine:
    """gen-1 sold 2 puts and bought 100 shares, in the records 2 and 3."""
    for fact in (
        trade(PUT, buy=False, quantity="2", price="3.10", fees=0),
        trade(Instrument("MSTR"), buy=True, quantity="100", price="150", fees=0),
    ):
        engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    return engine


def held(engine: LocalEngine) -> dict[str, int]:
    holdings = engine.queries.account("gen-1").holdings
    return {name: holding.quantity_micros // 1_000_000 for name, holding in holdings.items()}


async def on_position(pilot: Pilot[None], words: str) -> None:
    """Put the cursor on that position of the Account screen."""
    await press(pilot, "2")
    positions = grid(pilot, "positions")
    positions.focus()
    await press(pilot, "home")
    while isinstance(positions.item, Position) and words not in positions.item.instrument.name:
        await press(pilot, "down")


# -- a trade in one line ------------------------------------------------------------------------


async def test_a_typed_trade_is_explained_while_typing_and_asks_about_a_broken_rule(
    engine: LocalEngine,
) -> None:
    async with running(engine) as pilot:
        await press(pilot, "b", *"-1 AAPL 28Nov26 190p @1.45")
        assert "is a Saturday without trading; the nearest are" in screen_text(pilot)
        assert "Friday 2026-11-27 and Monday 2026-11-30" in screen_text(pilot)
        for _ in range(26):
            await pilot.press("backspace")
        await press(pilot, *"-1 AAPL 27Nov26 190p @1.45")
        hint = "Sell 1 AAPL 27 Nov 26 190 put @ 1.45 = +145.00, collateral 19,000.00"
        assert hint in screen_text(pilot)
        await press(pilot, "enter")
        assert "is not an entry day of Generation" in screen_text(pilot)
        assert ": sure?" in screen_text(pilot) and engine.seq == 1
        await press(pilot, "y")
        assert "sure? press y again" in screen_text(pilot) and engine.seq == 1
        await press(pilot, "y")
    assert held(engine) == {"AAPL 2026-11-27 190 put:USD": -1}
    assert engine.queries.account("gen-1").collateral == amount("19000")


async def test_fees_delta_and_date_are_recorded_with_the_trade(engine: LocalEngine) -> None:
    async with running(engine) as pilot:
        line = "+10 MSTR @150"
        await press(pilot, "2", "b", *line, "tab", *"1.50", "tab", "tab", *"2026-11-24", "enter")
        await press(pilot, "y", "y")
    (entry, *_) = engine.queries.entries("gen-1", "Main", 9)
    assert (entry.text, entry.micros) == ("Bought 10 MSTR @ 150.00", -amount("1501.50"))


# -- positions ----------------------------------------------------------------------------------


@sizes
async def test_positions_show_value_days_collateral_and_moneyness(
    traded: LocalEngine, size: tuple[int, int]
) -> None:
    """rev-1 bought a share at 200, by which the puts of 250 are in the money."""
    fact = trade(Instrument("TSLA"), buy=True, quantity="1", price="200", fees=0)
    traded.commands.submit(Post(account="rev-1", fact=fact, confirmed=True))
    async with running(traded, size) as pilot:
        await press(pilot, "2")
        assert lines_with(pilot, "Positions · at cost until marked")
        (put,) = [x for x in lines_with(pilot, "TSLA 27 Nov 26 250 put") if "−620.00" in x]
        assert "−2 " in put and " 3 " in put and "50,000.00" in put
        assert re.search(r"collateral +50,000\.00", screen_text(pilot))
        assert "25.0 % in" in put


async def test_an_expired_position_is_marked_and_recorded_by_one_key(
    traded: LocalEngine, clock: FixedClock
) -> None:
    clock.set(datetime(2026, 11, 30, 17, tzinfo=UTC))
    async with running(traded) as pilot:
        await on_position(pilot, "TSLA")
        assert lines_with(pilot, "expired")
        await press(pilot, "E")
        assert "Expire TSLA 27 Nov 26 250 put" in screen_text(pilot)
        form = pilot.app.screen
        assert isinstance(form, Form)
        assert dict(form.typed) == {
            "quantity": "2",
            "date": "2026-11-27",
            "note": "",
        }
        await press(pilot, "enter", "y")
    assert held(traded) == {"MSTR:USD": 100}


async def test_an_assigned_put_buys_its_shares(traded: LocalEngine, clock: FixedClock) -> None:
    async with running(traded) as pilot:
        await on_position(pilot, "TSLA")
        await press(pilot, "A")
        assert "Buy 200 TSLA @ 250.00 = −50,000.00" in screen_text(pilot)
        await press(pilot, "enter", "y", "y")
    assert held(traded) == {"MSTR:USD": 100, "TSLA:USD": 200}


async def test_a_position_is_bought_back_at_a_price(traded: LocalEngine) -> None:
    async with running(traded) as pilot:
        await on_position(pilot, "TSLA")
        await press(pilot, "B", *"0.15")
        assert "Buy 2 TSLA 27 Nov 26 250 put @ 0.15 = −30.00" in screen_text(pilot)
        await press(pilot, "enter", "y")
    assert held(traded) == {"MSTR:USD": 100}
    assert traded.queries.entries("gen-1", "Main", 1)[0].profit == amount("590")


async def test_a_position_is_marked_at_a_price(traded: LocalEngine) -> None:
    async with running(traded) as pilot:
        await on_position(pilot, "TSLA")
        await press(pilot, "M", *"4.00")
        assert "Mark TSLA 27 Nov 26 250 put" in screen_text(pilot)
        assert "value −620.00 → −800.00" in screen_text(pilot)
        await press(pilot, "enter", "y")
    values = {n: h.value_micros for n, h in traded.queries.account("gen-1").holdings.items()}
    assert values == {f"{PUT.name}:USD": -amount("800"), "MSTR:USD": amount("15000")}


async def test_a_lot_is_closed_by_the_record_that_opened_it(traded: LocalEngine) -> None:
    more = trade(PUT, buy=False, quantity="1", price="4", fees=0)
    seq = traded.commands.submit(Post(account="gen-1", fact=more, confirmed=True)).seq
    async with running(traded, (80, 24)) as pilot:
        await on_position(pilot, "TSLA")
        await press(pilot, "B", *"0.15", "tab", "backspace", "1", "tab", "tab", *str(seq), "enter")
        await press(pilot, "y")
    (closed,) = traded.positions.lots("gen-1").closed
    assert (closed.seq, closed.realised_micros) == (seq, amount("385"))


async def test_an_option_is_rolled_for_a_net_price(traded: LocalEngine) -> None:
    before = traded.queries.account("gen-1").cash
    async with running(traded) as pilot:
        await on_position(pilot, "TSLA")
        await press(pilot, "r", *"4Dec26 245p", "tab", *"0.85")
        assert "= +170.00" in screen_text(pilot)
        await press(pilot, "enter", "y", "y")
    assert held(traded) == {"MSTR:USD": 100, "TSLA 2026-12-04 245 put:USD": -2}
    assert traded.queries.account("gen-1").cash == before + amount("170")
    text = traded.queries.entries("gen-1", "Main", 1)[0].text
    assert text == "Rolled 2 TSLA 27 Nov 26 250 put to 4 Dec 26 245 put @ +0.85"


async def test_a_roll_closes_the_old_option_at_its_price(traded: LocalEngine) -> None:
    async with running(traded, (80, 24)) as pilot:
        await on_position(pilot, "TSLA")
        await press(pilot, "r", *"4Dec26 245p", "tab", *"0.85", "tab", *"2.10")
        await press(pilot, "enter", "y", "y")
    (closed,) = traded.positions.lots("gen-1").closed
    assert closed.realised_micros == amount("200")  # 2 sold at 3.10


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("E", "shares cannot expire"),
        ("A", "shares cannot be assigned"),
        ("r", "shares cannot be rolled"),
    ],
)
async def test_a_key_says_why_shares_cannot(traded: LocalEngine, key: str, reason: str) -> None:
    async with running(traded) as pilot:
        await press(pilot, "2", key)
        assert "select a position first" in screen_text(pilot)
        await on_position(pilot, "MSTR")
        await press(pilot, key)
        assert reason in screen_text(pilot)


# -- a position opened ------------------------------------------------------------------------


async def test_enter_opens_the_position_of_an_entry_with_its_lots_and_rolls(
    traded: LocalEngine,
) -> None:
    later = Instrument("TSLA", Right.PUT, amount("245"), date(2026, 12, 4), 100)
    legs = (Leg(PUT, amount("2"), -amount("100")), Leg(later, -amount("2"), amount("270")))
    traded.commands.submit(Post(account="gen-1", fact=TradeFact(legs=legs), confirmed=True))
    async with running(traded) as pilot:
        await press(pilot, "2", "enter")  # the newest entry
        await until_shown(pilot, "Open lots")
        text = screen_text(pilot)
        assert "TSLA 4 Dec 26 245 put in gen-1" in text and "at cost, never marked" in text
        assert re.search(r"27 Nov 26 250 put → 4 Dec 26 245 put +\+170.00 +#4", text)
        await press(pilot, "r")
        await until_shown(pilot, "Record 4")
        await press(pilot, "escape")
        await on_position(pilot, "MSTR")
        await press(pilot, "enter")
        await until_shown(pilot, "MSTR in gen-1")
        assert "Rolls" not in screen_text(pilot)
        assert "15,000.00" in screen_text(pilot)
