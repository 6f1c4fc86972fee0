"""Alerts on options in the money, on concentration, and on assignments."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Fact,
    Instrument,
    MarkFact,
    PolicySet,
    Post,
    PriceFact,
    Right,
    Undo,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.views import AlertView, Severity
from alluse_tui.engine import FixedClock, LocalEngine

XYZ = Instrument("XYZ")
FRIDAY = date(2026, 12, 4)
"""Ten days after the engine's day."""

CALL = Instrument("XYZ", Right.CALL, amount("55"), FRIDAY, 100)
PUT = replace(CALL, right=Right.PUT, strike_micros=amount("45"))


def post(engine: LocalEngine, fact: Fact, day: date | None = None) -> int:
    return engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True, date=day)).seq


def priced(engine: LocalEngine, instrument: Instrument, price: str) -> int:
    return post(engine, PriceFact(instrument=instrument.name, price_micros=amount(price)))


def told(engine: LocalEngine, kind: str) -> list[AlertView]:
    return [alert for alert in engine.queries.alerts() if alert.kind == kind]


@pytest.fixture
def covered(engine: LocalEngine) -> LocalEngine:
    """gen-1 holds 100 shares, and is short a call of 55 and a put of 45."""
    post(engine, trade(XYZ, buy=True, quantity="100", price="50", fees=0))
    for option in (CALL, PUT):
        post(engine, trade(option, buy=False, quantity="1", price="1", fees=0))
    return engine


def test_a_short_option_is_in_the_money_only_by_a_known_price(covered: LocalEngine) -> None:
    assert told(covered, "in the money") == []
    post(covered, MarkFact(value_micros=amount("6000")))  # divided over shares and options
    assert told(covered, "in the money") == []
    priced(covered, XYZ, "55")
    assert told(covered, "in the money") == []
    priced(covered, XYZ, "55.01")
    (alert,) = told(covered, "in the money")
    assert alert.verdict.message == (
        "−1 XYZ 2026-12-04 55 call is in the money: XYZ was at 55.01 on 2026-11-24;"
        " roll or close it, or let it be assigned"
    )
    assert (alert.severity, alert.id) == (
        Severity.WARNING,
        "in the money:Main/gen-1:XYZ 2026-12-04 55 call:USD",
    )
    priced(covered, XYZ, "44.99")
    (alert,) = told(covered, "in the money")
    assert "45 put" in alert.verdict.message


@pytest.mark.parametrize(
    ("day", "severity"),
    [(26, Severity.WARNING), (27, Severity.CRITICAL)],
)
def test_it_is_critical_from_seven_days_before_the_expiry(
    covered: LocalEngine, clock: FixedClock, day: int, severity: Severity
) -> None:
    priced(covered, XYZ, "60")
    clock.set(datetime(2026, 11, day, 17, tzinfo=UTC))
    (alert,) = told(covered, "in the money")
    assert alert.severity is severity
    acknowledged = AcknowledgeAlert(alert=alert.id, portfolio="Main")
    covered.commands.submit(acknowledged)
    assert told(covered, "in the money")[0].acknowledged
    clock.set(datetime(2026, 12, 5, 17, tzinfo=UTC))
    assert told(covered, "in the money") == []
    assert told(covered, "expired")


def test_undo_of_the_mark_ends_it(covered: LocalEngine) -> None:
    seq = priced(covered, XYZ, "60")
    covered.commands.submit(Undo(seq=seq))
    assert told(covered, "in the money") == []


def test_a_long_option_in_the_money_threatens_nobody(engine: LocalEngine) -> None:
    post(engine, trade(XYZ, buy=True, quantity="100", price="50", fees=0))
    post(engine, trade(PUT, buy=True, quantity="1", price="1", fees=0))
    priced(engine, XYZ, "40")
    assert told(engine, "in the money") == []


