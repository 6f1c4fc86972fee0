"""Init: a portfolio opens with three accounts that hold exactly its capital."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from books import init

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import Deposit, Init, amount
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.engine import LocalEngine

Opened = Callable[..., LocalEngine]


def test_250000_opens_as_in_the_book(engine: LocalEngine) -> None:
    opened = {a.code: a for a in engine.queries.accounts()}
    assert list(opened) == ["gen-1", "rev-1", "com-1"]
    assert [a.equity for a in opened.values()] == [
        amount("100000"),
        amount("75000"),
        amount("75000"),
    ]
    assert [a.base for a in opened.values()] == [a.cash for a in opened.values()]
    assert [a.buffer for a in opened.values()] == [
        amount("5000"),
        amount("3750"),
        amount("3750"),
    ]
    whole = engine.queries.portfolio().totals
    assert (whole.equity, whole.cash) == (amount("250000"), amount("250000"))
    assert (whole.buffer, whole.available) == (amount("12500"), amount("237500"))


@pytest.mark.parametrize("capital", ["0.01", "0.02", "100.03", "333333.33", "999999999999.99"])
@pytest.mark.parametrize("strategy", ["balanced", "growth", "income", "compound"])
def test_odd_capital_is_split_to_the_cent(open_engine: Opened, capital: str, strategy: str) -> None:
    engine = open_engine()
    policy = load_policy("moderate", strategy)
    engine.commands.submit(Init(portfolio="Main", capital=amount(capital), policy=policy))
    assert sum(a.equity for a in engine.queries.accounts()) == amount(capital)
    for account in engine.queries.accounts():
        share = amount(capital) * policy.tiers[account.tier].share_bps
        assert abs(account.equity * 10_000 - share) < 10_000 * 10_000


def test_zero_capital_opens_empty_accounts(open_engine: Opened) -> None:
    engine = open_engine()
    receipt = engine.commands.submit(init(capital="0"))
    assert receipt.plan.entries == ()
    assert [(a.code, a.equity, a.base) for a in engine.queries.accounts()] == [
        ("gen-1", 0, 0),
        ("rev-1", 0, 0),
        ("com-1", 0, 0),
    ]
    assert engine.operations.verify().ok


def test_the_policy_decides_the_split(open_engine: Opened) -> None:
    engine = open_engine()
    policy = load_policy("moderate", "compound")
    engine.commands.submit(Init(portfolio="Main", capital=amount("1000"), policy=policy))
    assert [a.equity for a in engine.queries.accounts()] == [
        amount("300"),
        amount("200"),
        amount("500"),
    ]
    assert engine.queries.portfolio().strategy == "compound"


def test_a_portfolio_keeps_its_currency(open_engine: Opened) -> None:
    engine = open_engine()
    engine.commands.submit(
        Init(portfolio="Main", capital=amount("1"), policy=load_policy("moderate"), currency="CHF")
    )
    assert engine.queries.portfolio().currency == "CHF"
    assert dict(engine.queries.account("gen-1").currencies) == {"CHF": amount("0.40")}


@pytest.mark.parametrize("name", ["M", "Smith & Söhne", "N" * 40, "主"])
def test_a_name_may_be_anything_printable(open_engine: Opened, name: str) -> None:
    engine = open_engine()
    engine.commands.submit(init(name))
    assert engine.queries.portfolio_names() == (name,)


@pytest.mark.parametrize(
    "name", ["", " ", " Main", "Main ", "a/b", "a:b", "a\nb", "a\x1b[31m", "\udc80", "N" * 41]
)
def test_a_name_that_cannot_stand_before_a_code_is_refused(open_engine: Opened, name: str) -> None:
    engine = open_engine()
    with pytest.raises(BadInput) as refused:
        engine.commands.submit(init(name))
    assert refused.value.path == "name"
    assert engine.queries.portfolio_names() == ()


def test_what_is_refused_first_makes_no_file(open_engine: Opened) -> None:
    engine = open_engine()
    with pytest.raises(BadInput):
        engine.commands.submit(init(""))
    assert not engine.path.exists()


def test_an_existing_name_is_refused(engine: LocalEngine) -> None:
    before = engine.queries.accounts()
    with pytest.raises(Refused) as refused:
        engine.commands.submit(init(capital="1"))
    assert [r.rule for r in refused.value.reasons if not r.ok] == ["init.name"]
    assert "Main already exists" in str(refused.value)
    assert engine.queries.accounts() == before


def test_a_file_holds_many_portfolios(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith", "1000"))
    assert engine.queries.portfolio_names() == ("Main", "Smith")
    engine.commands.submit(Deposit(account="Smith/gen-1", amount=amount("5")))
    assert engine.queries.account("gen-1", "Smith").cash == amount("405")
    assert engine.queries.account("gen-1", "Main").cash == amount("100000")
    with pytest.raises(BadInput, match="must be one of: Main, Smith"):
        engine.queries.account("gen-1")


def test_init_is_not_dated_into_the_future(open_engine: Opened) -> None:
    engine = open_engine()
    command = init()
    tomorrow = Init(
        portfolio="Main", capital=command.capital, policy=command.policy, date=date(2026, 11, 25)
    )
    with pytest.raises(Refused) as refused:
        engine.commands.submit(tomorrow)
    assert [r.rule for r in refused.value.reasons if not r.ok] == ["date.future"]
