"""The stress test of one account, of a portfolio, or of an account as a plan would leave it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.derived.account_views import account_view
from alluse_tui.domain.derived.stress import (
    NOW,
    SCENARIOS,
    Estimates,
    Scenario,
    StressView,
    estimates_text,
    stressed,
)
from alluse_tui.domain.derived.underlying_prices import Prices
from alluse_tui.domain.model.book import Account, Book, Portfolio, balance_key
from alluse_tui.domain.model.instrument import instrument_named
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import EARMARKS, Bucket, Kind
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.rules.stress_rules import stress_rules
from alluse_tui.domain.views import AccountView, PlanView


def stress_views(
    book: Book,
    portfolio: Portfolio,
    accounts: Sequence[Account],
    prices: Prices,
    today: date,
    scenarios: Iterable[Scenario] = (NOW, *SCENARIOS),
) -> tuple[StressView, ...]:
    """The accounts' summed figures as they are, and in each scenario."""
    return tuple(
        _view(book, portfolio, accounts, prices, today, scenario) for scenario in scenarios
    )


def _view(
    book: Book,
    portfolio: Portfolio,
    accounts: Sequence[Account],
    prices: Prices,
    today: date,
    scenario: Scenario,
) -> StressView:
    rates, estimates = book.rates_of(portfolio.name), Estimates()
    equity = cash = available = collateral = 0
    rules: list[Verdict] = []
    unvalued: set[str] = set()
    for account in accounts:
        after, estimated = stressed(account, scenario, prices, today)
        estimates += estimated
        view = account_view(after, portfolio, rates, today)
        unvalued |= set(view.unvalued)
        equity, cash = equity + view.equity, cash + view.cash
        available, collateral = available + view.available, collateral + view.collateral
        if account.holdings or len(accounts) == 1:
            judged = stress_rules(view, policy_of(account, portfolio), rates, today)
            prefix = f"{account.code}: " if len(accounts) > 1 else ""
            rules += [replace(rule, sentence=f"{prefix}{rule.sentence}") for rule in judged]
    return StressView(
        name=scenario.name,
        equity=equity,
        cash=cash,
        available=available,
        collateral=collateral,
        rules=tuple(rules),
        estimated=(
            *estimates_text(estimates),
            *(f"{currency} left out, without an exchange rate" for currency in sorted(unvalued)),
        ),
    )


def option_trade(plan: PlanView) -> AccountView | None:
    """The account whose options the planned trade changes; None for any other plan."""
    if [entry.kind for entry in plan.entries] != [Kind.TRADE] or len(plan.accounts) != 1:
        return None
    ((before, after),) = plan.accounts
    held = before.holdings if before is not None else {}
    changed = {key for key, holding in after.holdings.items() if held.get(key) != holding}
    names = (key.rpartition(":")[0] for key in changed | (held.keys() - after.holdings.keys()))
    return after if any(instrument_named(name).right is not None for name in names) else None


def as_planned(account: Account, after: AccountView) -> Account:
    """The account with the cash and holdings of the view; what changed has no mark any more."""
    others = {
        key: micros for key, micros in account.balances.items() if key.partition(":")[0] in EARMARKS
    }
    cash = {balance_key(Bucket.CASH, c): micros for c, micros in after.currencies.items()}
    carried: dict[str, int] = {}
    for name, holding in after.holdings.items():
        key = balance_key(Bucket.POSITIONS, name.rpartition(":")[2])
        carried[key] = carried.get(key, 0) + holding.value_micros
    marks = {
        key: known
        for key, known in account.marks.items()
        if account.holdings[key] == after.holdings.get(key)
    }
    return replace(
        account, balances={**others, **cash, **carried}, holdings=after.holdings, marks=marks
    )
