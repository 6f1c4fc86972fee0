"""Fork: a Gen account's surplus seeds a new account and raises Compounding (rules.md, Fork)."""

from __future__ import annotations

from alluse_tui.domain.commands import Fork
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.events import AccountOpened, BaseChange, EntryPosted, Forked, Posting
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.money import CENT_MICROS, share_up, split
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Bucket, Kind, Status, Tier
from alluse_tui.domain.model.time_text import new_york_time
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, judged, planned
from alluse_tui.domain.plans.accounts import next_code
from alluse_tui.domain.rules.shared_rules import (
    checked_override,
    decision_dates,
    has_receiving_com,
    open_for_facts,
    receiving_com,
)
from alluse_tui.domain.views import AccountView

HOUR_NS = 3_600_000_000_000
MINUTE_NS = 60_000_000_000


def plan_fork(book: Book, command: Fork, context: Context) -> Plan:
    """Split the whole surplus, in whole cents: half to a new account, half to Compounding."""
    account = book.account(command.account, command.portfolio)
    portfolio = book.portfolios[account.portfolio]
    policy = policy_of(account, portfolio)
    view = view_in(book, account, context.today)
    checked_override(command.override)
    surplus = view.surplus // CENT_MICROS * CENT_MICROS
    effective = command.date or context.today
    com = receiving_com(book, portfolio.name)
    rules = [
        *_account_rules(account),
        *decision_dates(effective, context, account, *([com] if com else [])),
        has_receiving_com(com, "fork.com"),
        _threshold(surplus, policy),
        _cash(view, surplus, policy, command.override),
        _cooling(account, policy, context),
        _daily(book, account.portfolio, context, portfolio.policy),
    ]
    judged(rules)
    assert com is not None
    code, name = next_code(book, account, portfolio.name, Tier.GEN)
    seed, rest = split(surplus, (1, 1))
    child = AccountOpened(
        portfolio=portfolio.name,
        code=code,
        tier=Tier.GEN,
        opened=effective,
        name=name,
        parent=account.code,
        settings=account.settings,
        forked_from=account.code,
    )
    forked = Forked(portfolio.name, account.code, code, context.today, context.now_ns)
    currency = portfolio.currency
    entry = EntryPosted(
        portfolio.name,
        Kind.FORK,
        effective,
        (
            Posting(account.code, Bucket.CASH, currency, -surplus),
            Posting(code, Bucket.CASH, currency, seed),
            Posting(com.code, Bucket.CASH, currency, rest),
        ),
        base=(BaseChange(code, currency, seed), BaseChange(com.code, currency, rest)),
        note=command.note,
    )
    return planned(book, command, portfolio.name, context, [child, forked, entry], rules)


def _account_rules(account: Account) -> list[Verdict]:
    code, is_gen = account.code, account.tier is Tier.GEN
    tier = f"{code} is a {account.tier.full_name} account"
    return [
        Verdict("fork.tier", is_gen, tier if is_gen else f"only Generation accounts fork; {tier}"),
        Verdict("fork.status", account.status is Status.ACTIVE, f"{code} is {account.status}"),
        open_for_facts(account),
    ]


def _threshold(surplus: int, policy: Policy) -> Verdict:
    threshold = policy.fork_threshold_micros
    ok = surplus >= threshold
    sentence = (
        "surplus {} has reached the fork threshold of {}"
        if ok
        else "surplus {} is below the fork threshold of {}"
    )
    return Verdict("fork.threshold", ok, sentence, (surplus, threshold))


def _cash(view: AccountView, surplus: int, policy: Policy, override: str) -> Verdict:
    """Cash after the fork covers the buffer after the fork, and the collateral."""
    buffer = share_up(max(view.equity - surplus, 0), policy.buffer_bps)
    free = max(0, view.unpledged - buffer)
    above = (
        "cash above the buffer and the collateral" if view.collateral else "cash above the buffer"
    )
    if surplus <= free:
        sentence = f"the whole surplus of {{}} is {above}"
        return Verdict("fork.cash", True, sentence, (surplus,))
    if override and surplus <= view.unpledged:
        sentence = f"{{}} of the {{}} surplus is {above}; overridden: {{}}"
        return Verdict("fork.cash", True, sentence, (free, surplus, override))
    sentence = f"only {{}} of the {{}} surplus is {above}"
    return Verdict("fork.cash", False, sentence, (free, surplus))


def _cooling(account: Account, policy: Policy, context: Context) -> Verdict:
    if not account.forked_ns:
        return Verdict("fork.cooling", True, f"{account.code} has not forked before")
    opens_ns = account.forked_ns + policy.fork_cooling_hours * HOUR_NS
    over = context.now_ns >= opens_ns
    sentence = f"{account.code} last forked {new_york_time(account.forked_ns)}"
    if not over:
        sentence += f"; it can fork again from {new_york_time(opens_ns + MINUTE_NS - 1)}"
    return Verdict("fork.cooling", over, sentence)


def _daily(book: Book, portfolio: str, context: Context, policy: Policy) -> Verdict:
    count = book.portfolios[portfolio].forks.get(context.today.isoformat(), 0)
    limit = policy.fork_daily_limit
    sentence = f"{count} of {limit} forks made today ({context.today}, New York)"
    return Verdict("fork.daily", count < limit, sentence)
