"""Deposit, withdraw and transfer: decisions, judged on the current book."""

from __future__ import annotations

from alluse_tui.domain.commands import Deposit, Transfer, Withdraw
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import whole_cents
from alluse_tui.domain.model.terms import Kind
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.plans.entries import cash_entry, transfer_entry
from alluse_tui.domain.rules.shared_rules import (
    decision_dates,
    not_from_com,
    open_for_decisions,
    within_available,
)


def plan_deposit(book: Book, command: Deposit, context: Context) -> Plan:
    """Bring cash in and raise the base."""
    whole_cents(command.amount, "amount")
    account = book.account(command.account, command.portfolio)
    rules = [
        *open_for_decisions(account),
        *decision_dates(command.date or context.today, context, account),
    ]
    entry = _flow(book, command, account, Kind.DEPOSIT, command.amount, context)
    return planned(book, command, account.portfolio, context, [entry], rules)


def plan_withdraw(book: Book, command: Withdraw, context: Context) -> Plan:
    """Take cash out and lower the base; never below the buffer, never from Compounding."""
    whole_cents(command.amount, "amount")
    account = book.account(command.account, command.portfolio)
    rules = [
        not_from_com(account, "withdraw.com"),
        *open_for_decisions(account),
        *decision_dates(command.date or context.today, context, account),
        within_available(view_in(book, account, context.today), command.amount, command.override),
    ]
    entry = _flow(book, command, account, Kind.WITHDRAWAL, -command.amount, context)
    return planned(book, command, account.portfolio, context, [entry], rules)


def plan_transfer(book: Book, command: Transfer, context: Context) -> Plan:
    """Move cash and base to another account of the portfolio."""
    whole_cents(command.amount, "amount")
    source = book.account(command.source, command.portfolio)
    target = book.account(command.target, command.portfolio)
    if source.id == target.id:
        raise BadInput("to", command.target, "must differ from the source account")
    if source.portfolio != target.portfolio:
        raise BadInput("to", command.target, f"must be in portfolio {source.portfolio}")
    effective = command.date or context.today
    currency = book.portfolios[source.portfolio].currency
    rules = [
        not_from_com(source, "transfer.com"),
        *open_for_decisions(source),
        *open_for_decisions(target),
        *decision_dates(effective, context, source, target),
        within_available(view_in(book, source, context.today), command.amount, command.override),
    ]
    entry = transfer_entry(
        portfolio=source.portfolio,
        source=source.code,
        target=target.code,
        micros=command.amount,
        currency=currency,
        effective=effective,
        note=command.note,
    )
    return planned(book, command, source.portfolio, context, [entry], rules)


def _flow(
    book: Book,
    command: Deposit | Withdraw,
    account: Account,
    kind: Kind,
    micros: int,
    context: Context,
) -> EntryPosted:
    currency = book.portfolios[account.portfolio].currency
    return cash_entry(
        portfolio=account.portfolio,
        code=account.code,
        kind=kind,
        micros=micros,
        currency=currency,
        effective=command.date or context.today,
        base=(currency, micros),
        note=command.note,
    )
