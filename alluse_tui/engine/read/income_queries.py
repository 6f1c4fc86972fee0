"""Income and cycles from rows of the replica."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from alluse_tui.domain.derived.cycles import Cycle, with_open_lots
from alluse_tui.domain.derived.fills import HoldingEntry, fills
from alluse_tui.domain.derived.income import (
    SOURCES,
    Income,
    IncomeAmount,
    IncomeGroup,
    IncomeView,
    cash_view,
    closed_view,
    income,
    unknown_costs,
)
from alluse_tui.domain.derived.lots import Lot, Lots
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.terms import Kind


def income_in(
    book: Book,
    accounts: Sequence[Account],
    entries: Iterable[HoldingEntry],
    derived: Lots,
    cash: Iterable[tuple[Any, ...]],
    group: IncomeGroup,
    view: IncomeView,
) -> Income:
    """The income of accounts of one portfolio.

    `entries` and the lots `derived` from them may be of other accounts as well. `cash`: rows of
    `income_entries.sql`.
    """
    codes = {account.code for account in accounts}
    is_cash = view is IncomeView.CASH
    traded = cash_view(fills(entries), derived) if is_cash else closed_view(derived)
    amounts = [amount for amount in traded if amount.account in codes]
    amounts += [
        IncomeAmount(
            account=account,
            day=day,
            source=SOURCES[Kind(kind)],
            instrument=symbol,
            currency=currency,
            micros=micros,
        )
        for account, day, kind, symbol, currency, micros in cash
    ]
    unknown = tuple(each for each in unknown_costs(derived) if each.account in codes)
    portfolio = book.portfolios[accounts[0].portfolio]
    return income(amounts, group, book.rates_of(portfolio.name), portfolio.currency, unknown)


def cycles_in(rows: Iterable[tuple[Any, ...]], open_lots: Iterable[Lot]) -> tuple[Cycle, ...]:
    """The cycles in the rows of `cycles.sql`; `open_lots`: those of the accounts of open ones."""
    by_account: defaultdict[str, list[Lot]] = defaultdict(list)
    for lot in open_lots:
        by_account[lot.account].append(lot)
    cycles = (Cycle(**dict(zip(_FIELDS, row, strict=True))) for row in rows)
    return tuple(with_open_lots(cycle, by_account[cycle.account]) for cycle in cycles)


_FIELDS = (
    "account",
    "symbol",
    "currency",
    "opened",
    "closed",
    "premium",
    "fees",
    "dividends",
    "cash",
    "realised",
    "capital",
    "days",
    "annual",
    "is_known",
)
"""The columns of `cycles.sql`."""
