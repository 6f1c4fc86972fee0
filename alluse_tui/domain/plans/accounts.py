"""Open, edit, suspend, activate, close and release: decisions about a single account."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import (
    Activate,
    Close,
    Edit,
    OpenAccount,
    Release,
    Suspend,
)
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.events import (
    AccountEdited,
    AccountOpened,
    EntryPosted,
    Event,
    Posting,
    StatusChanged,
)
from alluse_tui.domain.model.book import Account, Book, Portfolio
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import whole_cents
from alluse_tui.domain.model.terms import EARMARKS, Bucket, Kind, Status, Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.plans.entries import cash_entry, transfer_entry
from alluse_tui.domain.rules.shared_rules import (
    childless,
    decision_dates,
    empty,
    not_from_com,
    not_in_future,
    one_active_com,
    open_for_decisions,
    open_for_facts,
    undated,
    within_available,
)

NAME_LIMIT = 80
NOTES_LIMIT = 500


def plan_open(book: Book, command: OpenAccount, context: Context) -> Plan:
    """Open an account under `parent` (a code, or the portfolio's name for the top level).

    It starts empty, with cash from another account, or with a deposit.
    """
    parent, portfolio_name = place_of(book, command)
    portfolio = book.portfolios[portfolio_name]
    effective = command.date or context.today
    code, name = next_code(book, parent, portfolio.name, command.tier)
    rules = [*open_for_decisions(parent)] if parent else []
    if command.tier is Tier.COM:
        rules.append(one_active_com(book, portfolio.name))
    opened = AccountOpened(
        portfolio=portfolio.name,
        code=code,
        tier=command.tier,
        opened=effective,
        name=command.name or name,
        parent=parent.code if parent else "",
    )
    _check_texts(opened.name, "")
    events: list[Event] = [opened]
    if command.amount and command.deposit:
        raise BadInput("--deposit", None, "cannot be combined with --amount")
    if bool(command.amount) != bool(command.source):
        raise BadInput("--from", command.source or None, "must be used together with --amount")
    if command.source:
        whole_cents(command.amount, "amount")
        source = book.account(command.source, portfolio.name, "--from")
        rules += [
            not_from_com(source, "transfer.com"),
            *open_for_decisions(source),
            *decision_dates(effective, context, source),
            within_available(view_in(book, source, context.today), command.amount),
        ]
        events.append(
            transfer_entry(
                portfolio=portfolio.name,
                source=source.code,
                target=code,
                micros=command.amount,
                currency=portfolio.currency,
                effective=effective,
                note=command.note,
            )
        )
    else:
        rules.append(not_in_future(effective, context))
    rules.append(_not_before_opening(effective, parent or portfolio))
    if command.deposit:
        whole_cents(command.deposit, "deposit")
        events.append(_opening_deposit(command, portfolio, code, effective))
    return planned(book, command, portfolio.name, context, events, rules)


def _opening_deposit(
    command: OpenAccount, portfolio: Portfolio, code: str, effective: date
) -> EntryPosted:
    return cash_entry(
        portfolio=portfolio.name,
        code=code,
        kind=Kind.DEPOSIT,
        micros=command.deposit,
        currency=portfolio.currency,
        effective=effective,
        base=(portfolio.currency, command.deposit),
        note=command.note,
    )


def plan_edit(book: Book, command: Edit, context: Context) -> Plan:
    """Change the account's name or notes."""
    account = book.account(command.account, command.portfolio)
    undated(command)
    name = account.name if command.name is None else command.name
    notes = account.notes if command.notes is None else command.notes
    _check_texts(name, notes)
    if (name, notes) == (account.name, account.notes):
        raise BadInput("edit", None, "nothing would change: give a new name or new notes")
    event = AccountEdited(account.portfolio, account.code, name, notes, account.name, account.notes)
    rules = [open_for_facts(account)]
    return planned(book, command, account.portfolio, context, [event], rules)


def plan_suspend(book: Book, command: Suspend, context: Context) -> Plan:
    """Stop decisions on the account; it still takes facts and undos."""
    account = book.account(command.account, command.portfolio)
    return _changed(book, command, account, Status.SUSPENDED, context, open_for_decisions(account))


def plan_activate(book: Book, command: Activate, context: Context) -> Plan:
    """Let a suspended account take decisions again."""
    account = book.account(command.account, command.portfolio)
    suspended = account.status is Status.SUSPENDED
    rules = [
        open_for_facts(account),
        Verdict("status.active", suspended, f"{account.code} is {account.status}"),
    ]
    if account.tier is Tier.COM:
        rules.append(one_active_com(book, account.portfolio))
    return _changed(book, command, account, Status.ACTIVE, context, rules)


def plan_close(book: Book, command: Close, context: Context) -> Plan:
    """Close an empty account without open children; its history is kept."""
    account = book.account(command.account, command.portfolio)
    rules = [open_for_facts(account), empty(account), childless(book, account, "close.children")]
    if account.tier is Tier.COM:
        rules.append(_not_the_only_com(book, account))
    return _changed(book, command, account, Status.CLOSED, context, rules)


def _not_the_only_com(book: Book, account: Account) -> Verdict:
    other = next(
        (
            a.code
            for a in book.accounts_of(account.portfolio)
            if a.tier is Tier.COM and a.status is Status.ACTIVE and a.code != account.code
        ),
        None,
    )
    sentence = (
        f"{other} is the receiving account"
        if other
        else f"{account.code} is the only active Compounding account"
    )
    return Verdict("close.com", other is not None, sentence)


def plan_release(book: Book, command: Release, context: Context) -> Plan:
    """Turn an earmark back into free cash."""
    whole_cents(command.amount, "amount")
    if command.bucket not in EARMARKS:
        raise BadInput("bucket", command.bucket, f"must be one of: {', '.join(EARMARKS)}")
    account = book.account(command.account, command.portfolio)
    currency = book.portfolios[account.portfolio].currency
    effective = command.date or context.today
    held = account.balances.get(f"{command.bucket}:{currency}", 0)
    enough = command.amount <= held
    sentence = (
        f"releases {{}} of the {{}} in {command.bucket}"
        if enough
        else f"cannot release {{}}: {command.bucket} holds {{}}"
    )
    rules = [
        *open_for_decisions(account),
        *decision_dates(effective, context, account),
        Verdict("release.bucket", enough, sentence, (command.amount, held)),
    ]
    entry = EntryPosted(
        account.portfolio,
        Kind.RELEASE,
        effective,
        (
            Posting(account.code, command.bucket, currency, -command.amount),
            Posting(account.code, Bucket.CASH, currency, command.amount),
        ),
        note=command.note,
    )
    return planned(book, command, account.portfolio, context, [entry], rules)


def next_code(book: Book, parent: Account | None, portfolio: str, tier: Tier) -> tuple[str, str]:
    """The code and name of the next account under `parent`: gen-1.2 under gen-1, else rev-2."""
    if parent is not None and parent.tier is tier:
        number = f"{parent.code.partition('-')[2]}.{parent.children + 1}"
    else:
        number = str(book.portfolios[portfolio].codes.get(tier.value, 0) + 1)
    return f"{tier}-{number}", f"{tier.full_name} {number}"


def place_of(book: Book, command: OpenAccount) -> tuple[Account | None, str]:
    """The parent account (None at the top level) and the portfolio's name. Raises BadInput."""
    if command.parent in book.portfolios and command.portfolio in ("", command.parent):
        return None, command.parent
    parent = book.account(command.parent, command.portfolio)
    return parent, parent.portfolio


def _changed(
    book: Book,
    command: Suspend | Activate | Close,
    account: Account,
    status: Status,
    context: Context,
    rules: list[Verdict],
) -> Plan:
    undated(command)
    event = StatusChanged(account.portfolio, account.code, status, account.status)
    return planned(book, command, account.portfolio, context, [event], rules)


def _not_before_opening(effective: date, parent: Account | Portfolio) -> Verdict:
    name = parent.code if isinstance(parent, Account) else parent.name
    ok = effective >= parent.opened
    sentence = f"{name} opened on {parent.opened}"
    if not ok:
        sentence = f"effective date {effective} is before {sentence}"
    return Verdict("date.before", ok, sentence)


def _check_texts(name: str, notes: str) -> None:
    if not 0 < len(name) <= NAME_LIMIT or name != name.strip() or not name.isprintable():
        raise BadInput("--name", name, f"must be 1 to {NAME_LIMIT} printable characters")
    if len(notes) > NOTES_LIMIT or any("\ud800" <= c <= "\udfff" for c in notes):
        raise BadInput("--note", notes, f"must be valid text of at most {NOTES_LIMIT} characters")
