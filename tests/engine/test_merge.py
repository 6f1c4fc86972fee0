"""Merge and its undo: a forked account that has grown up folds into Compounding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from growth import bought, earned, own, seen, sold, total
from refusals import refused

from alluse_tui.domain.commands import (
    Activate,
    CashFact,
    Close,
    Deposit,
    Fork,
    Kind,
    MarkFact,
    Merge,
    OpenAccount,
    Post,
    RateFact,
    Suspend,
    Tier,
    Transfer,
    Undo,
    Withdraw,
    amount,
    exchange_rate,
)
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.views import Status
from alluse_tui.engine import LocalEngine

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HALVES = "26000.01", "26000.00"
"""What a fork makes of a surplus of 52,000.01."""


def test_a_merge_moves_everything_to_com(adult: LocalEngine) -> None:
    before = total(adult)
    adult.commands.submit(Merge(account="gen-1.1"))
    com, merged = adult.queries.account("com-1"), adult.queries.account("gen-1.1")
    assert (com.cash, com.base) == (amount("601000"), amount("601000"))
    assert (merged.status, merged.merged_into) == (Status.MERGED, "com-1")
    assert (merged.equity, merged.base, merged.currencies) == (0, 0, {})
    assert total(adult) == before
    assert adult.operations.verify().ok


def test_below_the_threshold_nothing_merges(adult: LocalEngine) -> None:
    earned(adult, "gen-1.1", "-0.01")
    assert refused(adult, Merge(account="gen-1.1")) == {
        "merge.threshold": "needs equity of 500000.00, has 499999.99"
    }


def test_what_is_no_fork_never_merges(engine: LocalEngine) -> None:
    engine.commands.submit(OpenAccount(parent="gen-1", tier=Tier.GEN, deposit=amount("600000")))
    earned(engine, "gen-1", "600000")
    for code in ("gen-1", "gen-1.1", "rev-1", "com-1"):
        assert refused(engine, Merge(account=code))["merge.forked"] == (
            f"{code} was not forked, so it cannot merge"
        )


def test_a_suspended_account_and_one_without_com_do_not_merge(adult: LocalEngine) -> None:
    adult.commands.submit(Suspend(account="gen-1.1"))
    assert refused(adult, Merge(account="gen-1.1")) == {"merge.status": "gen-1.1 is suspended"}
    adult.commands.submit(Activate(account="gen-1.1"))
    adult.commands.submit(Suspend(account="com-1"))
    assert refused(adult, Merge(account="gen-1.1")) == {
        "merge.com": "no Compounding account is active"
    }


def test_a_merge_may_be_looked_at_ahead_but_not_done(adult: LocalEngine) -> None:
    ahead = Merge(account="gen-1.1", date=date(2027, 1, 1))
    assert adult.commands.preview(ahead).entries[0].effective == date(2027, 1, 1)
    assert refused(adult, ahead).keys() == {"date.future"}


def test_a_merged_account_takes_no_entries_and_keeps_its_history(adult: LocalEngine) -> None:
    adult.commands.submit(Merge(account="gen-1.1"))
    cent = amount("0.01")
    for command in (
        Deposit(account="gen-1.1", amount=cent),
        Withdraw(account="gen-1.1", amount=cent),
        Transfer(source="rev-1", target="gen-1.1", amount=cent),
        Transfer(source="gen-1.1", target="rev-1", amount=cent),
        Post(account="gen-1.1", fact=CashFact(kind=Kind.FEE, micros=-cent)),
        Fork(account="gen-1.1"),
        Merge(account="gen-1.1"),
    ):
        assert refused(adult, command)["status.closed"] == "gen-1.1 is merged"
    kinds = [e.kind for e in adult.queries.entries("gen-1.1", "Main", 9)]
    assert kinds == [Kind.MERGE, Kind.PREMIUM, Kind.FORK]


def test_the_forks_of_a_merged_account_move_up_and_back_down(adult: LocalEngine) -> None:
    own(adult, "gen-1.1", merge__threshold="60000")
    adult.commands.submit(Fork(account="gen-1.1"))
    earned(adult, "gen-1.1", "49000")
    before = seen(adult)
    adult.commands.submit(Merge(account="gen-1.1"))
    assert adult.queries.account("gen-1.1.1").parent == "gen-1"
    adult.commands.submit(Undo())
    assert seen(adult) == before
    assert adult.queries.account("gen-1.1.1").parent == "gen-1.1"


@pytest.mark.parametrize(
    "held",
    [
        lambda e, code: earned(e, code, "12.34", "CHF"),
        lambda e, code: earned(e, code, "7", "EUR"),
        lambda e, code: bought(e, code, "7", "33.333333"),
        lambda e, code: sold(e, code, "7", "33.333333"),
        lambda e, code: bought(e, code, "9000") if code == "gen-1.1" else None,
        lambda e, code: earned(e, code, "-7", "EUR"),
        lambda e, code: bought(e, code, "7") if code == "gen-1.1" else sold(e, code, "2"),
    ],
    ids=[
        "francs",
        "unvalued euros",
        "shares",
        "short shares",
        "on margin",
        "overdrawn euros",
        "shares that com is short of",
    ],
)
def test_undo_of_a_merge_brings_everything_back(
    adult: LocalEngine, held: Callable[[LocalEngine, str], Any]
) -> None:
    adult.commands.submit(
        Post(fact=RateFact(currency="CHF", against="USD", nanos=exchange_rate("1.25")))
    )
    for code in ("gen-1.1", "com-1"):
        held(adult, code)
    before, whole = seen(adult), total(adult)
    adult.commands.submit(Merge(account="gen-1.1"))
    assert total(adult) == whole
    adult.commands.submit(Undo())
    assert seen(adult) == before
    assert adult.operations.verify().ok


def test_undo_of_a_merge_says_when_com_spent_the_cash(adult: LocalEngine) -> None:
    merged = adult.commands.submit(Merge(account="gen-1.1"))
    buy = bought(adult, "com-1", "1010.01")
    assert refused(adult, Undo(seq=merged.seq)) == {
        "undo.cash": "takes 500000.00 USD cash from com-1, leaving -1.00"
    }
    adult.commands.submit(Undo(seq=buy.seq))
    adult.commands.submit(Undo(seq=merged.seq))


def test_undo_of_a_merge_says_when_com_sold_the_positions(adult: LocalEngine) -> None:
    bought(adult, "gen-1.1", "7")
    merged = adult.commands.submit(Merge(account="gen-1.1"))
    sold(adult, "com-1", "1")
    assert refused(adult, Undo(seq=merged.seq)) == {
        "undo.merge": "com-1 no longer holds all the MSTR that gen-1.1 brought"
    }
    bought(adult, "com-1", "1", "300")
    assert refused(adult, Undo(seq=merged.seq)) == {
        "undo.merge": "com-1 carries MSTR at 900.00 and received it at 700.00:"
        " mark it at that value first"
    }
    adult.commands.submit(Post(account="com-1", fact=MarkFact(value_micros=amount("700"))))
    adult.commands.submit(Undo(seq=merged.seq))
    assert adult.queries.account("gen-1.1").equity == amount("500000")


def test_undo_of_a_merge_leaves_com_no_value_without_a_position(adult: LocalEngine) -> None:
    """What the positions gained since goes along with them, or it says what stands in the way."""
    bought(adult, "gen-1.1", "7")
    merged = adult.commands.submit(Merge(account="gen-1.1"))
    adult.commands.submit(Post(account="com-1", fact=MarkFact(value_micros=amount("900"))))
    try:
        adult.commands.submit(Undo(seq=merged.seq))
    except Refused:
        return
    assert adult.queries.account("com-1").holdings == {}


def test_undo_of_a_merge_under_a_closed_parent_says_what_stands_in_the_way(
    adult: LocalEngine,
) -> None:
    merged = adult.commands.submit(Merge(account="gen-1.1"))
    adult.commands.submit(Withdraw(account="gen-1", amount=amount("100000"), override="it ends"))
    adult.commands.submit(Close(account="gen-1"))
    assert refused(adult, Undo(seq=merged.seq)).keys() == {"undo.status"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_merges_are_undone_in_any_order(adult: LocalEngine, order: tuple[int, int]) -> None:
    own(adult, "gen-1.1", merge__threshold="60000")
    adult.commands.submit(Fork(account="gen-1.1"))
    earned(adult, "gen-1.1", "50000")
    before = seen(adult)
    merged = [adult.commands.submit(Merge(account=code)).seq for code in ("gen-1.1.1", "gen-1.1")]
    for one in order:
        adult.commands.submit(Undo(seq=merged[one]))
    assert seen(adult) == before
