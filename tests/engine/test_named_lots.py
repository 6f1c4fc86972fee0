"""A trade that names the lots it closes: checked, recorded, derived, undone and verified."""

from __future__ import annotations

from datetime import date

import pytest
from growth import own
from msgspec.structs import replace

from alluse_tui.domain.commands import Fact, Instrument, Post, Right, TradeFact, Undo, amount, trade
from alluse_tui.domain.commands.trade_facts import roll
from alluse_tui.domain.derived.positions import positions
from alluse_tui.domain.model.errors import AllUseError, BadInput
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import LocalEngine

XYZ, ABC = Instrument("XYZ"), Instrument("ABC")
PUT = Instrument("XYZ", Right.PUT, amount("50"), date(2026, 12, 18), 100)
MONDAY = date(2026, 11, 16)


def posting(fact: Fact, *, day: date | None = None) -> Post:
    return Post(account="gen-1", fact=fact, confirmed=True, date=day)


def post(engine: LocalEngine, fact: Fact, *, day: date | None = None) -> int:
    return engine.commands.submit(posting(fact, day=day)).seq


def buy(instrument: Instrument, quantity: str, price: str) -> TradeFact:
    return trade(instrument, buy=True, quantity=quantity, price=price, fees=0)


def sell(instrument: Instrument, quantity: str, price: str, *lots: int) -> TradeFact:
    fact = trade(instrument, buy=False, quantity=quantity, price=price, fees=0)
    return replace(fact, lots=lots)


def open_lots(engine: LocalEngine) -> dict[int, int]:
    """Whole shares or contracts by the record of the lot."""
    lots = engine.positions.lots("gen-1").open
    return {lot.seq: lot.quantity_micros // amount("1") for lot in lots}


@pytest.fixture
def bought(engine: LocalEngine) -> list[int]:
    """The records of three lots of 10 XYZ at 10, 30 and 20, and of one of 10 ABC."""
    fills = [buy(XYZ, "10", price) for price in ("10", "30", "20")]
    return [post(engine, fact) for fact in (*fills, buy(ABC, "10", "5"))]


def test_the_named_lots_are_closed_and_the_undo_opens_them_again(
    engine: LocalEngine, bought: list[int]
) -> None:
    first, second, third, other = bought
    sold = post(engine, sell(XYZ, "15", "40", third, second))
    assert open_lots(engine) == {first: 10, second: 5, other: 10}
    (shares,) = [p for p in engine.positions.positions("gen-1") if p.instrument == XYZ]
    assert shares.realised == amount("250")  # 10 × (40 − 20) + 5 × (40 − 30)
    assert [c for c in engine.operations.verify(ask=False).checks if not c.ok] == []
    (lots,) = engine.queries.sql(f"SELECT lots FROM entry WHERE seq = {sold}").rows[0]
    assert lots == [third, second]
    engine.commands.submit(Undo(seq=sold))
    assert open_lots(engine) == {first: 10, second: 10, third: 10, other: 10}


def test_only_a_trade_that_names_lots_has_them_in_its_record(
    engine: LocalEngine, bought: list[int]
) -> None:
    sold = post(engine, sell(XYZ, "10", "40"))
    named = post(engine, sell(XYZ, "10", "40", bought[1]))
    bodies = {r.seq: r.body for r in engine.queries.records()}
    assert b'"lots"' not in bodies[sold]
    assert bodies[named].count(b'"lots":[%d]' % bought[1]) == 2  # the command and the entry


def test_a_roll_closes_the_contracts_that_it_names(engine: LocalEngine) -> None:
    own(engine, "gen-1", lots__method="specific")
    first, second = (post(engine, sell(PUT, "1", price)) for price in ("3", "4"))
    (held,) = positions(engine.queries.account("gen-1").holdings)
    rolled = roll(held, replace(PUT, expiry=date(2026, 12, 24)), "1", "1", closing_price="2")
    new = post(engine, replace(rolled, lots=(second,)))
    assert open_lots(engine) == {first: -1, new: -1}
    assert engine.positions.lots("gen-1").closed[0].realised_micros == amount("200")


def refused(engine: LocalEngine, fact: TradeFact, *, day: date | None = None) -> str:
    seq = engine.seq
    with pytest.raises(BadInput) as caught:
        engine.commands.submit(posting(fact, day=day))
    assert engine.seq == seq
    return str(caught.value)


def test_a_lot_that_the_trade_cannot_close_is_named(engine: LocalEngine, bought: list[int]) -> None:
    first, second, third, other = bought
    listed = f"{first} (10), {second} (10), {third} (10)"
    for fact, sentence in (
        (sell(XYZ, "10", "40", 99), f"lots 99: is not an open lot of gen-1; open: {listed}"),
        (sell(XYZ, "10", "40", other), f"lots {other}: is a lot of ABC, not of XYZ"),
        (sell(XYZ, "20", "40", first, first), f"lots {first}: is named twice"),
        (
            sell(XYZ, "25", "40", first, third),
            f"lots {first},{third}: have 5 fewer of XYZ than the trade closes; name more lots",
        ),
        (
            sell(XYZ, "10", "40", first, third),
            f"lots {third}: is not needed: the lots before it cover the trade",
        ),
        (
            replace(buy(XYZ, "10", "40"), lots=(first,)),
            f"lots {first}: may be named only by a trade that closes something gen-1 holds",
        ),
    ):
        assert refused(engine, fact).replace("'", "") == sentence


def test_a_trade_does_not_close_a_lot_that_was_opened_after_it(
    engine: LocalEngine, bought: list[int]
) -> None:
    earlier = post(engine, buy(XYZ, "10", "15"), day=MONDAY)
    message = refused(engine, sell(XYZ, "10", "40", bought[0]), day=MONDAY)
    assert message.endswith(f"was opened on {engine.today}, after the trade")
    post(engine, sell(XYZ, "10", "40", earlier), day=MONDAY)
    assert earlier not in open_lots(engine)


def test_a_lot_is_sold_once_by_two_trades_of_one_turn(
    engine: LocalEngine, bought: list[int]
) -> None:
    fact = sell(XYZ, "10", "40", bought[1])
    outcomes = engine.commands.submit_many([posting(fact), posting(fact)])
    assert isinstance(outcomes[0], Receipt) and isinstance(outcomes[1], AllUseError)
    assert bought[1] not in open_lots(engine)


def test_a_roll_to_an_earlier_expiry_says_which_option_was_closed(engine: LocalEngine) -> None:
    post(engine, sell(PUT, "1", "3"))
    (held,) = positions(engine.queries.account("gen-1").holdings)
    earlier = replace(PUT, expiry=date(2026, 12, 11), strike_micros=amount("52"))
    post(engine, roll(held, earlier, "0.5", closing_price="2"))
    newest, _ = engine.queries.entries("gen-1", "Main", 2)
    assert newest.text == "Rolled 1 XYZ 18 Dec 26 50 put to 11 Dec 26 52 put @ +0.50"
