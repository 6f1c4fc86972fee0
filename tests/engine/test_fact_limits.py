"""Large facts: `approval.facts_above` says from which amount on a second person must agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from books import NOON, Cli, init
from people import PASSWORDS, add, does, own_password, policy, proposed, stored, two_people

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import (
    CashFact,
    Command,
    ConversionFact,
    Fact,
    Import,
    Instrument,
    Kind,
    MarkFact,
    PolicySet,
    Post,
    RateFact,
    Right,
    StatementFacts,
    TradeFact,
    Undo,
    Withdraw,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    Approve,
    Reject,
    Role,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.errors import BadInput, Pending, Refused
from alluse_tui.domain.model.users import Approval
from alluse_tui.domain.rules.approvals import command_of, content_of
from alluse_tui.engine import FixedClock, LocalEngine

Open = Callable[..., LocalEngine]
DAY = date(2026, 11, 23)
PUT = Instrument("MSTR", Right.PUT, 150_000_000, date(2026, 12, 18), 100)


def cash(kind: Kind, typed: str, currency: str = "", **more: Any) -> CashFact:
    return CashFact(kind=kind, micros=amount(typed, negative=True), currency=currency, **more)


def post(fact: Fact, code: str = "gen-1", **more: Any) -> Post:
    return Post(account="" if isinstance(fact, RateFact) else code, fact=fact, **more)


def statement(*facts: Fact, opening: tuple[CashFact, ...] = (), sha256: str = "00") -> Import:
    facts_of_a_file = StatementFacts(
        source="ibkr:U1",
        first_day=DAY,
        last_day=DAY,
        sha256=sha256,
        rates=(),
        opening=opening,
        facts=facts,
    )
    return Import(account="gen-1", statement=facts_of_a_file)


def row(kind: Kind, typed: str, key: str, currency: str = "") -> CashFact:
    return cash(kind, typed, currency, effective=DAY, key=f"~{key}", content=f"{kind}{typed}")


@pytest.fixture
def book(engine: LocalEngine) -> LocalEngine:
    """dana and eli approve; facts above 1,000.00 need both. gen-1 has 100,000.00."""
    policy(engine, ("approval.facts_above", "1000"))
    two_people(engine)
    return engine


def waiting(engine: LocalEngine) -> list[int]:
    return [one.id for one in engine.auth.approvals.pending()]


SOLD = trade(PUT, buy=False, quantity="1", price="5", fees=0)

WITHIN: dict[str, Fact] = {
    "fee": cash(Kind.FEE, "-1000"),
    "premium": cash(Kind.PREMIUM, "1000"),
    "mark": MarkFact(value_micros=amount("1000")),
    "rate of nothing held": RateFact(currency="CHF", against="USD", nanos=1_100_000_000),
    "trade": trade(PUT, buy=False, quantity="1", price="10", fees=0),
}

ABOVE: dict[str, tuple[Fact, str, str]] = {
    "fee": (cash(Kind.FEE, "-1000.01"), "1000.01", "gen-1 fee -1000.01"),
    "tax": (cash(Kind.TAX, "-2000"), "2000", "gen-1 tax -2000.00"),
    "premium": (cash(Kind.PREMIUM, "1000.01"), "1000.01", "gen-1 premium 1000.01"),
    "interest": (cash(Kind.INTEREST, "-5000"), "5000", "gen-1 interest -5000.00"),
    "dividend": (cash(Kind.DIVIDEND, "5000"), "5000", "gen-1 dividend 5000.00"),
    "opening": (cash(Kind.OPENING, "9000"), "9000", "gen-1 opening 9000.00"),
    "mark": (MarkFact(value_micros=amount("1000.01")), "1000.01", "gen-1 mark 1000.01"),
    "currency without a rate": (
        cash(Kind.FEE, "-1000.01", "CHF"),
        "1000.01",
        "gen-1 fee -1000.01 CHF",
    ),
    "trade": (
        trade(PUT, buy=False, quantity="2", price="6", fees=amount("1")),
        "1199",
        f"gen-1 trade -2 {PUT.name}",
    ),
    "shares": (
        trade(Instrument("MSTR"), buy=True, quantity="10.5", price="100", fees=0),
        "1050",
        "gen-1 trade 10.5 MSTR",
    ),
    "assignment": (
        assignment(PUT, quantity="1", fees=0),
        "15000",
        f"gen-1 assignment 1 {PUT.name}, 100 MSTR",
    ),
}


@pytest.mark.parametrize("name", WITHIN)
def test_a_fact_up_to_the_limit_is_recorded_at_once(book: LocalEngine, name: str) -> None:
    book.commands.submit(post(WITHIN[name], confirmed=True), actor="eli")
    assert waiting(book) == []
    assert book.operations.verify().ok


@pytest.mark.parametrize("name", ABOVE)
def test_a_larger_one_waits_whole_for_somebody_else_also_over_a_restart(
    book: LocalEngine, open_engine: Open, name: str
) -> None:
    fact, moved, about = ABOVE[name]
    if name == "assignment":
        book.commands.submit(post(SOLD, confirmed=True), actor="eli")
    command = post(fact, note="as on the slip", confirmed=True)
    assert book.commands.preview(command, "eli").approval == "second person"
    number = proposed(book, command, "eli")
    (view,) = book.auth.approvals.pending()
    assert (view.command, view.by, view.about, view.note) == ("post", "eli", about, command.note)
    assert view.micros == amount(moved)
    with pytest.raises(Refused, match=r"already proposed as #"):
        does(book, command, "dana")
    with pytest.raises(Refused, match="someone else"):
        does(book, Approve(approval=number), "eli")
    book.close()
    again = open_engine()
    done = does(again, Approve(approval=number), "dana")
    assert (done.plan.command, done.plan.digest) == ("post", view.digest)
    assert waiting(again) == []
    act = again.queries.record(again.seq).plain
    assert act["approval"] == {"id": number, "by": "eli"}
    assert act["content"]["note"] == "as on the slip"
    assert again.operations.verify().ok


def test_a_rate_counts_by_what_it_makes_of_cash_that_is_held(book: LocalEngine) -> None:
    book.commands.submit(post(cash(Kind.OPENING, "900", "CHF"), confirmed=True), actor="dana")
    rate = RateFact(currency="CHF", against="USD", nanos=1_200_000_000)
    proposed(book, post(rate))
    (view,) = book.auth.approvals.pending()
    assert (view.about, view.micros) == ("rate CHF/USD 1.200000000", amount("1080"))
    book.commands.submit(
        post(RateFact(currency="CHF", against="USD", nanos=1_100_000_000)), actor="dana"
    )


def test_a_rejected_fact_leaves_no_trace_in_the_account(book: LocalEngine) -> None:
    before = book.queries.accounts()
    number = proposed(book, post(ABOVE["tax"][0]), "eli")
    book.commands.submit(Reject(approval=number), actor="dana")
    assert (waiting(book), book.queries.accounts()) == ([], before)
    mine = proposed(book, post(ABOVE["tax"][0]), "eli")
    book.commands.submit(Reject(approval=mine), actor="eli")
    assert book.operations.verify().ok


def test_an_approved_fact_is_undone_like_any_other(book: LocalEngine) -> None:
    before = book.queries.account("gen-1").cash
    does(book, Approve(approval=proposed(book, post(ABOVE["tax"][0]), "eli")), "dana")
    assert book.queries.account("gen-1").cash == before - amount("2000")
    does(book, Approve(approval=proposed(book, Undo(), "eli")), "dana")
    assert book.queries.account("gen-1").cash == before
    assert book.operations.verify().ok


def test_its_key_stands_for_the_proposal_and_then_for_its_receipt(book: LocalEngine) -> None:
    keyed = post(ABOVE["fee"][0], key="slip 7")
    number = proposed(book, keyed)
    assert proposed(book, keyed) == number
    first = does(book, Approve(approval=number), "eli")
    again = does(book, keyed, "dana")
    assert (again.duplicate, again.seq) == (True, first.seq)


ROWS = (
    row(Kind.FEE, "-5000", "1"),
    row(Kind.DEPOSIT, "7000", "2"),
    row(Kind.WITHDRAWAL, "-600", "3"),
    row(Kind.WITHDRAWAL, "-600", "4"),
)


def test_a_statement_without_a_large_withdrawal_comes_in_at_once(book: LocalEngine) -> None:
    book.commands.submit(statement(*ROWS), actor="eli")
    assert book.operations.verify().ok


@pytest.mark.parametrize("kind", [Kind.WITHDRAWAL, Kind.DEPOSIT])
def test_a_statement_with_one_waits_with_all_its_rows(
    book: LocalEngine, open_engine: Open, kind: Kind
) -> None:
    facts = (
        *ROWS,
        row(kind, "-1000.01", "5"),
        TradeFact(
            legs=trade(PUT, buy=False, quantity="1", price="2", fees=0).legs,
            effective=DAY,
            key="~6",
            content="t",
        ),
        ConversionFact(
            bought="CHF",
            bought_micros=9_000_000,
            sold="USD",
            sold_micros=10_000_000,
            effective=DAY,
            key="~7",
            content="c",
        ),
    )
    opening = (cash(Kind.OPENING, "50", effective=DAY, key="~0", content="o"),)
    command = statement(*facts, opening=opening)
    plan = book.commands.preview(command, "eli")
    number = proposed(book, command, "eli")
    (view,) = book.auth.approvals.pending()
    assert (view.command, view.micros) == ("import", amount("1000.01"))
    assert view.about == "gen-1 8 rows of ibkr:U1, 2026-11-23"
    book.close()
    again = open_engine()
    done = does(again, Approve(approval=number), "dana")
    assert done.plan.entries == plan.entries
    assert len(done.plan.entries) == len(facts) + len(opening)
    repeat = again.commands.submit(command, actor="eli")
    assert (repeat.duplicate, repeat.plan.duplicates) == (True, 8)
    does(again, Approve(approval=proposed(again, Undo(), "eli")), "dana")
    assert again.queries.account("gen-1").cash == amount("100000")
    assert again.operations.verify().ok


def test_a_long_statement_is_judged_in_each_of_its_records(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [row(Kind.FEE, "-0.01", f"f{n}") for n in range(450)]
    large = row(Kind.WITHDRAWAL, "-1000.01", "large")
    number = proposed(book, statement(*small[:300], large, *small[300:]), "eli")
    does(book, Approve(approval=number), "dana")
    assert book.operations.verify(ask=False).ok
    assert sum("approval" in r.plain for r in book.queries.records()) == 3
    monkeypatch.setattr("alluse_tui.engine.write.executor.needed", lambda book, made: "")
    book.commands.submit(
        statement(*[row(Kind.FEE, "-0.01", f"g{n}") for n in range(300)], sha256="01")
    )
    assert book.operations.verify(ask=False).ok
    more = [row(Kind.FEE, "-0.01", f"h{n}") for n in range(300)]
    book.commands.submit(statement(*more, row(Kind.WITHDRAWAL, "-1000.01", "m"), sha256="02"))
    assert "dana ran import without a second person" in broken(book)


def broken(engine: LocalEngine) -> str:
    """What verify finds wrong with the decisions, and nothing else."""
    (failed,) = [c for c in engine.operations.verify(ask=False).checks if not c.ok]
    assert failed.name == "decisions"
    return failed.detail


def test_verify_sees_a_large_fact_that_lacked_its_second_person(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alluse_tui.engine.write.executor.needed", lambda book, made: "")
    book.commands.submit(post(WITHIN["fee"]), actor="eli")
    assert book.operations.verify(ask=False).ok
    book.commands.submit(post(ABOVE["fee"][0]), actor="eli")
    assert "eli ran post without a second person" in broken(book)


@pytest.mark.parametrize("text", ["none", "0", "0.00"])
def test_without_a_limit_facts_need_nobody(engine: LocalEngine, text: str) -> None:
    policy(engine, ("approval.facts_above", "5"))
    policy(engine, ("approval.facts_above", text))
    two_people(engine)
    engine.commands.submit(post(SOLD, confirmed=True), actor="eli")
    engine.commands.submit(post(ABOVE["assignment"][0]), actor="eli")
    engine.commands.submit(statement(row(Kind.WITHDRAWAL, "-50000", "w")), actor="eli")
    assert engine.queries.policy().settings["approval.facts_above"] == "none"
    assert engine.operations.verify().ok


def test_with_one_user_it_is_slept_over_or_not_as_the_policy_says(
    engine: LocalEngine, clock: FixedClock
) -> None:
    policy(engine, ("approval.facts_above", "1000"))
    own_password(engine)
    large = post(ABOVE["tax"][0])
    does(engine, large, "dana")
    does(engine, PolicySet(changes=(("approval.alone", "cooling_off"),)), "dana")
    number = proposed(engine, large)
    clock.set(NOON + timedelta(minutes=61))
    with pytest.raises(Refused, match=r"--amount 2000\.00"):
        does(engine, Approve(approval=number), "dana")
    does(engine, Approve(approval=number, amount=amount("2000")), "dana")
    assert engine.operations.verify(ask=False).ok


def test_who_lost_the_role_meanwhile_has_proposed_in_vain(book: LocalEngine) -> None:
    add(book, "fay", Role.OPERATOR)
    number = proposed(book, post(ABOVE["fee"][0]), "fay")
    does(book, SetRoles(user="fay", roles=(Role.VIEWER,)), "dana")
    with pytest.raises(Refused, match="no longer"):
        does(book, Approve(approval=number), "eli")


# -- the setting ----------------------------------------------------------------------------------


@pytest.mark.parametrize("template", ["conservative", "moderate", "aggressive"])
def test_every_template_leaves_facts_to_one_person(template: str) -> None:
    assert load_policy(template).approval_facts_above_micros == 0


def test_a_template_of_ones_own_may_set_it(tmp_path: Path) -> None:
    shipped = Path("config/moderate.toml").read_text(encoding="utf-8")
    own = shipped.replace('facts_above = "none"', 'facts_above = "2500.50"')
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    assert load_policy("own", own=tmp_path).approval_facts_above_micros == amount("2500.50")


def test_show_says_none_without_a_unit_and_an_amount_with_one(engine: LocalEngine) -> None:
    view = engine.queries.policy()
    assert view.settings["approval.facts_above"] == "none"
    assert "approval.facts_above" not in view.units
    plan = engine.commands.preview(PolicySet(changes=(("approval.facts_above", "2500"),)))
    assert "approval.facts_above none → 2500.00 USD" in plan.rules[0].message
    policy(engine, ("approval.facts_above", "2500"))
    view = engine.queries.policy()
    assert view.settings["approval.facts_above"] == "2500.00"
    assert view.units["approval.facts_above"] == "USD"


@pytest.mark.parametrize("text", ["-1", "much", "", "None", "1.2.3"])
def test_other_values_are_named(engine: LocalEngine, text: str) -> None:
    with pytest.raises(BadInput, match=r"approval\.facts_above"):
        policy(engine, ("approval.facts_above", text))


def test_an_account_cannot_carry_its_own(engine: LocalEngine) -> None:
    change = (("approval.facts_above", "5"),)
    with pytest.raises(BadInput, match="applies to the whole portfolio"):
        engine.commands.submit(PolicySet(changes=change, account="gen-1"))


# -- as plain data --------------------------------------------------------------------------------


COMMANDS: tuple[Command, ...] = (
    *(post(fact, key="k", note="n", confirmed=True) for fact, _, _ in ABOVE.values()),
    *(post(fact) for fact in WITHIN.values()),
    statement(*ROWS, *(fact for fact, _, _ in ABOVE.values()), WITHIN["rate of nothing held"]),
    Withdraw(account="gen-1", amount=5, override="rent"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_proposal_carries_its_command_whole(command: Command) -> None:
    whole = content_of(command)
    asked = Approval(7, command.NAME, whole, "Main", "dana", 0, 0, "", 0)
    assert command_of(asked) == command
    assert whole == content_of(command_of(asked))


# -- the command line -----------------------------------------------------------------------------


def test_the_command_line_says_that_it_waits_and_ends_with_7(cli: Cli, me: str) -> None:
    with LocalEngine(cli.journal, actor=me, create=True) as engine:
        engine.commands.submit(init())
        policy(engine, ("approval.facts_above", "1000"))
        engine.commands.submit(SetPassword(user=me, password=stored("dana")))
        roles = (Role.OPERATOR, Role.APPROVER)
        engine.commands.submit(
            AddUser(user="eli2", roles=roles, password=stored("eli")), password=PASSWORDS["dana"]
        )
        number = engine.seq + 1
    done = cli("post", "fee", "gen-1", "1200")
    assert (done.returncode, done.stdout) == (7, "")
    assert f"post is proposed as #{number}, not done yet: someone else must" in done.stderr
    assert "gen-1 fee -1200.00" in cli("approvals").stdout
    assert "fact kind fee, micros −1,200.00: waiting for approval" in cli("log").stdout
    shown = cli.json("approvals")["approvals"][0]
    assert (shown["command"], shown["amount"]) == ("post", "1200.00")


def test_a_pending_fact_says_who_can_approve_it(engine: LocalEngine) -> None:
    policy(engine, ("approval.facts_above", "1000"))
    own_password(engine)
    add(engine, "fay", Role.OPERATOR)
    with pytest.raises(Pending, match="there is no other approver"):
        does(engine, post(ABOVE["fee"][0]), "dana")
