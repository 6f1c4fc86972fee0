"""Merge: a forked account that has grown enough moves into Compounding (rules.md, Merge)."""

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
from alluse_tui.domain.rules.shared_rules import (
    decision_dates,
    has_receiving_com,
    open_for_facts,
    receiving_com,
)


def plan_merge(book: Book, command: Merge, context: Context) -> Plan:
    """Move every bucket into Compounding, keep the account as history, re-parent its forks."""
    account = book.account(command.account, command.portfolio)
    portfolio = book.portfolios[account.portfolio]
    threshold = policy_of(account, portfolio).merge_threshold_micros
    view = view_in(book, account, context.today)
    effective = command.date or context.today
    com = receiving_com(book, portfolio.name)
    rules = [
        *_account_rules(account),
        *decision_dates(effective, context, account, *([com] if com else [])),
        has_receiving_com(com, "merge.com"),
        _threshold(view.equity, threshold),
        Verdict("merge.orders", True, "no open orders"),
    ]
    judged(rules)
    assert com is not None
    currency = portfolio.currency
    entry = EntryPosted(
        portfolio.name,
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
        Merged(portfolio.name, account.code, com.code, _held_before(account, com)),
    ]
    events += [
        Reparented(portfolio.name, child.code, account.parent, account.code)
        for child in book.accounts_of(portfolio.name)
        if child.parent == account.code
    ]
    return planned(book, command, portfolio.name, context, events, rules)


def _account_rules(account: Account) -> list[Verdict]:
    code, forked = account.code, bool(account.forked_from)
    sentence = (
        f"{code} was forked from {account.forked_from}"
        if forked
        else f"{code} was not forked, so it cannot merge"
    )
    return [
        Verdict("merge.forked", forked, sentence),
        Verdict("merge.status", account.status is Status.ACTIVE, f"{code} is {account.status}"),
        open_for_facts(account),
    ]


def _threshold(equity: int, threshold: int) -> Verdict:
    if equity >= threshold:
        sentence = "equity {} has reached the merge threshold of {}"
        return Verdict("merge.threshold", True, sentence, (equity, threshold))
    return Verdict("merge.threshold", False, "needs equity of {}, has {}", (threshold, equity))


def _held_before(account: Account, com: Account) -> dict[str, int]:
    return {k: com.holdings[k].quantity_micros for k in account.holdings if k in com.holdings}


def all_postings(account: Account, target: str) -> tuple[Posting, ...]:
    """Postings that move every balance of the account to the same bucket of `target`."""
    postings = []
    for key, micros in sorted(account.balances.items()):
        bucket, _, currency = key.partition(":")
        postings.append(Posting(account.code, bucket, currency, -micros))
        postings.append(Posting(target, bucket, currency, micros))
    return tuple(postings)


def all_holdings(account: Account, target: str) -> tuple[HoldingChange, ...]:
    """Holding changes that move every holding of the account to `target`."""
    return tuple(
        HoldingChange(
            account=code,
            instrument=key.rpartition(":")[0],
            currency=key.rpartition(":")[2],
            quantity_micros=sign * holding.quantity_micros,
            value_micros=sign * holding.value_micros,
            contract=account.contracts[key].id if key in account.contracts else "",
        )
        for key, holding in sorted(account.holdings.items())
        for code, sign in ((account.code, -1), (target, 1))
    )
