"""What an import would record by kind and symbol, and how the book then compares with the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from alluse_tui.domain.derived.reconciliation import is_equal
from alluse_tui.domain.derived.reconciliation_evidence import StatementSide
from alluse_tui.domain.model.comparison import Item
from alluse_tui.domain.model.instrument import instrument_named
from alluse_tui.domain.model.money import CENT_MICROS, divided
from alluse_tui.domain.model.terms import Bucket, Kind
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.views import PlannedEntry, PlanView

_ORDER = {kind: place for place, kind in enumerate(Kind)}


class SummaryRow(Value, kw_only=True):
    """The new entries of one kind on one symbol, and what they change cash by, in micros.

    `kind` is that of the entries; a trade of options alone is a premium. `symbol` is the
    underlying, empty for none. `rows` of the file; 0 for entries that rename what is held.
    """

    kind: Kind
    symbol: str
    rows: int
    cash: Mapping[str, int]


class Ending(Value, kw_only=True):
    """An item at the end of a statement's last day: in the file, and in the book after the import.

    Micros; cash in whole cents. A difference is file − book; less than a cent of cash is none.
    """

    item: Item
    statement_micros: int
    book_micros: int

    @property
    def difference_micros(self) -> int:
        """The file minus the book."""
        return self.statement_micros - self.book_micros

    @property
    def ok(self) -> bool:
        """Whether both agree."""
        return self.difference_micros == 0


class ImportComparison(Value, kw_only=True):
    """The account as it would be after an import, against the file at the end of `day`.

    `notes` say what could not be compared.
    """

    day: date
    endings: tuple[Ending, ...]
    notes: tuple[str, ...] = ()


def import_summary(entries: Iterable[PlannedEntry], account: str) -> tuple[SummaryRow, ...]:
    """The entries of the account by kind and symbol, kinds in their usual order."""
    rows: dict[tuple[Kind, str], int] = {}
    cash: dict[tuple[Kind, str], dict[str, int]] = {}
    for entry in entries:
        if not _concerns(entry, account):
            continue
        group = (_kind(entry), _symbol(entry))
        is_row = entry.kind is not Kind.ADJUSTMENT
        rows[group] = rows.get(group, 0) + is_row
        sums = cash.setdefault(group, {})
        for currency, micros in _cash_changes(entry, account):
            sums[currency] = sums.get(currency, 0) + micros
    return tuple(
        SummaryRow(kind=kind, symbol=symbol, rows=rows[kind, symbol], cash=cash[kind, symbol])
        for kind, symbol in sorted(rows, key=lambda group: (_ORDER[group[0]], group[1]))
    )


def import_summaries(plan: PlanView, accounts: Sequence[str]) -> tuple[tuple[SummaryRow, ...], ...]:
    """What each statement of an import adds to its account; the accounts in their order."""
    if not plan.entries_of:  # a single statement, or nothing is new
        return tuple(import_summary(plan.entries, account) for account in accounts)
    summaries, first = [], 0
    for account, count in zip(accounts, plan.entries_of, strict=True):
        summaries.append(import_summary(plan.entries[first : first + count], account))
        first += count
    return tuple(summaries)


def compared_after(
    statement: StatementSide,
    held: Mapping[Item, int],
    entries: Iterable[PlannedEntry],
    account: str,
) -> tuple[Ending, ...]:
    """Every item of either side, cash first; a side that is silent on an item has none of it.

    `held` is what the book has of each item at the end of the last day, before the import. The
    import adds its entries up to that day. Cash or quantities that the statement does not give are
    left out.
    """
    after = dict(held)
    for entry in entries:
        if entry.effective > statement.facts.last_day:
            continue
        for currency, micros in _cash_changes(entry, account):
            item = Item(currency=currency)
            after[item] = after.get(item, 0) + micros
        for change in entry.holdings:
            if change.account == account:
                item = Item(currency=change.currency, instrument=change.instrument)
                after[item] = after.get(item, 0) + change.quantity_micros
    items = {item for item, micros in after.items() if micros and _is_given(statement, item)}
    items |= {Item(currency=currency) for currency in statement.cash or ()}
    items |= set(statement.quantities or ())
    return tuple(
        _ending(item, statement.ending(item), after.get(item, 0))
        for item in sorted(items, key=lambda item: (item.instrument, item.currency))
    )


def _is_given(statement: StatementSide, item: Item) -> bool:
    """Whether the statement says how much of such an item there is."""
    return (statement.cash if item.is_cash else statement.quantities) is not None


def _ending(item: Item, statement_micros: int, book_micros: int) -> Ending:
    if item.is_cash:
        statement_cents = divided(statement_micros, CENT_MICROS) * CENT_MICROS
        book_cents = divided(book_micros, CENT_MICROS) * CENT_MICROS
        if is_equal(item, statement_micros - book_micros):
            book_cents = statement_cents
        statement_micros, book_micros = statement_cents, book_cents
    return Ending(item=item, statement_micros=statement_micros, book_micros=book_micros)


def _concerns(entry: PlannedEntry, account: str) -> bool:
    codes = {posting.account for posting in entry.postings}
    return account in codes | {change.account for change in entry.holdings}


def _kind(entry: PlannedEntry) -> Kind:
    """The entry's kind; that of a trade which only has options is a premium."""
    if entry.kind is Kind.TRADE and entry.holdings:
        names = {change.instrument for change in entry.holdings}
        if all(instrument_named(name).right is not None for name in names):
            return Kind.PREMIUM
    return entry.kind


def _symbol(entry: PlannedEntry) -> str:
    if entry.symbol or not entry.holdings:
        return entry.symbol
    return instrument_named(entry.holdings[0].instrument).symbol


def _cash_changes(entry: PlannedEntry, account: str) -> list[tuple[str, int]]:
    """(currency, micros) of each posting to the account's cash."""
    return [
        (posting.currency, posting.micros)
        for posting in entry.postings
        if posting.account == account and posting.bucket == Bucket.CASH
    ]
