"""Which accounts' entries and lot methods the lots of an account are derived from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import LotMethod, Status


def with_sources(book: Book, portfolio: str, accounts: Iterable[Account]) -> set[str]:
    """The codes of the accounts, and of every account whose holdings may have moved into them.

    They came by a merge, or from a fork that was undone.
    """
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for other in book.accounts_of(portfolio):
        if other.merged_into:
            sources[other.merged_into].append(other.code)
        elif other.forked_from and other.status is Status.CLOSED:
            sources[other.forked_from].append(other.code)
    codes: set[str] = set()
    waiting = [account.code for account in accounts]
    while waiting:
        code = waiting.pop()
        if code not in codes:
            codes.add(code)
            waiting += sources[code]
    return codes


def lot_methods(book: Book, portfolio: str, codes: Iterable[str]) -> dict[str, LotMethod]:
    """The lot method of each account."""
    owner = book.portfolios[portfolio]
    accounts = (book.account(code, portfolio) for code in codes)
    return {a.code: LotMethod(policy_of(a, owner).lot_method) for a in accounts}
