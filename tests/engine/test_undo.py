"""Undo: a reversal that says what it takes back, or what stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from books import init
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    Command,
    Deposit,
    Import,
    Instrument,
    Kind,
    MarkFact,
    Post,
    RateFact,
    StatementFacts,
    Transfer,
    Undo,
    Withdraw,
    amount,
    exchange_rate,
    trade,
)
from alluse_tui.domain.events.events import EntryPosted, KeysFreed, RecordsReversed
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.plan import EVENTS_PER_RECORD
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.record_decoding import events_of

TODAY = date(2026, 11, 24)
PREMIUM = CashFact(kind=Kind.PREMIUM, micros=amount("100"))
BUY = trade(Instrument("MSTR"), buy=True, quantity="7", price="33.333333", fees=amount("1.05"))
RATE = RateFact(currency="USD", against="CHF", nanos=exchange_rate("0.8"))


def broken_rule(engine: LocalEngine, command: Command, actor: str = "") -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        engine.commands.submit(command, actor=actor)
    (broken,) = [r for r in refused.value.reasons if not r.ok]
    return broken.rule, broken.message


@pytest.mark.parametrize(
    "command",
    [
        Deposit(account="gen-1", amount=amount("12.34")),
        Withdraw(account="gen-1", amount=amount("12.34")),
        Transfer(source="gen-1", target="rev-1", amount=amount("12.34")),
        Transfer(source="gen-1", target="com-1", amount=amount("12.34")),
        Post(account="gen-1", fact=PREMIUM),
        Post(
            account="gen-1",
            fact=CashFact(kind=Kind.OPENING, micros=amount("1"), currency="CHF"),
            confirmed=True,
        ),
        Post(account="gen-1", fact=BUY),
        Post(account="gen-1", fact=MarkFact(value_micros=amount("77"))),
        Post(fact=RATE),
    ],
    ids=[
        "deposit",
        "withdraw",
        "transfer",
        "transfer to com",
        "premium",
        "foreign opening",
        "trade",
        "mark",
        "rate",
    ],
)
def test_undo_gives_everything_back(engine: LocalEngine, command: Command) -> None:
    engine.commands.submit(
        Post(
            account="rev-1",
            fact=CashFact(kind=Kind.FEE, micros=-1, currency="CHF"),
            confirmed=True,
        )
    )
    before = engine.queries.accounts()
    receipt = engine.commands.submit(command)
    assert engine.queries.accounts() != before
    undone = engine.commands.submit(Undo(seq=receipt.seq))
    assert engine.queries.accounts() == before
    assert [r.rule for r in undone.plan.rules if not r.ok] == []
    assert engine.operations.verify().ok


def test_undo_is_a_reversal_linked_to_what_it_reverses(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(Deposit(account="gen-1", amount=amount("5"), note="typo"))
    undone = engine.commands.submit(Undo(seq=receipt.seq))
    (record,) = engine.queries.records(undone.seq - 1)
    reversal, entry = events_of(record)
    assert reversal == RecordsReversed(receipt.seq, receipt.seq)
    assert isinstance(entry, EntryPosted)
    assert (entry.reverses, entry.kind, entry.effective) == (receipt.seq, Kind.DEPOSIT, TODAY)
    assert {(p.account, p.micros) for p in entry.postings} == {
        ("gen-1", -amount("5")),
        ("world:deposits", amount("5")),
    }


def test_undo_takes_a_rate_back_to_the_one_before_it(engine: LocalEngine) -> None:
    fact = CashFact(kind=Kind.INTEREST, micros=amount("1000"), currency="CHF")
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    engine.commands.submit(Post(fact=RATE))
    second = engine.commands.submit(
        Post(fact=RateFact(currency="USD", against="CHF", nanos=exchange_rate("0.5")))
    )
    assert engine.queries.account("gen-1").cash == amount("102000")
    engine.commands.submit(Undo(seq=second.seq))
    assert engine.queries.account("gen-1").cash == amount("101250")
    engine.commands.submit(Undo(seq=second.seq - 1))
    assert engine.queries.account("gen-1").unvalued == ("CHF",)


def test_undo_does_not_set_a_rate_back_over_its_successor(engine: LocalEngine) -> None:
    first = engine.commands.submit(Post(fact=RATE))
    engine.commands.submit(
        Post(fact=RateFact(currency="USD", against="CHF", nanos=exchange_rate("0.5")))
    )
    with pytest.raises(Refused) as refused:
        engine.commands.submit(Undo(seq=first.seq))
    assert {r.rule: r.message for r in refused.value.reasons if not r.ok} == {
        "undo.overtaken": "rate Main USD/CHF 2026-11-24 was set again by #3",
        "undo.rate": "the USD/CHF rate of 2026-11-24 has been replaced since",
    }


def test_undo_twice_is_refused(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    undone = engine.commands.submit(Undo(seq=receipt.seq))
    assert broken_rule(engine, Undo(seq=receipt.seq)) == (
        "undo.once",
        f"#{receipt.seq} was already undone by #{undone.seq}",
    )
    assert engine.queries.account("gen-1").cash == amount("100000")


def test_undo_of_a_deposit_is_refused_once_its_money_is_gone(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(Deposit(account="gen-1", amount=amount("50000")))
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("100000.01")))
    rule, said = broken_rule(engine, Undo(seq=receipt.seq))
    assert (rule, said) == ("undo.cash", "takes 50000.00 USD cash from gen-1, leaving -0.01")
    engine.commands.submit(Deposit(account="gen-1", amount=amount("0.01")))
    engine.commands.submit(Undo(seq=receipt.seq))
    assert engine.queries.account("gen-1").cash == 0


def test_undo_of_a_transfer_is_refused_once_its_money_is_gone(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(
        Transfer(source="gen-1", target="rev-1", amount=amount("90000"))
    )
    engine.commands.submit(Withdraw(account="rev-1", amount=amount("80000")))
    assert broken_rule(engine, Undo(seq=receipt.seq))[0] == "undo.cash"


def test_undo_of_a_fact_is_accepted_even_when_it_hurts(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(
        Post(account="gen-1", fact=CashFact(kind=Kind.PREMIUM, micros=amount("20000")))
    )
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("110000")))
    engine.commands.submit(Undo(seq=receipt.seq))
    assert engine.queries.account("gen-1").cash == amount("-10000", negative=True)


def test_undo_frees_the_key(engine: LocalEngine) -> None:
    command = Deposit(account="gen-1", amount=amount("5"), key="march")
    first = engine.commands.submit(command)
    undone = engine.commands.submit(Undo(seq=first.seq))
    (record,) = engine.queries.records(undone.seq - 1)
    assert KeysFreed("Main", ("march",)) in events_of(record)
    again = engine.commands.submit(command)
    assert (again.duplicate, again.seq) == (False, undone.seq + 1)
    other = Deposit(account="gen-1", amount=amount("6"), key="march")
    assert broken_rule(engine, other)[0] == "key.content"


@pytest.mark.parametrize("seq", [0, 2])
def test_undo_again_with_the_same_key_returns_the_first_receipt(
    engine: LocalEngine, seq: int
) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    first = engine.commands.submit(Undo(seq=seq, key="oops"))
    again = engine.commands.submit(Undo(seq=seq, key="oops"))
    assert (again.seq, again.hash, again.duplicate) == (first.seq, first.hash, True)
    assert engine.seq == 3


def test_undo_shares_its_keys_with_the_portfolios_other_commands(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    engine.commands.submit(Deposit(account="gen-1", amount=amount("6"), key="k"))
    assert broken_rule(engine, Undo(seq=2, key="k"))[0] == "key.content"


def test_undo_without_a_seq_takes_the_actors_own_newest(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")), actor="dana")
    engine.commands.submit(Deposit(account="gen-1", amount=amount("2")), actor="dana")
    engine.commands.submit(Deposit(account="gen-1", amount=amount("4")), actor="eli")
    with pytest.raises(Refused):
        engine.commands.submit(Withdraw(account="com-1", amount=amount("1")), actor="dana")
    cash = []
    for _ in range(2):
        engine.commands.submit(Undo(), actor="dana")
        cash.append(engine.queries.account("gen-1").cash)
    assert cash == [amount("100005"), amount("100004")]
    assert broken_rule(engine, Undo(), "dana")[0] == "undo.nothing"
    assert engine.queries.account("gen-1").cash == amount("100004")


def test_undo_without_a_seq_stays_in_the_portfolio_it_names(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith"))
    engine.commands.submit(Deposit(account="Main/gen-1", amount=amount("1")))
    engine.commands.submit(Deposit(account="Smith/gen-1", amount=amount("2")))
    engine.commands.submit(Undo(portfolio="Main"))
    assert engine.queries.account("Main/gen-1").cash == amount("100000")
    assert engine.queries.account("Smith/gen-1").cash == amount("100002")


def test_undo_cannot_take_back_the_opening_or_an_undo(engine: LocalEngine) -> None:
    assert broken_rule(engine, Undo(seq=1)) == ("undo.kind", "init #1 cannot be undone")
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    undone = engine.commands.submit(Undo())
    assert broken_rule(engine, Undo(seq=undone.seq))[0] == "undo.kind"


def test_undo_cannot_take_back_a_refusal(engine: LocalEngine) -> None:
    assert broken_rule(engine, Withdraw(account="com-1", amount=amount("1")))[0] == "withdraw.com"
    assert broken_rule(engine, Undo(seq=2))[0] == "undo.kind"


@pytest.mark.parametrize("seq", [2, 99, -1])
def test_undo_of_a_record_that_there_is_not_is_bad_input(engine: LocalEngine, seq: int) -> None:
    with pytest.raises(BadInput) as refused:
        engine.commands.submit(Undo(seq=seq))
    assert (refused.value.path, refused.value.value) == ("seq", seq)


def statement(rows: int) -> StatementFacts:
    facts = tuple(
        CashFact(kind=Kind.INTEREST, micros=i, effective=TODAY, key=f"ibkr:{i}", content=str(i))
        for i in range(1, rows + 1)
    )
    rate = RateFact(currency="USD", against="CHF", nanos=exchange_rate("0.8"), effective=TODAY)
    return StatementFacts(
        source="ibkr:U1",
        first_day=TODAY,
        last_day=TODAY,
        sha256="ab" * 32,
        rates=(rate,),
        opening=(),
        facts=facts,
    )


@pytest.mark.parametrize("part", [0, 1, 2])
def test_undo_of_any_record_of_an_import_takes_all_of_it_back(
    engine: LocalEngine, part: int
) -> None:
    before = engine.queries.accounts()
    command = Import(account="gen-1", statement=statement(2 * EVENTS_PER_RECORD))
    receipt = engine.commands.submit(command)
    last = engine.seq
    assert last == receipt.seq + 2
    engine.commands.submit(Undo(seq=receipt.seq + part))
    assert engine.queries.accounts() == before
    with pytest.raises(Refused, match="was already undone by"):
        engine.commands.submit(Undo(seq=last))
    assert engine.operations.account_of_statement("ibkr:U1") == ""
    assert engine.operations.verify().ok


def test_undo_of_an_import_takes_its_rates_back_newest_first(engine: LocalEngine) -> None:
    facts = statement(1)
    corrected = replace(facts.rates[0], nanos=exchange_rate("0.5"))
    foreign = CashFact(kind=Kind.INTEREST, micros=amount("1000"), currency="CHF")
    engine.commands.submit(Post(account="gen-1", fact=foreign, confirmed=True))
    facts = replace(facts, rates=(*facts.rates, corrected))
    engine.commands.submit(Import(account="gen-1", statement=facts))
    assert engine.queries.account("gen-1").cash == amount("102000") + 1
    engine.commands.submit(Undo())
    assert engine.queries.account("gen-1").unvalued == ("CHF",)


def test_an_undone_import_may_go_into_another_account(engine: LocalEngine) -> None:
    engine.commands.submit(Import(account="gen-1", statement=statement(3)))
    engine.commands.submit(Undo())
    receipt = engine.commands.submit(Import(account="rev-1", statement=statement(3)))
    assert not receipt.duplicate
    assert engine.queries.account("rev-1").cash == amount("75000") + 6
    assert engine.queries.account("gen-1").cash == amount("100000")


def test_undo_survives_the_engine(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    receipt = engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    engine.commands.submit(Undo())
    other = open_engine()
    assert other.queries.accounts() == engine.queries.accounts()
    assert broken_rule(other, Undo(seq=receipt.seq))[0] == "undo.once"


def test_a_previewed_undo_is_the_one_that_is_carried_out(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    shown = engine.commands.preview(Undo())
    assert engine.queries.account("gen-1").cash == amount("100005")
    assert engine.commands.submit(Undo(), expect=shown.digest).plan == shown
