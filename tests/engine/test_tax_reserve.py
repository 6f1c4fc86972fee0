"""The share of reinvested income that is set aside for taxes first (rules.md, Reinvest)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from growth import earned
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from refusals import refused

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import PolicySet, Reinvest, Release, Undo, amount
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import CENT_MICROS
from alluse_tui.domain.model.terms import Bucket
from alluse_tui.domain.plans.reinvests import reinvested_parts
from alluse_tui.engine import FixedClock, LocalEngine

WINDOW = datetime(2026, 12, 15, 17, 0, tzinfo=UTC)


@pytest.fixture
def year_end(engine: LocalEngine, clock: FixedClock) -> LocalEngine:
    """rev-1 earned 40,000.00, of which 30 % are set aside for taxes; the window is open."""
    earned(engine, "rev-1", "40000")
    engine.commands.submit(PolicySet(changes=(("reinvest.tax_reserve", "30"),)))
    clock.set(WINDOW)
    return engine


@settings(max_examples=60, deadline=None)
@given(
    cents=st.integers(0, 10**12),
    reserve=st.integers(0, 10_000),
    contracts=st.integers(0, 10_000),
)
def test_the_parts_add_up_to_the_cent(cents: int, reserve: int, contracts: int) -> None:
    policy = replace(
        load_policy("moderate"),
        reinvest_tax_reserve_bps=reserve,
        reinvest_contracts_bps=contracts,
        reinvest_leaps_bps=10_000 - contracts,
    )
    parts = reinvested_parts(cents * CENT_MICROS, policy)
    assert sum(parts.values()) == cents * CENT_MICROS
    assert all(micros >= 0 and micros % CENT_MICROS == 0 for micros in parts.values())
    # no part is a cent or more away from its share
    assert abs(parts[Bucket.TAXES] * 10_000 - cents * CENT_MICROS * reserve) < 10_000 * CENT_MICROS


def test_without_a_reserve_nothing_changes() -> None:
    parts = reinvested_parts(amount("40000.01"), load_policy("moderate"))
    # 75 % are 30,000.0075 and 25 % 10,000.0025: the cent goes to the larger remainder
    assert parts == {
        Bucket.CONTRACTS: amount("30000.01"),
        Bucket.LEAPS: amount("10000"),
        Bucket.TAXES: 0,
    }


def test_taxes_come_first_and_are_not_available(year_end: LocalEngine) -> None:
    before = year_end.queries.account("rev-1")
    year_end.commands.submit(Reinvest(account="rev-1"))
    after = year_end.queries.account("rev-1")
    # 12,000.00 of 40,000.00 for taxes; 75 and 25 % of the other 28,000.00
    buckets = (after.taxes, after.contracts, after.leaps)
    assert buckets == (amount("12000"), amount("21000"), amount("7000"))
    assert (after.cash, after.equity) == (amount("75000"), before.equity)
    assert after.available == amount("69250")  # 75,000.00 less 5 % of 115,000.00
    assert after.cover == amount("96000")  # cash and contracts
    assert year_end.operations.verify().ok
    year_end.commands.submit(Undo())
    assert year_end.queries.account("rev-1") == before


def test_a_release_moves_the_reserve_back(year_end: LocalEngine) -> None:
    reinvest = year_end.commands.submit(Reinvest(account="rev-1"))
    release = Release(account="rev-1", bucket="taxes", amount=amount("12000"))
    year_end.commands.submit(release)
    after = year_end.queries.account("rev-1")
    assert (after.taxes, after.cash) == (0, amount("87000"))
    assert refused(year_end, release)["release.bucket"] == (
        "cannot release 12000.00: taxes holds 0.00"
    )
    assert refused(year_end, Undo(seq=reinvest.seq))["undo.cash"].startswith("takes 12000.00")
    with pytest.raises(BadInput, match="must be one of: contracts, leaps, taxes"):
        year_end.commands.preview(Release(account="rev-1", bucket="cash", amount=amount("1")))
