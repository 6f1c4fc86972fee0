"""Reinvest: set aside part of a Rev or Com account's quarterly income (rules.md, Reinvest)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import Reinvest
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.events import EntryPosted, Posting, Reinvested
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.calendar import next_window, quarter_of, window_of
from alluse_tui.domain.model.money import CENT_MICROS, ONE_BPS, split, whole_cents
from alluse_tui.domain.model.policy import Policy
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
from alluse_tui.domain.views import AccountView


def net_income(book: Book, account: Account, context: Context) -> int:
    """Income since the account's last reinvestment, in micros of the portfolio's currency."""
    portfolio = book.portfolios[account.portfolio]
    rates = book.rates_of(portfolio.name)
    return total_value(account.income.items(), rates, portfolio.currency, context.today)[0]


def plan_reinvest(book: Book, command: Reinvest, context: Context) -> Plan:
    """Earmark cash for taxes, contracts and LEAPS; by default all available income."""
    account = book.account(command.account, command.portfolio)
    portfolio = book.portfolios[account.portfolio]
    policy = policy_of(account, portfolio)
    view = view_in(book, account, context.today)
    effective = command.date or context.today
    income = net_income(book, account, context)
    checked_override(command.override)
    if command.amount is not None:
        amount = whole_cents(command.amount, "--amount")
    else:
        amount = max(0, min(view.available, income)) // CENT_MICROS * CENT_MICROS
    quarter = quarter_of(effective)
    rules = [
        _tier(account),
        *open_for_decisions(account),
        *decision_dates(effective, context, account),
        _window(effective, quarter, context),
        _once(account, quarter),
        _minimum(amount, policy, income, view),
        _available(amount, view, command.override),
    ]
    postings = [
        Posting(account.code, bucket, portfolio.currency, micros)
        for bucket, micros in ((Bucket.CASH, -amount), *reinvested_parts(amount, policy).items())
    ]
    entry = EntryPosted(
        portfolio=portfolio.name,
        kind=Kind.REINVEST,
        effective=effective,
        postings=tuple(p for p in postings if p.micros),
        note=command.note,
    )
    settled = Reinvested(
        portfolio.name, account.code, quarter, account.reinvested, dict(account.income)
    )
    return planned(book, command, portfolio.name, context, [entry, settled], rules)


def reinvested_parts(amount: int, policy: Policy) -> dict[Bucket, int]:
    """The part of `amount` (whole cents) for each bucket; they add up to it.

    The tax reserve comes first; contracts and LEAPS share the rest.
    """
    reserve = policy.reinvest_tax_reserve_bps
    taxes, rest = split(amount, (reserve, ONE_BPS - reserve))
    shares = (policy.reinvest_contracts_bps, policy.reinvest_leaps_bps)
    contracts, leaps = split(rest, shares)
    return {Bucket.CONTRACTS: contracts, Bucket.LEAPS: leaps, Bucket.TAXES: taxes}


def _tier(account: Account) -> Verdict:
    ok = account.tier in (Tier.REV, Tier.COM)
    sentence = f"{account.code} is a {account.tier.full_name} account"
    if not ok:
        sentence = f"only Revenue and Compounding accounts reinvest; {sentence}"
    return Verdict("reinvest.tier", ok, sentence)


def _window(effective: date, quarter: str, context: Context) -> Verdict:
    opens, closes = window_of(effective, context.sessions)
    if opens <= effective <= closes:
        sentence = f"the {quarter} window is open from {opens} to {closes}"
        return Verdict("reinvest.window", True, sentence)
    following, _ = next_window(effective, context.sessions)
    return Verdict("reinvest.window", False, f"the next window opens on {following}")


def _once(account: Account, quarter: str) -> Verdict:
    last = account.reinvested
    sentence = (
        f"{account.code} last reinvested in {last}"
        if last
        else f"{account.code} has not reinvested yet"
    )
    return Verdict("reinvest.once", last < quarter, sentence)


def _minimum(amount: int, policy: Policy, income: int, view: AccountView) -> Verdict:
    minimum = policy.reinvest_minimum_micros
    ok = amount >= minimum
    sentence = f"{{}} is {'at least' if ok else 'below'} the minimum of {{}}"
    sentence += " (net income {}, available {})"
    return Verdict("reinvest.minimum", ok, sentence, (amount, minimum, income, view.available))


def _available(amount: int, view: AccountView, override: str) -> Verdict:
    """At most what is available; with an override reason, also the buffer."""
    values = (amount, view.available)
    if override and view.available < amount <= view.unpledged:
        sentence = "{} is more than the {} available; overridden: {}"
        return Verdict("reinvest.available", True, sentence, (*values, override))
    ok = amount <= (view.unpledged if override else view.available)
    sentence = f"{{}} {'of' if ok else 'is more than'} the {{}} available"
    return Verdict("reinvest.available", ok, sentence, values)
