"""What an account allows: each reason appears exactly when the plan is refused for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from growth import earned, own

from alluse_tui.domain.commands import (
    Activate,
    CashFact,
    Close,
    Command,
    Deposit,
    Edit,
    Fork,
    Kind,
    Merge,
    OpenAccount,
    Pause,
    Post,
    Reinvest,
    Release,
    Resume,
    Suspend,
    Tier,
    Transfer,
    Withdraw,
    amount,
)
from alluse_tui.domain.derived.possible import ACTIONS, refusal_of
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.views import AccountView
from alluse_tui.engine import LocalEngine, possible

CENT = amount("0.01")

STATUS = {"status.closed", "status.suspended"}

RULES = {
    "fork": {"status.closed", "fork.status", "fork.tier", "fork.threshold"},
    "merge": {"status.closed", "merge.status", "merge.forked", "merge.threshold"},
    "reinvest": {*STATUS, "reinvest.tier"},
    "deposit": STATUS,
    "withdraw": {*STATUS, "withdraw.com"},
    "transfer": {*STATUS, "transfer.com"},
    "post": {"status.closed"},
    "edit": {"status.closed"},
    "open": STATUS,
    "release": {*STATUS, "release.bucket"},
    "suspend": STATUS,
    "activate": {"status.closed", "status.active"},
    "close": {"status.closed", "close.empty"},
    "pause": {"status.closed", "pause.active"},
    "resume": {"status.closed", "resume.paused"},
}
"""The rules of each plan that the account's own figures decide."""

COMMANDS: dict[str, Callable[[str], tuple[Command, ...]]] = {
    "fork": lambda code: (Fork(account=code),),
    "merge": lambda code: (Merge(account=code),),
    "reinvest": lambda code: (Reinvest(account=code),),
    "deposit": lambda code: (Deposit(account=code, amount=CENT),),
    "withdraw": lambda code: (Withdraw(account=code, amount=CENT),),
    "transfer": lambda code: (Transfer(source=code, target="gen-2", amount=CENT),),
    "post": lambda code: (Post(account=code, fact=CashFact(kind=Kind.PREMIUM, micros=CENT)),),
    "edit": lambda code: (Edit(account=code, notes="another note"),),
    "open": lambda code: (OpenAccount(parent=code, tier=Tier.GEN),),
    "release": lambda code: tuple(
        Release(account=code, bucket=bucket, amount=CENT) for bucket in ("contracts", "leaps")
    ),
    "suspend": lambda code: (Suspend(account=code),),
    "activate": lambda code: (Activate(account=code),),
    "close": lambda code: (Close(account=code),),
    "pause": lambda code: (Pause(account=code),),
    "resume": lambda code: (Resume(account=code),),
}


def empty(engine: LocalEngine, code: str) -> object:
    """Everything the account has is taken as a fee."""
    fact = CashFact(kind=Kind.FEE, micros=-engine.queries.account(code).cash)
    return engine.commands.submit(Post(account=code, fact=fact, confirmed=True))


def forked(engine: LocalEngine) -> object:
    earned(engine, "gen-1", "50000")
    return engine.commands.submit(Fork(account="gen-1"))


CASES: dict[str, tuple[str, Callable[[LocalEngine], object]]] = {
    "Generation": ("gen-1", lambda engine: None),
    "Revenue": ("rev-1", lambda engine: None),
    "Compounding": ("com-1", lambda engine: None),
    "a cent below the fork threshold": ("gen-1", lambda e: earned(e, "gen-1", "49999.99")),
    "micros below the fork threshold": ("gen-1", lambda e: earned(e, "gen-1", "49999.999999")),
    "at the fork threshold": ("gen-1", lambda e: earned(e, "gen-1", "50000")),
    "own fork threshold": ("gen-1", lambda e: own(e, "gen-1", fork__threshold="60000")),
    "a fork below the merge threshold": ("gen-1.1", forked),
    "a fork a cent below it": ("gen-1.1", lambda e: (forked(e), earned(e, "gen-1.1", "474999.99"))),
    "a fork at it": ("gen-1.1", lambda e: (forked(e), earned(e, "gen-1.1", "475000"))),
    "merged": (
        "gen-1.1",
        lambda e: (
            forked(e),
            earned(e, "gen-1.1", "475000"),
            e.commands.submit(Merge(account="gen-1.1")),
        ),
    ),
    "suspended Generation": ("gen-1", lambda e: e.commands.submit(Suspend(account="gen-1"))),
    "suspended Revenue": ("rev-1", lambda e: e.commands.submit(Suspend(account="rev-1"))),
    "suspended Compounding": ("com-1", lambda e: e.commands.submit(Suspend(account="com-1"))),
    "paused": ("gen-1", lambda e: e.commands.submit(Pause(account="gen-1"))),
    "empty": ("rev-1", lambda e: empty(e, "rev-1")),
    "closed": ("rev-1", lambda e: (empty(e, "rev-1"), e.commands.submit(Close(account="rev-1")))),
}


@pytest.mark.parametrize("name", CASES)
def test_a_reason_appears_exactly_when_the_plan_is_refused_for_it(
    engine: LocalEngine, name: str
) -> None:
    engine.commands.submit(OpenAccount(parent="Main", tier=Tier.GEN))  # gen-2
    code, prepare = CASES[name]
    prepare(engine)
    account = engine.queries.account(code)
    for action in ACTIONS:
        failed = refused_for(engine, action, account)
        refusal = refusal_of(action, account)
        assert (refusal is not None) is bool(failed), (action, refusal, failed)
        assert refusal is None or refusal.rule in failed, (action, refusal, failed)


def refused_for(engine: LocalEngine, action: str, account: AccountView) -> set[str]:
    """The rules in RULES that refuse every command of that action on the account."""
    refusals: list[set[str]] = []
    for command in COMMANDS[action](account.code):
        try:
            engine.commands.preview(command)
            refusals.append(set())
        except Refused as error:
            refusals.append({r.rule for r in error.reasons if not r.ok and not r.awaited})
    return set.intersection(*refusals) & RULES[action]


@pytest.mark.parametrize(
    ("code", "action", "reason"),
    [
        (
            "gen-1",
            "reinvest",
            "only Revenue and Compounding accounts reinvest; gen-1 is a Generation account",
        ),
        ("rev-1", "merge", "rev-1 was not forked, so it cannot merge"),
        ("rev-1", "fork", "only Generation accounts fork; rev-1 is a Revenue account"),
        ("gen-1", "fork", "needs a surplus of 50,000.00, has 0.00"),
        ("com-1", "withdraw", "com-1 is Compounding: nothing ever leaves it"),
        ("gen-1", "deposit", ""),
    ],
)
def test_a_reason_is_a_sentence_with_its_numbers(
    engine: LocalEngine, code: str, action: str, reason: str
) -> None:
    assert possible(engine.queries.account(code))[action] == reason


def test_a_fork_that_is_too_small_to_merge_says_what_it_needs(engine: LocalEngine) -> None:
    forked(engine)
    reasons = possible(engine.queries.account("gen-1.1"))
    assert reasons["merge"] == "needs equity of 500,000.00, has 25,000.00"