def test_concentration_begins_above_its_setting_and_ends_with_position_size(
    engine: LocalEngine,
) -> None:
    post(engine, trade(XYZ, buy=True, quantity="800", price="50", fees=0))
    assert told(engine, "concentration") == []  # 40,000 is 40 % of 100,000
    post(engine, trade(XYZ, buy=True, quantity="1", price="50", fees=0))
    (alert,) = told(engine, "concentration")
    assert alert.verdict.message == (
        "XYZ takes up 40050.00 of gen-1, more than 40 % of its 100000.00 equity"
    )
    assert (alert.severity, alert.id) == (Severity.INFO, "concentration:Main/gen-1:XYZ")
    post(engine, trade(XYZ, buy=True, quantity="1000", price="50", fees=0))
    assert (told(engine, "concentration"), len(told(engine, "over position size"))) == ([], 1)


def test_concentration_may_be_set_for_one_account(engine: LocalEngine) -> None:
    post(engine, trade(XYZ, buy=True, quantity="200", price="50", fees=0))
    changes = (("limits.concentration", "9.99"),)
    engine.commands.submit(PolicySet(changes=changes, account="gen-1", portfolio="Main"))
    assert len(told(engine, "concentration")) == 1


def test_an_assignment_is_told_for_a_week_until_it_is_acknowledged(
    engine: LocalEngine, clock: FixedClock
) -> None:
    post(engine, trade(PUT, buy=False, quantity="2", price="1", fees=0))
    assert told(engine, "assigned") == []
    seq = post(engine, assignment(PUT, quantity="2", fees=0))
    (alert,) = told(engine, "assigned")
    assert alert.verdict.message == (
        "2 XYZ 2026-12-04 45 put were assigned on 2026-11-24:"
        " check shares and cash, then acknowledge"
    )
    assert (alert.severity, alert.id) == (Severity.WARNING, f"assigned:Main/gen-1:{seq}")
    engine.commands.submit(AcknowledgeAlert(alert=alert.id, portfolio="Main"))
    assert told(engine, "assigned")[0].acknowledged
    clock.set(datetime(2026, 12, 1, 17, tzinfo=UTC))
    assert len(told(engine, "assigned")) == 1
    clock.set(datetime(2026, 12, 2, 17, tzinfo=UTC))
    assert told(engine, "assigned") == []


def test_an_assignment_that_emptied_the_account_is_told_on_the_dashboard(
    engine: LocalEngine,
) -> None:
    post(engine, trade(XYZ, buy=True, quantity="100", price="50", fees=0))
    post(engine, trade(CALL, buy=False, quantity="1", price="1", fees=0))
    seq = post(engine, assignment(CALL, quantity="1", fees=0))
    assert engine.queries.account("gen-1").holdings == {}
    kinds = [alert.kind for alert in engine.queries.overview("Main").alerts]
    assert kinds == ["assigned"]
    assert "55 call was assigned" in told(engine, "assigned")[0].sentence
    engine.commands.submit(Undo(seq=seq))
    assert told(engine, "assigned") == []


def test_a_symbol_with_braces_is_named_as_it_is(engine: LocalEngine) -> None:
    """A statement may name anything; it must not read as a place for an amount."""
    odd = Instrument("{0}{x")
    put = replace(PUT, symbol=odd.symbol)
    post(engine, trade(odd, buy=True, quantity="1000", price="44", fees=0))
    post(engine, trade(put, buy=False, quantity="20", price="1", fees=0))
    priced(engine, odd, "44")
    kinds = {alert.kind for alert in engine.queries.alerts() if odd.symbol in alert.verdict.message}
    assert kinds == {"over position size", "in the money"}
    assert any(odd.symbol in rule.message for rule in engine.positions.stress("gen-1")[0].rules)


def test_a_mark_without_named_holdings_is_not_a_position_of_any_size(engine: LocalEngine) -> None:
    post(engine, MarkFact(value_micros=amount("900000")))
    kinds = {alert.kind for alert in engine.queries.alerts()}
    assert kinds.isdisjoint({"over position size", "concentration"})
