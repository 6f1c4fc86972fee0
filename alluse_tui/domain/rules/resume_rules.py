"""What a resume checks before trading begins again (rules.md, Pause)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.derived.breakers import SAFE, STOP, known_vix, level_of
from alluse_tui.domain.derived.positions import positions, uncovered_calls
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.rules.confirmation import to_confirm

NAMED = 5
"""How many accounts a sentence names; it counts the others."""


def resume_rules(
    book: Book, accounts: Iterable[Account], *, confirmed: bool, context: Context
) -> Iterator[Verdict]:
    """Whether anything is open in the accounts; what is open asks for confirmation."""
    breaks, uncovered, expired = list[str](), list[str](), list[str]()
    for account in accounts:
        if account.compared is not None and account.compared.unexplained:
            breaks.append(account.code)
        if account.holdings:
            if _is_uncovered(book, account, context.today):
                uncovered.append(account.code)
            if _has_expired(account, context.today):
                expired.append(account.code)
    for rule, codes, held, broken in (
        (
            "resume.statements",
            breaks,
            "every difference from a statement is explained",
            "differences from a statement are not explained",
        ),
        ("resume.covered", uncovered, "short options are covered", "short options are uncovered"),
        (
            "resume.expired",
            expired,
            "no option is past its expiry",
            "options are past their expiry, and what became of them is not recorded",
        ),
    ):
        if codes:
            sentence = f"{broken} ({listed(codes)})"
            yield to_confirm(rule, sentence, (), confirmed=confirmed, context=context)
        else:
            yield Verdict(rule, True, held)


def vix_rule(book: Book, policy: Policy, *, confirmed: bool, context: Context) -> Iterator[Verdict]:
    """Whether VIX is below the circuit breakers that pause; nothing if they are off."""
    levels = {path: level_of(policy, path) for path in (SAFE, STOP)}
    on = {path: level for path, level in levels.items() if level is not None}
    if not on:
        return
    lowest = min(on, key=lambda path: on[path])
    level, vix = f"{on[lowest] / 100:g}", known_vix(book, context.today)
    if vix is None:
        sentence = f"VIX is not known; trading pauses from {level} on"
        yield Verdict("resume.vix", True, sentence, unknown=True, setting=lowest)
    elif vix.hundredths < on[lowest]:
        yield Verdict("resume.vix", True, f"{vix.text} is below {level}", setting=lowest)
    else:
        yield to_confirm(
            "resume.vix",
            f"{vix.text} is still at {level} or above",
            (),
            confirmed=confirmed,
            context=context,
            setting=lowest,
        )


def _is_uncovered(book: Book, account: Account, today: date) -> bool:
    view = view_in(book, account, today)
    is_covered = not view.uncovered and not view.collateral_unvalued
    return not is_covered or bool(list(uncovered_calls(positions(view.holdings))))


def _has_expired(account: Account, today: date) -> bool:
    days = (position.days_to_expiry(today) for position in positions(account.holdings))
    return any(left is not None and left < 0 for left in days)


def listed(codes: list[str]) -> str:
    """'gen-1, rev-1', or the first NAMED and how many more there are."""
    more = len(codes) - NAMED
    named = ", ".join(codes[:NAMED])
    return f"{named} and {more} more" if more > 0 else named
