"""Reinvest: each quarter, part of what Rev and Com earned is set aside (rules.md, Reinvest)."""

from __future__ import annotations

from alluse_tui.domain.commands import Reinvest
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.events import EntryPosted, Posting, Reinvested
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.calendar import next_window, quarter_of, window_of
from alluse_tui.domain.model.money import CENT_MICROS, split, whole_cents
from alluse_tui.domain.model.rates import total_value
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Bucket, Kind, Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.rules.shared_rules import (
    checked_override,
    decision_dates,
    open_for_decisions,
)


def net_income(book: Book, account: Account, context: Context) -> int:
    """What the account earned since its last reinvestment, in the portfolio's currency."""
    home = book.portfolios[account.portfolio]
    rates = book.rates_of(home.name)
    return total_value(account.income.items(), rates, home.currency, context.today)[0]


def plan_reinvest(book: Book, command: Reinvest, context: Context) -> Plan:
    """Cash becomes earmarks: by default all of what was earned that is available."""
    account = book.account(command.account, command.portfolio)
    home = book.portfolios[account.portfolio]
    policy = policy_of(account, home)
    view = view_in(book, account, context.today)
    effective = command.date or context.today
    income = net_income(book, account, context)
    if command.amount is not None:
        amount = whole_cents(command.amount, "--amount")
    else:
        amount = max(0, min(view.available, income)) // CENT_MICROS * CENT_MICROS
    most = view.cash if checked_override(command.override) else view.available
    beyond = command.override and view.available < amount <= most
    overridden = f", overridden: {command.override}" if beyond else ""
    quarter = quarter_of(effective)
    opens, closes = window_of(effective, context.sessions)
    following = next_window(effective, context.sessions)
    inside = opens <= effective <= closes
    said = f"open from {opens} to {closes}" if inside else f"opens on {following[0]}"
    enough = amount >= policy.reinvest_minimum_micros
    rules = [
        Verdict("reinvest.tier", account.tier in (Tier.REV, Tier.COM),
                f"{account.code} is {account.tier.full_name}"),
        *open_for_decisions(account),
        *decision_dates(effective, context, account),
        Verdict("reinvest.window", inside, f"the window of {quarter} {said}"
                if inside else f"the window {said}"),
        Verdict("reinvest.once", account.reinvested < quarter,
                f"{account.code} reinvested in {account.reinvested or 'no quarter yet'}"),
        Verdict("reinvest.minimum", enough, "{} is {} {} (net income {}, available {})",
                (amount, "at least" if enough else "below", policy.reinvest_minimum_micros,
                 income, view.available)),
        Verdict("reinvest.available", amount <= most, "{} of {} available{}",
                (amount, view.available, overridden)),
    ]  # fmt: skip
    parts = split(amount, (policy.reinvest_contracts_bps, policy.reinvest_leaps_bps))
    postings = [
        Posting(account.code, Bucket.CASH, home.currency, -amount),
        Posting(account.code, Bucket.CONTRACTS, home.currency, parts[0]),
        Posting(account.code, Bucket.LEAPS, home.currency, parts[1]),
    ]
    entry = EntryPosted(
        home.name, Kind.REINVEST, effective, tuple(p for p in postings if p.micros),
        note=command.note,
    )  # fmt: skip
    settled = Reinvested(home.name, account.code, quarter, account.reinvested, dict(account.income))
    return planned(book, command, home.name, context, [entry, settled], rules)
