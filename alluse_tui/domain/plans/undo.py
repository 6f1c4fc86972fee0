"""Undo: reverse recorded events, never edit them (rules.md, Other rules)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from alluse_tui.domain.commands import OLD_SYSTEM, ImportAccounts, Undo
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.comparison_events import DifferenceExplained, StatementCompared
from alluse_tui.domain.events.events import (
    AccountEdited,
    AccountOpened,
    AlertNoted,
    BaseChange,
    EntryPosted,
    Event,
    Forked,
    HoldingChange,
    KeysFreed,
    Merged,
    PortfolioOpened,
    Posting,
    RateSet,
    RecordsReversed,
    Reinvested,
    Reparented,
    SettingChanged,
    StatementImported,
    StatementReleased,
    StatusChanged,
)
from alluse_tui.domain.events.market_events import ClosureNoted, MarketImported
from alluse_tui.domain.events.safety_events import TradingPaused, TradingResumed, VixNoted
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.model.book import Book, account_id, balance_key
from alluse_tui.domain.model.instrument import holding_key
from alluse_tui.domain.model.settings import setting
from alluse_tui.domain.model.terms import EARMARKS, Bucket, Kind, Status, Tier
from alluse_tui.domain.model.traits import recorded_traits
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, UndoTarget, planned
from alluse_tui.domain.plans.market import market_unchanged
from alluse_tui.domain.plans.merges import all_holdings, all_postings
from alluse_tui.domain.plans.pauses import pause_reversed, pause_unchanged
from alluse_tui.domain.plans.policies import policy_problems
from alluse_tui.domain.rules.job_keys import is_job
from alluse_tui.domain.rules.shared_rules import (
    ENDED,
    childless,
    empty,
    one_active_com,
    open_for_decisions,
    open_for_facts,
)

REVERSIBLE = (
    EntryPosted,
    RateSet,
    StatementImported,
    StatementCompared,
    DifferenceExplained,
    MarketImported,
    ClosureNoted,
    TradingPaused,
    TradingResumed,
    VixNoted,
    AccountOpened,
    AccountEdited,
    StatusChanged,
    SettingChanged,
    Forked,
    Merged,
    Reparented,
    Reinvested,
    AlertNoted,
)

STAYS = PortfolioOpened
"""What an undo leaves as it is: a portfolio stays open, without accounts."""

MUST_BE_LEFT = (Bucket.CASH, *EARMARKS)
"""Buckets that undoing a decision must not leave below zero; positions may be short."""


def plan_undo(book: Book, command: Undo, context: Context) -> Plan:
    """Reverse the records in `context.undo`, newest event first."""
    target = context.undo
    if target is None:
        rule = Verdict("undo.nothing", False, "you have nothing to undo")
        return planned(book, command, "", context, [], [rule])
    rules = [*_rules(book, target)]
    events: list[Event] = [RecordsReversed(target.first_seq, target.last_seq)]
    freed: list[str] = [target.key] if target.key and not is_job(target.key) else []
    if all(r.ok for r in rules):
        events += _reversals(book, target)
        entries = (e for e in target.events if isinstance(e, EntryPosted))
        freed += [key for entry in entries for key, _ in entry.row_keys]
        if any(isinstance(e, SettingChanged) for e in events):
            rules.append(_policy_allowed(apply_all(book, events), target.portfolio))
        traits = recorded_traits(target.command)
        if traits is not None and traits.decision:
            rules += _accounts_open(book, events, target)
            rules += _money_still_there(book, events)
            rules += _shares_still_held(book, target, context)
    if freed:
        events.append(KeysFreed(target.portfolio, tuple(freed)))
    numbered = replace(command, seq=target.first_seq)
    return planned(book, numbered, target.portfolio, context, events, rules)


def can_be_undone(command: str, events: Sequence[Event]) -> bool:
    """Whether a record of the command with these events has a reversal."""
    kinds = (*REVERSIBLE, STAYS) if command == ImportAccounts.NAME else REVERSIBLE
    return bool(events) and all(isinstance(e, kinds) for e in events)


def _rules(book: Book, target: UndoTarget) -> list[Verdict]:
    span = f"#{target.first_seq}"
    if target.last_seq > target.first_seq:
        span += f"–#{target.last_seq}"
    by = book.reversed_by.get(str(target.first_seq))
    can = can_be_undone(target.command, target.events)
    record = f"{target.command} {span}" if target.command else span
    once = f"{span} has not been undone" if by is None else f"{span} was already undone by #{by}"
    return [
        Verdict("undo.kind", can, f"{record} {'can' if can else 'cannot'} be undone"),
        Verdict("undo.once", by is None, once),
        *([Verdict("undo.overtaken", False, target.overtaken)] if target.overtaken else []),
        *_rates_unchanged(book, target),
        *_still_there(book, target),
    ]


def _still_there(book: Book, target: UndoTarget) -> Iterator[Verdict]:
    """Whether everything that the target set is still in place."""
    if target.command == ImportAccounts.NAME:
        yield from _imported_accounts(book, target)
        return
    for event in target.events:
        yield from _unchanged(book, event)


def _imported_accounts(book: Book, target: UndoTarget) -> Iterator[Verdict]:
    """The accounts that an import opened end up empty and without open accounts under them.

    None of them was closed or merged since. Only what fails is listed by account.
    """
    given = {e.code: Status.ACTIVE for e in target.events if isinstance(e, AccountOpened)}
    given |= {e.account: e.status for e in target.events if isinstance(e, StatusChanged)}
    after = apply_all(book, _reversals(book, target))
    failed = False
    for code, status in given.items():
        account = book.accounts[account_id(target.portfolio, code)]
        ended_since = account.status is not status and account.status in ENDED
        rules = (
            Verdict("undo.open", not ended_since, f"{code} is {account.status}"),
            empty(after.accounts[account.id]),
            childless(after, account, "undo.open"),
        )
        failing = [rule for rule in rules if not rule.ok]
        failed = failed or bool(failing)
        yield from failing
    if given and not failed:
        yield Verdict("undo.open", True, f"its accounts ({len(given)}) end empty and closed")


def _unchanged(book: Book, event: Event) -> Iterator[Verdict]:
    """Whether the value that the event set is still in place."""
    match event:
        case AccountOpened(portfolio, code):
            account = book.accounts[account_id(portfolio, code)]
            ended = account.status in ENDED
            yield Verdict("undo.open", not ended, f"{code} is {account.status}")
            yield childless(book, account, "undo.open")
        case AccountEdited(portfolio, code, name, notes):
            account = book.accounts[account_id(portfolio, code)]
            same = (account.name, account.notes) == (name, notes)
            state = "are unchanged" if same else "have changed since"
            yield Verdict("undo.edit", same, f"the name and notes of {code} {state}")
        case StatusChanged():
            yield from _status_unchanged(book, event)
        case Merged(portfolio, code, into):
            account = book.accounts[account_id(portfolio, code)]
            merged = account.status is Status.MERGED
            yield Verdict("undo.status", merged, f"{code} is {account.status}")
            yield _parent_open(book, portfolio, code)
            yield open_for_decisions(book.accounts[account_id(portfolio, into)])[0]
        case Reparented(portfolio, code, parent):
            current = book.accounts[account_id(portfolio, code)].parent
            place = f"is under {current}" if current else "is at the top level"
            yield Verdict("undo.parent", current == parent, f"{code} {place}")
        case Reinvested(portfolio, code, quarter):
            last = book.accounts[account_id(portfolio, code)].reinvested
            state = f"last reinvested in {last}" if last else "has not reinvested yet"
            yield Verdict("undo.reinvest", last == quarter, f"{code} {state}")
        case StatementCompared() | DifferenceExplained():
            yield _comparison_unchanged(book, event)
        case TradingPaused() | TradingResumed():
            yield from pause_unchanged(book, event)
        case VixNoted() | ClosureNoted() | MarketImported():
            yield market_unchanged(book, event)
        case SettingChanged(_, path, value):
            current = _current_setting(book, event)
            sentence = f"{path} is {current or '—'}"
            if current == value:
                sentence += f" and returns to {event.previous or '—'}"
            yield Verdict("undo.policy", current == value, sentence)


def _comparison_unchanged(book: Book, event: StatementCompared | DifferenceExplained) -> Verdict:
    compared = book.accounts[account_id(event.portfolio, event.account)].compared
    if isinstance(event, StatementCompared):
        same = compared == event.compared
        what = f"the comparison of {event.account}, with its explanations,"
    else:
        known = None if compared is None else compared.explanation_of(event.item)
        same = known == event.explanation
        what = f"the explanation of {event.item.title}"
    state = "has not changed since" if same else "has changed since"
    return Verdict("undo.compared", same, f"{what} {state}")


def _status_unchanged(book: Book, event: StatusChanged) -> Iterator[Verdict]:
    portfolio, code = event.portfolio, event.account
    current = book.accounts[account_id(portfolio, code)].status
    yield Verdict("undo.status", current is event.status, f"{code} is {current}")
    if event.status is Status.CLOSED:
        yield _parent_open(book, portfolio, code)
    if event.previous is Status.ACTIVE and code.startswith(Tier.COM):
        yield one_active_com(book, portfolio)


def _policy_allowed(after: Book, portfolio: str) -> Verdict:
    """Restored settings must still fit together with those changed since."""
    problems = policy_problems(after, portfolio)
    sentence = "; ".join(f"{path} would be {value}: {allowed}" for path, value, allowed in problems)
    return Verdict("undo.policy", not problems, sentence or "the policy remains valid")


def _parent_open(book: Book, portfolio: str, code: str) -> Verdict:
    parent = book.accounts[account_id(portfolio, code)].parent
    if not parent:
        return Verdict("undo.status", True, f"{code} is at the top level")
    status = book.accounts[account_id(portfolio, parent)].status
    sentence = f"{parent}, the parent of {code}, is {status}"
    return Verdict("undo.status", status not in ENDED, sentence)


def _current_setting(book: Book, event: SettingChanged) -> str:
    if event.account:
        account = book.accounts[account_id(event.portfolio, event.account)]
        return account.settings.get(event.path, "")
    return setting(event.path).text(book.portfolios[event.portfolio].policy)


def _rates_unchanged(book: Book, target: UndoTarget) -> Iterator[Verdict]:
    """A rate is not restored over a newer one for the same day."""
    last = {
        (e.portfolio, e.currency, e.against, e.effective): e.nanos
        for e in target.events
        if isinstance(e, RateSet)
    }
    for (portfolio, currency, against, day), nanos in last.items():
        pair = f"{currency}/{against}"
        if book.rates_of(portfolio).exactly_on(pair, day) != nanos:
            sentence = f"the {pair} rate of {day} has been replaced since"
            yield Verdict("undo.rate", False, sentence)
            return
    if last:
        count = f"{len(last)} rate{'s' if len(last) > 1 else ''}"
        yield Verdict("undo.rate", True, f"{count} to undo, none replaced since")


def things_of(event: Event) -> tuple[str, ...] | None:
    """Key of the value that the event sets, which a later event replaces; None for sums."""
    match event:
        case RateSet(portfolio, currency, against, effective):
            return "rate", portfolio, f"{currency}/{against}", str(effective)
        case AccountEdited(portfolio, code):
            return "name and notes", portfolio, code
        case StatusChanged(portfolio, code):
            return "status", portfolio, code
        case SettingChanged(portfolio, path, account=code):
            return path, portfolio, code
        case TradingPaused(portfolio, code) | TradingResumed(portfolio, code):
            return "the pause of", portfolio, code
        case VixNoted():
            return "the value of", "", "VIX"
        case ClosureNoted(day):
            return "the closure of", "", str(day)
        case MarketImported(kind, symbol):
            return "the current file of", symbol, kind
        case AlertNoted(portfolio, alert):
            return "the acknowledgement of", portfolio, alert
        case StatementCompared(portfolio, code):
            return "the comparison of", portfolio, code
        case DifferenceExplained(portfolio, code, item):
            return f"the explanation of {item.title} of", portfolio, code
        case StatementImported(portfolio, code, source) if source.startswith(OLD_SYSTEM):
            return "the old balance of", portfolio, code
    return None


def _reversed(event: Event, target: UndoTarget) -> Event:
    match event:
        case EntryPosted():
            return EntryPosted(
                event.portfolio,
                event.kind,
                event.effective,
                tuple(replace(p, micros=-p.micros) for p in event.postings),
                base=tuple(replace(b, micros=-b.micros) for b in event.base),
                holdings=tuple(
                    replace(h, quantity_micros=-h.quantity_micros, value_micros=-h.value_micros)
                    for h in event.holdings
                ),
                note=event.note,
                reverses=target.first_seq,
                symbol=event.symbol,
            )
        case RateSet():
            return replace(event, nanos=event.previous_nanos, previous_nanos=event.nanos)
        case StatementImported():
            return StatementReleased(event.portfolio, event.account, event.source, event.sha256)
        case AccountOpened():
            return StatusChanged(event.portfolio, event.code, Status.CLOSED, Status.ACTIVE)
        case AccountEdited():
            return AccountEdited(
                event.portfolio,
                event.account,
                name=event.previous_name,
                notes=event.previous_notes,
                previous_name=event.name,
                previous_notes=event.notes,
            )
        case StatusChanged():
            return replace(event, status=event.previous, previous=event.status)
        case SettingChanged():
            return replace(event, value=event.previous, previous=event.value)
        case Forked() | Merged():
            return replace(event, undone=True)
        case Reparented():
            return replace(event, parent=event.previous, previous=event.parent)
        case Reinvested():
            income = {currency: -micros for currency, micros in event.income.items()}
            return replace(event, quarter=event.previous, previous=event.quarter, income=income)
        case StatementCompared():
            return replace(event, compared=event.previous, previous=event.compared)
        case DifferenceExplained():
            return replace(event, explanation=event.previous, previous=event.explanation)
        case TradingPaused() | TradingResumed():
            return pause_reversed(event)
        case VixNoted():
            return VixNoted(event.previous, event.vix)
        case ClosureNoted():
            return replace(event, why=event.previous, previous=event.why)
        case MarketImported():
            return replace(event, file=event.previous, previous=event.file)
        case AlertNoted():
            return replace(event, note=event.previous, previous=event.note)
    raise TypeError(f"{type(event).__name__} has no reversal")


def _reversals(book: Book, target: UndoTarget) -> list[Event]:
    """The events that reverse the target's events, newest first."""
    reversals: list[Event] = []
    for event in reversed(target.events):
        if isinstance(event, STAYS):
            continue
        reversals.append(_reversed(event, target))
        if isinstance(event, EntryPosted) and target.command == "fork":
            reversals += _return_earnings(apply_all(book, reversals), event.portfolio, target)
    return reversals


