"""The open lots against which a trade that names lots or is backdated is checked.

They are read from the journal, with the records of the turn, which the replica does not have yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from alluse_tui.domain.commands import Command, Post, TradeFact
from alluse_tui.domain.derived.fills import HoldingEntry, holding_entry
from alluse_tui.domain.derived.lot_sources import lot_methods, with_sources
from alluse_tui.domain.derived.lots import Lot, lots
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.instrument import holding_key
from alluse_tui.engine.record_decoding import WITH_HOLDINGS, events_of
from alluse_tui.journal import Journal, Turn


def open_lots_for(book: Book, command: Command, source: Journal | Turn) -> tuple[Lot, ...]:
    """The open lots of the command's account; empty for a command that is not checked by lots."""
    if not isinstance(command, Post) or not isinstance(command.fact, TradeFact):
        return ()
    account = book.account(command.account, command.portfolio)
    if not command.fact.lots and not _is_backdated_closing(book, account, command, command.fact):
        return ()
    codes = with_sources(book, account.portfolio, [account])
    methods = lot_methods(book, account.portfolio, codes)
    derived = lots(_entries(book, account.portfolio, codes, source), methods)
    return tuple(lot for lot in derived.open if lot.account == account.code)


def _is_backdated_closing(book: Book, account: Account, command: Post, fact: TradeFact) -> bool:
    """Whether the trade closes something before a day on which the account has entries."""
    if command.date is None or command.date >= account.latest_effective:
        return False
    currency = fact.currency or book.portfolios[account.portfolio].currency
    keys = ((holding_key(leg.instrument.name, currency), leg.quantity_micros) for leg in fact.legs)
    held = account.holdings
    return any(key in held and held[key].quantity_micros * filled < 0 for key, filled in keys)


def _entries(
    book: Book, portfolio: str, codes: set[str], source: Journal | Turn
) -> Iterator[HoldingEntry]:
    """The entries that changed holdings of these accounts, in the order of their records."""
    named = [f'"{code}"'.encode() for code in codes]
    for record in source.records():
        if WITH_HOLDINGS not in record.body or not any(name in record.body for name in named):
            continue
        is_undone = str(record.seq) in book.reversed_by
        for n, event in enumerate(events_of(record)):
            if not isinstance(event, EntryPosted) or event.portfolio != portfolio:
                continue
            entry = holding_entry(event, record.seq, n, is_undone=is_undone)
            if entry is not None and any(change.account in codes for change in entry.changes):
                yield entry
