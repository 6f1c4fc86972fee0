"""Positions and lots as the engine derives them from its journal, across undo and merge."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from growth import earned, forked_from, own
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Fact,
    Fork,
    Instrument,
    Leg,
    MarkFact,
    Merge,
    PolicySet,
    Post,
    Right,
    TradeFact,
    Undo,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.derived.fills import HoldingEntry, holding_entry
from alluse_tui.domain.derived.lots import lots
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.terms import Kind, LotMethod
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.record_decoding import events_of

MONDAY = date(2026, 11, 16)
FRIDAY = date(2026, 11, 27)
XYZ = Instrument("XYZ")
PUT = Instrument("XYZ", Right.PUT, amount("50"), FRIDAY, 100)
CALL = Instrument("XYZ", Right.CALL, amount("60"), FRIDAY, 100)


def post(engine: LocalEngine, fact: Fact, code: str = "gen-1", day: date | None = None) -> int:
    return engine.commands.submit(Post(account=code, fact=fact, confirmed=True, date=day)).seq


def bought(instrument: Instrument, quantity: str, price: str, fees: str = "0") -> TradeFact:
    paid = amount(fees, zero=True)
    return trade(instrument, buy=True, quantity=quantity, price=price, fees=paid)


def written(instrument: Instrument, quantity: str, price: str) -> TradeFact:
    return trade(instrument, buy=False, quantity=quantity, price=price, fees=0)


def read_from_journal(engine: LocalEngine) -> list[HoldingEntry]:
    """The entries as decoded from the records, without the replica."""
    entries = []
    for record in engine.queries.records():
        for n, event in enumerate(e for e in events_of(record) if isinstance(e, EntryPosted)):
            is_undone = bool(engine.queries.undone_by(record.seq))
            entry = holding_entry(event, record.seq, n, is_undone=is_undone)
            if entry is not None:
                entries.append(entry)
    return entries


def test_a_position_has_its_cost_basis_gain_and_mark(engine: LocalEngine) -> None:
    post(engine, written(PUT, "2", "3.10"))
    post(engine, assignment(PUT, quantity="1", fees=0))
    shares, put = engine.positions.positions("gen-1")
    assert (shares.cost, shares.basis, shares.value) == (
        amount("5000"),
        amount("4690"),
        amount("5000"),
    )
    assert (shares.mark, shares.unrealised, shares.is_at_cost) == (None, None, True)
    assert (put.quantity_micros, put.cost, put.realised) == (
        -amount("1"),
        -amount("310"),
        amount("310"),
    )
    assert (put.collateral, put.dte, put.status) == (amount("5000"), 3, "open")
    post(engine, MarkFact(value_micros=amount("4500")))
    shares, put = engine.positions.positions("gen-1")
    assert shares.mark_date == put.mark_date == engine.today
    assert shares.value + put.value == amount("4500")
    assert shares.mark == round(shares.value / 100)
    assert shares.unrealised == shares.value - amount("5000")
    assert put.mark is not None and put.mark > 0


def test_an_option_past_its_expiry_is_expired_until_its_end_is_recorded(
    engine: LocalEngine,
) -> None:
    last_week = replace(PUT, expiry=date(2026, 11, 20))
    post(engine, written(last_week, "1", "1"), day=MONDAY)
    (position,) = engine.positions.positions("gen-1")
    assert (position.dte, position.status) == (-4, "expired")


def test_positions_are_those_of_one_account_or_of_all(engine: LocalEngine) -> None:
    post(engine, bought(XYZ, "1", "10"), "gen-1")
    post(engine, bought(XYZ, "2", "10"), "rev-1")
    both = [(p.account, p.quantity_micros) for p in engine.positions.positions()]
    assert both == [("gen-1", amount("1")), ("rev-1", amount("2"))]
    assert [p.account for p in engine.positions.positions("rev-1")] == ["rev-1"]
    assert [p.account for p in engine.positions.positions(portfolio="Main")] == ["gen-1", "rev-1"]
    assert engine.positions.positions("com-1") == ()
    with pytest.raises(BadInput):
        engine.positions.positions("gen-9")


def test_the_method_says_which_lot_is_sold(engine: LocalEngine) -> None:
    for price in ("10", "30", "20"):
        post(engine, bought(XYZ, "10", price))
    post(engine, written(XYZ, "10", "25"))
    left = {
        method: [lot.cost_micros for lot in engine.positions.lots("gen-1", method=method).open]
        for method in LotMethod
    }
    assert left == {
        LotMethod.FIFO: [amount("300"), amount("200")],
        LotMethod.LIFO: [amount("100"), amount("300")],
        LotMethod.HIFO: [amount("100"), amount("200")],
        LotMethod.SPECIFIC: [amount("300"), amount("200")],
    }


def test_each_account_has_its_own_method(engine: LocalEngine) -> None:
    for code in ("gen-1", "rev-1"):
        post(engine, bought(XYZ, "10", "10"), code)
        post(engine, bought(XYZ, "10", "30"), code)
        post(engine, written(XYZ, "10", "25"), code)
    engine.commands.submit(PolicySet(changes=(("lots.method", "lifo"),)))
    own(engine, "rev-1", lots__method="hifo")
    gen, rev = engine.positions.positions()
    assert (gen.cost, gen.realised) == (amount("100"), -amount("50"))  # sold those bought at 30
    assert (rev.cost, rev.realised) == (amount("100"), -amount("50"))
    engine.commands.submit(PolicySet(changes=(("lots.method", "fifo"),)))
    gen, rev = engine.positions.positions()
    assert (gen.cost, gen.realised) == (amount("300"), amount("150"))
    assert (rev.cost, rev.realised) == (amount("100"), -amount("50"))
    assert engine.positions.lots("rev-1", method=LotMethod.FIFO).open[0].cost_micros == gen.cost


def test_an_undone_trade_leaves_no_lot(engine: LocalEngine) -> None:
    seq = post(engine, bought(XYZ, "10", "10"))
    engine.commands.submit(Undo(seq=seq))
    derived = engine.positions.lots("gen-1")
    assert (derived.open, derived.closed) == ((), ())


def test_the_replica_and_the_journal_give_the_same_entries(engine: LocalEngine) -> None:
    post(engine, bought(XYZ, "100", "10", fees="1.35"))
    post(engine, written(CALL, "1", "2"))
    seq = post(engine, written(CALL, "1", "3"))
    later = replace(CALL, expiry=date(2026, 12, 4))
    legs = (Leg(CALL, amount("1"), -amount("90")), Leg(later, -amount("1"), amount("250")))
    post(engine, TradeFact(legs=legs, fee_micros=amount("2.70")))
    post(engine, MarkFact(value_micros=amount("900")))
    engine.commands.submit(Undo(seq=seq))
    from_journal = lots(read_from_journal(engine))
    assert engine.positions.lots("gen-1") == from_journal
    assert len(from_journal.closed) == 1 and len(from_journal.open) == 2


@pytest.fixture
def fork_with_shares(engine: LocalEngine) -> str:
    """A fork that holds shares and a covered call, and is due to merge."""
    forked = forked_from(engine, "gen-1")
    own(engine, forked, merge__threshold="50001")
    earned(engine, forked, "40000")
    post(engine, bought(XYZ, "100", "50"), forked)
    post(engine, written(CALL, "1", "2"), forked)
    return forked


def test_a_merge_carries_the_lots_to_compounding(
    engine: LocalEngine, fork_with_shares: str
) -> None:
    before = engine.positions.lots(fork_with_shares).open
    merged = engine.commands.submit(Merge(account=fork_with_shares)).seq
    assert engine.positions.lots(fork_with_shares).open == ()
    after = engine.positions.lots("com-1").open
    assert after == tuple(replace(lot, account="com-1") for lot in before)
    shares = next(p for p in engine.positions.positions("com-1") if p.instrument == XYZ)
    assert shares.cost == amount("5000")
    engine.commands.submit(Undo(seq=merged))
    assert engine.positions.lots(fork_with_shares).open == before
    assert engine.positions.lots("com-1").open == ()


def test_an_undone_fork_returns_its_lots_to_its_source(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "52000")
    receipt = engine.commands.submit(Fork(account="gen-1"))
    (child,) = [after.code for before, after in receipt.plan.accounts if before is None]
    post(engine, bought(XYZ, "100", "50"), child)
    before = engine.positions.lots(child).open
    engine.commands.submit(Undo(seq=receipt.seq))
    assert engine.positions.lots(child).open == ()
    assert engine.positions.lots("gen-1").open == tuple(
        replace(lot, account="gen-1") for lot in before
    )


def test_an_expiry_of_several_options_gives_each_its_premium(engine: LocalEngine) -> None:
    put, call = (replace(o, expiry=date(2026, 11, 20)) for o in (PUT, CALL))
    post(engine, bought(XYZ, "100", "55"), day=MONDAY)
    for option, price in ((put, "3.10"), (call, "1.20")):
        post(engine, written(option, "1", price), day=MONDAY)
    legs = (Leg(put, amount("1"), 0), Leg(call, amount("1"), 0))
    post(engine, TradeFact(kind=Kind.EXPIRY, legs=legs))
    closed = engine.positions.lots("gen-1").closed
    assert {lot.instrument: lot.realised_micros for lot in closed} == {
        put.name: amount("310"),
        call.name: amount("120"),
    }


def test_history_has_the_whole_chain_of_rolls_and_the_lots_of_one_option(
    engine: LocalEngine,
) -> None:
    later, last = replace(PUT, expiry=date(2026, 12, 4)), replace(PUT, expiry=date(2026, 12, 11))
    post(engine, written(PUT, "2", "3.10"))
    for old, new, price in ((PUT, later, 4), (later, last, 5)):
        legs = (
            Leg(old, amount("2"), -amount(str(price * 200 - 50))),
            Leg(new, -amount("2"), amount(str(price * 200))),
        )
        post(engine, TradeFact(legs=legs))
    for option in (PUT, later, last):
        history = engine.positions.history(("gen-1", option.name, "USD"))
        assert [(r.closed, r.opened, r.cash_micros) for r in history.rolls] == [
            (PUT, later, amount("50")),
            (later, last, amount("50")),
        ]
    assert history.view is not None and history.view.quantity_micros == -amount("2")
    assert [(lot.seq, lot.cost_micros) for lot in history.open] == [(4, -amount("1000"))]
    ended = engine.positions.history(("gen-1", PUT.name, "USD"))
    assert ended.view is None and ended.open == ()
    assert [lot.realised_micros for lot in ended.closed] == [amount("620") - amount("750")]


def test_the_chain_is_followed_back_over_any_number_of_rolls(engine: LocalEngine) -> None:
    days = [FRIDAY, date(2026, 12, 4), date(2026, 12, 11), date(2026, 12, 18)]
    puts = [replace(PUT, expiry=day) for day in days]
    post(engine, written(PUT, "1", "3.10"))
    for old, new in pairwise(puts):
        legs = (Leg(old, amount("1"), -amount("100")), Leg(new, -amount("1"), amount("120")))
        post(engine, TradeFact(legs=legs))
    for put in puts:
        history = engine.positions.history(("gen-1", put.name, "USD"))
        assert [roll.opened for roll in history.rolls] == puts[1:]


def test_history_leaves_out_rolls_that_were_undone_and_other_options(engine: LocalEngine) -> None:
    later = replace(PUT, expiry=date(2026, 12, 4))
    post(engine, written(PUT, "1", "3.10"))
    post(engine, written(CALL, "1", "2"))
    legs = (Leg(PUT, amount("1"), -amount("100")), Leg(later, -amount("1"), amount("150")))
    rolled = post(engine, TradeFact(legs=legs))
    assert engine.positions.history(("gen-1", CALL.name, "USD")).rolls == ()
    assert len(engine.positions.history(("gen-1", PUT.name, "USD")).rolls) == 1
    engine.commands.submit(Undo(seq=rolled))
    assert engine.positions.history(("gen-1", PUT.name, "USD")).rolls == ()
