"""The positions door: positions, lots, income and cycles, derived from entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from alluse_tui.domain.derived.cycles import ALL_CYCLES, Cycle
from alluse_tui.domain.derived.fills import HoldingEntry
from alluse_tui.domain.derived.income import Income, IncomeGroup, IncomeView
from alluse_tui.domain.derived.lots import LotMethod, Lots, lots
from alluse_tui.domain.derived.position_views import PositionView, position_views
from alluse_tui.domain.events.events import HoldingChange
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.terms import Kind, Status
from alluse_tui.engine.core import Core
from alluse_tui.engine.read.income_queries import cycles_in, income_in


class PositionQueries:
    """Positions, lots, income and cycles.

    Every method raises Denied for a caller who may not view the book.
    """

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
                views += position_views(holders, derived, today)
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

    def income(
        self,
        code: str = "",
        portfolio: str = "",
        group: IncomeGroup = IncomeGroup.MONTH,
        view: IncomeView = IncomeView.CASH,
    ) -> Income:
        """The income of an account, or of a portfolio. Raises BadInput."""
        book, seq = self._snapshot()
        name, accounts = _of_one_portfolio(book, code, portfolio)
        entries = self._holding_entries(book, seq, name, accounts)
        codes = ",".join(account.code for account in accounts)
        values = {"portfolio": name, "accounts": codes}
        cash = self._core.replica.ask("income_entries", seq, values).rows
        return income_in(book, accounts, entries, lots(entries), cash, group, view)

    def cycles(
        self, code: str = "", portfolio: str = "", count: int = ALL_CYCLES
    ) -> tuple[Cycle, ...]:
        """The open cycles of an account or a portfolio, then the newest `count` closed ones.

        Raises BadInput.
        """
        book, seq = self._snapshot()
        name, accounts = _of_one_portfolio(book, code, portfolio)
        values = {
            "portfolio": name,
            "account": accounts[0].code if code else "",
            "count": count,
            "today": self._core.today,
        }
        rows = self._core.replica.ask("cycles", seq, values).rows
        still_open = {row[0] for row in rows if row[4] is None}
        holders = [account for account in accounts if account.code in still_open]
        open_lots = self._lots(book, seq, name, holders, LotMethod.FIFO).open if holders else ()
        return cycles_in(rows, open_lots)

    def _snapshot(self) -> tuple[Book, int]:
        with self._core.lock:
            return self._core.visible_book, self._core.seq

    def _lots(
        self, book: Book, seq: int, portfolio: str, accounts: Iterable[Account], method: LotMethod
    ) -> Lots:
        """The lots of these accounts, and of those from which lots came to them."""
        return lots(self._holding_entries(book, seq, portfolio, accounts), method)

    def _holding_entries(
        self, book: Book, seq: int, portfolio: str, accounts: Iterable[Account]
    ) -> tuple[HoldingEntry, ...]:
        """The entries of these accounts, and of those from which lots came to them."""
        codes = sorted(_with_sources(book, portfolio, accounts))
        values = {"portfolio": portfolio, "accounts": ",".join(codes)}
        rows = self._core.replica.ask("holding_entries", seq, values).rows
        return tuple(_entries(rows))


def _selected(book: Book, code: str, portfolio: str) -> Iterator[tuple[str, list[Account]]]:
    """Portfolios with their selected accounts. Raises BadInput."""
    if code:
        account = book.account(code, portfolio)
        yield account.portfolio, [account]
        return
    names = [book.portfolio(portfolio).name] if portfolio else sorted(book.portfolios)
    for name in names:
        yield name, sorted(book.accounts_of(name), key=lambda account: account.code)


def _of_one_portfolio(book: Book, code: str, portfolio: str) -> tuple[str, list[Account]]:
    """The name of the portfolio, with all its accounts or only the one named. Raises BadInput."""
    name = "" if code else book.portfolio(portfolio).name
    return next(_selected(book, code, name or portfolio))


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
