"""Merge: a forked account that has grown up folds into Compounding (rules.md, Merge)."""

from __future__ import annotations

from alluse_tui.domain.commands import Merge
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.events import (
    BaseChange,
    EntryPosted,
    Event,
    HoldingChange,
    Merged,
    Posting,
    Reparented,
)
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Kind, Status
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, judged, planned
from alluse_tui.domain.rules.shared_rules import decision_dates, open_for_facts, receiving_com


def plan_merge(book: Book, command: Merge, context: Context) -> Plan:
    """Every bucket moves, the account stays as history, its own forks move up to its parent."""
    account = book.account(command.account, command.portfolio)
    home = book.portfolios[account.portfolio]
    threshold = policy_of(account, home).merge_threshold_micros
    view = view_in(book, account, context.today)
    effective = command.date or context.today
    com = receiving_com(book, home.name)
    forked = bool(account.forked_from)
    at = "at or above" if view.equity >= threshold else "below"
    rules = [
        Verdict("merge.forked", forked, f"{account.code} was forked from {account.forked_from}"
                if forked else f"{account.code} is no fork: it never merges"),
        Verdict("merge.status", account.status is Status.ACTIVE,
                f"{account.code} is {account.status}"),
        open_for_facts(account),
        *decision_dates(effective, context, account, *([com] if com else [])),
        Verdict("merge.com", com is not None,
                f"{com.code} receives" if com else "no Compounding account is active"),
        Verdict("merge.threshold", view.equity >= threshold, "equity {} is {} {}",
                (view.equity, at, threshold)),
        Verdict("merge.orders", True, "no open orders are known"),
    ]  # fmt: skip
    judged(rules)
    assert com is not None
    currency = home.currency
    entry = EntryPosted(
        home.name,
        Kind.MERGE,
        effective,
        all_postings(account, com.code),
        base=(
            *(BaseChange(account.code, c, -m) for c, m in account.base.items()),
            BaseChange(com.code, currency, view.equity),
        ),
        holdings=all_holdings(account, com.code),
        note=command.note,
    )
    events: list[Event] = [
        entry,
        Merged(home.name, account.code, com.code, _held_before(account, com)),
    ]
    events += [
        Reparented(home.name, child.code, account.parent, account.code)
        for child in book.accounts_of(home.name)
        if child.parent == account.code
    ]
    return planned(book, command, home.name, context, events, rules)


def _held_before(account: Account, com: Account) -> dict[str, int]:
    return {k: com.holdings[k].quantity_micros for k in account.holdings if k in com.holdings}


def all_postings(account: Account, target: str) -> tuple[Posting, ...]:
    """Everything the account has, to the same buckets of another."""
    postings = []
    for key, micros in sorted(account.balances.items()):
        bucket, _, currency = key.partition(":")
        postings.append(Posting(account.code, bucket, currency, -micros))
        postings.append(Posting(target, bucket, currency, micros))
    return tuple(postings)


def all_holdings(account: Account, target: str) -> tuple[HoldingChange, ...]:
    """Everything the account holds, to another."""
    changes = []
    for key, held in sorted(account.holdings.items()):
        name, _, currency = key.rpartition(":")
        for code, sign in ((account.code, -1), (target, 1)):
            changes.append(
                HoldingChange(
                    code, name, currency, sign * held.quantity_micros, sign * held.value_micros
                )
            )
    return tuple(changes)
