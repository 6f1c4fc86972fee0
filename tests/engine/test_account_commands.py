"""Open, edit, suspend, activate, close, release, the buffer's override: and each taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from accounts import CENT, OPEN, PREMIUM, TODAY, opened
from books import NOON, Cli, init
from msgspec.structs import replace
from refusals import bad, refused

from alluse_tui.domain.commands import (
    Activate,
    CashFact,
    Close,
    Command,
    Deposit,
    Edit,
    Kind,
    MarkFact,
    OpenAccount,
    Post,
    Release,
    Suspend,
    Tier,
    Transfer,
    Undo,
    Withdraw,
    amount,
)
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.terms import Status
from alluse_tui.domain.plan import Context, UndoTarget
from alluse_tui.domain.plans import plan
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.record_decoding import events_of, stored_verdict


def book_of(engine: LocalEngine) -> Book:
    book = Book()
    for record in engine.queries.records():
        book = apply_all(book, events_of(record), record.seq)
    return book


def altered(book: Book, code: str, **changes: Any) -> Book:
    account = replace(book.account(code), **changes)
    return replace(book, accounts=book.accounts.with_item(account.id, account))


# -- open -----------------------------------------------------------------------------------------


def test_a_new_account_takes_the_next_code_of_its_place(engine: LocalEngine) -> None:
    assert opened(engine, "Main") == "gen-2"
    assert opened(engine, "gen-1") == "gen-1.1"
    assert opened(engine, "Main/gen-1.1") == "gen-1.1.1"
    assert opened(engine, "gen-1", Tier.REV) == "rev-2"
    assert opened(engine, "com-1", Tier.GEN, name="Nest") == "gen-3"
    found = {a.code: (a.parent, a.name, a.cash, a.opened) for a in engine.queries.accounts()}
    assert found["gen-2"] == ("", "Generation 2", 0, TODAY)
    assert found["gen-1.1.1"] == ("gen-1.1", "Generation 1.1.1", 0, TODAY)
    assert found["rev-2"][:2] == ("gen-1", "Revenue 2")
    assert found["gen-3"][:2] == ("com-1", "Nest")
    assert engine.operations.verify().ok


def test_a_code_is_never_given_twice(engine: LocalEngine) -> None:
    engine.commands.submit(Close(account=opened(engine)))
    opened(engine, "gen-1")
    engine.commands.submit(Undo())
    assert (opened(engine), opened(engine, "gen-1")) == ("gen-3", "gen-1.2")


def test_open_brings_cash_and_base_of_a_deposit_or_of_another(engine: LocalEngine) -> None:
    first = engine.queries.account(opened(engine, deposit=amount("1234.56")))
    assert (first.cash, first.base, first.buffer) == tuple(
        map(amount, ("1234.56", "1234.56", "61.73"))
    )
    second = engine.queries.account(opened(engine, "rev-1", source="gen-1", amount=amount("95000")))
    assert (second.cash, second.base, second.parent) == (amount("95000"), amount("95000"), "rev-1")
    assert (engine.queries.account("gen-1").cash, engine.queries.account("gen-1").base) == (
        amount("5000"),
    ) * 2


def test_open_takes_no_more_than_is_available_and_never_from_com(engine: LocalEngine) -> None:
    command = replace(OPEN, source="gen-1", amount=amount("95000.01"))
    assert refused(engine, command) == {
        "buffer.available": "95000.01 is more than the 95000.00 available (cash 100000.00, buffer"
        " 5000.00)"
    }
    com = replace(OPEN, source="com-1", amount=CENT)
    assert refused(engine, com) == {
        "transfer.com": "com-1 is a Compounding account: money never leaves it"
    }


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"amount": CENT}, "--from"),
        ({"source": "gen-1"}, "--from"),
        ({"amount": CENT, "source": "gen-1", "deposit": CENT}, "--deposit"),
        ({"amount": CENT, "source": "gen-9"}, "--from"),
        ({"amount": -CENT, "source": "gen-1"}, "amount"),
        ({"amount": CENT + 1000, "source": "gen-1"}, "amount"),
        ({"amount": 10**30, "source": "gen-1"}, "amount"),
        ({"deposit": -CENT}, "deposit"),
        ({"deposit": CENT + 1}, "deposit"),
        ({"deposit": 10**18}, "deposit"),
        ({"parent": "gen-9"}, "account"),
        ({"parent": ""}, "account"),
        ({"parent": "main"}, "account"),
        ({"parent": "/gen-1"}, "account"),
        ({"parent": "gen\u20111"}, "account"),
        ({"parent": "Main", "portfolio": "Smith"}, "portfolio"),
    ],
    ids=str,
)
def test_open_names_what_is_wrong(engine: LocalEngine, more: dict[str, Any], path: str) -> None:
    assert bad(engine, replace(OPEN, **more)).path == path


def test_open_takes_cash_from_its_own_portfolio_only(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith"))
    error = bad(engine, replace(OPEN, source="Smith/gen-1", amount=CENT))
    assert (error.path, error.value) == ("--from", "Smith/gen-1")
    assert "is not in the portfolio Main" in error.allowed


def test_open_needs_an_active_parent_and_source(engine: LocalEngine) -> None:
    code = opened(engine)
    engine.commands.submit(Suspend(account=code))
    under = OpenAccount(parent=code, tier=Tier.GEN)
    of = replace(OPEN, source=code, amount=CENT)
    assert refused(engine, under) == {"status.suspended": "gen-2 is suspended"}
    assert refused(engine, of)["status.suspended"] == "gen-2 is suspended"
    engine.commands.submit(Activate(account=code))
    engine.commands.submit(Close(account=code))
    assert refused(engine, under) == {"status.closed": "gen-2 is closed"}
    merged = altered(book_of(engine), "gen-1", status=Status.MERGED)
    with pytest.raises(Refused, match="gen-1 is merged"):
        plan(merged, OpenAccount(parent="gen-1", tier=Tier.GEN), Context(TODAY, 9))


def test_a_second_com_opens_only_when_the_first_does_not_receive(engine: LocalEngine) -> None:
    second = OpenAccount(parent="Main", tier=Tier.COM)
    assert refused(engine, second) == {
        "com.single": "com-1 is already the active Compounding account"
    }
    suspended = engine.commands.submit(Suspend(account="com-1"))
    assert opened(engine, tier=Tier.COM) == "com-2"
    assert refused(engine, Activate(account="com-1")) == {
        "com.single": "com-2 is already the active Compounding account"
    }
    assert "com.single" in refused(engine, Undo(seq=suspended.seq))


def test_open_may_be_dated_back_to_the_portfolio(engine: LocalEngine, clock: FixedClock) -> None:
    clock.set(NOON + timedelta(days=3))
    early = replace(OPEN, date=TODAY - timedelta(days=1))
    assert refused(engine, early) == {
        "date.before": "effective date 2026-11-23 is before Main opened on 2026-11-24"
    }
    assert refused(engine, replace(OPEN, date=TODAY + timedelta(days=4))) == {
        "date.future": "effective date 2026-11-28 is in the future; today is 2026-11-27"
    }
    code = opened(engine, date=TODAY, deposit=CENT)
    assert engine.queries.account(code).opened == TODAY
    engine.commands.submit(Deposit(account="gen-1", amount=CENT))
    back = replace(OPEN, date=TODAY, source="gen-1", amount=CENT)
    assert list(refused(engine, back)) == ["date.before"]


def test_open_is_not_dated_before_its_parent(engine: LocalEngine, clock: FixedClock) -> None:
    clock.set(NOON + timedelta(days=3))
    under = OpenAccount(parent=opened(engine), tier=Tier.GEN, date=TODAY)
    assert list(refused(engine, under)) == ["date.before"]


ODD_NAMES = ["Smith/gen-1", "{0} {}", "%s", "[b]x", "Größe 😀", "gen-1", "x" * 80]
BAD_NAMES = [" ", " a", "a ", "a\nb", "\x1b[2J", "\u202eabc", "\udc80", "x" * 81]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_is_kept_as_typed(engine: LocalEngine, name: str) -> None:
    assert engine.queries.account(opened(engine, name=name)).name == name
    engine.commands.submit(Edit(account="gen-1", name=name))
    assert engine.queries.account("gen-1").name == name


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_is_short_printable_text(engine: LocalEngine, name: str) -> None:
    assert bad(engine, replace(OPEN, name=name)).path == "--name"
    assert bad(engine, Edit(account="gen-1", name=name)).value == name


def test_a_portfolio_is_not_called_like_an_account(engine: LocalEngine) -> None:
    with pytest.raises(BadInput, match="must not look like an account code"):
        engine.commands.submit(init("gen-1"))


# -- edit, suspend, activate ----------------------------------------------------------------------


def test_edit_changes_what_is_typed_and_leaves_the_rest(engine: LocalEngine) -> None:
    engine.commands.submit(Edit(account="gen-1", name="Growth", notes="a\nb"))
    engine.commands.submit(Edit(account="gen-1", notes=""))
    assert (engine.queries.account("gen-1").name, engine.queries.account("gen-1").notes) == (
        "Growth",
        "",
    )
    for same in (Edit(account="gen-1", name="Growth"), Edit(account="gen-1")):
        assert "nothing would change" in bad(engine, same).allowed
    assert bad(engine, Edit(account="gen-1", name="")).path == "--name"
    for notes in ("n" * 501, "\udc80"):
        assert bad(engine, Edit(account="gen-1", notes=notes)).path == "--note"


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=1)])
def test_a_change_of_an_account_holds_from_now_on_and_has_no_date(
    engine: LocalEngine, day: date
) -> None:
    for one in (Suspend, Activate, Close):
        assert bad(engine, one(account="gen-1", date=day)).path == "--date"
    assert bad(engine, Edit(account="gen-1", name="X", date=day)).path == "--date"


def test_a_suspended_account_takes_facts_and_undo_only(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(Deposit(account="gen-1", amount=CENT))
    engine.commands.submit(Suspend(account="gen-1"))
    for command in (
        Deposit(account="gen-1", amount=CENT),
        Withdraw(account="gen-1", amount=CENT, override="please"),
        Transfer(source="gen-1", target="rev-1", amount=CENT),
        Transfer(source="rev-1", target="gen-1", amount=CENT),
        OpenAccount(parent="gen-1", tier=Tier.REV),
        Suspend(account="gen-1"),
        Release(account="gen-1", bucket="leaps", amount=CENT),
    ):
        assert refused(engine, command)["status.suspended"] == "gen-1 is suspended"
    engine.commands.submit(Post(account="gen-1", fact=PREMIUM))
    engine.commands.submit(Undo(seq=receipt.seq))
    engine.commands.submit(Activate(account="gen-1"))
    assert refused(engine, Activate(account="gen-1")) == {"status.active": "gen-1 is active"}
    assert engine.queries.account("gen-1").cash == amount("100005")


def test_the_standing_rules_call_a_suspended_account_suspended(engine: LocalEngine) -> None:
    engine.commands.submit(Suspend(account="gen-1"))
    broken = {r.rule: r.message for r in engine.queries.rules_of("gen-1") if not r.ok}
    assert broken["status.suspended"] == "the account is suspended"
    assert "status.closed" not in broken


# -- close ----------------------------------------------------------------------------------------


def test_close_refuses_while_cash_is_left(engine: LocalEngine) -> None:
    said = refused(engine, Close(account="gen-1"))
    assert said == {"close.empty": "gen-1 still holds 100000.00 cash USD: move it out first"}


@pytest.mark.parametrize(
    "fact",
    [
        CashFact(kind=Kind.INTEREST, micros=1),
        CashFact(kind=Kind.FEE, micros=-CENT),
        CashFact(kind=Kind.INTEREST, micros=CENT, currency="CHF"),
        MarkFact(value_micros=CENT),
    ],
    ids=["a micro", "debt", "francs", "positions"],
)
def test_close_refuses_while_anything_is_left(engine: LocalEngine, fact: Any) -> None:
    code = opened(engine)
    engine.commands.submit(Post(account=code, fact=fact, confirmed=True))
    said = refused(engine, Close(account=code))["close.empty"]
    assert "0.00 " not in said
    engine.commands.submit(Undo())
    engine.commands.submit(Close(account=code))
    assert engine.queries.account(code).status == Status.CLOSED


def test_close_refuses_while_an_account_stands_under_it(engine: LocalEngine) -> None:
    code = opened(engine)
    rev, gen = opened(engine, code, Tier.REV), opened(engine, code)
    engine.commands.submit(Suspend(account=rev))
    above = Close(account=code)
    assert refused(engine, above) == {"close.children": "open accounts under gen-2: gen-2.1, rev-2"}
    engine.commands.submit(Activate(account=rev))
    for one in (rev, gen, code):
        engine.commands.submit(Close(account=one))
    assert engine.queries.account(code).status == Status.CLOSED


def test_only_a_replaced_and_empty_com_can_be_closed(
    open_engine: Callable[..., LocalEngine],
) -> None:
    engine = open_engine()
    engine.commands.submit(init(capital="0"))
    assert refused(engine, Close(account="com-1")) == {
        "close.com": "com-1 is the only active Compounding account"
    }
    engine.commands.submit(Suspend(account="com-1"))
    opened(engine, tier=Tier.COM)
    engine.commands.submit(Close(account="com-1"))
    assert engine.queries.account("com-1").status == Status.CLOSED


def test_a_closed_account_takes_nothing(engine: LocalEngine) -> None:
    code = opened(engine)
    engine.commands.submit(Close(account=code))
    for command in (
        Deposit(account=code, amount=CENT),
        Transfer(source="gen-1", target=code, amount=CENT),
        Post(account=code, fact=PREMIUM),
        Edit(account=code, name="X"),
        Suspend(account=code),
        Activate(account=code),
        Close(account=code),
        Release(account=code, bucket="leaps", amount=CENT),
    ):
        assert refused(engine, command)["status.closed"] == "gen-2 is closed"


# -- release, override ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["gen-1", "com-1"])
def test_release_moves_an_earmark_to_cash_and_undo_moves_it_back(
    engine: LocalEngine, code: str
) -> None:
    held = {"cash:USD": amount("100"), "contracts:USD": amount("50")}
    book, context = altered(book_of(engine), code, balances=held), Context(TODAY, 2)
    release = Release(account=code, bucket="contracts", amount=amount("50"))
    made = plan(book, release, context)
    assert made.after.account(code).balances == {"cash:USD": amount("150")}
    assert made.after.account(code).base == book.account(code).base
    back = Context(TODAY, 3, undo=UndoTarget(2, 2, "release", "Main", made.events))
    assert plan(made.after, Undo(seq=2), back).after.account(code).balances == held
    with pytest.raises(Refused, match=r"cannot release 50\.01: contracts holds 50\.00"):
        plan(book, replace(release, amount=amount("50.01")), context)
    with pytest.raises(Refused, match=r"takes 50\.00 USD cash from .*, leaving -50\.00"):
        plan(altered(made.after, code, balances={}), Undo(seq=2), back)


def test_release_names_what_is_wrong(engine: LocalEngine) -> None:
    one = Release(account="gen-1", bucket="contracts", amount=CENT)
    assert refused(engine, one) == {"release.bucket": "cannot release 0.01: contracts holds 0.00"}
    for bucket in ("cash", "positions", "", "Contracts", "{}"):
        assert bad(engine, replace(one, bucket=bucket)).path == "bucket"
    for micros in (0, -CENT, CENT + 1, 10**18):
        assert bad(engine, replace(one, amount=micros)).path == "amount"
    assert "date.future" in refused(engine, replace(one, date=TODAY + timedelta(days=1)))
    assert "date.before" in refused(engine, replace(one, date=TODAY - timedelta(days=1)))


@pytest.mark.parametrize(
    "command",
    [
        Withdraw(account="gen-1", amount=amount("100000")),
        Transfer(source="gen-1", target="rev-1", amount=amount("100000")),
    ],
    ids=lambda c: c.NAME,
)
@pytest.mark.parametrize("reason", ["{} {0} “dringend” 😀", "r" * 200])
def test_a_written_reason_overrides_the_buffer_and_is_journalled(
    engine: LocalEngine, command: Command, reason: str
) -> None:
    before = engine.queries.accounts()
    assert list(refused(engine, command)) == ["buffer.available"]
    receipt = engine.commands.submit(replace(command, override=reason))
    gen = engine.queries.account("gen-1")
    assert (gen.cash, gen.base, gen.available) == (0, 0, 0)
    (record,) = engine.queries.records(receipt.seq - 1)
    verdicts = {r["rule"]: stored_verdict(r) for r in record.plain["rules"]}
    message = verdicts["buffer.available"].message
    assert message.endswith(f"overridden: {reason}")
    assert message.startswith("100000.00 is more than the 95000.00 available")
    engine.commands.submit(Undo(seq=receipt.seq))
    assert engine.queries.accounts() == before


def test_an_override_opens_the_buffer_and_nothing_else(engine: LocalEngine) -> None:
    over = Withdraw(account="gen-1", amount=amount("100000.01"), override="now")
    assert list(refused(engine, over)) == ["buffer.available"]
    com = Withdraw(account="com-1", amount=CENT, override="now")
    assert list(refused(engine, com)) == ["withdraw.com"]
    out = Transfer(source="com-1", target="gen-1", amount=CENT, override="now")
    assert list(refused(engine, out)) == ["transfer.com"]


@pytest.mark.parametrize("reason", [" ", "\u3000", "a\nb", "\x1b", "\udc80", "r" * 201])
def test_a_reason_is_short_printable_words(engine: LocalEngine, reason: str) -> None:
    command = Withdraw(account="gen-1", amount=amount("99999"), override=reason)
    assert bad(engine, command).path == "--override"


# -- the command line -----------------------------------------------------------------------------


def test_the_command_line_opens_edits_closes_and_takes_back(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    made = cli.json(
        "open",
        "gen-1",
        "--tier",
        "gen",
        "--amount",
        "26000",
        "--from",
        "gen-1",
        "--yes",
        "--note",
        "by hand",
    )
    assert (made["seq"], made["plan"]["command"]) == (2, "open")
    (new,) = [a for a in made["plan"]["accounts"] if a["before"] is None]
    assert (new["code"], new["after"]["cash"]) == ("gen-1.1", "26000.00")
    cli.json("edit", "gen-1.1", "--name", "Fork {0}", "--note", "")
    cli.json("withdraw", "gen-1.1", "26000", "--override", "house", "--yes")
    assert cli("close", "gen-1.1").returncode == 2  # needs --yes
    cli.json("close", "gen-1.1", "--yes")
    shown = cli.json("show", "gen-1.1")
    assert (shown["status"], shown["name"], shown["equity"]) == ("closed", "Fork {0}", "0.00")
    cli.json("undo", "--yes")
    assert cli.json("show", "gen-1.1")["status"] == "active"


def test_the_command_line_answers_with_the_contracts_exit_codes(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    listed = cli.json("accounts")
    for code, arguments in (
        (2, ["open", "gen-1", "--tier", "GEN"]),
        (2, ["open", "gen-1", "--tier", "gen", "--amount", "5"]),
        (2, ["open", "gen-1", "--tier", "gen", "--deposit", "-5"]),
        (2, ["open", "gen-1", "--tier", "gen", "--deposit", "5.001"]),
        (2, ["open", "gen-1", "--tier", "gen", "--amount", "5", "--from", "gen-1"]),
        (2, ["edit", "gen-1", "--name", "\x1b[2J"]),
        (2, ["release", "gen-1", "cash", "5"]),
        (2, ["suspend", "gen-1", "--date", "2026-01-01"]),
        (3, ["open", "Main", "--tier", "com"]),
        (3, ["close", "gen-1"]),
        (3, ["activate", "gen-1"]),
        (3, ["release", "gen-1", "leaps", "5"]),
    ):
        done = cli(*arguments, "--json")
        assert done.returncode == code, arguments
        assert json.loads(done.stdout)["error"]["code"] == {2: "bad_input", 3: "refused"}[code]
    assert cli.json("accounts") == listed
