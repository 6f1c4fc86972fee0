"""Reinvest: each quarter what was earned is set aside; and its undo (rules.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from books import NOON
from growth import bought, earned, own
from msgspec.structs import replace
from refusals import refused

from alluse_tui.domain.commands import (
    Close,
    OpenAccount,
    Post,
    RateFact,
    Reinvest,
    Release,
    Suspend,
    Tier,
    Undo,
    amount,
    exchange_rate,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.engine import FixedClock, LocalEngine

WINDOW = datetime(2026, 12, 15, 17, 0, tzinfo=UTC)
"""Tuesday noon in New York, the first day of the window."""


@pytest.fixture
def year_end(engine: LocalEngine, clock: FixedClock) -> LocalEngine:
    """rev-1 and com-1 earned 40,000.00 each, and the window is open."""
    for code in ("rev-1", "com-1"):
        earned(engine, code, "40000")
    clock.set(WINDOW)
    return engine


@pytest.mark.parametrize("account", ["rev-1", "com-1"])
def test_a_quarters_income_is_set_aside(year_end: LocalEngine, account: str) -> None:
    before = year_end.queries.account(account)
    year_end.commands.submit(Reinvest(account=account))
    after = year_end.queries.account(account)
    assert (after.contracts, after.leaps) == (amount("30000"), amount("10000"))
    assert (after.cash, after.equity) == (amount("75000"), before.equity)
    assert refused(year_end, Reinvest(account=account)) == {
        "reinvest.once": f"{account} last reinvested in 2026Q4",
        "reinvest.minimum": "0.00 is below the minimum of 10000.00 (net income 0.00, available"
        " 69250.00)",
    }
    year_end.commands.submit(Undo())
    assert year_end.queries.account(account) == before
    year_end.commands.submit(Reinvest(account=account))
    assert year_end.operations.verify().ok


def test_generation_does_not_reinvest(year_end: LocalEngine) -> None:
    earned(year_end, "gen-1", "40000")
    assert refused(year_end, Reinvest(account="gen-1")) == {
        "reinvest.tier": "only Revenue and Compounding accounts reinvest; gen-1 is a Generation"
        " account"
    }


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-24", "the next window opens on 2026-12-15"),
        ("2026-12-14", "the next window opens on 2026-12-15"),
        ("2026-12-15", ""),
        ("2026-12-31", ""),
        ("2027-01-01", "the next window opens on 2027-03-15"),
        ("2027-06-30", ""),
        ("2029-12-14", "the next window opens on 2029-12-17"),
        ("2029-12-16", "the next window opens on 2029-12-17"),
        ("2029-12-17", ""),
    ],
)
def test_the_window_opens_on_a_session_and_closes_with_the_quarter(
    year_end: LocalEngine, clock: FixedClock, day: str, said: str
) -> None:
    clock.set(datetime.fromisoformat(f"{day}T12:00:00-05:00"))
    if said:
        assert refused(year_end, Reinvest(account="rev-1")) == {"reinvest.window": said}
    else:
        year_end.commands.submit(Reinvest(account="rev-1"))


def test_a_reinvestment_may_be_looked_at_ahead_but_not_done(
    year_end: LocalEngine, clock: FixedClock
) -> None:
    clock.set(NOON)
    ahead = Reinvest(account="rev-1", date=date(2026, 12, 15))
    assert [p.micros for p in year_end.commands.preview(ahead).entries[0].postings] == [
        -amount("40000"),
        amount("30000"),
        amount("10000"),
    ]
    assert refused(year_end, ahead).keys() == {"date.future"}


@pytest.mark.parametrize(
    ("contracts", "leaps", "income", "parts"),
    [
        ("85", "15", "40000", ("34000", "6000")),
        ("65", "35", "40000", ("26000", "14000")),
        ("50", "50", "40000", ("20000", "20000")),
        ("50", "50", "40000.01", ("20000.01", "20000")),
        ("75", "25", "40000.01", ("30000.01", "10000")),
        ("75", "25", "40000.03", ("30000.02", "10000.01")),
        ("75", "25", "40000.015", ("30000.01", "10000")),
        ("100", "0", "40000", ("40000", "0")),
    ],
)
def test_the_parts_are_whole_cents_and_add_up(
    year_end: LocalEngine, contracts: str, leaps: str, income: str, parts: tuple[str, str]
) -> None:
    own(year_end, "rev-1", reinvest__contracts=contracts, reinvest__leaps=leaps)
    year_end.commands.submit(Undo(seq=2))
    earned(year_end, "rev-1", income)
    year_end.commands.submit(Reinvest(account="rev-1"))
    after = year_end.queries.account("rev-1")
    assert (after.contracts, after.leaps) == tuple(amount(p, zero=True) for p in parts)
    year_end.commands.submit(Reinvest(account="com-1"))
    assert year_end.queries.account("com-1").contracts == amount("30000")


def test_the_amount_is_what_was_earned_or_what_is_available(year_end: LocalEngine) -> None:
    bought(year_end, "rev-1", "900")
    assert year_end.queries.account("rev-1").available == amount("19250")
    over = Reinvest(account="rev-1", amount=amount("19250.01"))
    assert refused(year_end, over) == {
        "reinvest.available": "19250.01 is more than the 19250.00 available"
    }
    year_end.commands.submit(Reinvest(account="rev-1"))
    assert year_end.queries.account("rev-1").contracts == amount("14437.50")
    year_end.commands.submit(Undo())
    year_end.commands.submit(replace(over, override="{} a reason"))
    assert year_end.queries.account("rev-1").cash == amount("5749.99")
    assert year_end.operations.verify().ok


def test_an_override_reaches_all_cash_and_no_more(year_end: LocalEngine) -> None:
    over = Reinvest(account="rev-1", amount=amount("115000.01"), override="a reason")
    assert refused(year_end, over).keys() == {"reinvest.available"}
    year_end.commands.submit(replace(over, amount=amount("115000")))
    assert year_end.queries.account("rev-1").cash == 0


@pytest.mark.parametrize("typed", [amount("9999.99"), None])
def test_too_little_is_refused(engine: LocalEngine, clock: FixedClock, typed: int | None) -> None:
    earned(engine, "rev-1", "9999.99")
    clock.set(WINDOW)
    assert refused(engine, Reinvest(account="rev-1", amount=typed))["reinvest.minimum"].startswith(
        "9999.99 is below the minimum of 10000.00 (net income 9999.99, available "
    )
    own(engine, "rev-1", reinvest__minimum="9999.99")
    engine.commands.submit(Reinvest(account="rev-1", amount=typed))


@pytest.mark.parametrize("typed", [0, -1_000_000, 10_000_000_001])
def test_an_amount_is_more_than_zero_and_whole_cents(year_end: LocalEngine, typed: int) -> None:
    with pytest.raises(BadInput):
        year_end.commands.submit(Reinvest(account="rev-1", amount=typed))


def test_income_in_other_currencies_counts_where_a_rate_is_known(
    engine: LocalEngine, clock: FixedClock
) -> None:
    earned(engine, "rev-1", "10000", "CHF")
    earned(engine, "rev-1", "10000", "EUR")
    engine.commands.submit(
        Post(fact=RateFact(currency="CHF", against="USD", nanos=exchange_rate("1.25")))
    )
    clock.set(WINDOW)
    engine.commands.submit(Reinvest(account="rev-1"))
    after = engine.queries.account("rev-1")
    assert (after.contracts, after.leaps) == (amount("9375"), amount("3125"))
    assert after.currencies == {
        "CHF": amount("10000"),
        "EUR": amount("10000"),
        "USD": amount("62500"),
    }


def test_only_an_active_account_reinvests(year_end: LocalEngine) -> None:
    year_end.commands.submit(Suspend(account="rev-1"))
    assert refused(year_end, Reinvest(account="rev-1")) == {
        "status.suspended": "rev-1 is suspended"
    }
    year_end.commands.submit(OpenAccount(parent="Main", tier=Tier.REV))
    year_end.commands.submit(Close(account="rev-2"))
    assert "status.closed" in refused(year_end, Reinvest(account="rev-2"))


def test_income_counts_from_the_last_reinvestment(year_end: LocalEngine, clock: FixedClock) -> None:
    year_end.commands.submit(Reinvest(account="rev-1", amount=amount("15000")))
    earned(year_end, "rev-1", "12000")
    clock.set(datetime(2027, 3, 15, 17, tzinfo=UTC))
    second = year_end.commands.submit(Reinvest(account="rev-1"))
    assert year_end.queries.account("rev-1").contracts == amount("11250") + amount("9000")
    assert refused(year_end, Undo(seq=4)) == {"undo.reinvest": "rev-1 last reinvested in 2027Q1"}
    year_end.commands.submit(Undo(seq=second.seq))
    year_end.commands.submit(Undo(seq=4))
    assert year_end.queries.account("rev-1").cash == amount("127000")


def test_undo_of_a_reinvestment_needs_what_it_set_aside(year_end: LocalEngine) -> None:
    done = year_end.commands.submit(Reinvest(account="rev-1"))
    freed = year_end.commands.submit(
        Release(account="rev-1", bucket="leaps", amount=amount("0.01"))
    )
    assert refused(year_end, Undo(seq=done.seq)) == {
        "undo.cash": "takes 10000.00 USD leaps from rev-1, leaving -0.01"
    }
    year_end.commands.submit(Undo(seq=freed.seq))
    year_end.commands.submit(Undo(seq=done.seq))
