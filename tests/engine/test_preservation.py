"""Capital preservation: after a large loss an account sells no new puts (rules.md)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from books import init

from alluse_tui.domain.commands import (
    CashFact,
    Instrument,
    Kind,
    PolicySet,
    Post,
    PriceFact,
    amount,
    iso_date,
    trade,
)
from alluse_tui.domain.model.terms import Right
from alluse_tui.engine import LocalEngine

PUT = Instrument("AAPL", Right.PUT, amount("190"), iso_date("expiry", "2026-12-18"), 100)


@pytest.fixture
def book(open_engine: Callable[..., LocalEngine]) -> LocalEngine:
    """gen-1 has 100,000.00 and a largest drawdown of 15 %; capital is preserved."""
    engine = open_engine()
    engine.commands.submit(init())
    engine.commands.submit(PolicySet(changes=(("drawdown.calls_only", "20"),)))
    return engine


def put() -> Post:
    return Post(
        account="gen-1",
        fact=trade(PUT, buy=False, quantity="1", price="0", fees=0),
        confirmed=True,
    )


def verdict(engine: LocalEngine) -> tuple[str, str]:
    """What a check of another put says; ('', '') if the rule is off."""
    verdicts = engine.commands.check_trade(put())
    judged = [(v.outcome.value, v.message) for v in verdicts if v.rule == "trade.preservation"]
    return judged[0] if judged else ("", "")


def lost(engine: LocalEngine, text: str) -> None:
    fee = CashFact(kind=Kind.FEE, micros=-amount(text))
    engine.commands.submit(Post(account="gen-1", fact=fee, confirmed=True))


def marked(engine: LocalEngine, price: str) -> None:
    fact = PriceFact(instrument="AAPL", price_micros=amount(price))
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))


def test_beyond_the_largest_drawdown_no_put_is_sold(book: LocalEngine) -> None:
    lost(book, "15000")
    assert verdict(book) == ("pass", "gen-1 has no loss that stops new puts")
    lost(book, "100")
    reason = "gen-1 is 15.1 % below its peak, more than 15 %"
    assert verdict(book) == ("fail", f"{reason}, so gen-1 sells no new puts")
    alerts = {a.kind: a.sentence for a in book.queries.alerts()}
    assert alerts["capital preserved"] == f"{reason}: gen-1 sells no new puts"
    stored = book.commands.submit(put()).plan.rules
    assert [v.confirmed for v in stored if v.rule == "trade.preservation"] == [True]


def test_a_put_more_than_15_percent_below_its_strike_stops_others(book: LocalEngine) -> None:
    book.commands.submit(put())
    assert verdict(book) == (
        "warn",
        "no marked price of AAPL, so its short puts were not judged",
    )
    share = trade(Instrument("AAPL"), buy=True, quantity="1", price="190", fees=0)
    book.commands.submit(Post(account="gen-1", fact=share, confirmed=True))
    marked(book, "161.50")  # 85 % of the strike
    assert verdict(book)[0] == "pass"
    marked(book, "161.49")
    day = book.today
    assert verdict(book) == (
        "fail",
        f"AAPL was at 161.49 on {day}, more than 15 % below the strike of AAPL 2026-12-18 190 put,"
        " so gen-1 sells no new puts",
    )


def test_the_rule_is_off_unless_the_policy_says_so(open_engine: Callable[..., LocalEngine]) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    lost(engine, "20000")
    assert verdict(engine) == ("", "")
    assert "capital preserved" not in {a.kind for a in engine.queries.alerts()}
