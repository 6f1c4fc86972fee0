"""The positions door: positions, lots, income and cycles, derived from entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from alluse_tui.domain.derived.account_views import code_order
from alluse_tui.domain.derived.adherence import Adherence, adherence
from alluse_tui.domain.derived.cycles import ALL_CYCLES, Cycle, with_stock
from alluse_tui.domain.derived.fills import HoldingEntry, Key, fills
from alluse_tui.domain.derived.income import Income, IncomeGroup, IncomeView
from alluse_tui.domain.derived.lot_sources import lot_methods, with_sources
from alluse_tui.domain.derived.lots import Lots, lots, lots_of
from alluse_tui.domain.derived.position_history import PositionHistory, chain_of, rolls
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
from alluse_tui.domain.model.market import STALE_DAYS
from alluse_tui.domain.model.terms import Kind, LotMethod
from alluse_tui.domain.views import PlanView
from alluse_tui.engine.core import Core
from alluse_tui.engine.read.adherence_queries import judged_openings
from alluse_tui.engine.read.income_queries import cycles_in, income_in
from alluse_tui.engine.read.stress import as_planned, option_trade, stress_views

if TYPE_CHECKING:
    from alluse_tui.domain.derived.import_summary import ImportComparison
    from alluse_tui.domain.derived.reconciliation import Reconciliation
    from alluse_tui.domain.derived.week_view import WeekView
    from alluse_tui.domain.derived.week_year import WeekYear
    from alluse_tui.engine.read.week_queries import WeekQueries
    from alluse_tui.market.statements import ReadStatement


class PositionQueries:
    """Positions, lots, income and cycles, by each account's lot method unless one is given.

    Every method raises Denied for a caller who may not view the book.
    """

    def __init__(self, core: Core) -> None:
        """Created by the engine."""
        self._core = core

    def positions(
        self, code: str = "", portfolio: str = "", method: LotMethod | None = None
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

    def lots(self, code: str, portfolio: str = "", method: LotMethod | None = None) -> Lots:
        """The open and closed lots of an account, and its holdings as carried. Raises BadInput."""
        book, seq = self._snapshot()
        account = book.account(code, portfolio)
        derived = self._lots(book, seq, account.portfolio, (account,), method)
        return Lots(
            open=tuple(lot for lot in derived.open if lot.account == account.code),
            closed=tuple(lot for lot in derived.closed if lot.account == account.code),
            carried={key: c for key, c in derived.carried.items() if key[0] == account.code},
        )

    def history(self, position: Key, portfolio: str = "") -> PositionHistory:
        """The lots and rolls of one position, held or ended. Raises BadInput."""
        code, instrument, currency = position
        book, seq = self._snapshot()
        account = book.account(code, portfolio)
        codes = sorted(with_sources(book, account.portfolio, (account,)))
        read = fills(self._holding_entries(seq, account.portfolio, codes))
        derived = lots_of(read, lot_methods(book, account.portfolio, codes))
        key = (account.code, instrument, currency)
        prices = self._prices(book, seq, account.portfolio)
        views = position_views((account,), derived, self._core.today, prices)
        return PositionHistory(
            account=account.code,
            instrument=instrument_named(instrument),
            currency=currency,
            view=next((view for view in views if view.key == key), None),
            open=tuple(lot for lot in derived.open if lot.key == key),
            closed=tuple(lot for lot in derived.closed if lot.key == key),
            rolls=chain_of(rolls(read.steps), account.code, instrument),
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
            accounts = sorted(
                book.accounts_of(owner.name), key=lambda account: code_order(account.code)
            )
        prices = self._prices(book, seq, owner.name)
        return stress_views(book, owner, accounts, prices, self._core.today)

    def stress_after(self, plan: PlanView) -> tuple[StressView, ...]:
        """The account of a planned option trade as it would be then; () for any other plan."""
        book, seq = self._snapshot()
        after = option_trade(plan)
        if after is None:
            return ()
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
        sources = sorted(with_sources(book, name, accounts))
        entries = self._holding_entries(seq, name, sources)
        derived = lots(entries, lot_methods(book, name, sources))
        codes = ",".join(account.code for account in accounts)
        values = {"portfolio": name, "accounts": codes}
        cash = self._core.replica.ask("income_entries", seq, values).rows
        return income_in(book, accounts, entries, derived, cash, group, view)

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
        open_lots = self._lots(book, seq, name, holders, None).open if holders else ()
        cycles = cycles_in(rows, open_lots)
        return tuple(self._beside_the_stock(book, cycles)) if book.market else cycles

    def _beside_the_stock(self, book: Book, cycles: Sequence[Cycle]) -> Iterator[Cycle]:
        """The cycles with what their capital would have gained in the stock, where bars tell."""
        from alluse_tui.market.data.reading import MarketFiles
        from alluse_tui.market.data.storage import MarketFolder

        today = self._core.today
        files = MarketFiles(MarketFolder(self._core.path), book.market)
        begins = {cycle.symbol: date.max for cycle in cycles}
        for cycle in cycles:
            begins[cycle.symbol] = min(begins[cycle.symbol], cycle.opened)
        before = timedelta(days=STALE_DAYS)
        bars = {symbol: files.bars(symbol, day - before, today) for symbol, day in begins.items()}
        for cycle in cycles:
            yield with_stock(cycle, bars[cycle.symbol], today)

    def adherence(self, code: str = "", portfolio: str = "") -> Adherence:
        """How the typed trades of an account or a portfolio kept to the rules. Raises BadInput."""
        book, seq = self._snapshot()
        name, accounts = _of_one_portfolio(book, code, portfolio)
        codes = sorted(account.code for account in book.accounts_of(name))
        entries = self._holding_entries(seq, name, codes)
        derived = lots(entries, lot_methods(book, name, codes))
        still_open = frozenset(lot.seq for lot in derived.open)
        opened = still_open | {lot.seq for lot in derived.closed}
        own = [account.code for account in accounts]
        openings = tuple(judged_openings(self._core, entries, own, opened))
        return adherence(openings, derived.closed, still_open)

    def week(self, day: date, code: str = "", portfolio: str = "") -> WeekView:
        """The week that `day` is in, of an account or a portfolio. Raises BadInput."""
        return self._weeks(*self._snapshot(), code, portfolio).week(day)

    def week_year(self, year: int, code: str = "", portfolio: str = "") -> WeekYear:
        """The week types of a year against the expected ones. Raises BadInput."""
        book, seq = self._snapshot()
        name, _ = _of_one_portfolio(book, code, portfolio)
        rows = self._core.replica.ask("daily_changes", seq, {"portfolio": name}).rows
        return self._weeks(book, seq, code, portfolio).year(year, rows)

    def _weeks(self, book: Book, seq: int, code: str, portfolio: str) -> WeekQueries:
        from alluse_tui.engine.read.week_queries import WeekQueries

        name, accounts = _of_one_portfolio(book, code, portfolio)
        in_order = sorted(accounts, key=lambda account: code_order(account.code))
        codes = sorted(account.code for account in book.accounts_of(name))
        entries = self._holding_entries(seq, name, codes)
        return WeekQueries(self._core, book, name, in_order, entries)

    def reconcile(self, read: ReadStatement, code: str, portfolio: str = "") -> Reconciliation:
        """Compare an account with a statement at the end of its last day.

        Raises BadInput, also for a file without ending figures, such as a list of transactions.
        """
        from alluse_tui.engine.read.reconciliation_queries import reconciliation

        book, seq = self._snapshot()
        account = book.account(code, portfolio)
        derived = self._lots(book, seq, account.portfolio, (account,), None)
        return reconciliation(self._core, book, seq, account, derived.open, read)

    def compare_after(
        self, read: ReadStatement, plan: PlanView, code: str, portfolio: str = ""
    ) -> ImportComparison:
        """Compare the account, as the import's `plan` would leave it, with the file. Raises
        BadInput.
        """
        from alluse_tui.engine.read.import_comparison import import_comparison

        book, seq = self._snapshot()
        return import_comparison(self._core, seq, book.account(code, portfolio), read, plan)

    def _snapshot(self) -> tuple[Book, int]:
        with self._core.lock:
            return self._core.visible_book, self._core.seq

    def _lots(
        self,
        book: Book,
        seq: int,
        portfolio: str,
        accounts: Iterable[Account],
        method: LotMethod | None,
    ) -> Lots:
        """The lots of these accounts, and of those from which lots came to them."""
        codes = sorted(with_sources(book, portfolio, accounts))
        entries = self._holding_entries(seq, portfolio, codes)
        return lots(entries, method or lot_methods(book, portfolio, codes))

    def _holding_entries(
        self, seq: int, portfolio: str, codes: Iterable[str]
    ) -> tuple[HoldingEntry, ...]:
        """The entries that changed holdings of these accounts."""
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


def _entries(rows: Iterable[tuple[Any, ...]]) -> Iterator[HoldingEntry]:
    """The entries in the rows of `holding_entries.sql`."""
    for (seq, n), group in groupby(rows, key=lambda row: (row[0], row[1])):
        of_entry = list(group)
        kind, effective, is_imported, reverses, named, is_undone = of_entry[0][2:8]
        premium, market, fees = of_entry[0][14:17]
        yield HoldingEntry(
            seq=seq,
            n=n,
            kind=Kind(kind),
            effective=effective,
            changes=tuple(HoldingChange(*row[8:14]) for row in of_entry),
            option_gain_micros=-premium,
            share_gain_micros=-market,
            fee_micros=fees,
            is_imported=is_imported,
            is_undone=is_undone,
            reverses=reverses,
            named=tuple(named),
        )
