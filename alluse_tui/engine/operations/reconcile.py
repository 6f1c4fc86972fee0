"""Reconstruction of the effect of lost records, as far as the stored state shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

from alluse_tui.domain.events.comparison_events import StatementCompared
from alluse_tui.domain.events.events import (
    AccountEdited,
    AccountRecovered,
    AlertNoted,
    ApprovalClosed,
    BalanceUnproven,
    BaseChange,
    EntryPosted,
    Event,
    Forked,
    HoldingChange,
    Merged,
    Posting,
    RateSet,
    Reparented,
    StatusChanged,
    UserDisabled,
)
from alluse_tui.domain.events.safety_events import TradingPaused
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.instrument import Holding
from alluse_tui.domain.model.pause import Pause
from alluse_tui.domain.model.settings import texts
from alluse_tui.domain.model.terms import RECOVERED_WORLD, Bucket, Kind, Status
from alluse_tui.domain.model.users import Role, User
from alluse_tui.engine.clock import new_york_date
from alluse_tui.engine.operations.gaps import PROGRAM

_BALANCES = ("balances", "base", "income", "holdings", "withdrawn_from_compounding")

_FIGURES = ("unit", "statements", "reinvested")

_KEPT = ("latest_effective", "unproven")
"""Fields of an account that a recovery itself sets, so they may differ."""

_NOTE = "recovered: the original records are lost"


@dataclass(slots=True)
class Settled:
    """The events of a recovery's record, and what is left for a user to decide.

    `unproven`: accounts ('Main/gen-1') whose balances are not proven by records. `differences`:
    sentences about what a user must check.
    """

    events: list[Event] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def doubt(self, account: Account) -> None:
        """Note that the kept records do not prove the account's balances."""
        self.unproven.append(account.id)
        self.events.append(BalanceUnproven(account.portfolio, account.code))


def same_accounts(book: Book, state: Book) -> bool:
    """Whether both have the same portfolios and accounts."""
    return (
        book.portfolios.keys() == state.portfolios.keys()
        and book.accounts.keys() == state.accounts.keys()
    )


def without_state(book: Book, before: frozenset[str], last_gap: int) -> Settled:
    """The settlement without the state: everything that lost records may have changed is unproven.

    `before`: the accounts that existed when the gap ended with record `last_gap`.
    """
    settled = Settled()
    for account in book.accounts.values():
        if account.id in before:
            settled.doubt(account)
    for approval in book.approvals.values():
        if approval.seq < last_gap:
            settled.events.append(ApprovalClosed(approval.seq, "superseded", PROGRAM))
            settled.differences.append(f"proposal #{approval.seq} was closed: propose it again")
    if book.users:
        settled.differences.append(
            "lost records may have changed users, roles or passwords: check `alluse user list`"
        )
    settled.differences.append("lost records may have changed the policy: check `alluse policy`")
    return settled


def with_state(book: Book, state: Book, today: date) -> Settled:
    """The events that change the accounts of `book`, from the kept records, to those of `state`.

    Nothing that would grant more rights than the kept records is adopted.
    """
    settled = Settled()
    for name, portfolio in book.portfolios.items():
        _rates(settled, book, state, name)
        _alerts(settled, book, state, name)
        settled.events += _paused(name, "", portfolio.pause, state.portfolios[name].pause)
        kept, known = texts(portfolio.policy), texts(state.portfolios[name].policy)
        for path in kept:
            if kept[path] != known[path]:
                settled.differences.append(
                    f"policy of {name}: {path} is {kept[path]} in the kept records and"
                    f" {known[path]} in the state: set it with `alluse policy set`"
                )
    for key, account in book.accounts.items():
        _account(settled, account, state.accounts[key], state, today)
    _approvals(settled, book, state)
    _users(settled, book, state)
    _leftovers(settled, apply_all(book, settled.events), state)
    return settled


