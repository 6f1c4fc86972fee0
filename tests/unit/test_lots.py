"""Lots: what a holding cost, and what was realised, from the entries of its account."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lot_book import (
    CALL,
    COM,
    FRIDAY,
    GEN,
    MONDAY,
    PUT,
    XYZ,
    Posted,
    adjusted,
    buy,
    expiry,
    realised,
    sell,
)
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Fact,
    Instrument,
    Leg,
    MarkFact,
    TradeFact,
    amount,
    assignment,
)
from alluse_tui.domain.derived.fills import Key, Origin
from alluse_tui.domain.derived.lots import Lots
from alluse_tui.domain.events.events import (
    EntryPosted,
    HoldingChange,
)
from alluse_tui.domain.model.terms import Kind, LotMethod


@pytest.fixture
def posted() -> Posted:
    return Posted()


@pytest.mark.parametrize("method", LotMethod)
def test_a_sale_closes_the_lots_that_it_names_whatever_the_method(
    posted: Posted, method: LotMethod
) -> None:
    prices = ("10", "30", "20")
    numbers = [posted.post(buy(XYZ, "10", price), day) for day, price in enumerate(prices)]
    posted.post(replace(sell(XYZ, "15", "40"), lots=(numbers[2], numbers[0])), day=5)
    derived = posted.lots(method)
    assert [(lot.seq, lot.quantity_micros) for lot in derived.closed] == [
        (numbers[2], amount("10")),
        (numbers[0], amount("5")),
    ]
    assert realised(derived) == amount("350")  # 10 × (40 − 20) + 5 × (40 − 10)
    assert [(lot.seq, lot.quantity_micros) for lot in derived.open] == [
        (numbers[0], amount("5")),
        (numbers[1], amount("10")),
    ]


@pytest.mark.parametrize(
    ("method", "next_lot"),
    [(LotMethod.SPECIFIC, 0), (LotMethod.FIFO, 0), (LotMethod.LIFO, 2), (LotMethod.HIFO, 1)],
)
def test_what_the_named_lots_lack_is_taken_by_the_method(
    posted: Posted, method: LotMethod, next_lot: int
) -> None:
    prices = ("10", "30", "20")
    numbers = [posted.post(buy(XYZ, "10", price), day) for day, price in enumerate(prices)]
    gone = posted.post(buy(XYZ, "10", "25"), day=4)
    posted.post(replace(sell(XYZ, "10", "40"), lots=(gone,)), day=5)
    posted.undo(gone)  # so the sale that named it closes another lot
    (closed,) = posted.lots(method).closed
    assert closed.seq == numbers[next_lot]


@pytest.mark.parametrize(
    ("method", "gain"), [(LotMethod.FIFO, "1000"), (LotMethod.LIFO, "500"), (LotMethod.HIFO, "0")]
)
def test_a_sale_closes_the_lot_that_the_method_names(
    posted: Posted, method: LotMethod, gain: str
) -> None:
    for day, price in enumerate(("10", "20", "15")):
        posted.post(buy(XYZ, "100", price), day)
    posted.post(sell(XYZ, "100", "20"), day=5)
    derived = posted.lots(method)
    assert realised(derived) == amount(gain, zero=True)
    assert sum(lot.quantity_micros for lot in derived.open) == amount("200")


def test_a_short_option_s_cost_is_the_premium_received(posted: Posted) -> None:
    posted.post(sell(PUT, "2", "3.10", fees="1.30"))
    (lot,) = posted.lots().open
    assert (lot.quantity_micros, lot.cost_micros) == (-amount("2"), -amount("620"))
    assert lot.fees_micros == amount("1.30")
    posted.post(buy(PUT, "1", "1", fees="0.65"), day=1)
    derived = posted.lots()
    (closed,) = derived.closed
    assert closed.realised_micros == amount("210")
    assert closed.fees_micros == amount("1.30")
    assert derived.open[0].quantity_micros == -amount("1")


def test_an_assigned_put_is_income_at_cost_and_lowers_the_basis(posted: Posted) -> None:
    posted.post(sell(PUT, "2", "3.10"))
    posted.post(assignment(PUT, quantity="1", fees=0), day=25)
    derived = posted.lots()
    shares = next(lot for lot in derived.open if lot.instrument == "XYZ")
    assert (shares.cost_micros, shares.basis_micros) == (amount("5000"), amount("4690"))
    assert (realised(derived), adjusted(derived)) == (amount("310"), 0)
    posted.post(sell(XYZ, "100", "55"), day=26)
    derived = posted.lots()
    assert realised(derived) == adjusted(derived) == amount("810")


def test_an_assigned_call_is_income_at_cost_and_raises_the_adjusted_proceeds(
    posted: Posted,
) -> None:
    posted.post(buy(XYZ, "100", "50"))
    posted.post(sell(CALL, "1", "2"), day=1)
    posted.post(assignment(CALL, quantity="1", fees=0), day=25)
    derived = posted.lots()
    assert derived.open == ()
    assert realised(derived, CALL) == amount("200")
    assert realised(derived, XYZ) == amount("1000")
    of_shares = [lot for lot in derived.closed if lot.instrument == "XYZ"]
    assert [lot.adjusted_realised_micros for lot in of_shares] == [amount("1200")]
    assert adjusted(derived) == amount("1200")


def test_an_exercised_call_s_cost_is_part_of_the_basis_of_its_shares(posted: Posted) -> None:
    posted.post(buy(CALL, "1", "2"))
    exercised = TradeFact(
        kind=Kind.ASSIGNMENT,
        legs=(Leg(CALL, -amount("1"), 0), Leg(XYZ, amount("100"), -amount("6000"))),
    )
    posted.post(exercised, day=25)
    derived = posted.lots()
    (shares,) = derived.open
    assert (shares.cost_micros, shares.basis_micros) == (amount("6000"), amount("6200"))
    assert (realised(derived), adjusted(derived)) == (-amount("200"), 0)


@pytest.mark.parametrize("shares_first", [False, True])
def test_a_statement_s_two_rows_of_an_assignment_belong_together(
    posted: Posted, *, shares_first: bool
) -> None:
    posted.post(sell(PUT, "1", "3.10"))
    rows = [
        TradeFact(kind=Kind.ASSIGNMENT, legs=(leg,), key=f"ibkr:{i}")
        for i, leg in enumerate(assignment(PUT, quantity="1", fees=0).legs)
    ]
    for row in reversed(rows) if shares_first else rows:
        posted.post(row, day=25)
    derived = posted.lots()
    assert derived.open[0].basis_micros == amount("4690")
    assert (realised(derived), adjusted(derived)) == (amount("310"), 0)


def test_the_premium_stays_with_the_option_where_no_shares_were_delivered(posted: Posted) -> None:
    posted.post(sell(PUT, "1", "3.10"))
    posted.post(TradeFact(kind=Kind.ASSIGNMENT, legs=(Leg(PUT, amount("1"), 0),)), day=25)
    derived = posted.lots()
    assert realised(derived) == adjusted(derived) == amount("310")


def test_a_roll_closes_and_opens_at_its_own_prices(posted: Posted) -> None:
    later = replace(PUT, expiry=FRIDAY + timedelta(days=7))
    posted.post(sell(PUT, "1", "3.10"))
    legs = (Leg(PUT, amount("1"), -amount("200")), Leg(later, -amount("1"), amount("450")))
    posted.post(TradeFact(legs=legs, fee_micros=amount("2")), day=3)
    derived = posted.lots()
    assert realised(derived) == amount("110")
    (lot,) = derived.open
    assert (lot.instrument, lot.cost_micros) == (later.name, -amount("450"))
    assert lot.fees_micros + derived.closed[0].fees_micros == amount("2")


def test_options_that_expire_in_one_entry_each_keep_their_premium(posted: Posted) -> None:
    posted.post(sell(PUT, "1", "3.10"))
    posted.post(sell(CALL, "1", "1.20"))
    posted.post(expiry((PUT, "1"), (CALL, "1")), day=25)
    derived = posted.lots()
    assert realised(derived, PUT) == amount("310")
    assert realised(derived, CALL) == amount("120")


def test_a_fill_through_zero_closes_all_and_opens_the_rest(posted: Posted) -> None:
    posted.post(buy(XYZ, "100", "10"))
    posted.post(sell(XYZ, "150", "12"), day=1)
    derived = posted.lots()
    assert realised(derived) == amount("200")
    (lot,) = derived.open
    assert (lot.quantity_micros, lot.cost_micros) == (-amount("50"), -amount("600"))
    assert lot.origin is Origin.RECORDED


def test_an_undone_fill_counts_for_nothing(posted: Posted) -> None:
    first = posted.post(buy(XYZ, "100", "10"))
    posted.post(buy(XYZ, "100", "20"), day=1)
    posted.post(sell(XYZ, "100", "30"), day=2)
    posted.undo(first)
    derived = posted.lots()
    assert derived.open == ()
    assert realised(derived) == amount("1000")


def test_a_mark_lasts_until_more_is_opened(posted: Posted) -> None:
    posted.post(buy(XYZ, "100", "10"))
    key = (GEN, "XYZ", "USD")
    assert posted.lots().carried[key].is_at_cost
    mark = posted.post(MarkFact(value_micros=amount("1300")), day=1)
    carried = posted.lots().carried[key]
    assert (carried.value_micros, carried.marked_on) == (amount("1300"), MONDAY + timedelta(1))
    posted.post(sell(XYZ, "50", "13"), day=2)
    carried = posted.lots().carried[key]
    assert (carried.value_micros, carried.marked_on) == (amount("650"), MONDAY + timedelta(1))
    posted.post(buy(XYZ, "50", "14"), day=3)
    carried = posted.lots().carried[key]
    assert (carried.marked_on, carried.is_at_cost) == (None, False)
    posted.undo(mark)
    assert posted.lots().carried[key].is_at_cost


def test_shares_that_a_statement_sold_without_a_purchase_wait_for_it(posted: Posted) -> None:
    sold = replace(sell(XYZ, "30", "40"), key="ibkr:1")
    posted.post(sold, day=1)
    posted.post(replace(buy(XYZ, "100", "10"), key="ibkr:2"), day=2)
    derived = posted.lots()
    assert [(lot.quantity_micros, lot.origin) for lot in derived.open] == [
        (-amount("30"), Origin.MISSING),
        (amount("100"), Origin.RECORDED),
    ]
    assert derived.closed == ()
    posted.post(buy(XYZ, "30", "35"), day=0)  # recorded late, dated before the sale
    derived = posted.lots()
    assert [lot.quantity_micros for lot in derived.open] == [amount("100")]
    assert realised(derived) == amount("150")


def test_an_option_that_ended_without_having_been_sold_is_missing(posted: Posted) -> None:
    posted.post(expiry((PUT, "1")), day=25)
    (lot,) = posted.lots().open
    assert (lot.quantity_micros, lot.origin) == (amount("1"), Origin.MISSING)


def test_what_a_recovery_took_from_the_state_is_known_by_its_value_only(posted: Posted) -> None:
    held = HoldingChange(GEN, "XYZ", "USD", amount("100"), amount("1000"))
    posted.add(EntryPosted("Main", Kind.RECOVERED, MONDAY, (), holdings=(held,)))
    posted.post(sell(XYZ, "40", "12"), day=1)
    derived = posted.lots()
    assert [lot.origin for lot in derived.open] == [Origin.RECOVERED]
    assert [lot.origin for lot in derived.closed] == [Origin.RECOVERED]
    assert realised(derived) == amount("80")


def test_the_lots_of_a_merged_account_continue_in_the_receiver(posted: Posted) -> None:
    posted.post(buy(XYZ, "100", "10", fees="1"))
    posted.post(sell(CALL, "1", "2"), day=1)
    posted.merge(day=2)
    derived = posted.lots()
    assert {lot.account for lot in derived.open} == {COM}
    assert {lot.instrument: (lot.opened, lot.cost_micros) for lot in derived.open} == {
        "XYZ": (MONDAY, amount("1000")),
        CALL.name: (MONDAY + timedelta(days=1), -amount("200")),
    }
    carried = derived.carried
    assert carried[COM, "XYZ", "USD"].value_micros == amount("1000")
    assert carried[GEN, "XYZ", "USD"].quantity_micros == 0


def test_merged_lots_close_those_of_the_other_side(posted: Posted) -> None:
    posted.post(sell(XYZ, "100", "12"), code=COM)
    posted.post(buy(XYZ, "150", "10"), day=1)
    posted.merge(day=2)
    derived = posted.lots()
    (lot,) = derived.open
    assert (lot.account, lot.quantity_micros, lot.cost_micros) == (
        COM,
        amount("50"),
        amount("500"),
    )
    assert realised(derived) == amount("200")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "roll", "assign", "expire", "mark", "undo"]),
        st.sampled_from([XYZ, PUT, CALL]),
        st.integers(1, 7),
        st.integers(0, 3_000_000),
        st.integers(0, 20),
        st.booleans(),
    ),
    max_size=25,
)


def play(
    posted: Posted, steps: list[tuple[str, Instrument, int, int, int, bool]], code: str = GEN
) -> int:
    """Post one step after the other; the fees paid for what was not undone."""
    fees: dict[int, int] = {}
    for name, instrument, count, price_micros, day, is_imported in steps:
        number, paid = 0, price_micros // 7
        quantity = count * amount("1")
        match name:
            case "buy" | "sell":
                sign = 1 if name == "buy" else -1
                leg = Leg(instrument, sign * quantity, -sign * count * price_micros)
                fact: Fact = TradeFact(
                    legs=(leg,), fee_micros=paid, key="row" if is_imported else ""
                )
                number = posted.post(fact, day, code)
            case "roll":
                legs = (
                    Leg(PUT, quantity, -count * price_micros),
                    Leg(CALL, -quantity, 2 * count * price_micros),
                    Leg(XYZ, quantity, -price_micros),
                )
                number = posted.post(TradeFact(legs=legs, fee_micros=paid), day, code)
            case "assign" if instrument.right is not None:
                fact = assignment(instrument, quantity=str(count), fees=paid)
                number = posted.post(fact, day, code)
            case "expire" if instrument.right is not None:
                paid = 0
                number = posted.post(expiry((PUT, "1"), (CALL, "-1")), day, code)
            case "mark":
                paid = 0
                number = posted.post(MarkFact(value_micros=price_micros * 3), day, code)
            case "undo":
                undoable = [n for n in fees if n not in posted.undone]
                if undoable:
                    posted.undo(undoable[-1])
            case _:
                pass
        if number:
            fees[number] = paid
    return sum(paid for number, paid in fees.items() if number not in posted.undone)


def agree(posted: Posted, derived: Lots) -> None:
    """Lots and carried values add up to the holdings of each account."""
    quantities: defaultdict[Key, int] = defaultdict(int)
    for lot in derived.open:
        quantities[lot.key] += lot.quantity_micros
    holdings = {
        (account.code, *key.rsplit(":", 1)): holding
        for account in posted.book.accounts.values()
        for key, holding in account.holdings.items()
    }
    assert {k: q for k, q in quantities.items() if q} == {
        k: h.quantity_micros for k, h in holdings.items() if h.quantity_micros
    }
    assert {k: (h.quantity_micros, h.value_micros) for k, h in holdings.items()} == {
        k: (c.quantity_micros, c.value_micros)
        for k, c in derived.carried.items()
        if c.quantity_micros or c.value_micros
    }


@given(steps=STEPS, method=st.sampled_from(LotMethod))
def test_lots_add_up_to_the_holdings_and_gains_to_the_equity(
    steps: list[tuple[str, Instrument, int, int, int, bool]], method: LotMethod
) -> None:
    posted = Posted()
    fees = play(posted, steps)
    derived = posted.lots(method)
    agree(posted, derived)
    value = sum(c.value_micros for c in derived.carried.values())
    unrealised = value - sum(lot.cost_micros for lot in derived.open)
    assert realised(derived) + unrealised - fees == posted.equity
    unrealised = value - sum(lot.basis_micros for lot in derived.open)
    assert adjusted(derived) + unrealised - fees == posted.equity
    opening = sum(lot.fees_micros for lot in derived.open)
    assert opening + sum(lot.fees_micros for lot in derived.closed) == fees


@given(steps=STEPS)
def test_both_views_realise_the_same_over_closed_cycles(
    steps: list[tuple[str, Instrument, int, int, int, bool]],
) -> None:
    posted = Posted()
    play(posted, steps)
    for instrument in (PUT, CALL, XYZ):
        holding = posted.book.accounts[f"Main/{GEN}"].holdings.get(f"{instrument.name}:USD")
        if holding is not None and holding.quantity_micros:
            is_long = holding.quantity_micros > 0
            leg = Leg(
                instrument, -holding.quantity_micros, amount("7") if is_long else -amount("7")
            )
            posted.post(TradeFact(legs=(leg,)), day=30)
    derived = posted.lots()
    if all(lot.origin is Origin.RECORDED for lot in derived.open):
        assert derived.open == ()
        assert realised(derived) == adjusted(derived)


@given(received=STEPS, steps=STEPS)
def test_a_merge_keeps_quantities_costs_and_gains(
    received: list[tuple[str, Instrument, int, int, int, bool]],
    steps: list[tuple[str, Instrument, int, int, int, bool]],
) -> None:
    posted = Posted()
    fees = play(posted, received, COM)
    fees += play(posted, steps)
    posted.merge(day=40)
    derived = posted.lots()
    agree(posted, derived)
    value = sum(c.value_micros for c in derived.carried.values())
    cost = sum(lot.cost_micros for lot in derived.open)
    assert realised(derived) + value - cost - fees == posted.equity