def _return_earnings(after: Book, portfolio: str, target: UndoTarget) -> list[Event]:
    """Return what a fork's child has beyond its seed to the source account, with its base."""
    forked = next(e for e in target.events if isinstance(e, Forked))
    child = after.accounts[account_id(portfolio, forked.child)]
    if not child.balances and not child.holdings:
        return []
    base = [
        BaseChange(code, currency, sign * micros)
        for currency, micros in child.base.items()
        for code, sign in ((child.code, -1), (forked.account, 1))
    ]
    return [
        EntryPosted(
            portfolio=portfolio,
            kind=Kind.FORK,
            effective=child.latest_effective,
            postings=all_postings(child, forked.account),
            base=tuple(base),
            holdings=all_holdings(child, forked.account),
            note=f"earnings of {child.code}",
            reverses=target.first_seq,
        )
    ]


def _accounts_open(book: Book, events: list[Event], target: UndoTarget) -> Iterator[Verdict]:
    """Every account that the reversal posts to is open, or is reopened by it."""
    reopened = {account_id(e.portfolio, e.account) for e in target.events if isinstance(e, Merged)}
    posted = {
        account_id(event.portfolio, posting.account)
        for event in events
        if isinstance(event, EntryPosted)
        for posting in event.postings
        if posting.bucket
    }
    for key in sorted(posted - reopened):
        yield open_for_facts(book.accounts[key])


