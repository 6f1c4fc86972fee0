"""The figures of accounts and portfolios that rules judge and front ends show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from alluse_tui.domain.derived.pauses import paused_by
from alluse_tui.domain.derived.positions import collateral, positions
from alluse_tui.domain.model.book import Account, Book, Portfolio
from alluse_tui.domain.model.money import ONE_BPS, divided, share_up
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import Rates, total_value
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Bucket, Tier
from alluse_tui.domain.views import AccountView, Figures, PortfolioView, TierShare, Totals, totals

_NOTHING: dict[str, int] = {bucket.value: 0 for bucket in Bucket}

_CASH = Bucket.CASH.value


def account_figures(
    account: Account, policy: Policy, own: str, rates: Rates, today: date
) -> Figures:
    """The account's figures in `own`, the portfolio's currency.

    `policy` is the account's. Foreign currencies count at the latest rate on or before `today`.
    """
    by_bucket = _NOTHING.copy()
    currencies: dict[str, int] = {}
    unvalued: list[str] = []
    for key, micros in sorted(account.balances.items()):
        bucket, _, currency = key.partition(":")
        if bucket == _CASH:
            currencies[currency] = micros
        value = micros if currency == own else rates.value(micros, currency, own, today)
        if value is not None:
            by_bucket[bucket] += value
        elif currency not in unvalued:
            unvalued.append(currency)
    cash, contracts, leaps, held, taxes = by_bucket.values()
    equity = cash + contracts + leaps + held + taxes
    if account.base.keys() <= {own}:
        base = account.base.get(own, 0)
    else:
        base, _ = total_value(account.base.items(), rates, own, today)
    tied_up, is_valued = (
        collateral(positions(account.holdings), rates, own, today)
        if account.holdings
        else (0, True)
    )
    return Figures(
        base=base,
        cash=cash,
        contracts=contracts,
        leaps=leaps,
        positions=held,
        buffer=share_up(max(equity, 0), policy.buffer_bps),
        currencies=currencies,
        unvalued=tuple(unvalued),
        collateral=tied_up,
        collateral_unvalued=not is_valued,
        taxes=taxes,
    )


def account_view(account: Account, portfolio: Portfolio, rates: Rates, today: date) -> AccountView:
    """The account's figures, with foreign currencies at the latest rate on or before `today`."""
    policy = policy_of(account, portfolio) if account.settings else portfolio.policy
    figures = account_figures(account, policy, portfolio.currency, rates, today)
    return AccountView(
        base=figures.base,
        cash=figures.cash,
        contracts=figures.contracts,
        leaps=figures.leaps,
        positions=figures.positions,
        buffer=figures.buffer,
        currencies=figures.currencies,
        unvalued=figures.unvalued,
        collateral=figures.collateral,
        collateral_unvalued=figures.collateral_unvalued,
        taxes=figures.taxes,
        portfolio=account.portfolio,
        code=account.code,
        name=account.name,
        tier=account.tier,
        parent=account.parent,
        status=account.status,
        opened=account.opened,
        currency=portfolio.currency,
        holdings=account.holdings,
        notes=account.notes,
        settings=account.settings,
        forked_from=account.forked_from,
        merged_into=account.merged_into,
        pause=account.pause,
        paused=paused_by(account, portfolio),
        fork_threshold=policy.fork_threshold_micros,
        merge_threshold=policy.merge_threshold_micros,
    )


def view_in(book: Book, account: Account, today: date) -> AccountView:
    """The figures of an account of the book."""
    portfolio = book.portfolios[account.portfolio]
    return account_view(account, portfolio, book.rates_of(portfolio.name), today)


def changed_views(
    before: Book, after: Book, today: date
) -> Iterator[tuple[AccountView | None, AccountView]]:
    """The figures of every changed account, before (None if it is new) and after."""
    for key, account in after.accounts.changes_since(before.accounts):
        old = before.accounts.get(key)
        yield None if old is None else view_in(before, old, today), view_in(after, account, today)


def portfolio_accounts(book: Book, portfolio: Portfolio, today: date) -> tuple[AccountView, ...]:
    """Every account of the portfolio, ordered by tier and code."""
    return all_accounts(book, today, portfolio.name)[portfolio.name]


def all_accounts(
    book: Book, today: date, portfolio: str = ""
) -> dict[str, tuple[AccountView, ...]]:
    """Portfolio name → its accounts, ordered by tier and code; of all portfolios, or of one.

    Accounts that nobody looked at before are read one at a time and not kept.
    """
    views: dict[str, list[AccountView]] = {
        name: [] for name in ([portfolio] if portfolio else sorted(book.portfolios))
    }
    rates = {name: book.rates_of(name) for name in views}
    for _, account in book.accounts.iter_uncached():
        name = account.portfolio
        if name in views:
            view = account_view(account, book.portfolios[name], rates[name], today)
            views[name].append(view)
    return {name: tuple(sorted(listed, key=_order)) for name, listed in views.items()}


def ordered_ids(book: Book, portfolio: str = "") -> list[str]:
    """The accounts' ids by portfolio, tier and code; of all portfolios, or of one.

    Reads every account once, so that a damaged one is found before any is used, and keeps none.
    Raises Unreadable.
    """
    groups: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for key, account in book.accounts.iter_uncached():
        if portfolio in ("", account.portfolio):
            groups[account.portfolio, _TIER_ORDER[account.tier]].append(key)
    return [key for group in sorted(groups) for key in sorted(groups[group], key=code_numbers)]


def _order(view: AccountView) -> tuple[int, tuple[str, tuple[int, ...]]]:
    return _TIER_ORDER[view.tier], code_order(view.code)


_TIER_ORDER = {tier: i for i, tier in enumerate(Tier)}


def code_order(code: str) -> tuple[str, tuple[int, ...]]:
    """Sort key that puts gen-2 before gen-10 and gen-1.2 before gen-1.10."""
    return code.partition("-")[0], code_numbers(code)


def code_numbers(code: str) -> tuple[int, ...]:
    """(1, 10) for gen-1.10 or Main/gen-1.10: the order of codes of one tier."""
    return tuple(map(int, code.rpartition("-")[2].split(".")))


def portfolio_view(portfolio: Portfolio, accounts: tuple[AccountView, ...]) -> PortfolioView:
    """The portfolio's totals and its allocation to the tiers."""
    by_tier = {tier: sum(a.equity for a in accounts if a.tier is tier) for tier in Tier}
    return portfolio_sums(portfolio, totals(accounts), by_tier)


def portfolio_sums(
    portfolio: Portfolio, total: Totals, by_tier: Mapping[Tier, int]
) -> PortfolioView:
    """The same from totals and each tier's equity, in micros."""
    policy = portfolio.policy
    allocation = []
    for tier in Tier:
        equity = by_tier[tier]
        share = divided(equity * ONE_BPS, total.equity) if total.equity > 0 else 0
        target = policy.tiers[tier].share_bps
        drift = abs(equity * ONE_BPS - target * total.equity)
        drifted = total.equity > 0 and drift > policy.drift_bps * total.equity
        allocation.append(TierShare(tier, equity, share, target, drifted))
    return PortfolioView(
        portfolio.name,
        portfolio.currency,
        policy.template,
        policy.strategy,
        total,
        tuple(allocation),
        portfolio.pause,
    )
