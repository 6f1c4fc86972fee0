"""The rules that several plans share; each answers with its numbers (command-line.md, Rules)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import Command
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.views import AccountView

OVERRIDE_LIMIT = 200

ENDED = (Status.CLOSED, Status.MERGED)


def open_for_facts(account: Account) -> Verdict:
    """A closed or merged account takes nothing but corrections of facts."""
    ok = account.status not in ENDED
    return Verdict("status.closed", ok, f"{account.code} is {account.status}")


def open_for_decisions(account: Account) -> list[Verdict]:
    """Only an active account takes decisions."""
    suspended = account.status is Status.SUSPENDED
    name = f"{account.code} is {account.status}"
    return [open_for_facts(account), Verdict("status.suspended", not suspended, name)]


def not_in_future(effective: date, context: Context) -> Verdict:
    """Nothing is recorded with a date after today in New York; a preview may look ahead."""
    if effective <= context.today:
        return Verdict("date.future", True, f"effective date {effective} is not in the future")
    if context.ahead:
        text = f"effective date: the real run will refuse this until {effective}"
        return Verdict("date.future", False, text, awaited=True)
    text = f"effective date {effective} is in the future; today is {context.today}"
    return Verdict("date.future", False, text)


def decision_dates(effective: date, context: Context, *accounts: Account) -> list[Verdict]:
    """A decision may be dated back, but not before an account's newest entry."""
    newest = max(a.newest for a in accounts)
    said = f"dated {effective}, the newest entry is of {newest}"
    return [not_in_future(effective, context), Verdict("date.before", effective >= newest, said)]


def not_from_com(account: Account, rule: str) -> Verdict:
    """Nothing is ever withdrawn or transferred out of Compounding."""
    if account.tier is Tier.COM:
        said = f"{account.code} is Compounding: nothing ever leaves it"
        return Verdict(rule, False, said)
    return Verdict(rule, True, f"{account.code} is {account.tier.full_name}, not Compounding")


def empty(account: Account) -> Verdict:
    """A closing account holds nothing."""
    held = sorted(account.balances.items())
    if not held and not account.holdings:
        return Verdict("close.empty", True, f"{account.code} holds nothing")
    listed = ", ".join(f"{{}} {key.replace(':', ' ')}" for key, _ in held) or "positions"
    said = f"{account.code} holds {listed}: move it out first"
    return Verdict("close.empty", False, said, tuple(micros for _, micros in held))


def childless(book: Book, account: Account, rule: str) -> Verdict:
    """Nothing that is open stands under the account."""
    codes = sorted(
        a.code
        for a in book.accounts_of(account.portfolio)
        if a.parent == account.code and a.status not in ENDED
    )
    said = f"{', '.join(codes[:5])} under it" if codes else "nothing under it"
    return Verdict(rule, not codes, f"{account.code} has {said}")


def one_active_com(book: Book, portfolio: str) -> Verdict:
    """A portfolio has at most one active Com: the one that receives."""
    active = [
        a.code
        for a in book.accounts_of(portfolio)
        if a.tier is Tier.COM and a.status is Status.ACTIVE
    ]
    said = f"{active[0]} is active and receives" if active else "no other is active"
    return Verdict("com.single", not active, said)


def receiving_com(book: Book, portfolio: str) -> Account | None:
    """The active Com, which receives."""
    for account in book.accounts_of(portfolio):
        if account.tier is Tier.COM and account.status is Status.ACTIVE:
            return account
    return None


def checked_override(reason: str) -> str:
    """The written reason for using the buffer, or ''. Raises BadInput."""
    if reason and (len(reason) > OVERRIDE_LIMIT or not reason.isprintable() or not reason.strip()):
        allowed = f"must be a reason of at most {OVERRIDE_LIMIT} printable characters"
        raise BadInput("--override", reason, allowed)
    return reason


def within_available(view: AccountView, micros: int, override: str = "") -> Verdict:
    """A decision takes at most what is available before it; with a written reason, all cash."""
    checked_override(override)
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


def undated(command: Command) -> None:
    """What holds from now on takes no date. Raises BadInput."""
    if command.date is not None:
        raise BadInput("--date", command.date, f"is not for {command.NAME}: it holds from now on")
