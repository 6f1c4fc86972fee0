"""Short puts tie up cash and covered calls shares, and typed trades are judged by the policy."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Deposit,
    Fact,
    Fork,
    Instrument,
    Leg,
    PolicySet,
    Post,
    RateFact,
    Reinvest,
    Right,
    TradeFact,
    Transfer,
    Withdraw,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.model.terms import Kind
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plans.entries import cash_entry
from alluse_tui.domain.rules.recorded_invariants import broken_rule
from alluse_tui.domain.views import AlertView
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.record_decoding import stored_verdict

FRIDAY = date(2026, 11, 27)
PUT = Instrument("TSLA", Right.PUT, amount("250"), FRIDAY, 100)
CALL = Instrument("XYZ", Right.CALL, amount("105"), FRIDAY, 100)
XYZ = Instrument("XYZ")


def sold(instrument: Instrument, quantity: str, price: str = "3.10") -> TradeFact:
    return trade(instrument, buy=False, quantity=quantity, price=price, fees=0)


def bought(instrument: Instrument, quantity: str, price: str) -> TradeFact:
    return trade(instrument, buy=True, quantity=quantity, price=price, fees=0)


def post(engine: LocalEngine, fact: Fact, code: str = "gen-1", **options: Any) -> None:
    engine.commands.submit(Post(account=code, fact=fact, confirmed=True, **options))


def verdicts(engine: LocalEngine, fact: Fact, **options: Any) -> dict[str, Verdict]:
    """The rules on a typed fact that was not confirmed, by name."""
    try:
        plan = engine.commands.preview(Post(account="gen-1", fact=fact, **options))
    except Refused as error:
        return {rule.rule: rule for rule in error.reasons}
    return {rule.rule: rule for rule in plan.rules}


def alerts(engine: LocalEngine) -> dict[str, AlertView]:
    return {alert.kind: alert for alert in engine.queries.alerts() if alert.account == "gen-1"}


def test_a_short_put_ties_up_its_strike_times_its_deliverable(engine: LocalEngine) -> None:
    post(engine, sold(PUT, "2"))
    account = engine.queries.account("gen-1")
    assert account.collateral == amount("50000")
    assert account.cash == amount("100620")
    assert account.available == account.cash - account.buffer - amount("50000")


def test_an_adjusted_put_ties_up_its_own_deliverable(engine: LocalEngine) -> None:
    adjusted = replace(PUT, symbol="TSLA1", multiplier=150)
    post(engine, sold(adjusted, "2"))
    assert engine.queries.account("gen-1").collateral == amount("75000")
    assert [*engine.queries.account("gen-1").holdings] == ["TSLA1 2026-11-27 250 put x150:USD"]


def test_a_hundred_naked_puts_fail_with_numbers_and_alert_once_recorded(
    engine: LocalEngine,
) -> None:
    naked = sold(PUT, "100")
    rules = verdicts(engine, naked)
    assert not rules["collateral.cash"].ok and not rules["trade.size"].ok
    assert "2500000.00 of collateral, but only 131000.00 is in cash" in (
        rules["collateral.cash"].message
    )
    assert "TSLA takes up 2500000.00, more than 90 % of the 100000.00 equity" in (
        rules["trade.size"].message
    )
    post(engine, naked)
    assert {"uncovered put", "over position size"} <= alerts(engine).keys()
    assert engine.queries.account("gen-1").available == 0


@pytest.mark.parametrize("override", ["", "the approver wants it"])
def test_no_part_of_the_collateral_can_be_withdrawn(engine: LocalEngine, override: str) -> None:
    post(engine, sold(PUT, "3"))
    account = engine.queries.account("gen-1")
    most = account.unpledged if override else account.available
    assert most == account.cash - account.collateral - (0 if override else account.buffer)
    for command in (
        Withdraw(account="gen-1", amount=most + amount("0.01"), override=override),
        Transfer(source="gen-1", target="rev-1", amount=most + amount("0.01"), override=override),
    ):
        with pytest.raises(Refused, match=r"collateral 75000\.00"):
            engine.commands.submit(command)
    engine.commands.submit(Withdraw(account="gen-1", amount=most, override=override))
    after = engine.queries.account("gen-1")
    assert after.cash >= after.collateral
    assert engine.operations.verify(ask=False).ok


def test_a_fork_leaves_the_collateral(grown: LocalEngine) -> None:
    post(grown, sold(replace(PUT, strike_micros=amount("510")), "2"))
    view = grown.queries.account("gen-1")
    assert view.unpledged - view.buffer < view.surplus < view.cash - view.buffer
    for override in ("", "the approver wants it"):
        with pytest.raises(Refused, match="above the buffer and the collateral"):
            grown.commands.submit(Fork(account="gen-1", override=override))
    grown.commands.submit(Deposit(account="gen-1", amount=amount("60000")))
    grown.commands.submit(Fork(account="gen-1"))
    assert grown.operations.verify(ask=False).ok


@pytest.mark.parametrize(
    ("version", "overridden", "limit"),
    [(4, False, "available before"), (5, False, "available"), (5, True, "unpledged")],
)
def test_verify_judges_a_record_by_the_rule_of_its_format(
    engine: LocalEngine, version: int, overridden: bool, limit: str
) -> None:
    post(engine, sold(PUT, "2"))
    view, book = engine.queries.account("gen-1"), engine.core.book
    most = {
        "available before": view.cash - view.buffer,
        "available": view.cash - view.buffer - view.collateral,
        "unpledged": view.cash - view.collateral,
    }[limit]

    def violation(micros: int) -> str:
        withdrawal = cash_entry("Main", "gen-1", Kind.WITHDRAWAL, -micros, "USD", engine.today)
        return broken_rule(
            book, "withdraw", [withdrawal], engine.today, overridden=overridden, version=version
        )

    assert violation(most) == ""
    assert violation(most + 1).startswith("withdraw took")


def test_reinvesting_leaves_the_collateral(engine: LocalEngine) -> None:
    post(engine, sold(PUT, "2", "100"), "rev-1")
    view = engine.queries.account("rev-1")
    with pytest.raises(Refused) as refused:
        engine.commands.preview(
            Reinvest(account="rev-1", amount=(view.available // 10_000 + 1) * 10_000)
        )
    assert "reinvest.available" in {r.rule for r in refused.value.reasons if not r.ok}


def test_a_covered_call_is_covered_by_its_shares_and_no_more(engine: LocalEngine) -> None:
    post(engine, bought(XYZ, "200", "100"))
    assert verdicts(engine, sold(CALL, "2"))["collateral.cover"].ok
    assert not verdicts(engine, sold(CALL, "3"))["collateral.cover"].ok
    post(engine, sold(CALL, "2"))
    assert "uncovered call" not in alerts(engine)
    assert not verdicts(engine, sold(XYZ, "1", "100"))["collateral.cover"].ok
    post(engine, sold(XYZ, "1", "100"))
    alert = alerts(engine)["uncovered call"]
    assert "on 200 shares of XYZ, but it holds 199" in alert.verdict.message


def test_a_put_in_a_currency_without_a_rate_ties_up_everything(engine: LocalEngine) -> None:
    swiss = replace(sold(PUT, "1"), currency="CHF")
    post(engine, swiss)
    assert engine.queries.account("gen-1").available == 0
    assert "uncovered put" in alerts(engine)
    with pytest.raises(Refused):
        engine.commands.submit(Withdraw(account="gen-1", amount=amount("1")))
    engine.commands.submit(Post(fact=RateFact(currency="CHF", against="USD", nanos=1_000_000_000)))
    assert engine.queries.account("gen-1").collateral == amount("25000")


def test_an_assignment_of_what_was_never_sold_is_refused(engine: LocalEngine) -> None:
    with pytest.raises(Refused, match="cannot have ended"):
        post(engine, assignment(PUT, quantity="1", fees=0))
    post(engine, sold(PUT, "2"))
    with pytest.raises(Refused, match="has −2 of TSLA 2026-11-27 250 put, so 3 of it cannot"):
        post(engine, assignment(PUT, quantity="3", fees=0))
    post(engine, assignment(PUT, quantity="1", fees=0))
    account = engine.queries.account("gen-1")
    assert {k: h.quantity_micros for k, h in account.holdings.items()} == {
        "TSLA:USD": 100_000_000,
        "TSLA 2026-11-27 250 put:USD": -1_000_000,
    }
    assert account.collateral == amount("25000")


def test_closing_more_than_is_open_asks(engine: LocalEngine) -> None:
    post(engine, sold(PUT, "2"))
    rule = verdicts(engine, bought(PUT, "3", "1"))["trade.held"]
    assert not rule.ok and "this closes them and opens 1" in rule.message
    assert "trade.held" not in verdicts(engine, bought(PUT, "2", "1"))


def test_an_expired_option_alerts_until_its_expiry_is_recorded(engine: LocalEngine) -> None:
    last_friday = replace(PUT, expiry=date(2026, 11, 20))
    post(engine, sold(last_friday, "1"), date=date(2026, 11, 17))
    alert = alerts(engine)["expired"]
    assert "−1 TSLA 2026-11-20 250 put expired on 2026-11-20" in alert.verdict.message
    assert engine.queries.account("gen-1").collateral == amount("25000")
    leg = Leg(last_friday, 1_000_000, 0)
    ended = TradeFact(kind=Kind.EXPIRY, legs=(leg,))
    rules = verdicts(engine, ended, date=date(2026, 11, 19))
    assert not rules["trade.expiry"].ok and "expires on 2026-11-20" in rules["trade.expiry"].message
    post(engine, ended)
    assert engine.queries.account("gen-1").holdings == {}
    assert "expired" not in alerts(engine)


def test_the_delta_must_be_inside_the_tier_s_band(engine: LocalEngine) -> None:
    fact = sold(PUT, "1")
    assert not verdicts(engine, fact, delta=39)["trade.delta"].ok
    assert verdicts(engine, fact, delta=40)["trade.delta"].ok
    assert verdicts(engine, fact, delta=50)["trade.delta"].ok
    assert not verdicts(engine, fact, delta=51)["trade.delta"].ok
    assert verdicts(engine, fact)["trade.data"].awaited


def test_the_entry_day_moves_before_a_holiday(engine: LocalEngine) -> None:
    fact = sold(PUT, "1")
    tuesday = verdicts(engine, fact)["trade.day"]
    assert not tuesday.ok and "the next one is Wednesday 2026-11-25" in tuesday.message
    engine.commands.submit(PolicySet(changes=(("tiers.gen.entry_days", "tuesday"),)))
    assert verdicts(engine, fact)["trade.day"].ok


def test_shares_bought_on_credit_are_not_an_uncovered_put(engine: LocalEngine) -> None:
    post(engine, bought(XYZ, "1100", "100"))
    assert engine.queries.account("gen-1").cash < 0
    assert "overdraft" in alerts(engine) and "uncovered put" not in alerts(engine)


def test_a_deposit_covers_the_put_again(engine: LocalEngine) -> None:
    post(engine, sold(PUT, "5"))
    assert "uncovered put" in alerts(engine)
    engine.commands.submit(Deposit(account="gen-1", amount=amount("30000")))
    assert "uncovered put" not in alerts(engine)


def test_a_confirmed_breach_is_stored_as_one(engine: LocalEngine) -> None:
    post(engine, sold(PUT, "5"))
    (record,) = engine.queries.records(1)
    stored = {rule["rule"]: stored_verdict(rule) for rule in record.plain["rules"]}
    breach = stored["collateral.cash"]
    assert breach.confirmed and breach.mark == "▲" and breach.message.endswith("; confirmed")
    assert not stored["status.closed"].confirmed


def test_an_option_is_not_opened_after_its_last_day(engine: LocalEngine) -> None:
    with pytest.raises(Refused, match="expired on 2025-11-27, before 2026-11-24"):
        post(engine, sold(replace(PUT, expiry=date(2025, 11, 27)), "1"))
    post(engine, sold(replace(PUT, expiry=engine.today), "1"))
