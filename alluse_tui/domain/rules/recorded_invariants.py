"""Invariants 6 and 7 of rules.md and the four-eyes rules, checked on records, not on plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.derived.account_views import changed_views, view_in
from alluse_tui.domain.derived.positions import collateral, positions
from alluse_tui.domain.derived.user_changes import acknowledgers
from alluse_tui.domain.events.events import (
    ApprovalClosed,
    EntryPosted,
    Event,
    PasswordSet,
    RolesChanged,
    UserAdded,
    UserChangeAcknowledged,
    UserEnabled,
)
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Account, Book, account_id
from alluse_tui.domain.model.money import plain, share_up
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Bucket, Tier
from alluse_tui.domain.model.traits import recorded_traits
from alluse_tui.domain.rules.approvals import SECOND_PERSON, is_listed, mode
from alluse_tui.domain.rules.effects import fact_micros, most_moved

COLLATERAL_SINCE = 5
"""The record format since which decisions leave the collateral of short puts untouched."""


def broken_rule(
    before: Book,
    command: str,
    events: Iterable[Event],
    today: date,
    *,
    overridden: bool,
    version: int,
) -> str:
    """The rule that a recorded decision broke, judged on the book before it; '' for none.

    `today` is the New York date on which it was recorded, `version` the record's format.
    """
    traits = recorded_traits(command)
    if traits is None or not traits.spends_cash:
        return ""
    taken: defaultdict[str, int] = defaultdict(int)
    for event in events:
        if isinstance(event, EntryPosted):
            for p in event.postings:
                if p.bucket == Bucket.CASH and p.micros < 0:
                    taken[account_id(event.portfolio, p.account)] -= p.micros
    for key, micros in taken.items():
        account = before.accounts[key]
        if account.tier is Tier.COM and command != "reinvest":
            return f"{command} took {plain(micros)} out of {key}, a Compounding account"
        view = view_in(before, account, today)
        if version < COLLATERAL_SINCE:
            view = replace(view, collateral=0, collateral_unvalued=False)
        elif shares := _of_short_shares(before, account, today):
            view = replace(view, collateral=view.collateral - shares)
        most = view.unpledged if overridden else view.available
        if command == "fork" and not overridden:
            policy = policy_of(account, before.portfolios[account.portfolio])
            most = view.unpledged - share_up(max(view.equity - micros, 0), policy.buffer_bps)
        if micros > most:
            return f"{command} took {plain(micros)} out of {key}, with {plain(most)} available"
    return ""


def _of_short_shares(before: Book, account: Account, today: date) -> int:
    """The collateral of short shares, which decisions of older programs could take."""
    shares = [p for p in positions(account.holdings) if p.instrument.right is None]
    own = before.portfolios[account.portfolio].currency
    return collateral(shares, before.rates_of(account.portfolio), own, today)[0]


def broken_four_eyes(
    before: Book,
    command: str,
    portfolio: str,
    events: Sequence[Event],
    actor: str,
    today: date,
    *,
    approved: bool,
    whole: bool,
) -> str:
    """The four-eyes rule that a record broke, judged on the book before it; '' for none.

    `approved`: the record carries out a proposal. `whole`: it holds the complete command, so its
    amount is known.
    """
    if mode(before) != SECOND_PERSON or not events:
        return ""
    for event in events:
        if isinstance(event, ApprovalClosed) and event.outcome == "approved":
            proposal = before.approvals.get(str(event.approval))
            if proposal is None:
                return f"{actor} approved #{event.approval}, which was not pending"
            if proposal.by == actor:
                return f"{actor} approved #{event.approval}, their own proposal"
    if approved or portfolio not in before.portfolios:
        return ""
    alone = f"{actor} ran {command} without a second person"
    policy = before.portfolios[portfolio].policy
    if is_listed(policy, command, events):
        above = policy.approval_above_micros
        broken = not above or (whole and not 0 < _moved(before, events, today) <= above)
        return alone if broken else ""
    limit = policy.approval_facts_above_micros
    if not limit:
        return ""
    after = apply_all(before, events)
    return alone if fact_micros(command, portfolio, events, before, after, today) > limit else ""


def broken_user_change(before: Book, events: Sequence[Event], actor: str) -> str:
    """The rule on user changes that a record broke, judged on the book before it; '' for none."""
    for event in events:
        match event:
            case UserAdded() | RolesChanged() | UserEnabled() | PasswordSet():
                if event.by not in ("", actor):
                    return f"{actor} changed {event.user} in {event.by}'s name"
            case UserChangeAcknowledged(number, by):
                change = before.user_changes.get(str(number))
                if change is None or by != actor or actor not in acknowledgers(before, change):
                    return f"{actor} acknowledged the user change #{number} without being allowed"
    return ""


def _moved(before: Book, events: Iterable[Event], today: date) -> int:
    """The same as `approvals.moved_micros` for a plan with these events."""
    return most_moved(changed_views(before, apply_all(before, events), today))
