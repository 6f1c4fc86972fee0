"""Both sides of a reconciliation, gathered from the statement, the replica and the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from alluse_tui.domain.derived.breaks import with_explanations
from alluse_tui.domain.derived.fills import Origin
from alluse_tui.domain.derived.lots import Lot
from alluse_tui.domain.derived.reconciliation import Reconciliation, reconciled
from alluse_tui.domain.derived.reconciliation_evidence import (
    BookSide,
    Effect,
    StatementSide,
)
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.comparison import Item
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.terms import Bucket
from alluse_tui.engine.core import Core
from alluse_tui.market.statements import ReadStatement

NEAR_DAYS = 2
"""Trading days on either side of the last day in which an entry may be dated differently."""


def reconciliation(
    core: Core, book: Book, seq: int, account: Account, lots: Iterable[Lot], read: ReadStatement
) -> Reconciliation:
    """The account after record `seq`, with its open `lots`, against the statement.

    Raises BadInput if the statement gives neither its ending cash nor its positions.
    """
    statement = statement_side(read)
    facts = statement.facts
    with core.lock:
        concerned = [key for row in facts.rows for key in row.keys]
        recorded = core.journal.keys(account.portfolio, concerned)
    of_portfolio = book.accounts_of(account.portfolio)
    side = BookSide(
        at_start=dict(held_on(core, seq, account, statement.day_before)),
        at_end=dict(held_on(core, seq, account, facts.last_day)),
        near=tuple(_near(core, seq, account, facts.last_day)),
        missing=_missing(account, lots, facts.last_day),
        keys=frozenset(
            row.key for row in facts.rows if any(key in recorded for key, _ in row.evidence)
        ),
        has_earlier=any(
            s.source == facts.source and not s.fills_only
            for a in of_portfolio
            for s in a.statements
        ),
        rates=book.rates_of(account.portfolio),
        contracts={
            Item(currency=currency, instrument=name): contract.id
            for key, contract in account.contracts.items()
            for name, _, currency in (key.rpartition(":"),)
        },
    )
    portfolio = account.portfolio if len(book.portfolios) > 1 else ""
    result = reconciled(account.code, portfolio, statement, side)
    return with_explanations(result, account.compared)


def statement_side(read: ReadStatement) -> StatementSide:
    """The statement's figures, with a note for each part that it lacks. Raises BadInput."""
    cash = read.ending_cash or None
    quantities = None
    if read.ending_positions is not None:
        quantities = {
            Item(currency=currency, instrument=name): micros
            for (name, currency), micros in read.ending_positions.items()
        }
    elif read.facts.marks:
        quantities = {
            Item(currency=mark.currency, instrument=mark.instrument): mark.quantity_micros
            for mark in read.facts.marks
        }
    if cash is None and quantities is None:
        raise BadInput(
            "file",
            None,
            "the statement gives neither its ending cash nor its positions to compare with",
        )
    notes = [*read.notes, *(f"{text} was not compared" for text in read.not_compared)]
    if cash is None:
        notes.append("cash was not compared: the statement does not give its ending cash")
    if quantities is None:
        notes.append("positions were not compared: the statement does not list them")
    return StatementSide(
        facts=read.facts,
        cash=cash,
        quantities=quantities,
        starting=read.starting_cash,
        corporate_actions=read.corporate_actions,
        notes=tuple(notes),
        contracts={
            Item(currency=currency, instrument=name): contract
            for (name, currency), contract in read.contracts.items()
        },
    )


def held_on(core: Core, seq: int, account: Account, day: date) -> Iterator[tuple[Item, int]]:
    """The account's cash and holdings at the end of a day."""
    owner = (account.portfolio, account.code)
    for *key, name, micros in core.replica.ask("balances_as_of", seq, {"day": day}).rows:
        bucket, _, currency = name.partition(":")
        if tuple(key) == owner and bucket == Bucket.CASH:
            yield Item(currency=currency), micros
    for *key, name, quantity, _ in core.replica.ask("holdings_as_of", seq, {"day": day}).rows:
        instrument, _, currency = name.rpartition(":")
        if tuple(key) == owner and quantity:
            yield Item(currency=currency, instrument=instrument), quantity


def _near(core: Core, seq: int, account: Account, day: date) -> Iterator[Effect]:
    """The effects of the entries within NEAR_DAYS of the last day."""
    values = {
        "portfolio": account.portfolio,
        "account": account.code,
        "first": _sessions_from(core, day, -1),
        "last": _sessions_from(core, day, 1),
    }
    rows = core.replica.ask("entries_between", seq, values).rows
    for seq_of_entry, _, effective, kind, instrument, currency, micros in rows:
        if micros:
            yield Effect(
                item=Item(currency=currency, instrument=instrument),
                micros=micros,
                day=effective,
                kind=kind,
                seq=seq_of_entry,
            )


def _sessions_from(core: Core, day: date, direction: int) -> date:
    """The trading day NEAR_DAYS after or before a day."""
    sessions = 0
    while sessions < NEAR_DAYS:
        day += timedelta(days=direction)
        sessions += core.trading_calendar.is_session(day)
    return day


def _missing(account: Account, lots: Iterable[Lot], last_day: date) -> dict[Item, int]:
    """Quantities that the account closed by the last day without having opened them."""
    missing: dict[Item, int] = {}
    for lot in lots:
        is_missing = lot.origin is Origin.MISSING and lot.opened <= last_day
        if lot.account == account.code and is_missing:
            item = Item(currency=lot.currency, instrument=lot.instrument)
            missing[item] = missing.get(item, 0) - lot.quantity_micros
    return missing
