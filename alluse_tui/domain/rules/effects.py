"""How much a plan or a record moves: the amounts that the `approval` limits are compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from alluse_tui.domain.commands import Import, ImportAccounts, Post
from alluse_tui.domain.derived.account_views import changed_views, view_in
from alluse_tui.domain.events.events import EntryPosted, Event, RateSet
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.model.terms import Bucket, Kind
from alluse_tui.domain.views import AccountView

Change = tuple[AccountView | None, AccountView]
"""An account before (None if new) and after."""

IMPORTS = (Import.NAME, ImportAccounts.NAME)
"""Commands whose rows are not typed by a person."""


def most_moved(accounts: Iterable[Change]) -> int:
    """The largest change of any account's equity or free cash, in micros."""
    most = 0
    for before, after in accounts:
        equity, cash = (before.equity, before.cash) if before else (0, 0)
        most = max(most, abs(after.equity - equity), abs(after.cash - cash))
    return most


def fact_micros(
    command: str, portfolio: str, events: Sequence[Event], before: Book, after: Book, today: date
) -> int:
    """The amount that `approval.facts_above` limits, in micros of the portfolio's currency.

    For a typed fact it is the largest change to any account's equity or free cash, for an
    import its largest single withdrawal, for any other command 0. An amount in a currency
    without a rate counts one to one, so that such a currency cannot be used to evade the limit.
    """
    if command not in (Post.NAME, *IMPORTS):
        return 0
    own, rates = after.portfolios[portfolio].currency, after.rates_of(portfolio)
    entries = [e for e in events if isinstance(e, EntryPosted)]
    if command in IMPORTS:
        return max((_withdrawn(e, own, rates, today) for e in entries), default=0)
    moved = most_moved(_changes(portfolio, events, before, after, today))
    return max([moved, *(_unvalued(e, own, rates, today) for e in entries)])


def _changes(
    portfolio: str, events: Sequence[Event], before: Book, after: Book, today: date
) -> Iterator[Change]:
    """The accounts that the events change; a rate also changes every account it revalues."""
    yield from changed_views(before, after, today)
    if not any(isinstance(e, RateSet) for e in events):
        return
    own = before.portfolios[portfolio].currency
    for _, account in before.accounts.iter_uncached():
        currencies = {key.rpartition(":")[2] for key in account.balances}
        if account.portfolio == portfolio and currencies - {own}:
            yield view_in(before, account, today), view_in(after, account, today)


def _withdrawn(entry: EntryPosted, own: str, rates: Rates, today: date) -> int:
    """How much the entry withdrew, whether recorded as a withdrawal or as a negative deposit."""
    if entry.kind not in (Kind.WITHDRAWAL, Kind.DEPOSIT):
        return 0
    taken = 0
    for p in entry.postings:
        if p.bucket and p.micros < 0:
            value = rates.value(p.micros, p.currency, own, today)
            taken -= p.micros if value is None else value
    return taken


def _unvalued(entry: EntryPosted, own: str, rates: Rates, today: date) -> int:
    """The largest change of cash, or of all buckets, in a currency without a rate to `own`."""
    cash: defaultdict[str, int] = defaultdict(int)
    whole: defaultdict[str, int] = defaultdict(int)
    for p in entry.postings:
        if p.bucket and rates.value(p.micros, p.currency, own, today) is None:
            whole[p.currency] += p.micros
            cash[p.currency] += p.micros if p.bucket == Bucket.CASH else 0
    return max(map(abs, (*cash.values(), *whole.values())), default=0)