def _money_still_there(book: Book, events: list[Event]) -> Iterator[Verdict]:
    """The money of a decision can be taken back, and an account it opened ends up empty."""
    after = apply_all(book, events)
    emptied = {event.child for event in events if isinstance(event, Forked)}
    emptied |= {event.account for event in events if isinstance(event, Merged)}
    for event in events:
        if isinstance(event, StatusChanged) and event.status is Status.CLOSED:
            yield empty(after.accounts[account_id(event.portfolio, event.account)])
        if isinstance(event, EntryPosted):
            for posting in event.postings:
                taken = posting.bucket in MUST_BE_LEFT and posting.micros < 0
                if taken and posting.account not in emptied:
                    yield _left(after, event.portfolio, posting)


def _left(after: Book, portfolio: str, posting: Posting) -> Verdict:
    account = after.accounts[account_id(portfolio, posting.account)]
    left = account.balances.get(balance_key(posting.bucket, posting.currency), 0)
    money = f"{{}} {posting.currency} {posting.bucket}"
    sentence = f"takes {money} from {posting.account}, leaving {{}}"
    return Verdict("undo.cash", left >= 0, sentence, (-posting.micros, left))


def _shares_still_held(book: Book, target: UndoTarget, context: Context) -> Iterator[Verdict]:
    """A fork's child still has its seed; Compounding still holds what a merge brought."""
    entry = next((e for e in target.events if isinstance(e, EntryPosted)), None)
    if entry is None:
        return
    for event in target.events:
        if isinstance(event, Forked):
            yield _seed_still_held(book, event, entry, context)
        if isinstance(event, Merged):
            for change in entry.holdings:
                if change.account == event.into:
                    yield from _holding_still_held(book, event, change)


