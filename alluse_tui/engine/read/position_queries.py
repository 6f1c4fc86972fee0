"""The positions door: positions and lots, derived from the entries that changed holdings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from alluse_tui.domain.derived.account_views import code_order
from alluse_tui.domain.derived.fills import HoldingEntry
from alluse_tui.domain.derived.lots import LotMethod, Lots, lots
from alluse_tui.domain.derived.position_views import PositionView, position_views
from alluse_tui.domain.derived.stress import BEFORE_ENTRY, NOW, StressView
from alluse_tui.domain.derived.underlying_prices import (
    Prices,
    marked_prices,
    newest_prices,
    traded_price,
)
from alluse_tui.domain.events.events import HoldingChange
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.instrument import instrument_named
from alluse_tui.domain.model.terms import Kind, Status
from alluse_tui.domain.views import PlanView
from alluse_tui.engine.core import Core
from alluse_tui.engine.read.stress import as_planned, option_trade, stress_views


class PositionQueries:
    """Positions and lots. Every method raises Denied for a caller who may not view the book."""

    def __init__(self, core: Core) -> None:
        """Created by the engine."""
        self._core = core

    def positions(
        self, code: str = "", portfolio: str = "", method: LotMethod = LotMethod.FIFO
    ) -> tuple[PositionView, ...]:
        """The positions of an account, of a portfolio, or of all. Raises BadInput."""
        book, seq = self._snapshot()
        today = self._core.today
        views: list[PositionView] = []
        for owner, accounts in _selected(book, code, portfolio):
            holders = [account for account in accounts if account.holdings]
            if holders:
                derived = self._lots(book, seq, owner, holders, method)
                prices = self._prices(book, seq, owner)
                views += position_views(holders, derived, today, prices)
        return tuple(views)

    def lots(self, code: str, portfolio: str = "", method: LotMethod = LotMethod.FIFO) -> Lots:
        """The open and closed lots of an account, and its holdings as carried. Raises BadInput."""
        book, seq = self._snapshot()
        account = book.account(code, portfolio)
        derived = self._lots(book, seq, account.portfolio, (account,), method)
        return Lots(
            open=tuple(lot for lot in derived.open if lot.account == account.code),
            closed=tuple(lot for lot in derived.closed if lot.account == account.code),
            carried={key: c for key, c in derived.carried.items() if key[0] == account.code},
        )

    def underlying_prices(self, portfolio: str = "") -> Prices:
        """The newest known price of each underlying of a portfolio. Raises BadInput."""
        book, seq = self._snapshot()
        return self._prices(book, seq, book.portfolio(portfolio).name)

    def stress(self, code: str = "", portfolio: str = "") -> tuple[StressView, ...]:
        """An account as it is and in each scenario, or the sums of a portfolio. Raises BadInput."""
        book, seq = self._snapshot()
        if code:
            account = book.account(code, portfolio)
            accounts, owner = [account], book.portfolios[account.portfolio]
        else:
            owner = book.portfolio(portfolio)
            accounts = sorted(book.accounts_of(owner.name), key=lambda one: code_order(one.code))
        prices = self._prices(book, seq, owner.name)
        return stress_views(book, owner, accounts, prices, self._core.today)

    def stress_after(self, plan: PlanView) -> tuple[StressView, ...]:
        """The account of a planned option trade as it would be then; () for any other plan."""
        after = option_trade(plan)
        if after is None:
            return ()
        book, seq = self._snapshot()
        owner = book.portfolios[after.portfolio]
        account = as_planned(book.accounts[after.id], after)
        prices = self._prices(book, seq, owner.name)
        scenarios = (NOW, *BEFORE_ENTRY)
        return stress_views(book, owner, [account], prices, self._core.today, scenarios)

    def _prices(self, book: Book, seq: int, portfolio: str) -> Prices:
        rows = self._core.replica.ask("share_trades", seq, {"portfolio": portfolio}).rows
        traded = (
            ((instrument_named(name).symbol, currency), traded_price(quantity, gross, day))
            for name, currency, day, quantity, gross in rows
        )
        holders = (a for _, a in book.accounts.iter_uncached() if a.portfolio == portfolio)
        return newest_prices((*marked_prices(holders), *traded))

    def _snapshot(self) -> tuple[Book, int]:
        with self._core.lock:
            return self._core.visible_book, self._core.seq

    def _lots(
        self, book: Book, seq: int, portfolio: str, accounts: Iterable[Account], method: LotMethod
    ) -> Lots:
        """The lots of these accounts, and of those from which lots came to them."""
        codes = sorted(_with_sources(book, portfolio, accounts))
        values = {"portfolio": portfolio, "accounts": ",".join(codes)}
        rows = self._core.replica.ask("holding_entries", seq, values).rows
        return lots(_entries(rows), method)


def _selected(book: Book, code: str, portfolio: str) -> Iterator[tuple[str, list[Account]]]:
    """Portfolios with their selected accounts. Raises BadInput."""
    if code:
        account = book.account(code, portfolio)
        yield account.portfolio, [account]
        return
    names = [book.portfolio(portfolio).name] if portfolio else sorted(book.portfolios)
    for name in names:
        yield name, sorted(book.accounts_of(name), key=lambda account: account.code)


def _with_sources(book: Book, portfolio: str, accounts: Iterable[Account]) -> set[str]:
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


def _entries(rows: Iterable[tuple[Any, ...]]) -> Iterator[HoldingEntry]:
    """The entries in the rows of `holding_entries.sql`."""
    for (seq, n), group in groupby(rows, key=lambda row: (row[0], row[1])):
        of_entry = list(group)
        kind, effective, is_imported, reverses, is_undone = of_entry[0][2:7]
        premium, market, fees = of_entry[0][12:15]
        yield HoldingEntry(
            seq=seq,
            n=n,
            kind=Kind(kind),
            effective=effective,
            changes=tuple(HoldingChange(*row[7:12]) for row in of_entry),
            option_gain_micros=-premium,
            share_gain_micros=-market,
            fee_micros=fees,
            is_imported=is_imported,
            is_undone=is_undone,
            reverses=reverses,
        )
