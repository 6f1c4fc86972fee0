"""The quick test of an account never misses one of its alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from examples import examples
from hypothesis import event, given, settings
from hypothesis import strategies as st
from machine_draws import OPTIONS, SHARES
from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.derived.account_views import account_figures, account_view
from alluse_tui.domain.derived.alert_filter import AlertFilter
from alluse_tui.domain.derived.alerts import account_alerts
from alluse_tui.domain.model.book import ONE_UNIT, Account, Assignment, Book, Portfolio, Unit
from alluse_tui.domain.model.comparison import Comparison, Difference, Item
from alluse_tui.domain.model.instrument import Holding
from alluse_tui.domain.model.money import UNIT_MICROS
from alluse_tui.domain.model.persistent_map import PersistentMap
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import Rates, RateTable
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Bucket, Status, Tier
from alluse_tui.domain.views import AlertView

TODAY = date(2026, 12, 23)
WINDOW = (date(2026, 12, 21), date(2026, 12, 31))
RATES = Rates({"CHF/USD": RateTable((TODAY.toordinal(),), (1_100_000_000,))})
TEMPLATE = load_policy("moderate")


AGREES = Comparison(day=TODAY, source="ibkr:x")
BREAK = replace(AGREES, differences=(Difference(item=Item(currency="USD"), micros=1, day=TODAY),))


@dataclass(frozen=True)
class Case:
    """An account in a portfolio with policy `policy`, on a day with that window."""

    policy: Policy
    account: Account
    window: tuple[date, date] | None


def near(micros: int) -> st.SearchStrategy[int]:
    """Amounts around a limit, in micros."""
    return st.integers(-2, 2).map(lambda step: micros + step)


def rarely(values: st.SearchStrategy[Mapping[str, int]]) -> st.SearchStrategy[Mapping[str, int]]:
    return st.one_of(st.just({}), st.just({}), st.just({}), values)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    fork = draw(st.sampled_from([0, 10 * UNIT_MICROS, 50_000 * UNIT_MICROS]))
    bps = draw(st.sampled_from([0, 1, 8_000, 10_000]))
    policy = replace(TEMPLATE, fork_threshold_micros=fork, fork_near_bps=bps)
    policy = replace(policy, buffer_bps=draw(st.sampled_from([0, 500, 2_000])))
    tier = draw(st.sampled_from(list(Tier)))
    limits = replace(policy.tiers[tier], max_drawdown_bps=draw(st.sampled_from([1, 500, 2_500])))
    policy = replace(policy, tiers={**policy.tiers, tier: limits})
    return Case(
        policy=policy,
        account=draw(accounts(tier, fork, fork * bps // 10_000)),
        window=draw(st.sampled_from([None, WINDOW])),
    )


@st.composite
def accounts(draw: st.DrawFn, tier: Tier, fork: int, fork_near: int) -> Account:
    base = draw(st.sampled_from([0, 100 * UNIT_MICROS]))
    limits = [0, base, base + fork, base + fork_near, base // 2]
    cash = draw(st.sampled_from(limits).flatmap(near))
    balances = {"cash:USD": cash}
    for bucket in draw(st.sets(st.sampled_from([Bucket.CONTRACTS, Bucket.LEAPS]))):
        balances[f"{bucket}:USD"] = draw(st.sampled_from([cash // 10, 19 * cash]).flatmap(near))
    balances |= draw(
        rarely(
            st.dictionaries(
                st.sampled_from(["cash:CHF", "cash:EUR", "positions:EUR", "positions:USD"]),
                st.sampled_from([-1, 0, 1, 10 * UNIT_MICROS, -10 * UNIT_MICROS]),
            )
        )
    )
    if draw(st.integers(0, 9)) == 0:
        del balances["cash:USD"]
    at_peak = draw(st.sampled_from([ONE_UNIT, ONE_UNIT * 20 // 19, ONE_UNIT * 4 // 3]))
    peaks = draw(st.lists(st.sampled_from([at_peak, ONE_UNIT, ONE_UNIT - 1, 1]), max_size=3))
    return Account(
        portfolio="Main",
        code=f"{tier}-1",
        tier=tier,
        opened=TODAY,
        latest_effective=TODAY,
        status=draw(st.sampled_from([*Status, Status.ACTIVE, Status.ACTIVE])),
        balances=balances,
        base={"USD": base} if base else {},
        income=draw(rarely(st.just({"USD": cash}))),
        holdings=draw(
            st.sampled_from(
                [
                    {},
                    {},
                    {},
                    {f"{SHARES.name}:USD": Holding(UNIT_MICROS, 0)},
                    {f"{OPTIONS[1].name}:EUR": Holding(-UNIT_MICROS, 0)},
                ]
            )
        ),
        assignments=draw(
            st.sampled_from([(), (), (), (Assignment(3, TODAY, OPTIONS[0].name, UNIT_MICROS),)])
        ),
        settings=draw(st.sampled_from([{}, {}, {}, {"fork.near": "1"}, {"limits.buffer": "20"}])),
        forked_from=draw(st.sampled_from(["", "", "", "gen-9"])),
        withdrawn_from_compounding=draw(rarely(st.just({"USD": 1}))),
        unit=Unit(
            equity_micros=draw(st.sampled_from([0, cash, max(0, cash) + 1, 2 * abs(cash)])),
            peaks=tuple(enumerate(peaks)),
        ),
        unproven=draw(st.sampled_from([0, 0, 0, 7])),
        compared=draw(st.sampled_from([None, None, None, AGREES, BREAK])),
    )


@settings(max_examples=examples(2_000))
@given(cases())
def test_the_filter_passes_every_account_with_an_alert(case: Case) -> None:
    may_alert, alerts = judged(case)
    event(f"may alert: {may_alert}, alerts: {sorted({alert.kind for alert in alerts})}")
    assert may_alert or alerts == []


ONLY_OWN_SETTING = {"base": {"USD": 500 * UNIT_MICROS}, "settings": {"fork.near": "1"}}
ONLY_UNVALUED = {"balances": {"cash:USD": 1_100 * UNIT_MICROS, "positions:EUR": UNIT_MICROS}}
ONLY_ASSIGNED = {"assignments": (Assignment(3, TODAY, OPTIONS[0].name, UNIT_MICROS),)}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        (ONLY_OWN_SETTING, "fork near"),
        (ONLY_UNVALUED, "unvalued cash"),
        (ONLY_ASSIGNED, "assigned"),
        ({"compared": BREAK}, "statement break"),
    ],
)
def test_one_unusual_thing_is_enough(changes: dict[str, Any], kind: str) -> None:
    quiet = Account(
        portfolio="Main",
        code="gen-1",
        tier=Tier.GEN,
        opened=TODAY,
        latest_effective=TODAY,
        balances={"cash:USD": 1_100 * UNIT_MICROS},
        base={"USD": 1_100 * UNIT_MICROS},
    )
    assert judged(Case(TEMPLATE, quiet, None)) == (False, [])
    assert judged(Case(TEMPLATE, replace(quiet, compared=AGREES), None)) == (False, [])
    may_alert, alerts = judged(Case(TEMPLATE, replace(quiet, **changes), None))
    assert may_alert and [alert.kind for alert in alerts] == [kind]


def judged(case: Case) -> tuple[bool, list[AlertView]]:
    """Whether the account may have an alert, and the alerts that it has."""
    account = case.account
    portfolio = Portfolio("Main", "USD", TODAY, case.policy)
    book = Book(
        portfolios={"Main": portfolio},
        accounts=PersistentMap({account.id: account}),
        rates={"Main": RATES},
    )
    view = account_view(account, portfolio, RATES, TODAY)
    alerts = account_alerts(book, portfolio, account, view, TODAY, case.window)
    figures = account_figures(account, policy_of(account, portfolio), "USD", RATES, TODAY)
    alert_filter = AlertFilter(portfolio, window_is_open=case.window is not None)
    return alert_filter.may_alert(account, figures), alerts
