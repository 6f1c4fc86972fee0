"""Posts: what a plan warns about, and what must be confirmed."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Fact,
    Instrument,
    Kind,
    MarkFact,
    Post,
    RateFact,
    amount,
    trade,
)
from alluse_tui.domain.model.errors import Refused
from alluse_tui.engine import LocalEngine

TODAY = date(2026, 11, 24)
BOUGHT = trade(Instrument("MSTR"), buy=True, quantity="1", price="5", fees=0)


def planned_rules(engine: LocalEngine, command: Post) -> dict[str, str]:
    """The rules of a preview that are not settled yet, with their sentences."""
    return {r.rule: r.message for r in engine.commands.preview(command).rules if r.awaited}


def test_a_preview_asks_to_confirm_an_outsized_fact_and_the_record_says_confirmed(
    engine: LocalEngine,
) -> None:
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("30000"))
    command = Post(account="gen-1", fact=fact, confirmed=True)
    sentence = "30000.00 is more than 25 % of the 100000.00 equity"
    assert planned_rules(engine, command) == {"amount.outsized": f"{sentence}: confirm"}
    receipt = engine.commands.submit(command)
    assert receipt.plan.rules[-1].message == f"{sentence}; confirmed"


def test_a_preview_says_from_when_a_future_date_would_be_accepted(engine: LocalEngine) -> None:
    ahead = Post(
        account="gen-1", fact=CashFact(kind=Kind.FEE, micros=-amount("1")), date=date(2030, 1, 1)
    )
    assert planned_rules(engine, ahead) == {
        "date.future": "future date: the real run will refuse until 2030-01-01"
    }


UNKNOWN = "ZZZ has no exchange rate and is new to Main"


@pytest.mark.parametrize(
    "fact",
    [
        CashFact(kind=Kind.PREMIUM, micros=amount("5"), currency="ZZZ"),
        MarkFact(value_micros=amount("5"), currency="ZZZ"),
        replace(BOUGHT, fee_micros=1, fee_currency="ZZZ"),
        ConversionFact(bought="ZZZ", bought_micros=amount("5"), sold="USD", sold_micros=1),
    ],
    ids=["premium", "mark", "fee", "conversion"],
)
def test_a_fact_in_an_unknown_currency_must_be_confirmed(engine: LocalEngine, fact: Fact) -> None:
    command = Post(account="gen-1", fact=fact)
    with pytest.raises(Refused, match=f"^{UNKNOWN}: confirm with --yes$"):
        engine.commands.submit(command)
    confirmed = replace(command, confirmed=True)
    assert planned_rules(engine, confirmed) == {"amount.outsized": f"{UNKNOWN}: confirm"}
    engine.commands.submit(confirmed)
    again = CashFact(kind=Kind.DIVIDEND, micros=amount("6"), currency="ZZZ")
    engine.commands.submit(Post(account="rev-1", fact=again))  # the portfolio uses it now


def test_a_fact_in_a_currency_with_a_rate_needs_no_confirmation(engine: LocalEngine) -> None:
    engine.commands.submit(Post(fact=RateFact(currency="ZZZ", against="USD", nanos=10**9)))
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("5"), currency="ZZZ")
    engine.commands.submit(Post(account="gen-1", fact=fact))


def test_a_fact_from_before_its_account_opened_is_accepted_with_a_warning(
    engine: LocalEngine,
) -> None:
    command = Post(
        account="gen-1", fact=CashFact(kind=Kind.FEE, micros=-1), date=date(2026, 11, 23)
    )
    assert planned_rules(engine, command) == {
        "fact.before_opening": "effective date 2026-11-23 is before gen-1 opened on 2026-11-24:"
        " check the date"
    }
    engine.commands.submit(command)
    assert planned_rules(engine, replace(command, date=TODAY)) == {}
