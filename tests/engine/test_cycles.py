"""Wheel cycles as the replica derives them, against hand-worked ones and a plain definition."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from growth import earned, forked_from, own
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    Fact,
    Import,
    Instrument,
    Kind,
    Leg,
    MarkFact,
    Merge,
    Post,
    Right,
    StatementFacts,
    TradeFact,
    Undo,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.derived.cycles import Cycle
from alluse_tui.domain.derived.fills import Origin
from alluse_tui.domain.derived.income import IncomeView, UnknownCost
from alluse_tui.engine import LocalEngine

ONE = 1_000_000
MONDAY = date(2026, 3, 2)
XYZ = Instrument("XYZ")


def option(right: Right, strike: str, deliverable: int = 100, symbol: str = "XYZ") -> Instrument:
    return Instrument(symbol, right, amount(strike), date(2026, 10, 16), deliverable)


PUT, LOWER_PUT = option(Right.PUT, "50"), option(Right.PUT, "48")
CALL = option(Right.CALL, "55")


def post(engine: LocalEngine, day: int, fact: Fact, code: str = "gen-1") -> int:
    """Post the fact `day` days after MONDAY; its record."""
    on = MONDAY + timedelta(days=day)
    return engine.commands.submit(Post(account=code, fact=fact, confirmed=True, date=on)).seq


def sold(what: Instrument, count: str, price: str, fees: str = "0") -> TradeFact:
    paid = amount(fees, zero=True)
    return trade(what, buy=False, quantity=count, price=price, fees=paid)


def bought(what: Instrument, count: str, price: str, fees: str = "0") -> TradeFact:
    paid = amount(fees, zero=True)
    return trade(what, buy=True, quantity=count, price=price, fees=paid)


def row_of_assignment(leg: Leg) -> TradeFact:
    """One of the two rows in which a statement has an assignment."""
    return TradeFact(kind=Kind.ASSIGNMENT, legs=(leg,))


def cycles(engine: LocalEngine, code: str = "") -> list[Cycle]:
    """Oldest first."""
    return sorted(engine.positions.cycles(code), key=lambda cycle: cycle.opened)


def test_rows_of_one_day_do_not_end_a_cycle_between_them(engine: LocalEngine) -> None:
    """A roll that closes first, and an assignment whose option row comes before its shares."""
    post(engine, 0, sold(PUT, "1", "2"))
    post(engine, 7, bought(PUT, "1", "3"))
    post(engine, 7, sold(LOWER_PUT, "1", "4"))
    post(engine, 14, row_of_assignment(Leg(LOWER_PUT, ONE, 0)))
    post(engine, 14, row_of_assignment(Leg(XYZ, 100 * ONE, -4_800 * ONE)))
    post(engine, 21, sold(XYZ, "100", "49"))
    (cycle,) = cycles(engine)
    assert (cycle.opened, cycle.closed) == (MONDAY, MONDAY + timedelta(days=21))
    assert cycle.premium == amount("300")  # 200 − 300 + 400
    assert cycle.realised == amount("400")  # and 4,900 − 4,800
    assert cycle.capital == amount("5000")
    assert cycle.annual == 1_390  # 400 / 5,000 × 365 / 21 = 1.39048


def test_a_day_that_ends_flat_ends_the_cycle(engine: LocalEngine) -> None:
    expiring = Instrument("XYZ", Right.PUT, amount("50"), MONDAY + timedelta(days=7), 100)
    post(engine, 0, sold(expiring, "1", "2"))
    post(engine, 7, TradeFact(kind=Kind.EXPIRY, legs=(Leg(expiring, ONE, 0),)))
    post(engine, 8, sold(PUT, "1", "1"))
    post(engine, 8, bought(PUT, "1", "3"))
    first, second = cycles(engine)
    assert (first.realised, first.days) == (amount("200"), 7)
    assert (second.opened, second.closed, second.days) == (second.opened, second.opened, 1)
    assert second.realised == -amount("200")
    assert second.annual == -14_600  # −200 / 5,000 × 365


def test_options_on_two_underlyings_that_expire_together_end_two_cycles(
    engine: LocalEngine,
) -> None:
    expiry = MONDAY + timedelta(days=4)
    xyz, abc = (Instrument(s, Right.PUT, amount("50"), expiry, 100) for s in ("XYZ", "ABC"))
    post(engine, 0, sold(xyz, "1", "2"))
    post(engine, 0, sold(abc, "1", "3"))
    post(engine, 4, TradeFact(kind=Kind.EXPIRY, legs=(Leg(xyz, ONE, 0), Leg(abc, ONE, 0))))
    realised = {cycle.symbol: cycle.realised for cycle in cycles(engine)}
    assert realised == {"XYZ": amount("200"), "ABC": amount("300")}


def test_capital_is_the_peak_of_puts_and_of_the_shares_held(engine: LocalEngine) -> None:
    post(engine, 0, sold(PUT, "1", "2"))  # 5,000
    post(engine, 1, sold(LOWER_PUT, "1", "2"))  # + 4,800
    post(engine, 2, assignment(PUT, quantity="1", fees=0))  # the put is now shares
    post(engine, 3, bought(XYZ, "100", "40"))  # + 4,000: 13,800
    post(engine, 4, bought(LOWER_PUT, "1", "1"))  # 9,000
    post(engine, 5, sold(XYZ, "100", "60"))  # the first bought: 4,000 left
    post(engine, 6, sold(option(Right.PUT, "65", 150), "1", "2"))  # + 65 × 150 = 9,750: 13,750
    (cycle,) = cycles(engine)
    assert cycle.capital == amount("13800")
    post(engine, 7, bought(XYZ, "1", "51"))  # 13,801
    assert cycles(engine)[0].capital == amount("13801")


def test_the_rows_of_an_assignment_tie_up_its_capital_once(engine: LocalEngine) -> None:
    post(engine, 0, sold(PUT, "1", "2"))
    post(engine, 7, row_of_assignment(Leg(XYZ, 100 * ONE, -5_000 * ONE)))
    post(engine, 7, row_of_assignment(Leg(PUT, ONE, 0)))
    assert cycles(engine)[0].capital == amount("5000")


def test_a_cycle_of_a_long_option_ties_up_no_capital(engine: LocalEngine) -> None:
    post(engine, 0, bought(CALL, "1", "2"))
    post(engine, 1, sold(CALL, "1", "3"))
    (cycle,) = cycles(engine)
    assert (cycle.realised, cycle.capital, cycle.annual) == (amount("100"), 0, None)


def test_a_dividend_counts_in_the_newest_cycle_of_its_underlying(engine: LocalEngine) -> None:
    def dividend(day: int, text: str, symbol: str) -> int:
        fact = CashFact(kind=Kind.DIVIDEND, micros=amount(text), symbol=symbol)
        return post(engine, day, fact)

    dividend(-1, "1", "XYZ")  # before there is a cycle
    post(engine, 0, bought(XYZ, "100", "50"))
    dividend(3, "20", "XYZ")
    dividend(3, "40", "")
    dividend(3, "80", "ABC")
    post(engine, 7, sold(XYZ, "100", "50"))
    dividend(10, "160", "XYZ")  # paid after the shares were sold
    post(engine, 14, bought(XYZ, "100", "50"))
    dividend(14, "320", "XYZ")
    engine.commands.submit(Undo(seq=dividend(15, "640", "XYZ")))
    first, second = cycles(engine)
    assert (first.dividends, first.realised) == (amount("180"), amount("180"))
    assert (second.dividends, second.realised) == (amount("320"), amount("320"))


def test_marks_change_nothing(engine: LocalEngine) -> None:
    post(engine, 0, bought(XYZ, "100", "50"))
    post(engine, 1, MarkFact(value_micros=amount("9000")))
    post(engine, 2, sold(XYZ, "50", "60"))
    (cycle,) = cycles(engine)
    assert (cycle.realised, cycle.capital) == (amount("500"), amount("5000"))
    assert (cycle.cost, cycle.basis) == (amount("50"), amount("50"))
    post(engine, 3, sold(XYZ, "50", "60"))
    assert cycles(engine)[0].realised == amount("1000")


def test_an_undone_trade_opens_no_cycle(engine: LocalEngine) -> None:
    engine.commands.submit(Undo(seq=post(engine, 0, sold(PUT, "1", "2"))))
    assert cycles(engine) == []


def test_each_account_underlying_and_currency_has_its_own_cycles(engine: LocalEngine) -> None:
    post(engine, 0, sold(PUT, "1", "2"))
    post(engine, 1, sold(PUT, "1", "2"), "rev-1")
    post(engine, 2, sold(option(Right.PUT, "20", symbol="ABC"), "1", "1"))
    in_francs = Leg(XYZ, 100 * ONE, -4_000 * ONE)
    post(engine, 3, TradeFact(legs=(in_francs,), currency="CHF"))
    named = [(c.account, c.symbol, c.currency) for c in cycles(engine)]
    assert named == [
        ("gen-1", "XYZ", "USD"),
        ("rev-1", "XYZ", "USD"),
        ("gen-1", "ABC", "USD"),
        ("gen-1", "XYZ", "CHF"),
    ]
    assert [c.account for c in cycles(engine, "rev-1")] == ["rev-1"]


def test_what_was_opened_before_the_records_begin_is_not_guessed(engine: LocalEngine) -> None:
    """A statement sells shares that were never bought; its first call is known."""
    rows = (
        replace(sold(CALL, "1", "2"), key="1", effective=MONDAY),
        replace(sold(XYZ, "100", "50", fees="1"), key="2", effective=MONDAY),
    )
    statement = StatementFacts(
        source="ibkr:U1",
        first_day=MONDAY,
        last_day=MONDAY,
        sha256="0" * 64,
        rates=(),
        opening=(),
        facts=rows,
    )
    engine.commands.submit(Import(account="gen-1", statement=statement))
    (cycle,) = cycles(engine)
    assert (cycle.is_known, cycle.premium, cycle.cash) == (False, amount("200"), amount("5199"))
    assert (cycle.realised, cycle.annual, cycle.cost) == (None, None, None)
    post(engine, 1, bought(XYZ, "100", "51"))
    post(engine, 1, bought(CALL, "1", "1"))
    (ended,) = cycles(engine)
    assert ended.closed is not None
    assert (ended.is_known, ended.realised, ended.annual) == (False, None, None)
    for view in IncomeView:
        earned = engine.positions.income("gen-1", view=view)
        assert earned.total.realised == 0
        assert earned.unknown == (UnknownCost("gen-1", "XYZ", Origin.MISSING),)
        assert earned.total.premium == amount("100")


def test_a_merge_ends_the_cycle_and_begins_one_in_compounding(engine: LocalEngine) -> None:
    """What moves does so at its carried value: shares at 5,000, the call at −200."""
    forked = forked_from(engine, "gen-1")
    own(engine, forked, merge__threshold="50001")
    earned(engine, forked, "40000")
    post(engine, 0, bought(XYZ, "100", "50"), forked)
    post(engine, 1, sold(CALL, "1", "2"), forked)
    engine.commands.submit(Merge(account=forked))
    left, received = cycles(engine, forked) + cycles(engine, "com-1")
    assert (left.closed, left.cash, left.realised) == (engine.today, 0, 0)
    assert (received.closed, received.premium) == (None, amount("200"))
    assert (received.realised, received.cost) == (0, amount("50"))
    post(engine, 267, assignment(CALL, quantity="1", fees=0), "com-1")
    (ended,) = cycles(engine, "com-1")
    assert ended.realised == amount("700")  # the call's 200, and 5,500 − 5,000


# -- against a plain definition -------------------------------------------------------------------


@dataclass
class Plain:
    """One cycle by the definition, in micros."""

    opened: date
    closed: date | None = None
    premium: int = 0
    shares: int = 0
    fees: int = 0
    capital: int = 0
    lots: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class PlainBook:
    """Cycles of one underlying, from facts in order; each moment is judged after a whole fact."""

    held: defaultdict[Instrument, int] = field(default_factory=lambda: defaultdict(int))
    cycles: list[Plain] = field(default_factory=list)

    def add(self, day: date, fact: TradeFact) -> None:
        if not self.cycles or (self.cycles[-1].closed or day) < day:
            self.cycles.append(Plain(day))
        cycle = self.cycles[-1]
        for leg in fact.legs:
            self.held[leg.instrument] += leg.quantity_micros
            if leg.instrument.right is not None:
                cycle.premium += leg.gross_micros
                continue
            cycle.shares += leg.gross_micros
            if leg.quantity_micros > 0:
                cycle.lots += [(leg.quantity_micros // ONE, -leg.gross_micros)]
            else:
                self._sell(cycle, -leg.quantity_micros // ONE)
        cycle.fees += fact.fee_micros
        puts = sum(
            -quantity // ONE * put.strike_micros * 100
            for put, quantity in self.held.items()
            if put.right is Right.PUT and quantity < 0
        )
        cycle.capital = max(cycle.capital, puts + sum(cost for _, cost in cycle.lots))
        cycle.closed = None if any(self.held.values()) else day

    @staticmethod
    def _sell(cycle: Plain, count: int) -> None:
        while count:
            held, cost = cycle.lots.pop(0)
            taken = min(held, count)
            if taken < held:
                cycle.lots.insert(0, (held - taken, cost - cost * taken // held))
            count -= taken


def random_facts(draw: random.Random, count: int) -> list[tuple[date, TradeFact]]:
    """A wheel on XYZ, now and then flat, in facts of at most a few a day."""
    facts: list[tuple[date, TradeFact]] = []
    held: defaultdict[Instrument, int] = defaultdict(int)
    day = MONDAY
    for _ in range(count):
        day += timedelta(days=draw.choice((0, 1, 1, 2)))
        fee = draw.randrange(0, 300) * 10_000
        short = [o for o, q in held.items() if q < 0]
        shares = held[XYZ]
        if short and (draw.random() < 0.7 or len(short) > 2):
            ended = draw.choice(short)
            how = draw.choice(("bought", "rolled", "assigned"))
            if ended.right is Right.CALL and how == "assigned" and shares < 100:
                how = "bought"
            fact = _ended(draw, ended, how, fee)
        elif shares >= 100 and draw.random() < 0.5:
            fact = _opened(draw, Right.CALL, fee)
        elif shares and draw.random() < 0.7:
            price = draw.randrange(4_000, 6_000) * 10_000
            fact = TradeFact(legs=(Leg(XYZ, -shares * ONE, shares * price),), fee_micros=fee)
        else:
            fact = _opened(draw, Right.PUT, fee)
        for leg in fact.legs:
            held[leg.instrument] += leg.quantity_micros // ONE
        facts.append((day, fact))
    return facts


def _opened(draw: random.Random, right: Right, fee: int) -> TradeFact:
    cash = draw.randrange(1, 500) * ONE
    traded = option(right, str(draw.randrange(45, 56)))
    return TradeFact(legs=(Leg(traded, -ONE, cash),), fee_micros=fee)


def _ended(draw: random.Random, ended: Instrument, how: str, fee: int) -> TradeFact:
    paid = draw.randrange(0, 500) * ONE
    match how:
        case "rolled":
            new = _opened(draw, ended.right or Right.PUT, 0).legs
            return TradeFact(legs=(Leg(ended, ONE, -paid), *new), fee_micros=fee)
        case "assigned":
            sign = 1 if ended.right is Right.PUT else -1
            shares = Leg(XYZ, sign * 100 * ONE, -sign * 100 * ended.strike_micros)
            legs = (Leg(ended, ONE, 0), shares)
            return TradeFact(kind=Kind.ASSIGNMENT, legs=legs, fee_micros=fee)
    return TradeFact(legs=(Leg(ended, ONE, -paid),), fee_micros=fee)


def test_cycles_are_those_of_the_plain_definition_and_tie_to_the_cash(engine: LocalEngine) -> None:
    draw = random.Random(20261130)
    plain = PlainBook()
    before = engine.queries.account("gen-1").cash
    for day, fact in random_facts(draw, 120):
        plain.add(day, fact)
        post(engine, (day - MONDAY).days, fact)
    derived = cycles(engine)
    assert len(derived) > 8
    assert [
        (c.opened, c.closed, c.premium, c.cash - c.premium + c.fees, c.fees, c.capital)
        for c in derived
    ] == [(c.opened, c.closed, c.premium, c.shares, c.fees, c.capital) for c in plain.cycles]
    received = engine.queries.account("gen-1").cash - before
    assert sum(cycle.cash for cycle in derived) == received
    closed = [cycle for cycle in derived if cycle.closed]
    assert all(cycle.realised == cycle.cash for cycle in closed)
