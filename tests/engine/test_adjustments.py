"""Splits, renames and other deliverables: positions, lots, equity, texts and undo."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    AdjustmentFact,
    Fact,
    Instrument,
    MarkFact,
    Post,
    PriceFact,
    Right,
    TradeFact,
    Undo,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.commands.fact_codec import command_from_plain, command_to_plain, fact_words
from alluse_tui.domain.derived.lots import Lot, lots
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.terms import Kind
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.read.entry_views import activity_text

FRIDAY = date(2026, 12, 18)
MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
XYZ = Instrument("XYZ")
PUT = Instrument("XYZ", Right.PUT, amount("50"), FRIDAY, 100)
CALL = Instrument("XYZ", Right.CALL, amount("60"), FRIDAY, 100)


def post(engine: LocalEngine, fact: Fact, day: date | None = None) -> int:
    command = Post(account="gen-1", fact=fact, confirmed=True, date=day)
    return engine.commands.submit(command).seq


def buy(instrument: Instrument, quantity: str, price: str, fees: str = "0") -> TradeFact:
    paid = amount(fees, zero=True)
    return trade(instrument, buy=True, quantity=quantity, price=price, fees=paid)


def sell(instrument: Instrument, quantity: str, price: str) -> TradeFact:
    return trade(instrument, buy=False, quantity=quantity, price=price, fees=0)


def adjust(position: str = "XYZ", **changes: str | int | bool) -> AdjustmentFact:
    return AdjustmentFact(position=position, **changes)  # type: ignore[arg-type]


def held(engine: LocalEngine) -> dict[str, tuple[str, str]]:
    """Quantity and carried value of each position, as decimals."""
    return {
        key.rpartition(":")[0]: (decimal(h.quantity_micros), decimal(h.value_micros))
        for key, h in engine.queries.account("gen-1").holdings.items()
        if h.quantity_micros or h.value_micros
    }


def decimal(micros: int) -> str:
    return f"{micros / 1_000_000:.6f}".rstrip("0").rstrip(".")


def shown_lots(engine: LocalEngine) -> list[tuple[int, str, str, str]]:
    """Record, instrument, quantity and cost of each open lot."""
    return [
        (lot.seq, lot.instrument, decimal(lot.quantity_micros), decimal(lot.cost_micros))
        for lot in sorted(engine.positions.lots("gen-1").open, key=lambda lot: lot.seq)
    ]


def text_of(engine: LocalEngine, seq: int) -> list[str]:
    entries = engine.queries.entries("gen-1", "Main", 20)
    return [entry.text for entry in reversed(entries) if entry.seq == seq]


def whole(engine: LocalEngine) -> bool:
    """Whether holdings are the sums of the lots."""
    sums: dict[str, int] = {}
    for lot in engine.positions.lots("gen-1").open:
        sums[lot.instrument] = sums.get(lot.instrument, 0) + lot.quantity_micros
    holdings = engine.queries.account("gen-1").holdings.items()
    quantities = {k.rpartition(":")[0]: h.quantity_micros for k, h in holdings}
    return sums == {k: q for k, q in quantities.items() if q}


def verified(engine: LocalEngine) -> bool:
    return all(check.ok for check in engine.operations.verify(ask=False).checks)


def test_a_whole_split_multiplies_shares_and_contracts(engine: LocalEngine) -> None:
    first = post(engine, buy(XYZ, "100", "55", fees="1"), MONDAY)
    second = post(engine, buy(XYZ, "50", "58"), TUESDAY)
    written = post(engine, sell(CALL, "1", "2"))
    equity = engine.queries.account("gen-1").equity
    split = post(engine, adjust(split="2:1"))
    new_call = "XYZ 2026-12-18 30 call"
    assert held(engine) == {"XYZ": ("300", "8400"), new_call: ("-2", "-200")}
    assert shown_lots(engine) == [
        (first, "XYZ", "200", "5500"),
        (second, "XYZ", "100", "2900"),
        (written, new_call, "-2", "-200"),
    ]
    lot = engine.positions.lots("gen-1").open[0]
    assert (lot.opened, lot.fees_micros) == (MONDAY, amount("1"))
    assert engine.positions.lots("gen-1").closed == ()
    assert engine.queries.account("gen-1").equity == equity
    assert text_of(engine, split) == [
        "Split 2:1: 150 XYZ → 300 XYZ, 1 XYZ 18 Dec 26 60 call → 2 XYZ 18 Dec 26 30 call"
    ]
    assert whole(engine)


def test_another_split_changes_the_deliverable_and_keeps_the_collateral(
    engine: LocalEngine,
) -> None:
    post(engine, buy(XYZ, "100", "55"))
    post(engine, sell(PUT, "2", "3"))
    before = engine.queries.account("gen-1").collateral
    split = post(engine, adjust(split="3:2"))
    # 50 × 100 = 33.333333 × 150, less a hundredth of a cent
    new_put = "XYZ 2026-12-18 33.333333 put x150"
    assert held(engine) == {"XYZ": ("150", "5500"), new_put: ("-2", "-600")}
    after = engine.queries.account("gen-1").collateral
    assert before == amount("10000") and before - after == 100
    assert text_of(engine, split) == [
        "Split 3:2: 100 XYZ → 150 XYZ, 2 XYZ 18 Dec 26 50 put → 2 XYZ 18 Dec 26 33.333333 put x150"
    ]
    assert whole(engine)


def test_a_reverse_split_pays_a_fraction_in_cash(engine: LocalEngine) -> None:
    first = post(engine, buy(XYZ, "100", "5"), MONDAY)
    second = post(engine, buy(XYZ, "5", "8"), TUESDAY)
    put = post(engine, sell(replace(PUT, strike_micros=amount("4")), "1", "1"))
    account = engine.queries.account("gen-1")
    with pytest.raises(BadInput, match=r"cash: is missing: give what was paid for 0\.5 XYZ"):
        post(engine, adjust(split="1:10"))
    split = post(engine, adjust(split="1:10", cash_micros=amount("24")))
    new_put = "XYZ 2026-12-18 40 put x10"
    assert held(engine) == {"XYZ": ("10", "514.285714"), new_put: ("-1", "-100")}
    # first in, first out: half a share of the first lot, which cost 25 (its value was 25.714286)
    assert shown_lots(engine) == [
        (first, "XYZ", "9.5", "475"),
        (second, "XYZ", "0.5", "40"),
        (put, new_put, "-1", "-100"),
    ]
    (closed,) = engine.positions.lots("gen-1").closed
    assert (closed.seq, decimal(closed.realised_micros)) == (first, "-1")
    after = engine.queries.account("gen-1")
    assert decimal(after.cash - account.cash) == "24"
    assert decimal(after.equity - account.equity) == "-1.714286"
    assert text_of(engine, split) == [
        "Split 1:10: 105 XYZ → 10.5 XYZ, 1 XYZ 18 Dec 26 4 put → 1 XYZ 18 Dec 26 40 put x10",
        "Sold 0.5 XYZ @ 48.00",
    ]
    newest = engine.queries.query("activity", portfolio="Main", after=0, count=1)
    assert activity_text(dict(zip(newest.columns, newest.rows[0], strict=True))) == "Adjustment"
    assert whole(engine) and verified(engine)


def test_a_rename_keeps_everything_but_the_symbol(engine: LocalEngine) -> None:
    post(engine, buy(XYZ, "100", "55"))
    post(engine, sell(PUT, "1", "3"))
    post(engine, assignment(PUT, quantity="1", fees=0))
    post(engine, sell(CALL, "1", "2"))
    post(engine, MarkFact(value_micros=amount("10000")))
    before = {p.instrument.name: p for p in engine.positions.positions("gen-1")}
    renamed = post(engine, adjust(rename="xyz1"))
    after = {p.instrument.name: p for p in engine.positions.positions("gen-1")}
    assert set(after) == {"XYZ1", "XYZ1 2026-12-18 60 call"}
    for name, position in before.items():
        new = after[name.replace("XYZ", "XYZ1")]
        assert replace(new, instrument=position.instrument, underlying=None) == replace(
            position, underlying=None
        )
    assert text_of(engine, renamed) == ["Renamed XYZ → XYZ1"]
    assert whole(engine)


def test_a_change_of_the_deliverable_keeps_the_price_of_exercise(engine: LocalEngine) -> None:
    post(engine, buy(XYZ, "100", "55"))
    post(engine, sell(PUT, "2", "3"))
    changed = post(engine, adjust("XYZ 50 put", deliverable=25))
    assert set(held(engine)) == {"XYZ", "XYZ 2026-12-18 200 put x25"}
    assert text_of(engine, changed) == [
        "Adjusted: 2 XYZ 18 Dec 26 50 put → 2 XYZ 18 Dec 26 200 put x25"
    ]
    # a split of 1:3 alone would deliver 33.333333 shares
    with pytest.raises(BadInput, match=r"deliver 8\.333333 shares; give their whole number"):
        post(engine, adjust("put", split="1:3"))
    post(engine, adjust("put", split="1:3", deliverable=8, rename="XYZ1"))
    assert set(held(engine)) == {"XYZ", "XYZ1 2026-12-18 625 put x8"}
    assert engine.queries.account("gen-1").collateral == amount("10000")


def test_strikes_may_change_places(engine: LocalEngine) -> None:
    half = replace(PUT, strike_micros=amount("25"))
    first, second = (
        post(engine, sell(put, "1", price)) for put, price in ((PUT, "3"), (half, "1"))
    )
    post(engine, adjust("50p", split="2:1", is_whole=True))
    assert shown_lots(engine) == [
        (first, half.name, "-2", "-300"),
        (second, "XYZ 2026-12-18 12.5 put", "-2", "-100"),
    ]
    assert whole(engine)


def test_shares_that_were_fractional_stay_so_without_cash(engine: LocalEngine) -> None:
    post(engine, buy(XYZ, "10.5", "10"))
    post(engine, adjust(split="1:2"))
    assert held(engine) == {"XYZ": ("5.25", "105")}
    with pytest.raises(BadInput, match=r"cash .1\.00.: has no fraction of a share to pay for"):
        post(engine, adjust(split="4:1", cash_micros=amount("1")))


def test_a_short_position_pays_for_its_fraction(engine: LocalEngine) -> None:
    post(engine, sell(XYZ, "15", "10"))
    before = engine.queries.account("gen-1").cash
    post(engine, adjust(split="1:10", cash_micros=amount("55")))
    assert held(engine) == {"XYZ": ("-1", "-100")}
    assert decimal(engine.queries.account("gen-1").cash - before) == "-55"
    (closed,) = engine.positions.lots("gen-1").closed
    assert decimal(closed.realised_micros) == "-5"  # bought back half a share sold for 50
    assert whole(engine)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "adjust: nothing changes: give split, rename or deliverable"),
        ({"split": "1:1"}, "split '1:1': must be new shares : old shares"),
        ({"split": "2"}, "split '2': must be new shares : old shares"),
        ({"split": "20000:1"}, "split '20000:1': must be"),
        ({"rename": "new name"}, "rename 'new name': must be 1 to 12 of"),
        ({"rename": "XYZ"}, "adjust: nothing changes: XYZ is that already"),
        ({"deliverable": 50}, "deliverable '50': is for options; these are shares"),
        ({"rename": "ABC"}, "adjust 'XYZ': would meet −5 ABC; close that first"),
        ({"position": "DEF", "split": "2:1"}, "position 'DEF': is not held"),
    ],
)
def test_a_bad_adjustment_is_named_and_changes_nothing(
    engine: LocalEngine, changes: dict[str, str | int | bool], sentence: str
) -> None:
    post(engine, buy(XYZ, "10", "10"))
    post(engine, sell(Instrument("ABC"), "5", "10"))
    seq = engine.seq
    with pytest.raises(BadInput) as caught:
        post(engine, adjust(**changes))  # type: ignore[arg-type]
    assert str(caught.value).startswith(sentence)
    assert engine.seq == seq


def test_an_undone_split_leaves_no_trace(engine: LocalEngine) -> None:
    post(engine, buy(XYZ, "105", "5"))
    before, lots_before = held(engine), engine.positions.lots("gen-1").open
    split = post(engine, adjust(split="1:10", cash_micros=amount("24")))
    engine.commands.submit(Undo(seq=split))
    assert (held(engine), engine.positions.lots("gen-1").open) == (before, lots_before)
    assert engine.positions.lots("gen-1").closed == ()
    assert whole(engine) and verified(engine)


def test_neither_a_split_nor_what_it_split_is_undone_under_a_later_entry(
    engine: LocalEngine,
) -> None:
    bought = post(engine, buy(XYZ, "100", "5"))
    split = post(engine, adjust(split="2:1"))
    with pytest.raises(Refused, match=f"XYZ of gen-1 was changed by #{split}: undo that first"):
        engine.commands.submit(Undo(seq=bought))
    sold = post(engine, sell(XYZ, "150", "4"))
    with pytest.raises(Refused, match=f"XYZ of gen-1 was changed by #{sold}: undo that first"):
        engine.commands.submit(Undo(seq=split))
    for seq in (sold, split, bought):
        engine.commands.submit(Undo(seq=seq))
    assert held(engine) == {}
    assert whole(engine)


def test_what_is_recorded_late_does_not_split_the_lots_otherwise(engine: LocalEngine) -> None:
    first = post(engine, buy(XYZ, "100", "5"), MONDAY)
    post(engine, adjust(split="2:1"), TUESDAY)
    late = post(engine, buy(XYZ, "10", "4"), MONDAY)  # shares of after the split
    assert shown_lots(engine) == [(first, "XYZ", "200", "500"), (late, "XYZ", "10", "40")]
    assert whole(engine)


def test_an_adjustment_and_named_lots_survive_a_proposal() -> None:
    adjustment = adjust("XYZ 50p", split="1:10", rename="XYZ1", cash_micros=amount("24"))
    for fact, words in (
        (adjustment, "adjust XYZ 50p split 1:10, rename XYZ1"),
        (replace(sell(XYZ, "1", "2"), lots=(12, 15)), "trade -1 XYZ"),
    ):
        command = Post(account="gen-1", fact=fact)
        assert command_from_plain(Post, command_to_plain(command)) == command
        assert fact_words(command) == words


def test_a_price_is_that_of_the_new_shares(engine: LocalEngine) -> None:
    post(engine, buy(XYZ, "100", "55"))
    post(engine, sell(PUT, "1", "3"))
    post(engine, PriceFact(instrument=PUT.name, price_micros=amount("2")))
    split = post(engine, adjust(split="2:1"))
    assert engine.positions.underlying_prices() == {}  # 55 was the price before the split
    new_put = next(p for p in engine.positions.positions("gen-1") if p.instrument.right)
    assert (new_put.mark, new_put.mark_date) == (amount("1"), engine.today)
    marks = engine.core.book.accounts["Main/gen-1"].marks
    post(engine, PriceFact(instrument="XYZ", price_micros=amount("27")))
    (price,) = engine.positions.underlying_prices().values()
    assert price.price_micros == amount("27")
    assert set(marks) == {f"{new_put.instrument.name}:USD"}
    engine.commands.submit(Undo(seq=split + 1))
    engine.commands.submit(Undo(seq=split))
    (price,) = engine.positions.underlying_prices().values()
    assert price.price_micros == amount("55")
    old_put = next(p for p in engine.positions.positions("gen-1") if p.instrument.right)
    assert (old_put.mark, old_put.mark_date) == (amount("2"), engine.today)
    assert verified(engine)


def test_a_rename_ends_a_cycle_whose_gain_is_not_known(engine: LocalEngine) -> None:
    post(engine, buy(XYZ, "100", "55"), MONDAY)
    post(engine, adjust(split="2:1"))
    (cycle,) = engine.positions.cycles("gen-1")
    assert (cycle.symbol, cycle.is_known, cycle.closed) == ("XYZ", True, None)
    post(engine, adjust(rename="XYZ1"))
    cycles = {c.symbol: (c.is_known, c.closed) for c in engine.positions.cycles("gen-1")}
    assert cycles == {"XYZ": (False, engine.today), "XYZ1": (False, None)}


def test_short_lots_are_split_exactly(engine: LocalEngine) -> None:
    first, second = (post(engine, sell(PUT, "1", "1")) for _ in range(2))
    post(engine, adjust(split="3:1"))
    new_put = "XYZ 2026-12-18 16.666667 put"
    assert shown_lots(engine) == [(first, new_put, "-3", "-100"), (second, new_put, "-3", "-100")]


def test_an_assignment_recorded_after_a_split_closes_what_it_made(engine: LocalEngine) -> None:
    written = post(engine, sell(PUT, "3", "1"))
    for strike in ("25", "12.5"):  # each assignment is dated before the splits
        post(engine, adjust(split="2:1"))
        put = replace(PUT, strike_micros=amount(strike))
        assigned = post(engine, assignment(put, quantity="1", fees=0), MONDAY)
    shares = (assigned - 2, "XYZ", "200", "2500"), (assigned, "XYZ", "100", "1250")
    # of 6 puts 5 are left, of 10 then 9, which brought 300 × 5/6 × 9/10
    assert shown_lots(engine) == [(written, put.name, "-9", "-225"), *shares]
    assert whole(engine)


def test_a_split_dated_before_other_entries_asks(engine: LocalEngine) -> None:
    first = post(engine, buy(XYZ, "100", "5"), MONDAY)
    second = post(engine, buy(XYZ, "10", "4"))
    unconfirmed = Post(account="gen-1", fact=adjust(split="2:1"), date=TUESDAY)
    with pytest.raises(Refused, match="what was traded since is adjusted as well: confirm"):
        engine.commands.submit(unconfirmed)
    (asked,) = [
        r for r in engine.commands.preview(replace(unconfirmed, confirmed=True)).rules if r.asks
    ]
    assert asked.rule == "adjust.date"
    post(engine, adjust(split="2:1"), TUESDAY)
    assert shown_lots(engine) == [(first, "XYZ", "200", "500"), (second, "XYZ", "20", "40")]
    assert whole(engine)


def test_the_journal_and_the_replica_give_the_same_lots(engine: LocalEngine) -> None:
    from test_positions import read_from_journal

    post(engine, buy(XYZ, "105", "5"))
    post(engine, sell(CALL, "1", "2"))
    split = post(engine, adjust(split="1:10", cash_micros=amount("24")))
    post(engine, adjust(rename="XYZ1"))
    derived = lots(read_from_journal(engine))
    assert engine.positions.lots("gen-1") == derived
    assert {lot.instrument for lot in derived.open} == {"XYZ1", "XYZ1 2026-12-18 600 call x10"}
    kinds = engine.queries.sql(f"SELECT kind FROM entry WHERE seq = {split} ORDER BY n").rows
    assert [Kind(kind) for (kind,) in kinds] == [Kind.ADJUSTMENT, Kind.TRADE]
    assert isinstance(derived.open[0], Lot)
