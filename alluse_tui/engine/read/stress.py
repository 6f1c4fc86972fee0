"""The stress test of one account, or of a portfolio with all of its accounts."""

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
from alluse_tui.domain.model.book import Account, Book, Portfolio
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.rules.stress_rules import stress_rules


def stress_views(
    book: Book,
    portfolio: Portfolio,
    accounts: Sequence[Account],
    prices: Prices,
    today: date,
    scenarios: Iterable[Scenario] = (NOW, *SCENARIOS),
) -> tuple[StressView, ...]:
    """The accounts' summed figures as they are, and in each scenario."""
    return tuple(_view(book, portfolio, accounts, prices, today, one) for one in scenarios)


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
