"""Which circuit breakers the newest value of VIX has reached (rules.md, Circuit breakers)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Status
from alluse_tui.domain.model.vix import Vix

HALF, SAFE, STOP = "breakers.vix_half", "breakers.vix_safe", "breakers.vix_stop"
"""Halves the size, pauses the account, and pauses the whole portfolio."""

OPEN = (Status.ACTIVE, Status.SUSPENDED)


def level_of(policy: Policy, breaker: str) -> int | None:
    """The VIX of that breaker in hundredths; None if it is off."""
    levels = {
        HALF: policy.breaker_half_hundredths,
        SAFE: policy.breaker_safe_hundredths,
        STOP: policy.breaker_stop_hundredths,
    }
    return levels[breaker]


def known_vix(book: Book, today: date) -> Vix | None:
    """The newest value of VIX, if it still counts."""
    return book.vix if book.vix is not None and book.vix.is_fresh(today) else None


def has_reached(policy: Policy, breaker: str, vix: Vix) -> bool:
    """Whether the breaker is on, and VIX is at its level or above."""
    level = level_of(policy, breaker)
    return level is not None and vix.hundredths >= level


def reached_sentence(policy: Policy, breaker: str, vix: Vix) -> str:
    """'VIX 66 (of 2026-11-30) has reached 65'."""
    level = level_of(policy, breaker)
    assert level is not None
    return f"{vix.text} has reached {level / 100:g}"


def accounts_to_pause(book: Book, portfolio: str, vix: Vix) -> Iterator[Account]:
    """The open accounts that have reached their own `breakers.vix_safe` and are not paused."""
    owner = book.portfolios[portfolio]
    for account in book.accounts_of(portfolio):
        may_trade = account.status in OPEN and account.pause is None
        if may_trade and has_reached(policy_of(account, owner), SAFE, vix):
            yield account


def breaker_to_trip(book: Book, portfolio: str, today: date) -> tuple[str, str]:
    """The breaker that would pause something now, and why; both empty if none would."""
    vix, owner = known_vix(book, today), book.portfolios[portfolio]
    if vix is None or owner.pause is not None:
        return "", ""
    if has_reached(owner.policy, STOP, vix):
        return STOP, reached_sentence(owner.policy, STOP, vix)
    account = next(accounts_to_pause(book, portfolio, vix), None)
    if account is None:
        return "", ""
    return SAFE, reached_sentence(policy_of(account, owner), SAFE, vix)


def has_breakers(book: Book, portfolio: str) -> bool:
    """Whether any breaker is on, in the portfolio's policy or in an account's own settings."""
    policy = book.portfolios[portfolio].policy
    if any(level_of(policy, breaker) is not None for breaker in (HALF, SAFE, STOP)):
        return True
    return any(SAFE in a.settings or HALF in a.settings for a in book.accounts_of(portfolio))
