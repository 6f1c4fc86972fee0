"""Deposit, withdraw, transfer: what they move, and which rule says no."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from books import NOON, init
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    Command,
    Deposit,
    Kind,
    Post,
    Transfer,
    Withdraw,
    amount,
)
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.fold.state_rows import book_from_rows
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.terms import Status
from alluse_tui.domain.plan import Context
from alluse_tui.domain.plans import plan
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.record_decoding import events_of
from alluse_tui.journal import Journal

TODAY = date(2026, 11, 24)
CENT = amount("0.01")


def entry_of(engine: LocalEngine, seq: int) -> EntryPosted:
    (record,) = engine.queries.records(seq - 1)
    (event,) = events_of(record)
    assert isinstance(event, EntryPosted)
    return event


def state_rows(engine: LocalEngine) -> dict[str, dict[str, str]]:
    """The book as it stands in the file."""
    journal = Journal(engine.path)
    rows = journal.state().rows
    journal.close()
    return rows


def legs(entry: EntryPosted) -> set[tuple[str, str, str, int]]:
    return {(p.account, p.bucket, p.currency, p.micros) for p in entry.postings}


def broken_rules(engine: LocalEngine, command: Command) -> dict[str, str]:
    """The rules that refuse `command`, each with its message."""
    with pytest.raises(Refused) as refused:
        engine.commands.submit(command)
    return {r.rule: r.message for r in refused.value.reasons if not r.ok}


def test_deposit_brings_cash_and_base(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(Deposit(account="gen-1", amount=amount("12500"), note="Q4"))
    after = engine.queries.account("gen-1")
    assert (after.cash, after.base, after.surplus) == (amount("112500"), amount("112500"), 0)
    entry = entry_of(engine, receipt.seq)
    assert (entry.kind, entry.effective, entry.note) == (Kind.DEPOSIT, TODAY, "Q4")
    assert legs(entry) == {
        ("gen-1", "cash", "USD", amount("12500")),
        ("world:deposits", "", "USD", -amount("12500")),
    }


def test_deposit_into_com_is_allowed(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="com-1", amount=amount("1")))
    assert engine.queries.account("com-1").cash == amount("75001")


def test_withdraw_takes_cash_and_base(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(Withdraw(account="rev-1", amount=amount("1000.50")))
    after = engine.queries.account("rev-1")
    assert (after.cash, after.base) == (amount("73999.50"), amount("73999.50"))
    assert legs(entry_of(engine, receipt.seq)) == {
        ("rev-1", "cash", "USD", -amount("1000.50")),
        ("world:withdrawals", "", "USD", amount("1000.50")),
    }


def test_withdraw_takes_exactly_what_is_available(engine: LocalEngine) -> None:
    engine.commands.submit(
        Withdraw(account="gen-1", amount=engine.queries.account("gen-1").available)
    )
    assert engine.queries.account("gen-1").cash == amount("5000")


def test_withdraw_refuses_one_cent_more_than_available(engine: LocalEngine) -> None:
    assert broken_rules(engine, Withdraw(account="gen-1", amount=amount("95000.01"))) == {
        "buffer.available": "95000.01 is more than the 95000.00 available (cash 100000.00, buffer"
        " 5000.00)"
    }


@pytest.mark.parametrize("typed", ["0.01", "70000"])
def test_withdraw_never_takes_from_com(engine: LocalEngine, typed: str) -> None:
    assert broken_rules(engine, Withdraw(account="com-1", amount=amount(typed))) == {
        "withdraw.com": "com-1 is a Compounding account: money never leaves it"
    }


def test_transfer_moves_cash_and_base(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(
        Transfer(source="gen-1", target="com-1", amount=amount("10000"))
    )
    gen, com = engine.queries.account("gen-1"), engine.queries.account("com-1")
    assert (gen.cash, gen.base) == (amount("90000"), amount("90000"))
    assert (com.cash, com.base) == (amount("85000"), amount("85000"))
    assert legs(entry_of(engine, receipt.seq)) == {
        ("gen-1", "cash", "USD", -amount("10000")),
        ("com-1", "cash", "USD", amount("10000")),
    }


def test_transfer_moves_exactly_what_is_available(engine: LocalEngine) -> None:
    engine.commands.submit(Transfer(source="rev-1", target="gen-1", amount=amount("71250")))
    assert engine.queries.account("rev-1").cash == amount("3750")


def test_transfer_refuses_one_cent_more_than_available(engine: LocalEngine) -> None:
    command = Transfer(source="rev-1", target="gen-1", amount=amount("71250.01"))
    assert broken_rules(engine, command) == {
        "buffer.available": "71250.01 is more than the 71250.00 available (cash 75000.00, buffer"
        " 3750.00)"
    }


def test_transfer_never_takes_from_com(engine: LocalEngine) -> None:
    command = Transfer(source="com-1", target="gen-1", amount=CENT)
    assert list(broken_rules(engine, command)) == ["transfer.com"]


@pytest.mark.parametrize(
    "command",
    [
        Transfer(source="gen-1", target="com-1", amount=-CENT),
        Withdraw(account="gen-1", amount=-CENT),
        Deposit(account="com-1", amount=-CENT),
        Deposit(account="gen-1", amount=0),
        Deposit(account="gen-1", amount=CENT + 1),
    ],
    ids=["transfer -0.01", "withdraw -0.01", "deposit -0.01", "deposit 0", "deposit 0.010001"],
)
def test_a_decision_moves_whole_cents_above_zero(engine: LocalEngine, command: Command) -> None:
    com = engine.queries.account("com-1").cash
    with pytest.raises(BadInput):
        engine.commands.submit(command)
    assert engine.queries.account("com-1").cash == com


def test_transfer_to_itself_is_bad_input(engine: LocalEngine) -> None:
    with pytest.raises(BadInput) as refused:
        engine.commands.submit(Transfer(source="gen-1", target="Main/gen-1", amount=CENT))
    assert refused.value.path == "to"


def test_transfer_stays_in_its_portfolio(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith"))
    with pytest.raises(BadInput, match="must be in portfolio Main"):
        engine.commands.submit(Transfer(source="Main/gen-1", target="Smith/gen-1", amount=CENT))


@pytest.mark.parametrize("code", ["gen-2", "", "GEN-1", "gen-1 ", "Smith/gen-1", "\udc80"])
def test_an_unknown_account_is_bad_input(engine: LocalEngine, code: str) -> None:
    for command in (
        Deposit(account=code, amount=CENT),
        Withdraw(account=code, amount=CENT),
        Transfer(source="gen-1", target=code, amount=CENT),
        Transfer(source=code, target="gen-1", amount=CENT),
    ):
        with pytest.raises(BadInput):
            engine.commands.submit(command)
    assert engine.seq == 1


@pytest.mark.parametrize(
    "command",
    [
        Deposit(account="gen-1", amount=CENT),
        Withdraw(account="gen-1", amount=CENT),
        Transfer(source="gen-1", target="rev-1", amount=CENT),
    ],
    ids=lambda c: c.NAME,
)
class TestDates:
    def test_a_decision_is_never_dated_into_the_future(
        self, engine: LocalEngine, command: Command
    ) -> None:
        tomorrow = replace(command, date=TODAY + timedelta(days=1))
        assert broken_rules(engine, tomorrow) == {
            "date.future": "effective date 2026-11-25 is in the future; today is 2026-11-24"
        }

    def test_a_decision_is_never_dated_before_the_newest_entry(
        self, engine: LocalEngine, command: Command
    ) -> None:
        yesterday = replace(command, date=TODAY - timedelta(days=1))
        assert broken_rules(engine, yesterday) == {
            "date.before": "effective date 2026-11-23 is before the latest entry, dated 2026-11-24"
        }

    def test_a_decision_may_be_dated_back_to_the_newest_entry(
        self, engine: LocalEngine, clock: FixedClock, command: Command
    ) -> None:
        clock.set(NOON + timedelta(days=3))
        receipt = engine.commands.submit(replace(command, date=TODAY))
        assert entry_of(engine, receipt.seq).effective == TODAY


def test_the_newest_entry_of_either_account_counts(engine: LocalEngine, clock: FixedClock) -> None:
    clock.set(NOON + timedelta(days=1))
    engine.commands.submit(Deposit(account="rev-1", amount=CENT))
    back = Transfer(source="gen-1", target="rev-1", amount=CENT, date=TODAY)
    assert list(broken_rules(engine, back)) == ["date.before"]
    engine.commands.submit(Transfer(source="gen-1", target="com-1", amount=CENT, date=TODAY))


def test_every_broken_rule_is_named_at_once(engine: LocalEngine) -> None:
    command = Withdraw(account="com-1", amount=amount("80000"), date=TODAY + timedelta(days=1))
    assert set(broken_rules(engine, command)) == {
        "withdraw.com",
        "date.future",
        "buffer.available",
    }


def test_a_balance_never_leaves_its_bounds(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("999999899999.99")))
    with pytest.raises(BadInput, match="must be within"):
        engine.commands.submit(Deposit(account="gen-1", amount=CENT))
    assert engine.queries.account("gen-1").cash == amount("999999999999.99")


@pytest.mark.parametrize(
    "command",
    [
        Withdraw(account="com-1", amount=CENT),
        Withdraw(account="gen-1", amount=amount("95000.01")),
        Transfer(source="com-1", target="gen-1", amount=CENT),
        Deposit(account="gen-1", amount=CENT, date=TODAY + timedelta(days=1)),
    ],
    ids=["withdraw.com", "buffer.available", "transfer.com", "date.future"],
)
def test_a_refusal_leaves_the_book_as_it_was_and_is_journalled(
    engine: LocalEngine, command: Command
) -> None:
    rows = state_rows(engine)
    with pytest.raises(Refused) as refused:
        engine.commands.submit(command)
    assert state_rows(engine) == rows
    (record,) = engine.queries.records(1)
    assert record.plain["events"] == []
    assert (record.plain["command"], record.actor) == (command.NAME, "dana")
    assert record.plain["refusals"] == [
        {"rule": r.rule, "ok": r.ok, "message": r.message} for r in refused.value.reasons
    ]


def test_preview_appends_nothing_and_shows_what_submit_does(engine: LocalEngine) -> None:
    command = Transfer(source="gen-1", target="com-1", amount=amount("10"))
    shown = engine.commands.preview(command)
    assert engine.seq == 1
    assert engine.queries.account("gen-1").cash == amount("100000")
    receipt = engine.commands.submit(command)
    assert receipt.plan == replace(shown, confirm_code="", unchecked=False)
    assert shown.accounts[0][1] == engine.queries.account(shown.accounts[0][1].code)


def test_a_refused_preview_is_not_journalled(engine: LocalEngine) -> None:
    with pytest.raises(Refused):
        engine.commands.preview(Withdraw(account="com-1", amount=CENT))
    assert list(engine.queries.records(1)) == []


@pytest.mark.parametrize(
    ("status", "rules"),
    [
        (Status.CLOSED, {"status.closed"}),
        (Status.MERGED, {"status.closed"}),
        (Status.SUSPENDED, {"status.suspended"}),
    ],
)
def test_only_an_active_account_takes_decisions(
    engine: LocalEngine, status: Status, rules: set[str]
) -> None:
    book = book_from_rows(state_rows(engine))
    gen = replace(book.account("gen-1"), status=status)
    book = replace(book, accounts=book.accounts.with_item(gen.id, gen))
    for command in (
        Deposit(account="gen-1", amount=CENT),
        Withdraw(account="gen-1", amount=CENT),
        Transfer(source="gen-1", target="rev-1", amount=CENT),
        Transfer(source="rev-1", target="gen-1", amount=CENT),
    ):
        with pytest.raises(Refused) as refused:
            plan(book, command, Context(TODAY, 2))
        assert rules <= {r.rule for r in refused.value.reasons if not r.ok}


@pytest.mark.parametrize(("note", "key"), [("n" * 501, ""), ("", "k" * 201), ("\udc80", "")])
def test_notes_and_keys_are_bounded_text(engine: LocalEngine, note: str, key: str) -> None:
    with pytest.raises(BadInput):
        engine.commands.submit(Deposit(account="gen-1", amount=CENT, note=note, key=key))
    engine.commands.submit(Deposit(account="gen-1", amount=CENT, note="n" * 500, key="k" * 200))


def test_surplus_is_equity_above_base(engine: LocalEngine) -> None:
    income = CashFact(kind=Kind.PREMIUM, micros=amount("5000"))
    engine.commands.submit(Post(account="gen-1", fact=income))
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("1000")))
    gen = engine.queries.account("gen-1")
    assert (gen.equity, gen.base, gen.surplus) == tuple(map(amount, ("104000", "99000", "5000")))


def test_net_income_is_all_that_came_from_outside_but_capital(engine: LocalEngine) -> None:
    for kind, typed in ((Kind.PREMIUM, "100"), (Kind.FEE, "-3"), (Kind.OPENING, "7")):
        fact = CashFact(kind=kind, micros=amount(typed, negative=True))
        engine.commands.submit(Post(account="gen-1", fact=fact))
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("20")))
    engine.commands.submit(Deposit(account="gen-1", amount=amount("30")))
    engine.commands.submit(Transfer(source="rev-1", target="gen-1", amount=amount("40")))
    book = book_from_rows(state_rows(engine))
    assert book.account("gen-1").income == {"USD": amount("97")}
    assert book.account("rev-1").income == {}


def test_a_fact_dated_back_does_not_open_the_past_to_decisions(engine: LocalEngine) -> None:
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("1"))
    engine.commands.submit(Post(account="gen-1", fact=fact, date=TODAY - timedelta(days=300)))
    yesterday = Deposit(account="gen-1", amount=CENT, date=TODAY - timedelta(days=1))
    assert list(broken_rules(engine, yesterday)) == ["date.before"]


def test_an_account_in_debt_needs_no_buffer_and_gives_nothing(engine: LocalEngine) -> None:
    fact = CashFact(kind=Kind.FEE, micros=-amount("150000"))
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    gen = engine.queries.account("gen-1")
    assert (gen.equity, gen.buffer, gen.available) == (-amount("50000"), 0, 0)
    command = Withdraw(account="gen-1", amount=CENT)
    assert list(broken_rules(engine, command)) == ["buffer.available"]
