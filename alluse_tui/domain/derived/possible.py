"""Which actions an account allows now, and why it does not allow the others.

Answers from the account's figures alone, so it is cheap enough to ask on every move of a cursor.
Rules that need more (dates, windows, another account, an amount) are left to the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alluse_tui.domain.model.money import CENT_MICROS, grouped
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.views import AccountView

ACTIONS = (
    "fork",
    "merge",
    "reinvest",
    "deposit",
    "withdraw",
    "transfer",
    "post",
    "edit",
    "open",
    "release",
    "suspend",
    "activate",
    "close",
    "pause",
    "resume",
)
"""The actions on an account; `open` opens another one under it."""

_ENDED = (Status.CLOSED, Status.MERGED)
_WHILE_SUSPENDED = ("post", "edit", "activate", "close", "pause", "resume")


def possible(account: AccountView) -> Mapping[str, str]:
    """The reason why each of ACTIONS is refused, '' for those that are not."""
    reasons = {}
    for action in ACTIONS:
        refusal = refusal_of(action, account)
        reasons[action] = refusal.worded(grouped) if refusal is not None else ""
    return reasons


def refusal_of(action: str, account: AccountView) -> Verdict | None:
    """The first rule that refuses the action on this account, under the name plans give it."""
    return next(_refusals(action, account), None)


def _refusals(action: str, account: AccountView) -> Iterator[Verdict]:
    code, status = account.code, account.status
    if status in _ENDED:
        yield Verdict("status.closed", False, f"{code} is {status}")
    if status is Status.SUSPENDED and action not in _WHILE_SUSPENDED:
        rule = f"{action}.status" if action in ("fork", "merge") else "status.suspended"
        yield Verdict(rule, False, f"{code} is {status}")
    match action:
        case "fork":
            yield from _fork(account)
        case "merge":
            yield from _merge(account)
        case "reinvest":
            if account.tier is Tier.GEN:
                text = "only Revenue and Compounding accounts reinvest; "
                yield Verdict("reinvest.tier", False, f"{text}{_tier_of(account)}")
        case "withdraw" | "transfer":
            if account.tier is Tier.COM:
                text = f"{code} is Compounding: nothing ever leaves it"
                yield Verdict(f"{action}.com", False, text)
        case "release":
            if not (account.contracts or account.leaps or account.taxes):
                yield Verdict("release.bucket", False, f"{code} has no earmarked money")
        case "activate":
            if status is Status.ACTIVE:
                yield Verdict("status.active", False, f"{code} is already active")
        case "pause":
            if account.pause is not None:
                text = f"{code} is already paused {account.pause.reason}"
                yield Verdict("pause.active", False, text)
        case "resume":
            if account.pause is None:
                yield Verdict("resume.paused", False, f"{code} is not paused on its own")
        case "close":
            if _holds_something(account):
                text = f"{code} still holds money or positions; move them out first"
                yield Verdict("close.empty", False, text)


def _fork(account: AccountView) -> Iterator[Verdict]:
    if account.tier is not Tier.GEN:
        text = f"only Generation accounts fork; {_tier_of(account)}"
        yield Verdict("fork.tier", False, text)
    surplus = account.surplus // CENT_MICROS * CENT_MICROS
    if surplus < account.fork_threshold:
        values = (account.fork_threshold, surplus)
        yield Verdict("fork.threshold", False, "needs a surplus of {}, has {}", values)


def _merge(account: AccountView) -> Iterator[Verdict]:
    if not account.forked_from:
        text = f"{account.code} was not forked, so it cannot merge"
        yield Verdict("merge.forked", False, text)
    if account.equity < account.merge_threshold:
        values = (account.merge_threshold, account.equity)
        yield Verdict("merge.threshold", False, "needs equity of {}, has {}", values)


def _tier_of(account: AccountView) -> str:
    return f"{account.code} is a {account.tier.full_name} account"


def _holds_something(account: AccountView) -> bool:
    earmarked = account.contracts or account.leaps or account.positions or account.taxes
    return bool(any(account.currencies.values()) or earmarked or account.holdings)
