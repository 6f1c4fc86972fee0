"""`apply`, the only code that derives a changed book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.events.events import (
    AccountOpened,
    AlertNoted,
    EntryPosted,
    Event,
    Forked,
    GapRecovered,
    KeysFreed,
    PortfolioOpened,
    RateSet,
    RecordsReversed,
    SettingChanged,
)
from alluse_tui.domain.events.market_events import ClosureNoted, MarketImported
from alluse_tui.domain.events.safety_events import TradingPaused, TradingResumed, VixNoted
from alluse_tui.domain.fold.apply_accounts import AccountEvent, account_after
from alluse_tui.domain.fold.apply_market import apply_market
from alluse_tui.domain.fold.apply_safety import apply_safety
from alluse_tui.domain.fold.apply_users import apply_access
from alluse_tui.domain.fold.contracts import contracts_after
from alluse_tui.domain.fold.marks import assignments_after, marks_after
from alluse_tui.domain.fold.sums import sum_of
from alluse_tui.domain.model.book import (
    Account,
    Book,
    Portfolio,
    Unit,
    account_id,
    balance_key,
)
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.instrument import Holding, holding_key
from alluse_tui.domain.model.money import within
from alluse_tui.domain.model.rates import balances_value
from alluse_tui.domain.model.settings import with_setting
from alluse_tui.domain.model.terms import CAPITAL_WORLDS, FLOWS, Kind, Tier

OUTSIDE = (Kind.WITHDRAWAL, Kind.DEPOSIT, Kind.OPENING)
"""Kinds of entries that move capital between an account and the outside."""


def apply(book: Book, event: Event, seq: int = 0) -> Book:
    """The book after `event` of record `seq`.

    Raises BadInput if a balance would exceed its bounds, StoreFailed if the event breaks an
    invariant: such an event is never written, so it comes from a damaged file.
    """
    if isinstance(event, EntryPosted):
        return _post(book, event, seq)
    if isinstance(event, AccountEvent):
        account = _account(book, event.portfolio, event.account)
        return _with_account(book, account_after(account, event, seq))
    match event:
        case RateSet(portfolio, currency, against, effective, nanos):
            rates = book.rates_of(portfolio).with_rate(f"{currency}/{against}", effective, nanos)
            others = {k: v for k, v in book.rates.items() if k != portfolio}
            return replace(book, rates=others | ({portfolio: rates} if rates.tables else {}))
        case AccountOpened():
            return _open(book, event)
        case SettingChanged():
            return _set(book, event)
        case Forked():
            return _forked(book, event)
        case AlertNoted():
            return _note_alert(book, event)
        case PortfolioOpened(portfolio, currency, opened, policy):
            if portfolio in book.portfolios:
                raise _contradiction(f"portfolio {portfolio} is opened twice")
            added = Portfolio(portfolio, currency, opened, policy)
            return replace(book, portfolios={**book.portfolios, portfolio: added})
        case TradingPaused() | TradingResumed() | VixNoted():
            return apply_safety(book, event)
        case MarketImported() | ClosureNoted():
            return apply_market(book, event)
        case RecordsReversed(first_seq, last_seq):
            reversed_by = book.reversed_by
            for taken in range(first_seq, last_seq + 1):
                reversed_by = reversed_by.with_item(str(taken), seq)
            return replace(book, reversed_by=reversed_by)
        case GapRecovered(user_change=change) if change is not None:
            return replace(book, user_changes={**book.user_changes, str(seq): change})
        case KeysFreed() | GapRecovered():
            return book  # keys are in the journal's index, not in the book
    return apply_access(book, event, seq)


def _open(book: Book, event: AccountOpened) -> Book:
    account = Account(
        portfolio=event.portfolio,
        code=event.code,
        tier=event.tier,
        opened=event.opened,
        latest_effective=event.opened,
        name=event.name,
        parent=event.parent,
        settings=event.settings,
        forked_from=event.forked_from,
    )
    if account.id in book.accounts:
        raise _contradiction(f"account {account.id} is opened twice")
    book = _with_account(book, account)
    above, nested, _ = event.code.rpartition(".")
    if nested:
        parent = _account(book, event.portfolio, above)
        return _with_account(book, replace(parent, children=parent.children + 1))
    portfolio = book.portfolios[event.portfolio]
    codes = {**portfolio.codes, event.tier.value: portfolio.codes.get(event.tier.value, 0) + 1}
    return _with_portfolio(book, replace(portfolio, codes=codes))


def _note_alert(book: Book, event: AlertNoted) -> Book:
    portfolio = book.portfolios[event.portfolio]
    noted = {k: v for k, v in portfolio.noted.items() if k != event.alert}
    if event.note is not None:
        noted[event.alert] = event.note
    return _with_portfolio(book, replace(portfolio, noted=noted))


def _forked(book: Book, event: Forked) -> Book:
    """Count a fork for the cooling period and the daily limit, or remove an undone one."""
    account = _account(book, event.portfolio, event.account)
    times = list(account.fork_times_ns)
    if event.undone:
        times.remove(event.at_ns)
    else:
        times.append(event.at_ns)
    step = -1 if event.undone else 1
    book = _with_account(book, replace(account, fork_times_ns=tuple(times)))
    portfolio, day = book.portfolios[event.portfolio], event.day.isoformat()
    newest = max(portfolio.forks, default="")
    if day < newest:
        return book
    count = portfolio.forks.get(day, 0) + step
    return _with_portfolio(book, replace(portfolio, forks={day: count} if count > 0 else {}))


def _set(book: Book, event: SettingChanged) -> Book:
    if event.account:
        account = _account(book, event.portfolio, event.account)
        others = {k: v for k, v in account.settings.items() if k != event.path}
        settings = others | ({event.path: event.value} if event.value else {})
        return _with_account(book, replace(account, settings=settings))
    portfolio = book.portfolios[event.portfolio]
    return _with_portfolio(
        book, replace(portfolio, policy=with_setting(portfolio.policy, event.path, event.value))
    )


def apply_all(book: Book, events: Iterable[Event], seq: int = 0) -> Book:
    """The book after all `events` of record `seq`, applied in order."""
    for event in events:
        book = apply(book, event, seq)
    return book


def _post(book: Book, entry: EntryPosted, seq: int) -> Book:
    by_account, world, income = _changes_of(entry)
    for code, changes in by_account.items():
        account = _account(book, entry.portfolio, code)
        balances = sum_of(account.balances, changes)
        changed = replace(
            account,
            latest_effective=max(account.latest_effective, entry.effective),
            balances=balances,
            income=sum_of(account.income, income) if income else account.income,
            base=_base_after(account, entry) if entry.base else account.base,
            withdrawn_from_compounding=_withdrawn_after(account, entry, changes),
            unit=_unit_after(book, account, balances, entry, seq),
            **(_held_after(book, account, entry, seq) if entry.holdings else {}),
        )
        book = _with_account(book, changed)
    if not world:
        return book
    portfolio = book.portfolios[entry.portfolio]
    return _with_portfolio(book, replace(portfolio, world=sum_of(portfolio.world, world)))


def _changes_of(
    entry: EntryPosted,
) -> tuple[dict[str, dict[str, int]], dict[str, int], dict[str, int]]:
    """The entry's changes: balances by account, external balances, and net income.

    Raises BadInput for an amount out of bounds, StoreFailed for an invalid entry.
    """
    sums: dict[str, int] = {}
    by_account: dict[str, dict[str, int]] = {}
    world: dict[str, int] = {}
    income: dict[str, int] = {}
    for p in entry.postings:
        if type(p.micros) is not int:
            raise _contradiction(f"entry of {entry.effective} has an amount of {p.micros!r}")
        micros, currency = within(p.micros, "amount"), p.currency
        sums[currency] = sums.get(currency, 0) + micros
        if p.account.startswith("world:"):
            _add(world, balance_key(p.account, currency), micros)
            if p.account not in CAPITAL_WORLDS:
                _add(income, currency, -micros)
        else:
            changes = by_account.setdefault(p.account, {})
            _add(changes, balance_key(p.bucket, currency), micros)
    if any(sums.values()):
        raise _contradiction(f"entry of {entry.effective} does not sum to zero: {sums}")
    if world and len(by_account) != 1:
        raise _contradiction(
            f"entry of {entry.effective} moves between accounts and the outside at once"
        )
    for change in entry.holdings:
        by_account.setdefault(change.account, {})  # also entries without value, such as an expiry
    return by_account, world, income


def _withdrawn_after(
    account: Account, entry: EntryPosted, changes: Mapping[str, int]
) -> Mapping[str, int]:
    """What facts took out of Compounding, changed by an external flow or by its undo."""
    if account.tier is not Tier.COM or entry.kind not in OUTSIDE:
        return account.withdrawn_from_compounding
    withdrawn = {}
    for key, micros in changes.items():
        if (micros > 0) == bool(entry.reverses):
            withdrawn[key.rpartition(":")[2]] = -micros
    before = account.withdrawn_from_compounding
    return sum_of(before, withdrawn) if withdrawn else before


def _unit_after(
    book: Book, account: Account, balances: Mapping[str, int], entry: EntryPosted, seq: int
) -> Unit:
    """The unit after the entry: a flow keeps the unit value, other entries change it.

    After a reversal, the peaks of reversed records are removed and those of later ones scaled.
    """
    own, rates = book.portfolios[account.portfolio].currency, book.rates_of(account.portfolio)
    day = max(account.latest_effective, entry.effective)
    after = balances_value(balances, own, rates, day)
    unit = account.unit
    if entry.kind in FLOWS:
        before = balances_value(account.balances, own, rates, day)
        if before <= 0:
            return Unit(unit.peak, after, unit.peaks)  # no value was left
        return Unit(unit.now(before), after, unit.peaks)
    if unit.equity_micros <= 0:
        return Unit(unit.value, after, unit.peaks)
    if entry.reverses and unit.peaks:
        before = balances_value(account.balances, own, rates, day)
        peaks = tuple(
            (at, value * after // before if at > entry.reverses and before > 0 else value)
            for at, value in unit.peaks
            if str(at) not in book.reversed_by
        )
        unit = Unit(unit.value, unit.equity_micros, peaks)
    return unit.risen(seq, unit.now(after))


def _base_after(account: Account, entry: EntryPosted) -> Mapping[str, int]:
    changes: dict[str, int] = {}
    for c in entry.base:
        if c.account == account.code:
            _add(changes, c.currency, c.micros)
    return sum_of(account.base, changes) if changes else account.base


def _held_after(book: Book, account: Account, entry: EntryPosted, seq: int) -> dict[str, Any]:
    """The account's fields about what it holds after an entry that changes holdings."""
    held = _holdings_after(account, entry)
    return {
        "holdings": held,
        "marks": marks_after(account, held, entry, seq, book.reversed_by),
        "assignments": assignments_after(account, entry, seq, book.reversed_by),
        "contracts": contracts_after(account, held, entry),
    }


