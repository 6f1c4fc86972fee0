"""From a book to the figures that rules judge and faces show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from alluse_tui.domain.model.book import Account, Book, Portfolio
from alluse_tui.domain.model.money import ONE_BPS, divided, share_up
from alluse_tui.domain.model.rates import Rates, total_value
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Bucket, Tier
from alluse_tui.domain.views import AccountView, PortfolioView, TierShare, Totals, totals


def account_view(account: Account, home: Portfolio, rates: Rates, today: date) -> AccountView:
    """The account's figures, other currencies at their last rate at or before `today`."""
    by_bucket: defaultdict[str, int] = defaultdict(int)
    currencies: dict[str, int] = {}
    unvalued: list[str] = []
    for key, micros in sorted(account.balances.items()):
        bucket, _, currency = key.partition(":")
        if bucket == Bucket.CASH:
            currencies[currency] = micros
        value = rates.value(micros, currency, home.currency, today)
        if value is not None:
            by_bucket[bucket] += value
        elif currency not in unvalued:
            unvalued.append(currency)
    equity = sum(by_bucket.values())
    base, _ = total_value(account.base.items(), rates, home.currency, today)
    policy = policy_of(account, home)
    return AccountView(
        portfolio=account.portfolio,
        code=account.code,
        name=account.name,
        tier=account.tier,
        parent=account.parent,
        status=account.status,
        opened=account.opened,
        currency=home.currency,
        base=base,
        cash=by_bucket[Bucket.CASH],
        contracts=by_bucket[Bucket.CONTRACTS],
        leaps=by_bucket[Bucket.LEAPS],
        positions=by_bucket[Bucket.POSITIONS],
        buffer=share_up(max(equity, 0), policy.buffer_bps),
        currencies=currencies,
        unvalued=tuple(unvalued),
        holdings=account.holdings,
        notes=account.notes,
        settings=account.settings,
        forked_from=account.forked_from,
        merged_into=account.merged_into,
        fork_threshold=policy.fork_threshold_micros,
        merge_threshold=policy.merge_threshold_micros,
    )


def view_in(book: Book, account: Account, today: date) -> AccountView:
    """The figures of one of the book's accounts."""
    home = book.portfolios[account.portfolio]
    return account_view(account, home, book.rates_of(home.name), today)


def changed_views(
    before: Book, after: Book, today: date
) -> Iterator[tuple[AccountView | None, AccountView]]:
    """The figures of every account that differs, before (None: it is new) and after."""
    for key, account in after.accounts.changes_since(before.accounts):
        old = before.accounts.get(key)
        yield None if old is None else view_in(before, old, today), view_in(after, account, today)


def portfolio_accounts(book: Book, home: Portfolio, today: date) -> tuple[AccountView, ...]:
    """Every account of the portfolio, by tier and then in the order of their codes."""
    return _views(book, home, book.accounts_of(home.name), today)


def all_accounts(book: Book, today: date) -> dict[str, tuple[AccountView, ...]]:
    """Every portfolio's accounts as `portfolio_accounts` has them, by the portfolios' names."""
    by_home: dict[str, list[Account]] = {name: [] for name in sorted(book.portfolios)}
    for account in book.accounts.values():
        by_home[account.portfolio].append(account)
    return {n: _views(book, book.portfolios[n], found, today) for n, found in by_home.items()}


def _views(
    book: Book, home: Portfolio, accounts: Iterable[Account], today: date
) -> tuple[AccountView, ...]:
    rates = book.rates_of(home.name)
    ordered = sorted(accounts, key=lambda a: (_ORDER[a.tier], code_order(a.code)))
    return tuple([account_view(a, home, rates, today) for a in ordered])


_ORDER = {tier: i for i, tier in enumerate(Tier)}


def code_order(code: str) -> tuple[str, tuple[int, ...]]:
    """A key that sorts gen-2 before gen-10 and gen-1.2 before gen-1.10."""
    tier, _, numbers = code.partition("-")
    return tier, tuple(int(n) for n in numbers.split("."))


def portfolio_view(home: Portfolio, accounts: tuple[AccountView, ...]) -> PortfolioView:
    """The portfolio's sums and how its equity is spread over the tiers."""
    by_tier = {tier: sum(a.equity for a in accounts if a.tier is tier) for tier in Tier}
    return portfolio_sums(home, totals(accounts), by_tier)


def portfolio_sums(home: Portfolio, whole: Totals, by_tier: Mapping[Tier, int]) -> PortfolioView:
    """The portfolio's view, of its sums and each tier's equity."""
    policy = home.policy
    allocation = []
    for tier in Tier:
        equity = by_tier[tier]
        share = divided(equity * ONE_BPS, whole.equity) if whole.equity > 0 else 0
        target = policy.tiers[tier].share_bps
        off = abs(equity * ONE_BPS - target * whole.equity)
        drifted = whole.equity > 0 and off > policy.drift_bps * whole.equity
        allocation.append(TierShare(tier, equity, share, target, drifted))
    return PortfolioView(
        home.name,
        home.currency,
        policy.template,
        policy.strategy,
        whole,
        tuple(allocation),
    )
