"""Fork and merge, as they are ruled, and what their undo gives back (rules.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from books import NOON
from growth import bought, chain, earned, own, seen, total
from refusals import refused

from alluse_tui.domain.commands import (
    Activate,
    Close,
    Deposit,
    Fork,
    MarkFact,
    Merge,
    OpenAccount,
    PolicySet,
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
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import Status
from alluse_tui.engine import FixedClock, LocalEngine

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MIDNIGHT = datetime(2026, 11, 25, 5, tzinfo=UTC)
"""The end of the day of NOON, in New York."""

HALVES = "26000.01", "26000.00"
"""What a fork makes of a surplus of 52,000.01."""


# -- fork ---------------------------------------------------------------------------------------


def test_a_fork_moves_the_whole_surplus_half_to_a_new_account_half_to_com(
    grown: LocalEngine,
) -> None:
    before = total(grown)
    grown.commands.submit(Fork(account="gen-1"))
    child, source, com = (grown.queries.account(c) for c in ("gen-1.1", "gen-1", "com-1"))
    assert (child.cash, child.base, child.surplus) == (amount(HALVES[0]), amount(HALVES[0]), 0)
    assert (child.parent, child.forked_from, child.name) == ("gen-1", "gen-1", "Generation 1.1")
    assert (source.cash, source.base) == (amount("100000"), amount("100000"))
    assert (com.cash, com.base) == (amount("101000"), amount("101000"))
    assert total(grown) == before
    assert grown.operations.verify().ok


@pytest.mark.parametrize(
    ("surplus", "said"),
    [
        ("49999.99", "surplus 49999.99 is below the fork threshold of 50000.00"),
        ("50000.00", ""),
        ("50000.01", ""),
    ],
)
def test_a_fork_is_due_from_the_threshold(engine: LocalEngine, surplus: str, said: str) -> None:
    earned(engine, "gen-1", surplus)
    if said:
        assert refused(engine, Fork(account="gen-1")) == {"fork.threshold": said}
    else:
        engine.commands.submit(Fork(account="gen-1"))
        assert engine.queries.account("gen-1").equity == amount("100000")


def test_fractions_of_a_cent_stay_where_they_are(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "52000.015")
    engine.commands.submit(Fork(account="gen-1"))
    assert engine.queries.account("gen-1").cash == amount("100000") + 5_000
    assert engine.queries.account("gen-1.1").cash == amount(HALVES[0])


def test_a_fraction_of_a_cent_below_the_threshold_is_below_it(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "49999.995")
    assert "fork.threshold" in refused(engine, Fork(account="gen-1"))


@pytest.mark.parametrize("account", ["rev-1", "com-1"])
def test_only_generation_forks(engine: LocalEngine, account: str) -> None:
    earned(engine, account, "60000")
    assert "fork.tier" in refused(engine, Fork(account=account))


def test_a_deposit_is_no_surplus(engine: LocalEngine) -> None:
    engine.commands.submit(Deposit(account="gen-1", amount=amount("60000")))
    assert "fork.threshold" in refused(engine, Fork(account="gen-1"))


def test_a_suspended_account_and_a_portfolio_without_com_do_not_fork(grown: LocalEngine) -> None:
    grown.commands.submit(Suspend(account="gen-1"))
    assert refused(grown, Fork(account="gen-1")) == {"fork.status": "gen-1 is suspended"}
    grown.commands.submit(Activate(account="gen-1"))
    grown.commands.submit(Suspend(account="com-1"))
    assert refused(grown, Fork(account="gen-1")) == {"fork.com": "no Compounding account is active"}
    grown.commands.submit(OpenAccount(parent="Main", tier=Tier.COM))
    grown.commands.submit(Fork(account="gen-1"))
    assert grown.queries.account("com-2").cash == amount(HALVES[1])


def test_a_closed_account_does_not_fork(forked: LocalEngine) -> None:
    forked.commands.submit(
        Withdraw(account="gen-1.1", amount=amount(HALVES[0]), override="it ends")
    )
    forked.commands.submit(Close(account="gen-1.1"))
    assert refused(forked, Fork(account="gen-1.1")).keys() >= {"fork.status", "status.closed"}


def test_a_surplus_that_is_invested_is_refused_with_both_numbers(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "52000")
    bought(engine, "gen-1", "1158")
    assert refused(engine, Fork(account="gen-1")) == {
        "fork.cash": "only 31200.00 of the 52000.00 surplus is cash above the buffer"
    }


@pytest.mark.parametrize(
    ("shares", "override", "may"),
    [
        ("950", "", True),
        ("950.01", "", False),
        ("950.01", "tuition", True),
        ("1000", "tuition", True),
        ("1000.01", "tuition", False),
    ],
)
def test_a_fork_leaves_the_buffer_unless_a_reason_is_written(
    engine: LocalEngine, shares: str, override: str, may: bool
) -> None:
    """Of 152,000.00 in all, 52,000.00 leave and 5,000.00 are the buffer of the rest."""
    earned(engine, "gen-1", "52000")
    bought(engine, "gen-1", shares)
    command = Fork(account="gen-1", override=override)
    if may:
        rules = {r.rule: r.message for r in engine.commands.submit(command).plan.rules}
        assert ("tuition" in rules["fork.cash"]) is bool(override)
        assert engine.queries.account("gen-1").equity == amount("100000")
        assert engine.operations.verify().ok
    else:
        assert refused(engine, command).keys() == {"fork.cash"}


def test_a_reason_that_is_none_is_bad_input(grown: LocalEngine) -> None:
    with pytest.raises(BadInput) as error:
        grown.commands.submit(Fork(account="gen-1", override="x" * 201))
    assert error.value.path == "--override"


@pytest.mark.parametrize(
    ("forks", "said"),
    [
        (
            NOON,
            "gen-1 last forked 2026-11-24 12:00 New York; it can fork again from 2026-11-25 12:00",
        ),
        (
            datetime(2027, 3, 13, 17, tzinfo=UTC),
            "2027-03-13 12:00 New York; it can fork again from 2027-03-14 13:00",
        ),
        (
            datetime(2027, 11, 6, 16, tzinfo=UTC),
            "2027-11-06 12:00 New York; it can fork again from 2027-11-07 11:00",
        ),
    ],
    ids=["in autumn", "an hour is missing", "an hour comes twice"],
)
def test_an_account_forks_once_in_24_hours(
    grown: LocalEngine, clock: FixedClock, forks: datetime, said: str
) -> None:
    clock.set(forks)
    grown.commands.submit(Fork(account="gen-1"))
    earned(grown, "gen-1", "50000")
    clock.set(forks + DAY - SECOND)
    assert said in refused(grown, Fork(account="gen-1"))["fork.cooling"]
    clock.set(forks + DAY)
    grown.commands.submit(Fork(account="gen-1"))
    assert grown.queries.account("gen-1.2").base == amount("25000")


def test_the_time_that_a_refusal_names_is_not_too_early(
    grown: LocalEngine, clock: FixedClock
) -> None:
    clock.set(NOON + 30 * SECOND)
    grown.commands.submit(Fork(account="gen-1"))
    earned(grown, "gen-1", "50000")
    said = refused(grown, Fork(account="gen-1"))["fork.cooling"]
    clock.set(NOON + DAY)
    assert "2026-11-25 12:00 New York" not in said or grown.commands.submit(Fork(account="gen-1"))


def test_being_created_by_a_fork_does_not_count(forked: LocalEngine) -> None:
    earned(forked, "gen-1.1", "50000")
    forked.commands.submit(Fork(account="gen-1.1"))
    assert forked.queries.account("gen-1.1.1").parent == "gen-1.1"


@pytest.mark.parametrize(
    ("forks", "midnight"),
    [
        (NOON, datetime(2026, 11, 25, 5, tzinfo=UTC)),
        (datetime(2027, 3, 14, 5, tzinfo=UTC), datetime(2027, 3, 15, 4, tzinfo=UTC)),
        (datetime(2027, 11, 7, 4, tzinfo=UTC), datetime(2027, 11, 8, 5, tzinfo=UTC)),
    ],
    ids=["24 hours", "23 hours", "25 hours"],
)
def test_a_portfolio_forks_five_times_a_day_in_new_york(
    engine: LocalEngine, clock: FixedClock, forks: datetime, midnight: datetime
) -> None:
    clock.set(forks)
    last = chain(engine, "gen-1", 5)
    assert last == "gen-1.1.1.1.1.1"
    earned(engine, last, "50000")
    clock.set(midnight - SECOND)
    said = refused(engine, Fork(account=last))
    day = (midnight - DAY).date()
    assert said == {"fork.daily": f"5 of 5 forks made today ({day}, New York)"}
    clock.set(midnight)
    engine.commands.submit(Fork(account=last))


def test_where_one_fork_a_day_is_allowed_the_second_waits_for_midnight(
    grown: LocalEngine, clock: FixedClock
) -> None:
    grown.commands.submit(PolicySet(changes=(("fork.daily_limit", "1"),)))
    grown.commands.submit(Fork(account="gen-1"))
    grown.commands.submit(Undo())
    grown.commands.submit(Fork(account="gen-1"))  # the one that was undone does not count
    earned(grown, "gen-1.2", "50000")
    for now in (NOON, MIDNIGHT - SECOND):
        clock.set(now)
        said = refused(grown, Fork(account="gen-1.2"))
        assert said == {"fork.daily": "1 of 1 forks made today (2026-11-24, New York)"}
    clock.set(MIDNIGHT)
    grown.commands.submit(Fork(account="gen-1.2"))
    earned(grown, "gen-1.2.1", "50000")
    said = refused(grown, Fork(account="gen-1.2.1"))
    assert said == {"fork.daily": "1 of 1 forks made today (2026-11-25, New York)"}


def test_undo_of_a_fork_gives_everything_back_and_closes_the_child(grown: LocalEngine) -> None:
    before = seen(grown)
    grown.commands.submit(Fork(account="gen-1"))
    grown.commands.submit(Undo())
    assert seen(grown) == before
    child = grown.queries.account("gen-1.1")
    assert (child.status, child.equity, child.base) == (Status.CLOSED, 0, 0)
    assert grown.operations.verify().ok


def test_undo_of_a_fork_frees_the_cooling_and_the_days_limit(
    grown: LocalEngine, clock: FixedClock
) -> None:
    last = chain(grown, "gen-1", 5)
    earned(grown, last, "50000")
    assert refused(grown, Fork(account=last)).keys() == {"fork.daily"}
    fifth = last.rpartition(".")[0]
    earned(grown, last, "-50000")
    for _ in range(3):  # the forks before it are not undone, and cool
        grown.commands.submit(Undo())
    assert grown.queries.account(last).status is Status.CLOSED
    grown.commands.submit(Fork(account=fifth))
    assert grown.queries.account(f"{fifth}.2").status is Status.ACTIVE


def test_a_fork_undone_the_day_after_frees_the_cooling_and_not_that_days_limit(
    forked: LocalEngine, clock: FixedClock
) -> None:
    clock.set(NOON + DAY - SECOND)
    forked.commands.submit(OpenAccount(parent="Main", tier=Tier.GEN, deposit=amount("1")))
    last = chain(forked, "gen-2", 4)
    forked.commands.submit(Undo(seq=3))
    forked.commands.submit(Fork(account="gen-1"))
    earned(forked, last, "50000")
    assert refused(forked, Fork(account=last)).keys() == {"fork.daily"}


def test_undo_of_an_older_fork_leaves_the_cooling_of_the_newer_one(
    forked: LocalEngine, clock: FixedClock
) -> None:
    clock.set(NOON + DAY)
    earned(forked, "gen-1", "50000")
    forked.commands.submit(Fork(account="gen-1"))
    forked.commands.submit(Undo(seq=3))
    assert (
        "it can fork again from 2026-11-26 12:00"
        in (refused(forked, Fork(account="gen-1"))["fork.cooling"])
    )


def test_undo_of_two_forks_the_older_first_leaves_no_cooling(
    forked: LocalEngine, clock: FixedClock
) -> None:
    clock.set(NOON + DAY - SECOND)
    own(forked, "gen-1", fork__cooling_hours="1")
    earned(forked, "gen-1", "50000")
    second = forked.commands.submit(Fork(account="gen-1"))
    own(forked, "gen-1", fork__cooling_hours="24")
    forked.commands.submit(Undo(seq=3))
    forked.commands.submit(Undo(seq=second.seq))
    forked.commands.submit(Fork(account="gen-1"))


def test_a_fork_copies_its_sources_settings_and_keeps_them(grown: LocalEngine) -> None:
    own(grown, "gen-1", limits__buffer="10", merge__threshold="60000")
    grown.commands.submit(Fork(account="gen-1"))
    own(grown, "gen-1", limits__buffer="3")
    assert grown.queries.account("gen-1.1").settings == {
        "limits.buffer": "10",
        "merge.threshold": "60000.00",
    }
    assert grown.queries.account("gen-1.1").buffer == amount("2600.01")
    earned(grown, "gen-1.1", "34000")
    grown.commands.submit(Merge(account="gen-1.1"))


def test_an_accounts_own_threshold_is_the_one_that_counts(grown: LocalEngine) -> None:
    own(grown, "gen-1", fork__threshold="52000.02")
    assert refused(grown, Fork(account="gen-1")) == {
        "fork.threshold": "surplus 52000.01 is below the fork threshold of 52000.02"
    }


def test_unvalued_cash_is_no_surplus_and_valued_cash_is(engine: LocalEngine) -> None:
    earned(engine, "gen-1", "40000", "CHF")
    assert "surplus 0.00" in refused(engine, Fork(account="gen-1"))["fork.threshold"]
    engine.commands.submit(
        Post(fact=RateFact(currency="CHF", against="USD", nanos=exchange_rate("1.25")))
    )
    engine.commands.submit(Fork(account="gen-1"))
    source = engine.queries.account("gen-1")
    assert (source.equity, source.surplus) == (amount("100000"), 0)
    assert source.currencies == {"CHF": amount("40000"), "USD": amount("50000")}
    assert engine.queries.account("gen-1.1").currencies == {"USD": amount("25000")}


def test_a_fork_may_be_looked_at_ahead_but_not_done(grown: LocalEngine) -> None:
    ahead = Fork(account="gen-1", date=date(2026, 11, 25))
    assert grown.commands.preview(ahead).entries[0].effective == date(2026, 11, 25)
    assert refused(grown, ahead).keys() == {"date.future"}
    assert refused(grown, Fork(account="gen-1", date=date(2026, 11, 23))).keys() == {"date.before"}


@pytest.mark.parametrize(
    ("happens", "extra"),
    [
        (lambda e: earned(e, "gen-1.1", "7000.5"), amount("7000.50")),
        (lambda e: earned(e, "gen-1.1", "0.015"), 15_000),
        (lambda e: e.commands.submit(Deposit(account="gen-1.1", amount=amount("8"))), amount("8")),
        (
            lambda e: e.commands.submit(
                Transfer(source="gen-1", target="gen-1.1", amount=amount("9"))
            ),
            0,
        ),
        (lambda e: bought(e, "gen-1.1", "100"), 0),
        (lambda e: bought(e, "gen-1.1", "300"), 0),
        (
            lambda e: (
                bought(e, "gen-1.1", "10"),
                e.commands.submit(
                    Post(account="gen-1.1", fact=MarkFact(value_micros=amount("1500")))
                ),
            ),
            amount("500"),
        ),
        (lambda e: earned(e, "gen-1.1", "3", "EUR"), 0),
    ],
    ids=[
        "earned",
        "earned a fraction",
        "deposited",
        "transferred",
        "invested",
        "on margin",
        "marked",
        "in euros",
    ],
)
def test_undo_of_a_fork_brings_what_the_child_made_of_it(
    forked: LocalEngine, happens: Callable[[LocalEngine], Any], extra: int
) -> None:
    happens(forked)
    before, child = total(forked), forked.queries.account("gen-1.1")
    base = sum(forked.queries.account(c).base for c in ("gen-1", "gen-1.1")) - amount(HALVES[0])
    forked.commands.submit(Undo(seq=3))
    after = forked.queries.account("gen-1")
    assert total(forked) == before
    assert (after.equity, after.base) == (amount("152000.01") + extra, base)
    assert after.holdings == child.holdings
    assert after.currencies.get("EUR") == child.currencies.get("EUR")
    assert forked.queries.account("com-1").equity == amount("75000")
    assert forked.queries.account("gen-1.1").status is Status.CLOSED
    assert forked.operations.verify().ok


def test_undo_of_a_fork_whose_child_lost_says_so(forked: LocalEngine) -> None:
    lost = earned(forked, "gen-1.1", "-0.01")
    assert refused(forked, Undo(seq=3)) == {
        "undo.fork": "gen-1.1 received 26000.01 and now has only 26000.00"
    }
    forked.commands.submit(Undo(seq=lost.seq))
    forked.commands.submit(Undo(seq=3))


def test_undo_of_a_fork_whose_child_forked_itself_takes_that_one_first(forked: LocalEngine) -> None:
    earned(forked, "gen-1.1", "50000")
    second = forked.commands.submit(Fork(account="gen-1.1"))
    assert refused(forked, Undo(seq=3)) == {"undo.open": "open accounts under gen-1.1: gen-1.1.1"}
    forked.commands.submit(Undo(seq=second.seq))
    forked.commands.submit(Undo(seq=3))
    assert forked.queries.account("gen-1").equity == amount("202000.01")


def test_undo_of_a_fork_needs_coms_part_in_cash(forked: LocalEngine) -> None:
    bought(forked, "com-1", "750.01")
    assert refused(forked, Undo(seq=3)) == {
        "undo.cash": "takes 26000.00 USD cash from com-1, leaving -1.00"
    }


def test_undo_of_a_fork_that_merged_takes_the_merge_first(adult: LocalEngine) -> None:
    merged = adult.commands.submit(Merge(account="gen-1.1"))
    assert refused(adult, Undo(seq=3)).keys() >= {"undo.open"}
    adult.commands.submit(Undo(seq=merged.seq))
    adult.commands.submit(Undo(seq=3))
    assert adult.queries.account("gen-1").equity == amount("626000.00")