def _holdings_after(account: Account, entry: EntryPosted) -> Mapping[str, Holding]:
    changes = [c for c in entry.holdings if c.account == account.code]
    if not changes:
        return account.holdings
    held = dict(account.holdings)
    for c in changes:
        within(c.quantity_micros, "quantity")
        within(c.value_micros, "amount")
        key = holding_key(c.instrument, c.currency)
        old = held.pop(key, Holding(0, 0))
        new = Holding(
            within(old.quantity_micros + c.quantity_micros, "quantity"),
            within(old.value_micros + c.value_micros, "value held"),
        )
        if new != Holding(0, 0):
            held[key] = new
    return held


def _add(amounts: dict[str, int], key: str, micros: int) -> None:
    amounts[key] = amounts.get(key, 0) + micros


def _account(book: Book, portfolio: str, code: str) -> Account:
    account = book.accounts.get(account_id(portfolio, code))
    if account is None:
        raise StoreFailed(f"an event names account {portfolio}/{code}, which was never opened")
    return account


def _with_account(book: Book, account: Account) -> Book:
    return replace(book, accounts=book.accounts.with_item(account.id, account))


def _with_portfolio(book: Book, portfolio: Portfolio) -> Book:
    return replace(book, portfolios={**book.portfolios, portfolio.name: portfolio})


def _contradiction(problem: str) -> StoreFailed:
    return StoreFailed(f"the journal contradicts itself: {problem}")