def _account(settled: Settled, account: Account, known: Account, state: Book, today: date) -> None:
    """Add an entry for differing balances, then the other figures, the lifecycle and forks."""
    if doubtful := _differ(account, known, _BALANCES):
        if entry := _entry(account, known, today):
            settled.events.append(entry)
        settled.doubt(account)
    if doubtful or _differ(account, known, _FIGURES):
        settled.events.append(
            AccountRecovered(
                account.portfolio,
                account.code,
                known.latest_effective,
                known.income,
                known.withdrawn_from_compounding,
                known.statements,
                known.reinvested,
                known.unit,
            )
        )
    if account.compared != known.compared:
        settled.events.append(
            StatementCompared(account.portfolio, account.code, known.compared, account.compared)
        )
    settled.events += _lifecycle(account, known)
    settled.events += _paused(account.portfolio, account.code, account.pause, known.pause)
    settled.events += _forks(account, known, state)


def _differ(account: Account, known: Account, names: Iterable[str]) -> bool:
    return any(getattr(account, name) != getattr(known, name) for name in names)


def _entry(account: Account, known: Account, today: date) -> EntryPosted | None:
    """The entry that changes balances, base and holdings to those of the state; None if equal."""
    postings, outside = [], defaultdict[str, int](int)
    for key, micros in _changes(account.balances, known.balances).items():
        bucket, _, currency = key.rpartition(":")
        postings.append(Posting(account.code, bucket, currency, micros))
        outside[currency] -= micros
    postings += [Posting(RECOVERED_WORLD, "", c, micros) for c, micros in outside.items() if micros]
    base = [
        BaseChange(account.code, currency, micros)
        for currency, micros in _changes(account.base, known.base).items()
    ]
    holdings = [*_holdings(account, known)]
    if not (postings or base or holdings):
        return None
    if not postings:  # an entry only changes accounts that have a posting
        postings.append(Posting(account.code, Bucket.CASH, (base or holdings)[0].currency, 0))
    return EntryPosted(
        portfolio=account.portfolio,
        kind=Kind.RECOVERED,
        effective=today,
        postings=tuple(postings),
        base=tuple(base),
        holdings=tuple(holdings),
        note=_NOTE,
    )


def _changes(now: Mapping[str, int], known: Mapping[str, int]) -> dict[str, int]:
    changes = {
        key: known.get(key, 0) - now.get(key, 0) for key in sorted(now.keys() | known.keys())
    }
    return {key: micros for key, micros in changes.items() if micros}


def _holdings(account: Account, known: Account) -> Iterator[HoldingChange]:
    none = Holding(0, 0)
    for key in sorted(account.holdings.keys() | known.holdings.keys()):
        old, new = account.holdings.get(key, none), known.holdings.get(key, none)
        contract = known.contracts.get(key)
        if old != new or account.contracts.get(key) != contract:
            instrument, _, currency = key.rpartition(":")
            yield HoldingChange(
                account=account.code,
                instrument=instrument,
                currency=currency,
                quantity_micros=new.quantity_micros - old.quantity_micros,
                value_micros=new.value_micros - old.value_micros,
                contract=contract.id if contract else "",
            )


def _lifecycle(account: Account, known: Account) -> Iterator[Event]:
    """Changes of name, notes, parent and status; a suspended account stays suspended."""
    portfolio, code = account.portfolio, account.code
    if (account.name, account.notes) != (known.name, known.notes):
        yield AccountEdited(portfolio, code, known.name, known.notes, account.name, account.notes)
    if account.parent != known.parent:
        yield Reparented(portfolio, code, known.parent, account.parent)
    if account.merged_into and account.merged_into != known.merged_into:
        yield Merged(portfolio, code, account.merged_into, undone=True)
    if known.merged_into and account.merged_into != known.merged_into:
        yield Merged(portfolio, code, known.merged_into)
    elif account.status is not known.status and not (
        account.status is Status.SUSPENDED and known.status is Status.ACTIVE
    ):
        yield StatusChanged(portfolio, code, known.status, account.status)


