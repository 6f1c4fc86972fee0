"""Both views of income agree over whatever a wheel did, once it is flat (rules.md, Income)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import Instrument, Leg, Right, TradeFact
from alluse_tui.domain.derived.fills import HoldingEntry, fills, holding_entry
from alluse_tui.domain.derived.income import (
    Income,
    IncomeGroup,
    IncomeSource,
    IncomeView,
    cash_view,
    closed_view,
    income,
)
from alluse_tui.domain.derived.lots import lots
from alluse_tui.domain.events.events import AccountOpened, EntryPosted, PortfolioOpened
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.instrument import instrument_named
from alluse_tui.domain.model.money import CENT_MICROS
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.model.terms import Kind, Tier
from alluse_tui.domain.plans.entries import fact_event

MONDAY = date(2026, 1, 5)
ONE = 1_000_000
SHARES = Instrument("XYZ")


class Wheel:
    """An account in which a wheel turns one day at a time; `cash` is what it got to the micro."""

    def __init__(self) -> None:
        self.book = Book()
        for event in (
            PortfolioOpened("Main", "USD", MONDAY, load_policy("moderate")),
            AccountOpened("Main", "gen-1", Tier.GEN, MONDAY),
        ):
            self.book = apply(self.book, event)
        self.day = MONDAY
        self.entries: list[HoldingEntry] = []

    def post(self, kind: Kind, fee_micros: int, *legs: Leg) -> None:
        self.day += timedelta(days=3)
        account = self.book.accounts["Main/gen-1"]
        fact = TradeFact(kind=kind, legs=legs, fee_micros=fee_micros)
        entry = fact_event(self.book, account, replace(fact, effective=self.day), self.day)
        assert isinstance(entry, EntryPosted)
        self.book = apply(self.book, entry, len(self.entries) + 1)
        posted = holding_entry(entry, len(self.entries) + 1, 0)
        assert posted is not None
        self.entries.append(posted)

    def held(self, right: Right | None) -> dict[Instrument, int]:
        """The whole contracts or shares held of the options of that right, or of the shares."""
        holdings = self.book.accounts["Main/gen-1"].holdings
        quantities = {
            instrument_named(key.rpartition(":")[0]): holding.quantity_micros // ONE
            for key, holding in holdings.items()
        }
        return {i: q for i, q in quantities.items() if q and i.right is right}

    @property
    def cash(self) -> int:
        return self.book.accounts["Main/gen-1"].balances.get("cash:USD", 0)

    def income(self, view: IncomeView, group: IncomeGroup) -> Income:
        derived = lots(self.entries)
        is_cash = view is IncomeView.CASH
        amounts = cash_view(fills(self.entries), derived) if is_cash else closed_view(derived)
        return income(amounts, group, Rates({}), "USD")


def option(right: Right, strike: int) -> Instrument:
    return Instrument("XYZ", right, strike * ONE, date(2027, 1, 15), 100)


Draw = Callable[..., int]


def sell(wheel: Wheel, draw: Draw, right: Right) -> None:
    most = 3 if right is Right.PUT else wheel.held(None).get(SHARES, 0) // 100
    if most:
        count = draw(st.integers(1, most))
        cash = draw(st.integers(1, 99_999)) * CENT_MICROS
        sold = option(right, draw(st.integers(45, 55)))
        wheel.post(Kind.TRADE, draw(FEES), Leg(sold, -count * ONE, cash))


def end(wheel: Wheel, draw: Draw, right: Right, how: str) -> None:
    """Close some or all contracts of one short option: bought back, rolled, expired, assigned."""
    short = [(o, -q) for o, q in wheel.held(right).items() if q < 0]
    if not short:
        return
    ended, held = short[draw(st.integers(0, len(short) - 1))]
    count = draw(st.integers(1, held))
    paid = draw(st.integers(0, 99_999)) * CENT_MICROS
    sign = 1 if right is Right.PUT else -1
    delivered = Leg(SHARES, sign * count * 100 * ONE, -sign * count * 100 * ended.strike_micros)
    closed = Leg(ended, count * ONE, -paid if how in ("bought", "rolled") else 0)
    match how:
        case "bought":
            wheel.post(Kind.TRADE, draw(FEES), closed)
        case "rolled":
            new = replace(ended, expiry=date(2027, 2, 19))
            credit = draw(st.integers(1, 99_999)) * CENT_MICROS
            wheel.post(Kind.TRADE, draw(FEES), closed, Leg(new, -count * ONE, credit))
        case "expired":
            wheel.post(Kind.EXPIRY, 0, closed)
        case "assigned":
            wheel.post(Kind.ASSIGNMENT, draw(FEES), closed, delivered)


def flatten(wheel: Wheel, draw: Draw) -> None:
    for right in Right:
        while wheel.held(right):
            end(wheel, draw, right, "expired")
    quantity = wheel.held(None).get(SHARES, 0)
    if quantity:
        cash = draw(st.integers(1, 9_999_999)) * CENT_MICROS
        sign = 1 if quantity > 0 else -1
        wheel.post(Kind.TRADE, draw(FEES), Leg(SHARES, -quantity * ONE, sign * cash))


FEES = st.integers(0, 3 * ONE)
"""As brokers charge them: to the micro."""

STEPS = st.lists(
    st.sampled_from(
        [
            ("sell", Right.PUT),
            ("sell", Right.CALL),
            *((how, right) for how in ("bought", "rolled", "assigned") for right in Right),
            ("expired", Right.PUT),
        ]
    ),
    max_size=25,
)


@settings(max_examples=examples(100))
@given(STEPS, st.data())
def test_both_views_of_a_flat_account_are_equal_to_the_cent(
    steps: list[tuple[str, Right]], data: st.DataObject
) -> None:
    wheel = Wheel()
    for how, right in (("sell", Right.PUT), *steps):
        if how == "sell":
            sell(wheel, data.draw, right)
        else:
            end(wheel, data.draw, right, how)
    flatten(wheel, data.draw)
    paid, closed = (wheel.income(view, IncomeGroup.WEEK) for view in IncomeView)
    assert paid.total == closed.total
    # premium and realised each round by half a cent at most
    assert abs(paid.total.total - wheel.cash) <= CENT_MICROS
    for each in (paid, closed):
        assert sum(row.total for row in each.rows) == each.total.total
        for source in IncomeSource:
            column = [getattr(row, source) for row in each.rows]
            assert sum(column) == getattr(each.total, source)
            assert all(micros % CENT_MICROS == 0 for micros in column)


@settings(max_examples=examples(30))
@given(STEPS, st.data())
def test_rows_of_every_kind_add_up_to_the_same_total(
    steps: list[tuple[str, Right]], data: st.DataObject
) -> None:
    wheel = Wheel()
    for how, right in (("sell", Right.PUT), *steps):
        if how == "sell":
            sell(wheel, data.draw, right)
        else:
            end(wheel, data.draw, right, how)
    for view in IncomeView:
        totals = {wheel.income(view, group).total for group in IncomeGroup}
        assert len(totals) == 1


def test_a_premium_that_is_closed_in_parts_adds_up() -> None:
    """100.00 for three puts: 33.33, then 33.34 (66.67 so far), then 33.33."""
    wheel = Wheel()
    put = option(Right.PUT, 50)
    wheel.post(Kind.TRADE, 0, Leg(put, -3 * ONE, 100 * ONE))  # on Thursday 8 January
    for _ in range(3):  # on Sunday, the next Wednesday and Saturday
        wheel.post(Kind.EXPIRY, 0, Leg(put, ONE, 0))
    rows = wheel.income(IncomeView.CLOSED, IncomeGroup.WEEK).rows
    assert [(row.period, row.premium) for row in rows] == [
        ("2026-W02", 3_333 * CENT_MICROS),
        ("2026-W03", 6_667 * CENT_MICROS),
    ]
