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
    open_for_facts,
    receiving_com,
)
from alluse_tui.domain.views import AccountView

HOUR_NS = 3_600_000_000_000
MINUTE_NS = 60_000_000_000


def plan_fork(book: Book, command: Fork, context: Context) -> Plan:
    """The whole surplus in whole cents: half to a new account, half to Compounding."""
    account = book.account(command.account, command.portfolio)
    home = book.portfolios[account.portfolio]
    policy = policy_of(account, home)
    view = view_in(book, account, context.today)
    checked_override(command.override)
    surplus = view.surplus // CENT_MICROS * CENT_MICROS
    effective = command.date or context.today
    com = receiving_com(book, home.name)
    said = f"{com.code} receives" if com else "no Compounding account is active"
    rules = [
        Verdict("fork.tier", account.tier is Tier.GEN,
                f"{account.code} is {account.tier.full_name}"),
        Verdict("fork.status", account.status is Status.ACTIVE,
                f"{account.code} is {account.status}"),
        open_for_facts(account),
        *decision_dates(effective, context, account, *([com] if com else [])),
        Verdict("fork.com", com is not None, said),
        Verdict("fork.threshold", surplus >= policy.fork_threshold_micros,
                "surplus {} is {} {}", (surplus, "at or above" if surplus >=
                policy.fork_threshold_micros else "below", policy.fork_threshold_micros)),
        _cash(view, surplus, policy, command.override),
        _cooling(account, policy, context),
        _daily(book, account.portfolio, context, home.policy),
    ]  # fmt: skip
    judged(rules)
    assert com is not None
    code, name = next_code(book, account, home.name, Tier.GEN)
    seed, rest = split(surplus, (1, 1))
    child = AccountOpened(
        home.name, code, Tier.GEN, effective, name, account.code, account.settings, account.code
    )
    forked = Forked(home.name, account.code, code, context.today, context.now_ns)
    currency = home.currency
    entry = EntryPosted(
        home.name,
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
    return planned(book, command, home.name, context, [child, forked, entry], rules)


def _cash(view: AccountView, surplus: int, policy: Policy, override: str) -> Verdict:
    """Cash after the fork is at least the buffer after it."""
    buffer = share_up(max(view.equity - surplus, 0), policy.buffer_bps)
    free = max(0, view.cash - buffer)
    if surplus <= free:
        return Verdict("fork.cash", True, "{} of {} surplus is cash above the buffer",
                       (min(free, surplus), surplus))  # fmt: skip
    if override and surplus <= view.cash:
        return Verdict("fork.cash", True, "{} of {} surplus is cash above the buffer, "
                       "overridden: {}", (free, surplus, override))  # fmt: skip
    said = "surplus is invested: {} of {} is cash above the buffer"
    return Verdict("fork.cash", False, said, (free, surplus))


def _cooling(account: Account, policy: Policy, context: Context) -> Verdict:
    if not account.forked_ns:
        return Verdict("fork.cooling", True, f"{account.code} has not forked before")
    opens_ns = account.forked_ns + policy.fork_cooling_hours * HOUR_NS
    over = context.now_ns >= opens_ns
    said = f"{account.code} forked {new_york_time(account.forked_ns)}"
    said += "" if over else f"; it may again from {new_york_time(opens_ns + MINUTE_NS - 1)}"
    return Verdict("fork.cooling", over, said)


def _daily(book: Book, portfolio: str, context: Context, policy: Policy) -> Verdict:
    done = book.portfolios[portfolio].forks.get(context.today.isoformat(), 0)
    said = f"{done} of {policy.fork_daily_limit} forks done today ({context.today}, New York)"
    return Verdict("fork.daily", done < policy.fork_daily_limit, said)
