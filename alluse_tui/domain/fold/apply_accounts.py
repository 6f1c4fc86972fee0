"""The part of `apply` for events that change one account and move no money."""

from __future__ import annotations

from msgspec.structs import replace

from alluse_tui.domain.events.comparison_events import DifferenceExplained, StatementCompared
from alluse_tui.domain.events.events import (
    AccountEdited,
    AccountRecovered,
    BalanceUnproven,
    Merged,
    Reinvested,
    Reparented,
    StatementImported,
    StatementReleased,
    StatusChanged,
)
from alluse_tui.domain.fold.sums import sum_of
from alluse_tui.domain.model.book import Account, Statement
from alluse_tui.domain.model.terms import Status

AccountEvent = (
    AccountEdited
    | AccountRecovered
    | BalanceUnproven
    | DifferenceExplained
    | Merged
    | Reinvested
    | Reparented
    | StatementCompared
    | StatementImported
    | StatementReleased
    | StatusChanged
)
"""The events that `account_after` applies."""


def account_after(account: Account, event: AccountEvent, seq: int) -> Account:
    """The account after an event of record `seq`."""
    match event:
        case AccountEdited(name=name, notes=notes):
            return replace(account, name=name, notes=notes)
        case StatusChanged(status=status):
            return replace(account, status=status)
        case Merged(into=into, undone=undone):
            status, into = (Status.ACTIVE, "") if undone else (Status.MERGED, into)
            return replace(account, status=status, merged_into=into)
        case Reparented(parent=parent):
            return replace(account, parent=parent)
        case Reinvested(quarter=quarter, income=income):
            unsettled = sum_of(account.income, {c: -m for c, m in income.items()})
            return replace(account, income=unsettled, reinvested=quarter)
        case StatementImported():
            return replace(account, statements=(*account.statements, _statement(event)))
        case StatementReleased():
            return _released(account, event)
        case StatementCompared(compared=compared):
            return replace(account, compared=compared)
        case DifferenceExplained():
            return _explained(account, event)
        case BalanceUnproven():
            return replace(account, unproven=seq)
        case AccountRecovered():
            return _recovered(account, event)


def _statement(event: StatementImported) -> Statement:
    return Statement(
        event.source,
        event.first_day,
        event.last_day,
        event.sha256,
        event.sealed,
        event.fills_only,
    )


def _released(account: Account, event: StatementReleased) -> Account:
    """Without the newest import of that file; its other imports stay."""
    left = list(account.statements)
    for statement in reversed(account.statements):
        if (statement.source, statement.sha256) == (event.source, event.sha256):
            left.remove(statement)
            break
    return replace(account, statements=tuple(left))


def _explained(account: Account, event: DifferenceExplained) -> Account:
    if account.compared is None:
        return account  # its comparison is lost, and so is what it explained
    known = [e for e in account.compared.explanations if e.item != event.item]
    if event.explanation is not None:
        known.append(event.explanation)
    explanations = tuple(sorted(known, key=lambda e: e.item.place))
    return replace(account, compared=replace(account.compared, explanations=explanations))


def _recovered(account: Account, event: AccountRecovered) -> Account:
    return replace(
        account,
        latest_effective=max(account.latest_effective, event.newest),
        income=event.income,
        withdrawn_from_compounding=event.taken,
        statements=event.statements,
        reinvested=event.reinvested,
        unit=event.unit,
    )