def _seed_still_held(book: Book, fork: Forked, entry: EntryPosted, context: Context) -> Verdict:
    child = book.accounts[account_id(fork.portfolio, fork.child)]
    seed = sum(p.micros for p in entry.postings if p.account == fork.child)
    equity = view_in(book, child, context.today).equity
    if equity >= seed:
        sentence = f"{fork.child} still holds the {{}} it received"
        return Verdict("undo.fork", True, sentence, (seed,))
    sentence = f"{fork.child} received {{}} and now has only {{}}"
    return Verdict("undo.fork", False, sentence, (seed, equity))


def _holding_still_held(book: Book, merge: Merged, change: HoldingChange) -> Iterator[Verdict]:
    into, name, received = merge.into, change.instrument, change.quantity_micros
    key = holding_key(name, change.currency)
    holding = book.accounts[account_id(merge.portfolio, into)].holdings.get(key)
    quantity = (holding.quantity_micros if holding else 0) - merge.held.get(key, 0)
    ok = abs(quantity) >= abs(received) and (quantity >= 0) == (received >= 0)
    if holding is not None and holding.quantity_micros == received:
        same = holding.value_micros == change.value_micros
        sentence = f"{into} carries {{}} at {{}} and received it at {{}}"
        sentence += "" if same else ": mark it at that value first"
        values = (name, holding.value_micros, change.value_micros)
        yield Verdict("undo.merge", same, sentence, values)
    sentence = (
        f"{into} still holds the {name} it received"
        if ok
        else f"{into} no longer holds all the {name} that {merge.account} brought"
    )
    yield Verdict("undo.merge", ok, sentence)
