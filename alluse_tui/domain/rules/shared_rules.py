"""Rules that several plans share; each verdict names its numbers (command-line.md, Rules)."""

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
    """A closed or merged account takes no facts and no decisions."""
    ok = account.status not in ENDED
    return Verdict("status.closed", ok, f"{account.code} is {account.status}")


def open_for_decisions(account: Account) -> list[Verdict]:
    """Only an active account takes decisions."""
    suspended = account.status is Status.SUSPENDED
    sentence = f"{account.code} is {account.status}"
    return [open_for_facts(account), Verdict("status.suspended", not suspended, sentence)]


def not_in_future(effective: date, context: Context) -> Verdict:
    """Nothing is recorded with a date after today (New York); a preview may look ahead."""
    if effective <= context.today:
        return Verdict("date.future", True, f"effective date {effective} is not in the future")
    if context.is_preview:
        sentence = f"future date: the real run will refuse until {effective}"
        return Verdict("date.future", False, sentence, awaited=True)
    sentence = f"effective date {effective} is in the future; today is {context.today}"
    return Verdict("date.future", False, sentence)


def decision_dates(effective: date, context: Context, *accounts: Account) -> list[Verdict]:
    """A decision may be backdated, but not to before an account's latest entry."""
    latest = max(account.latest_effective for account in accounts)
    ok = effective >= latest
    sentence = (
        f"effective date {effective}; no later entry exists"
        if ok
        else f"effective date {effective} is before the latest entry, dated {latest}"
    )
    return [not_in_future(effective, context), Verdict("date.before", ok, sentence)]


def not_from_com(account: Account, rule: str) -> Verdict:
    """Nothing is ever withdrawn or transferred out of Compounding."""
    if account.tier is Tier.COM:
        sentence = f"{account.code} is a Compounding account: money never leaves it"
        return Verdict(rule, False, sentence)
    return Verdict(rule, True, f"{account.code} is a {account.tier.full_name} account")


def empty(account: Account) -> Verdict:
    """Only an empty account can be closed."""
    balances = sorted(account.balances.items())
    if not balances and not account.holdings:
        return Verdict("close.empty", True, f"{account.code} is empty")
    listed = ", ".join(f"{{}} {key.replace(':', ' ')}" for key, _ in balances) or "positions"
    sentence = f"{account.code} still holds {listed}: move it out first"
    return Verdict("close.empty", False, sentence, tuple(micros for _, micros in balances))


def childless(book: Book, account: Account, rule: str) -> Verdict:
    """The account has no open accounts under it."""
    codes = sorted(
        a.code
        for a in book.accounts_of(account.portfolio)
        if a.parent == account.code and a.status not in ENDED
    )
    listed = ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
    sentence = (
        f"open accounts under {account.code}: {listed}"
        if codes
        else f"{account.code} has no open accounts under it"
    )
    return Verdict(rule, not codes, sentence)


def one_active_com(book: Book, portfolio: str) -> Verdict:
    """A portfolio has at most one active Compounding account: the receiving one."""
    account = receiving_com(book, portfolio)
    sentence = (
        f"{account.code} is already the active Compounding account"
        if account
        else "no other Compounding account is active"
    )
    return Verdict("com.single", account is None, sentence)


def receiving_com(book: Book, portfolio: str) -> Account | None:
    """The active Compounding account, which receives from forks and merges; None if none is."""
    for account in book.accounts_of(portfolio):
        if account.tier is Tier.COM and account.status is Status.ACTIVE:
            return account
    return None


def has_receiving_com(account: Account | None, rule: str) -> Verdict:
    """There is an active Compounding account to receive from a fork or merge."""
    if account is None:
        return Verdict(rule, False, "no Compounding account is active")
    return Verdict(rule, True, f"{account.code} is the receiving account")


def checked_override(reason: str) -> str:
    """The reason given for using the buffer, or ''. Raises BadInput."""
    if reason and (len(reason) > OVERRIDE_LIMIT or not reason.isprintable() or not reason.strip()):
        allowed = f"must be a reason of up to {OVERRIDE_LIMIT} printable characters"
        raise BadInput("--override", reason, allowed)
    return reason


def within_available(view: AccountView, micros: int, override: str = "") -> Verdict:
    """A decision takes at most what is available; with an override reason, also the buffer.

    Nothing may take the collateral of short puts.
    """
    checked_override(override)
    ok = micros <= view.available
    parts, values = "cash {}, buffer {}", [micros, view.available, view.cash, view.buffer]
    if view.collateral:
        parts += ", collateral {}"
        values.append(view.collateral)
    if view.collateral_unvalued:
        parts += "; collateral without an exchange rate ties up everything"
    if override and not ok and micros <= view.unpledged:
        sentence = f"{{}} is more than the {{}} available ({parts}); overridden: {{}}"
        return Verdict("buffer.available", True, sentence, (*values, override))
    sentence = f"{{}} {'of' if ok else 'is more than'} the {{}} available ({parts})"
    return Verdict("buffer.available", ok, sentence, tuple(values))


def undated(command: Command) -> None:
    """Reject a date on a command that always takes effect immediately. Raises BadInput."""
    if command.date is not None:
        allowed = f"cannot be used with {command.NAME}, which takes effect immediately"
        raise BadInput("--date", command.date, allowed)
