"""The rules that several plans share; each answers with its numbers (50-cli, rule names)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.book import Account, Book
from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.money import grouped
from alluse_tui.domain.terms import Status, Tier
from alluse_tui.domain.verdict import Verdict
from alluse_tui.domain.views import AccountView

OVERRIDE_LIMIT = 200


def open_for_facts(account: Account) -> Verdict:
    """A closed or merged account takes nothing but corrections of facts."""
    ok = account.status not in (Status.CLOSED, Status.MERGED)
    return Verdict("status.closed", ok, f"{account.code} is {account.status}")


def open_for_decisions(account: Account) -> list[Verdict]:
    """Only an active account takes decisions."""
    suspended = account.status is Status.SUSPENDED
    name = f"{account.code} is {account.status}"
    return [open_for_facts(account), Verdict("status.suspended", not suspended, name)]


def not_in_future(effective: date, today: date) -> Verdict:
    """Nothing is dated after today in New York."""
    ok = effective <= today
    return Verdict("date.future", ok, f"dated {effective}, today is {today}")


def decision_dates(effective: date, today: date, *accounts: Account) -> list[Verdict]:
    """A decision may be dated back, but not before an account's newest entry."""
    newest = max(a.newest for a in accounts)
    said = f"dated {effective}, the newest entry is of {newest}"
    return [not_in_future(effective, today), Verdict("date.before", effective >= newest, said)]


def not_from_com(account: Account, rule: str) -> Verdict:
    """Nothing is ever withdrawn or transferred out of Compounding."""
    if account.tier is Tier.COM:
        said = f"{account.code} is Compounding: nothing ever leaves it"
        return Verdict(rule, False, said)
    return Verdict(rule, True, f"{account.code} is {account.tier.full_name}, not Compounding")


def empty(account: Account) -> Verdict:
    """A closing account holds nothing."""
    held = ", ".join(
        f"{grouped(m)} {k.replace(':', ' ')}" for k, m in sorted(account.balances.items())
    )
    empty = not account.balances and not account.holdings
    said = "holds nothing" if empty else f"holds {held or 'positions'}: move it out first"
    return Verdict("close.empty", empty, f"{account.code} {said}")


def one_active_com(book: Book, portfolio: str) -> Verdict:
    """A portfolio has at most one active Com: the one that receives."""
    active = [
        a.code
        for a in book.accounts_of(portfolio)
        if a.tier is Tier.COM and a.status is Status.ACTIVE
    ]
    said = f"{active[0]} is active and receives" if active else "no other is active"
    return Verdict("com.single", not active, said)


def within_available(view: AccountView, micros: int, override: str = "") -> Verdict:
    """A decision takes at most what is available before it; with a written reason, all cash."""
    if len(override) > OVERRIDE_LIMIT or not override.isprintable():
        raise BadInput("--override", override, f"at most {OVERRIDE_LIMIT} printable characters")
    if override and view.available < micros <= view.cash:
        return Verdict(
            "buffer.available",
            True,
            "{} of {} available (cash {}, buffer {}), overridden: {}",
            (micros, view.available, view.cash, view.buffer, override),
        )
    return Verdict(
        "buffer.available",
        micros <= view.available,
        "{} of {} available (cash {}, buffer {})",
        (micros, view.available, view.cash, view.buffer),
    )