def _paused(
    portfolio: str, code: str, kept: Pause | None, known: Pause | None
) -> Iterator[TradingPaused]:
    """A pause whose record is lost; what is paused in the kept records stays paused."""
    if kept is None and known is not None:
        yield TradingPaused(portfolio, code, known.by, known.at_ns, known.why, known.breaker)


def _forks(account: Account, known: Account, state: Book) -> Iterator[Forked]:
    """Forks that are counted, or no longer, for the cooling period and the daily limit."""
    portfolio, code = account.portfolio, account.code
    children = {
        child.opened: child.code
        for child in state.accounts.values()
        if (child.portfolio, child.forked_from) == (portfolio, code)
    }
    for at_ns in sorted(set(known.fork_times_ns) - set(account.fork_times_ns)):
        day = new_york_date(at_ns)
        child = children.get(day, "")
        yield Forked(portfolio, code, child, day, at_ns)
    for at_ns in sorted(set(account.fork_times_ns) - set(known.fork_times_ns)):
        yield Forked(portfolio, code, "", new_york_date(at_ns), at_ns, undone=True)


def _rates(settled: Settled, book: Book, state: Book, name: str) -> None:
    kept, known = book.rates_of(name), state.rates_of(name)
    for pair in sorted(kept.tables.keys() | known.tables.keys()):
        days = {
            d for rates in (kept, known) if pair in rates.tables for d in rates.tables[pair].days
        }
        for day in map(date.fromordinal, sorted(days)):
            nanos, previous = known.exactly_on(pair, day), kept.exactly_on(pair, day)
            if nanos != previous:
                currency, _, against = pair.partition("/")
                settled.events.append(RateSet(name, currency, against, day, nanos, previous))


def _alerts(settled: Settled, book: Book, state: Book, name: str) -> None:
    """Remove alert notes that the state does not confirm, so that the alert is shown again."""
    known = state.portfolios[name].noted
    for alert, note in book.portfolios[name].noted.items():
        if known.get(alert) != note:
            settled.events.append(AlertNoted(name, alert, None, note))


def _approvals(settled: Settled, book: Book, state: Book) -> None:
    """Close proposals that may have been answered; lost ones must be proposed again."""
    for key in sorted(book.approvals.keys() ^ state.approvals.keys(), key=int):
        if key in book.approvals:
            settled.events.append(ApprovalClosed(int(key), "superseded", PROGRAM))
        settled.differences.append(f"proposal #{key} is closed: propose it again if it is needed")


def _users(settled: Settled, book: Book, state: Book) -> None:
    """Disable users who differ from the state, except for the last admin."""
    doubtful = [
        user
        for user in book.users.values()
        if not user.disabled and _access(user) != _access(state.users.get(user.name))
    ]
    admins = [u for u in book.users.values() if Role.ADMIN in u.roles and not u.disabled]
    spared: list[User] = []
    if all(admin in doubtful for admin in admins):
        trusted = [u for u in admins if _administers(state.users.get(u.name))]
        spared = (trusted or admins)[:1]
    for user in doubtful:
        if user in spared:
            settled.differences.append(
                f"user {user.name} is the last admin and stays enabled, though lost records changed"
                " roles or password: check both"
            )
        else:
            settled.events.append(UserDisabled(user.name, "lost records changed this user"))
            settled.differences.append(
                f"user {user.name} was disabled, because lost records changed roles, password or"
                " access: check them, then `alluse user enable`"
            )


def _access(user: User | None) -> tuple[object, ...]:
    return () if user is None else (user.roles, user.disabled, user.password)


def _administers(user: User | None) -> bool:
    return user is not None and Role.ADMIN in user.roles and not user.disabled


def _leftovers(settled: Settled, book: Book, state: Book) -> None:
    """Report account fields that still differ; they stay as in the kept records."""
    for key, account in book.accounts.items():
        known = state.accounts[key]
        for column in msgspec.structs.fields(Account):
            name = column.name
            if name not in _KEPT and getattr(account, name) != getattr(known, name):
                settled.differences.append(
                    f"{name.replace('_', ' ')} of {account.id} stay as in the kept records;"
                    " the state differs"
                )
