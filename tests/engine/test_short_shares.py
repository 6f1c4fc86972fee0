"""Shares that were sold or delivered without being held: asked about, backed by cash, alerted."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace
from test_collateral import CALL, PUT, XYZ, alerts, bought, post, sold, verdicts

from alluse_tui.domain.commands import PriceFact, Withdraw, amount, assignment
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.model.terms import Kind
from alluse_tui.domain.plans.entries import cash_entry
from alluse_tui.domain.rules.recorded_invariants import broken_rule
from alluse_tui.engine import LocalEngine
from alluse_tui.journal import RECORD_FORMAT


def test_selling_what_is_not_held_asks(engine: LocalEngine) -> None:
    rule = verdicts(engine, sold(XYZ, "200", "100"))["trade.held"]
    assert not rule.ok and "gen-1 has 0 of XYZ; this sells 200 short" in rule.message
    post(engine, sold(XYZ, "200", "100"))
    rule = verdicts(engine, sold(XYZ, "50", "100"))["trade.held"]
    assert not rule.ok and "gen-1 has −200 of XYZ; this sells 50 short" in rule.message
    assert "trade.held" not in verdicts(engine, bought(XYZ, "200", "100"))


def test_short_shares_tie_up_what_they_are_worth(engine: LocalEngine) -> None:
    post(engine, sold(XYZ, "200", "100"))
    account = engine.queries.account("gen-1")
    assert (account.cash, account.collateral) == (amount("120000"), amount("20000"))
    assert account.available == account.equity - account.buffer
    with pytest.raises(Refused):
        engine.commands.submit(Withdraw(account="gen-1", amount=amount("110000")))
    post(engine, PriceFact(instrument="XYZ", price_micros=amount("150")))
    assert engine.queries.account("gen-1").collateral == amount("30000")
    (position,) = engine.positions.positions("gen-1")
    assert position.collateral == amount("30000")


def test_short_shares_are_an_alert(engine: LocalEngine) -> None:
    assert "short shares" not in alerts(engine)
    post(engine, sold(XYZ, "200", "100"))
    assert "gen-1 is short 200 XYZ: buy" in alerts(engine)["short shares"].verdict.message
    post(engine, bought(XYZ, "200", "100"))
    assert "short shares" not in alerts(engine)


def test_what_cash_does_not_back_names_shares_and_puts(engine: LocalEngine) -> None:
    post(engine, sold(XYZ, "200", "100"))
    post(engine, sold(PUT, "4"))
    post(engine, PriceFact(instrument="XYZ", price_micros=amount("150")))
    message = alerts(engine)["uncovered put"].verdict.message
    assert "short puts and shares of gen-1 need 130000.00 of collateral" in message


def test_an_assigned_call_without_all_its_shares_asks(engine: LocalEngine) -> None:
    post(engine, bought(XYZ, "100", "100"))
    post(engine, sold(CALL, "2"))
    rules = verdicts(engine, assignment(CALL, quantity="2", fees=0))
    assert "this closes them and opens −100" in rules["trade.held"].message
    assert "collateral.cover" not in rules
    assert "trade.held" not in {
        name
        for name, rule in verdicts(engine, assignment(CALL, quantity="1", fees=0)).items()
        if not rule.ok
    }


def test_a_put_is_not_sold_for_more_than_its_strike(engine: LocalEngine) -> None:
    rule = verdicts(engine, sold(PUT, "1", "250.01"))["trade.price"]
    assert not rule.ok and "250.01 is more than the strike of TSLA" in rule.message
    assert "trade.price" not in verdicts(engine, sold(PUT, "1", "250"))
    assert "trade.price" not in verdicts(engine, sold(CALL, "1", "300"))


def test_an_option_is_listed_for_three_years_at_most(engine: LocalEngine) -> None:
    leaps = replace(PUT, expiry=date(2029, 12, 21))
    assert "trade.horizon" not in verdicts(engine, sold(leaps, "1"))
    mistyped = replace(PUT, expiry=date(2036, 11, 28))
    assert (
        "more than three years ahead"
        in verdicts(engine, sold(mistyped, "1"))["trade.horizon"].message
    )


def test_nobody_closes_an_option_after_its_expiry(engine: LocalEngine) -> None:
    last_friday = replace(PUT, expiry=date(2026, 11, 20))
    day = date(2026, 11, 17)
    post(engine, sold(last_friday, "1"), date=day)
    rule = verdicts(engine, bought(last_friday, "1", "0.20"))["trade.expiry"]
    assert not rule.ok and "check the date, or record its expiry" in rule.message
    assert "trade.expiry" not in verdicts(engine, bought(last_friday, "1", "0.20"), date=day)


def test_verify_accepts_that_older_programs_spent_their_cash(engine: LocalEngine) -> None:
    post(engine, sold(XYZ, "200", "100"))
    post(engine, sold(PUT, "1"))
    view, book = engine.queries.account("gen-1"), engine.core.book
    most = view.cash - view.buffer - amount("25000")  # the put's collateral counts all the same

    def violation(micros: int) -> str:
        taken = cash_entry("Main", "gen-1", Kind.WITHDRAWAL, -micros, "USD", engine.today)
        return broken_rule(
            book, "withdraw", [taken], engine.today, overridden=False, version=RECORD_FORMAT
        )

    assert most > view.available
    assert violation(most) == ""
    assert violation(most + 1).startswith("withdraw took")
