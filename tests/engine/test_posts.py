"""Posts: what each fact does to cash, positions and the outside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Deposit,
    Fact,
    Instrument,
    Kind,
    Leg,
    MarkFact,
    Post,
    RateFact,
    Right,
    TradeFact,
    Undo,
    amount,
    assignment,
    exchange_rate,
    trade,
)
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.fold.state_rows import book_from_rows
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.instrument import Holding
from alluse_tui.domain.model.terms import Status
from alluse_tui.domain.plan import Context
from alluse_tui.domain.plans import plan
from alluse_tui.domain.plans.posts import TYPED
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.record_decoding import events_of
from alluse_tui.journal import Journal

TODAY = date(2026, 11, 24)
ONE = 1_000_000
SHARE = Instrument("MSTR")
CALL = Instrument("MSTR", Right.CALL, amount("290"), date(2026, 12, 18), 100)
PUT = replace(CALL, right=Right.PUT)


def post(engine: LocalEngine, fact: Fact, account: str = "gen-1", **more: Any) -> Receipt:
    return engine.commands.submit(Post(account=account, fact=fact, confirmed=True, **more))


def buy(engine: LocalEngine, quantity: str, price: str, fees: str = "0") -> Receipt:
    return post(engine, traded(SHARE, quantity, price, fees))


def sell(engine: LocalEngine, quantity: str, price: str, fees: str = "0") -> Receipt:
    return post(engine, traded(SHARE, quantity, price, fees, buy=False))


def traded(
    instrument: Instrument, quantity: str, price: str, fees: str = "0", *, buy: bool = True
) -> TradeFact:
    return trade(instrument, buy=buy, quantity=quantity, price=price, fees=amount(fees, zero=True))


def legs(engine: LocalEngine, receipt: Receipt) -> dict[str, str]:
    """'account:bucket:currency' → amount of the entry in that record, to the micro."""
    record = next(iter(engine.queries.records(receipt.seq - 1)))
    (entry,) = events_of(record)
    assert isinstance(entry, EntryPosted)
    found: dict[str, int] = {}
    for p in entry.postings:
        key = f"{p.account}:{p.bucket}:{p.currency}".replace("::", ":")
        found[key] = found.get(key, 0) + p.micros
    return {key: f"{micros / ONE:.6f}".rstrip("0").rstrip(".") for key, micros in found.items()}


def held(engine: LocalEngine) -> dict[str, tuple[int, int]]:
    """Instrument → (whole units, whole dollars carried)."""
    return {
        key: (h.quantity_micros // ONE, h.value_micros // ONE)
        for key, h in engine.queries.account("gen-1").holdings.items()
    }


@pytest.mark.parametrize(
    ("kind", "world"),
    [
        (Kind.PREMIUM, "world:premium"),
        (Kind.FEE, "world:fees"),
        (Kind.INTEREST, "world:interest"),
        (Kind.DIVIDEND, "world:dividends"),
        (Kind.TAX, "world:tax"),
        (Kind.OPENING, "world:opening"),
    ],
)
@pytest.mark.parametrize("micros", [amount("12.34"), -amount("12.34")])
def test_a_cash_fact_does_to_cash_what_it_says(
    engine: LocalEngine, kind: Kind, world: str, micros: int
) -> None:
    receipt = post(engine, CashFact(kind=kind, micros=micros))
    said = "12.34" if micros > 0 else "-12.34"
    other = "-12.34" if micros > 0 else "12.34"
    assert legs(engine, receipt) == {"gen-1:cash:USD": said, f"{world}:USD": other}
    assert engine.queries.account("gen-1").cash == amount("100000") + micros
    assert receipt.plan.entries[0].kind is kind


def test_a_dividend_keeps_its_symbol_and_a_record_without_one_is_as_before(
    engine: LocalEngine,
) -> None:
    for symbol in ("XYZ", ""):
        post(engine, CashFact(kind=Kind.DIVIDEND, micros=amount("5"), symbol=symbol))
    last = [event for record in engine.queries.records() for event in record.plain["events"]][-2:]
    assert [entry.get("symbol") for entry in last] == ["XYZ", None]
    engine.commands.submit(Undo())
    engine.commands.submit(Undo())
    rows = engine.queries.sql(
        "SELECT symbol, reverses > 0 FROM entry WHERE kind = 'dividend' ORDER BY seq"
    ).rows
    assert rows == (("XYZ", None), ("", None), ("", True), ("XYZ", True))


def test_only_an_opening_is_capital(engine: LocalEngine) -> None:
    post(engine, CashFact(kind=Kind.PREMIUM, micros=amount("10")))
    assert engine.queries.account("gen-1").surplus == amount("10")
    post(engine, CashFact(kind=Kind.OPENING, micros=amount("5")))
    assert engine.queries.account("gen-1").base == amount("100005")
    assert engine.queries.account("gen-1").surplus == amount("10")


def test_a_fact_is_accepted_below_the_buffer_and_below_zero(engine: LocalEngine) -> None:
    post(engine, CashFact(kind=Kind.FEE, micros=-amount("282040")))
    assert engine.queries.account("gen-1").cash == amount("-182040", negative=True)


def test_a_fact_may_take_from_com(engine: LocalEngine) -> None:
    post(engine, CashFact(kind=Kind.TAX, micros=-amount("5")), "com-1")
    assert engine.queries.account("com-1").cash == amount("74995")


def test_a_fact_may_be_dated_before_the_opening(engine: LocalEngine) -> None:
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("5"))
    receipt = post(engine, fact, date=date(2025, 1, 2))
    assert receipt.plan.entries[0].effective == date(2025, 1, 2)
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1"), date=TODAY))


def test_a_fact_is_never_dated_into_the_future(engine: LocalEngine) -> None:
    with pytest.raises(Refused) as refused:
        post(engine, CashFact(kind=Kind.FEE, micros=-1), date=TODAY + timedelta(days=1))
    assert [r.rule for r in refused.value.reasons if not r.ok] == ["date.future"]


@pytest.mark.parametrize(
    "fact",
    [
        CashFact(kind=Kind.PREMIUM, micros=amount("25000.01")),
        CashFact(kind=Kind.FEE, micros=-amount("25000.01")),
        MarkFact(value_micros=amount("25000.01")),
        traded(SHARE, "1", "25000.01"),
        traded(SHARE, "1", "25000.01", buy=False),
    ],
    ids=["premium", "fee", "mark", "buy", "sell"],
)
def test_a_fact_above_a_quarter_of_equity_asks_again(engine: LocalEngine, fact: Fact) -> None:
    with pytest.raises(Refused) as refused:
        engine.commands.submit(Post(account="gen-1", fact=fact))
    broken = {r.rule: r.message for r in refused.value.reasons if not r.ok}
    sentence = "25000.01 is more than 25 % of the 100000.00 equity: confirm with --yes"
    assert broken.pop("amount.outsized") == sentence
    assert broken.keys() <= {"trade.held"}  # what is sold is not held
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))


def test_a_fact_of_exactly_a_quarter_does_not_ask(engine: LocalEngine) -> None:
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("25000"))
    engine.commands.submit(Post(account="gen-1", fact=fact))


def test_a_foreign_fact_is_weighed_in_the_portfolios_currency(engine: LocalEngine) -> None:
    engine.commands.submit(Post(fact=RateFact(currency="GBP", against="USD", nanos=2 * 10**9)))
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("12500.01"), currency="GBP")
    with pytest.raises(Refused, match=r"25000\.02 is more than 25 %"):
        engine.commands.submit(Post(account="gen-1", fact=fact))


def test_a_buy_turns_cash_into_positions_and_pays_its_fee(engine: LocalEngine) -> None:
    receipt = buy(engine, "10", "100.25", fees="1.05")
    assert legs(engine, receipt) == {
        "gen-1:cash:USD": "-1003.55",
        "gen-1:positions:USD": "1002.5",
        "world:fees:USD": "1.05",
    }
    gen = engine.queries.account("gen-1")
    assert (gen.positions, gen.equity) == (amount("1002.50"), amount("99998.95"))


def test_adding_carries_the_sum_of_costs(engine: LocalEngine) -> None:
    buy(engine, "10", "100")
    buy(engine, "10", "200")
    assert held(engine) == {"MSTR:USD": (20, 3000)}


def test_closing_takes_out_the_average_cost_and_books_the_gain(engine: LocalEngine) -> None:
    buy(engine, "10", "100")
    buy(engine, "10", "200")
    receipt = sell(engine, "5", "300")
    assert legs(engine, receipt) == {
        "gen-1:cash:USD": "1500",
        "gen-1:positions:USD": "-750",
        "world:market:USD": "-750",
    }
    assert held(engine) == {"MSTR:USD": (15, 2250)}


def test_closing_all_leaves_no_holding_and_no_crumb(engine: LocalEngine) -> None:
    buy(engine, "3", "33.333333")
    sell(engine, "1", "40")
    sell(engine, "1", "40")
    sell(engine, "1", "40")
    gen = engine.queries.account("gen-1")
    assert (gen.holdings, gen.positions) == ({}, 0)
    assert gen.cash == amount("100020") + 1


def test_selling_through_zero_closes_all_and_opens_the_rest_at_its_price(
    engine: LocalEngine,
) -> None:
    buy(engine, "10", "100")
    receipt = sell(engine, "15", "120")
    assert legs(engine, receipt) == {
        "gen-1:cash:USD": "1800",
        "gen-1:positions:USD": "-1600",
        "world:market:USD": "-200",
    }
    assert held(engine) == {"MSTR:USD": (-5, -600)}


def test_buying_back_a_short_books_its_loss(engine: LocalEngine) -> None:
    sell(engine, "10", "100")
    receipt = buy(engine, "10", "130")
    assert legs(engine, receipt) == {
        "gen-1:cash:USD": "-1300",
        "gen-1:positions:USD": "1000",
        "world:market:USD": "300",
    }
    assert held(engine) == {}


def test_a_short_option_earns_its_premium_when_it_expires(engine: LocalEngine) -> None:
    call = replace(CALL, expiry=date(2026, 11, 24))
    opened = post(engine, traded(call, "2", "3.45", fees="1.30", buy=False))
    assert legs(engine, opened) == {
        "gen-1:cash:USD": "688.7",
        "gen-1:positions:USD": "-690",
        "world:fees:USD": "1.3",
    }
    assert held(engine) == {"MSTR 2026-11-24 290 call:USD": (-2, -690)}
    expiry = TradeFact(kind=Kind.EXPIRY, legs=(Leg(call, 2 * ONE, 0),))
    expired = post(engine, expiry)
    assert legs(engine, expired) == {"gen-1:positions:USD": "690", "world:premium:USD": "-690"}
    assert expired.plan.entries[0].kind is Kind.EXPIRY
    gen = engine.queries.account("gen-1")
    assert (gen.holdings, gen.equity) == ({}, amount("100688.70"))


def test_an_assigned_call_delivers_the_shares_at_the_strike(engine: LocalEngine) -> None:
    buy(engine, "100", "250")
    post(engine, traded(CALL, "1", "5", buy=False))
    receipt = post(engine, assignment(CALL, quantity="1", fees=0))
    assert legs(engine, receipt) == {
        "gen-1:cash:USD": "29000",
        "gen-1:positions:USD": "-24500",
        "world:premium:USD": "-500",
        "world:market:USD": "-4000",
    }
    assert held(engine) == {}


def test_an_assigned_put_takes_the_shares_at_the_strike(engine: LocalEngine) -> None:
    post(engine, traded(PUT, "1", "5", buy=False))
    receipt = post(engine, assignment(PUT, quantity="1", fees=amount("1")))
    assert legs(engine, receipt) == {
        "gen-1:cash:USD": "-29001",
        "gen-1:positions:USD": "29500",
        "world:premium:USD": "-500",
        "world:fees:USD": "1",
    }
    assert held(engine) == {"MSTR:USD": (100, 29000)}


def test_an_assignment_is_of_an_option() -> None:
    with pytest.raises(BadInput, match="assignment needs an option"):
        assignment(SHARE, quantity="1", fees=0)


@pytest.mark.parametrize("quantity", ["0", "-1", "nan", "", "1.0000001"])
def test_a_trade_has_a_quantity_above_zero(quantity: str) -> None:
    with pytest.raises(BadInput):
        traded(SHARE, quantity, "1")


def test_no_posting_goes_beyond_the_bounds(engine: LocalEngine) -> None:
    buy(engine, "1", "999999999999")
    with pytest.raises(BadInput):
        sell(engine, "1.9", "999999999999")


def test_a_mark_is_spread_over_what_is_held(engine: LocalEngine) -> None:
    buy(engine, "10", "300")
    post(engine, traded(CALL, "1", "10", buy=False))
    receipt = post(engine, MarkFact(value_micros=amount("2400")))
    assert legs(engine, receipt) == {"gen-1:positions:USD": "400", "world:market:USD": "-400"}
    assert held(engine) == {
        "MSTR:USD": (10, 3300),
        "MSTR 2026-12-18 290 call:USD": (-1, -900),
    }


def test_a_mark_that_does_not_divide_still_adds_up(engine: LocalEngine) -> None:
    for symbol in ("A", "B", "C"):
        post(engine, traded(Instrument(symbol), "1", "10"))
    post(engine, MarkFact(value_micros=amount("30.01")))
    gen = engine.queries.account("gen-1")
    assert sum(h.value_micros for h in gen.holdings.values()) == gen.positions == amount("30.01")


def test_a_mark_of_nothing_named_is_held_under_its_own_name(engine: LocalEngine) -> None:
    post(engine, MarkFact(value_micros=amount("500")))
    assert engine.queries.account("gen-1").holdings == {
        "(positions):USD": Holding(0, amount("500"))
    }
    post(engine, MarkFact(value_micros=0))
    assert engine.queries.account("gen-1").holdings == {}


def test_a_mark_that_stands_already_is_bad_input(engine: LocalEngine) -> None:
    post(engine, MarkFact(value_micros=amount("500")))
    with pytest.raises(BadInput, match="already"):
        post(engine, MarkFact(value_micros=amount("500")))


def test_a_conversion_moves_between_currencies(engine: LocalEngine) -> None:
    receipt = post(
        engine,
        ConversionFact(
            bought="CHF",
            bought_micros=amount("800"),
            sold="USD",
            sold_micros=amount("1000"),
            fee_micros=amount("2"),
            fee_currency="USD",
        ),
    )
    assert legs(engine, receipt) == {
        "gen-1:cash:CHF": "800",
        "world:conversions:CHF": "-800",
        "gen-1:cash:USD": "-1002",
        "world:conversions:USD": "1000",
        "world:fees:USD": "2",
    }


def test_foreign_cash_is_unvalued_until_a_rate_is_known(engine: LocalEngine) -> None:
    post(engine, CashFact(kind=Kind.PREMIUM, micros=amount("1000"), currency="CHF"))
    gen = engine.queries.account("gen-1")
    assert (gen.unvalued, gen.cash) == (("CHF",), amount("100000"))
    assert gen.currencies == {"CHF": amount("1000"), "USD": amount("100000")}
    rate = RateFact(currency="USD", against="CHF", nanos=exchange_rate("0.8"))
    engine.commands.submit(Post(fact=rate))
    gen = engine.queries.account("gen-1")
    assert (gen.unvalued, gen.cash) == ((), amount("101250"))


def test_foreign_capital_counts_at_the_rate_of_its_day(engine: LocalEngine) -> None:
    early, late = date(2026, 1, 5), date(2026, 6, 1)
    for day, typed in ((early, "0.5"), (late, "0.8")):
        rate = RateFact(currency="USD", against="CHF", nanos=exchange_rate(typed))
        engine.commands.submit(Post(fact=rate, date=day))
    fact = CashFact(kind=Kind.OPENING, micros=amount("1000"), currency="CHF")
    post(engine, fact, date=early)
    assert engine.queries.account("gen-1").base == amount("102000")
    assert engine.queries.account("gen-1").cash == amount("101250")


def test_the_same_rate_again_is_bad_input(engine: LocalEngine) -> None:
    rate = RateFact(currency="USD", against="CHF", nanos=exchange_rate("0.8"))
    engine.commands.submit(Post(fact=rate))
    with pytest.raises(BadInput, match="already"):
        engine.commands.submit(Post(fact=rate))
    engine.commands.submit(Post(fact=replace(rate, nanos=exchange_rate("0.81"))))
    assert engine.seq == 3


def test_a_rate_is_between_two_currencies(engine: LocalEngine) -> None:
    with pytest.raises(BadInput, match="must be a different currency"):
        engine.commands.submit(Post(fact=RateFact(currency="USD", against="USD", nanos=1)))


@pytest.mark.parametrize("status", [Status.CLOSED, Status.MERGED])
def test_a_closed_account_takes_no_new_fact(engine: LocalEngine, status: Status) -> None:
    journal = Journal(engine.path)
    book = book_from_rows(journal.state().rows)
    journal.close()
    fact = Post(account="gen-1", fact=CashFact(kind=Kind.FEE, micros=-1))
    gen = replace(book.account("gen-1"), status=status)
    with pytest.raises(Refused) as refused:
        plan(replace(book, accounts=book.accounts.with_item(gen.id, gen)), fact, Context(TODAY, 2))
    assert [r.rule for r in refused.value.reasons if not r.ok] == ["status.closed"]
    suspended = replace(gen, status=Status.SUSPENDED)
    book = replace(book, accounts=book.accounts.with_item(gen.id, suspended))
    assert plan(book, fact, Context(TODAY, 2)).events


def test_an_expiry_worth_nothing_still_changes_what_is_held(engine: LocalEngine) -> None:
    put = Instrument("XYZ", Right.PUT, amount("50"), date(2026, 11, 24), 100)
    free = TradeFact(legs=(Leg(put, -4_000_000, 0),))
    engine.commands.submit(Post(account="gen-1", fact=free, confirmed=True))
    leg = Leg(put, 3_000_000, 0)
    engine.commands.submit(Post(account="gen-1", fact=TradeFact(kind=Kind.EXPIRY, legs=(leg,))))
    held = engine.queries.account("gen-1").holdings
    assert held == {f"{put.name}:USD": Holding(-1_000_000, 0)}


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(TYPED)))
def test_what_is_no_fact_that_is_typed_is_refused(engine: LocalEngine, kind: Kind) -> None:
    """Money is brought and taken by commands that ask for more, above all out of Compounding."""
    with pytest.raises(BadInput, match="KIND"):
        post(engine, CashFact(kind=kind, micros=-ONE), "com-1")
    assert engine.seq == 1
