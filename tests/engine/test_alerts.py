"""Alerts: what an operator is told, with the numbers, and when not."""

from __future__ import annotations

import pytest

from alluse_tui.domain.commands import (
    CashFact,
    Kind,
    MarkFact,
    Post,
    RateFact,
    Transfer,
    Undo,
    amount,
    exchange_rate,
)
from alluse_tui.domain.views import AlertView, Severity
from alluse_tui.engine import LocalEngine


def happened(engine: LocalEngine, kind: Kind, typed: str, account: str = "gen-1") -> None:
    fact = CashFact(kind=kind, micros=amount(typed, negative=True))
    engine.commands.submit(Post(account=account, fact=fact, confirmed=True))


def worth(engine: LocalEngine, account: str, typed: str) -> None:
    fact = MarkFact(value_micros=amount(typed, negative=True))
    engine.commands.submit(Post(account=account, fact=fact, confirmed=True))


def told(engine: LocalEngine, kind: str) -> AlertView | None:
    found = [a for a in engine.queries.alerts() if a.kind == kind]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_fresh_book_has_nothing_to_say(engine: LocalEngine) -> None:
    assert engine.queries.alerts() == ()


def test_a_short_buffer_is_told_with_its_numbers(engine: LocalEngine) -> None:
    happened(engine, Kind.FEE, "-95000")
    worth(engine, "gen-1", "95000")
    assert told(engine, "buffer short") is None
    happened(engine, Kind.FEE, "-0.01")
    alert = told(engine, "buffer short")
    assert alert is not None
    assert alert.verdict.message == "cash 4999.99 is below the 5000.00 buffer: add 0.02 to gen-1"
    assert (alert.severity, alert.account, alert.action) == (
        Severity.WARNING,
        "gen-1",
        "transfer",
    )


def test_com_cannot_mend_its_buffer_by_a_transfer_out(engine: LocalEngine) -> None:
    happened(engine, Kind.FEE, "-75000", "com-1")
    worth(engine, "com-1", "75000")
    alert = told(engine, "buffer short")
    assert alert is not None
    assert alert.action == "deposit"


def test_an_overdraft_is_told_first_and_in_its_own_currency(engine: LocalEngine) -> None:
    fact = CashFact(kind=Kind.TAX, micros=-amount("0.01"), currency="CHF")
    engine.commands.submit(Post(account="rev-1", fact=fact, confirmed=True))
    happened(engine, Kind.PREMIUM, "45000")
    alert = engine.queries.alerts()[0]
    assert (alert.kind, alert.severity) == ("overdraft", Severity.CRITICAL)
    assert alert.verdict.message == "rev-1 is overdrawn, with -0.01 CHF in cash: add CHF"
    assert [a.severity for a in engine.queries.alerts()] == sorted(
        (a.severity for a in engine.queries.alerts()), reverse=True
    )


def test_cash_at_zero_is_no_overdraft(engine: LocalEngine) -> None:
    happened(engine, Kind.FEE, "-100000")
    assert told(engine, "overdraft") is None
    happened(engine, Kind.FEE, "-0.01")
    assert told(engine, "overdraft") is not None


def test_unvalued_cash_is_told_until_a_rate_is_known(engine: LocalEngine) -> None:
    fact = CashFact(kind=Kind.DIVIDEND, micros=amount("5"), currency="CHF")
    engine.commands.submit(Post(account="com-1", fact=fact, confirmed=True))
    alert = told(engine, "unvalued cash")
    assert alert is not None
    assert (alert.account, alert.verdict.message) == (
        "com-1",
        "no exchange rate for CHF: com-1 is shown without these amounts; record a rate",
    )
    engine.commands.submit(
        Post(fact=RateFact(currency="CHF", against="USD", nanos=exchange_rate("1.2")))
    )
    assert told(engine, "unvalued cash") is None


@pytest.mark.parametrize(
    ("surplus", "near", "due"),
    [
        ("39999.99", False, False),
        ("40000.00", True, False),
        ("49999.99", True, False),
        ("50000.00", False, True),
        ("52000.00", False, True),
    ],
)
def test_a_fork_is_near_from_80_percent_and_due_at_the_threshold(
    engine: LocalEngine, surplus: str, near: bool, due: bool
) -> None:
    happened(engine, Kind.PREMIUM, surplus)
    assert (told(engine, "fork near") is not None) is near
    assert (told(engine, "fork due") is not None) is due
    for alert in engine.queries.alerts():
        if alert.kind.startswith("fork"):
            assert alert.account == "gen-1"
            assert alert.verdict.message == (
                f"surplus {surplus} has reached the 50000.00 threshold: fork gen-1"
                if due
                else f"surplus {surplus} of gen-1 is near the 50000.00 threshold"
            )


@pytest.mark.parametrize("account", ["rev-1", "com-1"])
def test_only_generation_forks(engine: LocalEngine, account: str) -> None:
    happened(engine, Kind.PREMIUM, "60000", account)
    assert told(engine, "fork due") is None


def test_a_deposit_is_no_surplus(engine: LocalEngine) -> None:
    happened(engine, Kind.OPENING, "60000")
    assert told(engine, "fork due") is None
    assert told(engine, "fork near") is None


def test_drift_is_told_beyond_five_points_and_not_at_five(engine: LocalEngine) -> None:
    engine.commands.submit(Transfer(source="rev-1", target="gen-1", amount=amount("12500")))
    assert told(engine, "allocation drift") is None
    engine.commands.submit(Transfer(source="rev-1", target="gen-1", amount=amount("0.01")))
    assert told(engine, "allocation drift") is not None


def test_the_transfer_that_drift_names_mends_it(engine: LocalEngine) -> None:
    engine.commands.submit(Transfer(source="rev-1", target="gen-1", amount=amount("25000")))
    alert = told(engine, "allocation drift")
    assert alert is not None
    assert alert.verdict.message == (
        "Generation is 10.0 points above target, Revenue is 10.0 points below target:"
        " transfer 25000.00 from gen-1 to rev-1"
    )
    assert (alert.portfolio, alert.account, alert.action) == ("Main", "", "transfer")
    engine.commands.submit(Transfer(source="gen-1", target="rev-1", amount=amount("25000")))
    assert engine.queries.alerts() == ()


def test_drift_never_asks_com_to_give(engine: LocalEngine) -> None:
    happened(engine, Kind.PREMIUM, "100000", "com-1")
    alert = told(engine, "allocation drift")
    assert alert is not None
    assert "Compounding is 20.0 points above target" in alert.sentence
    assert alert.sentence.endswith(": no transfer can correct this now")
    assert "from com-1" not in alert.sentence
    assert alert.action == ""


def test_drift_offers_no_more_than_is_available(engine: LocalEngine) -> None:
    happened(engine, Kind.FEE, "-90000")
    worth(engine, "gen-1", "120000")
    alert = told(engine, "allocation drift")
    assert alert is not None
    assert engine.queries.account("gen-1").available == amount("3500")
    assert alert.values == (amount("3500"),)


def test_a_mended_cause_ends_its_alert(engine: LocalEngine) -> None:
    happened(engine, Kind.PREMIUM, "51000")
    assert told(engine, "fork due") is not None
    engine.commands.submit(Undo())
    assert engine.queries.alerts() == ()
