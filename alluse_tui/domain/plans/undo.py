"""Undo: a reversal, never an edit (rules.md, Other rules)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from alluse_tui.domain.commands import Undo
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.events import (
    AccountEdited,
    AccountOpened,
    AlertNoted,
    BaseChange,
    EntryPosted,
    Event,
    Forked,
    KeysFreed,
    Merged,
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
from alluse_tui.domain.fold.apply import apply, apply_all
from alluse_tui.domain.model.book import Book, account_id, balance_key
from alluse_tui.domain.model.instrument import holding_key
from alluse_tui.domain.model.settings import setting
from alluse_tui.domain.model.terms import Bucket, Kind, Status, Tier
from alluse_tui.domain.model.traits import recorded_traits
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, UndoTarget, planned
from alluse_tui.domain.plans.merges import all_holdings, all_postings
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

MUST_BE_LEFT = (Bucket.CASH, Bucket.CONTRACTS, Bucket.LEAPS)
"""Buckets that an undo of a decision never leaves below zero; positions may well be."""


def plan_undo(book: Book, command: Undo, context: Context) -> Plan:
    """The reversal of the records in `context.undo`, newest event first."""
    target = context.undo
    if target is None:
        rule = Verdict("undo.nothing", False, "there is nothing of yours to undo")
        return planned(book, command, "", context, [], [rule])
    rules = [*_rules(book, target)]
    events: list[Event] = [RecordsReversed(target.first_seq, target.last_seq)]
    freed: list[str] = [target.key] if target.key and not is_job(target.key) else []
    if all(r.ok for r in rules):
        events += _reversals(book, target)
        freed += [e.key for e in target.events if isinstance(e, EntryPosted) and e.key]
        if any(isinstance(e, SettingChanged) for e in events):
            rules.append(_policy_allowed(apply_all(book, events), target.portfolio))
        traits = recorded_traits(target.command)
        if traits is not None and traits.decision:
            rules += [*_still_open(book, events, target), *_still_there(book, events, target)]
            rules += _parts_stand(book, target, context)
    if freed:
        events.append(KeysFreed(target.portfolio, tuple(freed)))
    named = replace(command, seq=target.first_seq)
    return planned(book, named, target.portfolio, context, events, rules)


def _rules(book: Book, target: UndoTarget) -> list[Verdict]:
    span = f"#{target.first_seq}"
    if target.last_seq > target.first_seq:
        span += f"–#{target.last_seq}"
    by = book.reversed_by.get(str(target.first_seq))
    can = bool(target.events) and all(isinstance(e, REVERSIBLE) for e in target.events)
    what = target.command or "nothing"
    return [
        Verdict("undo.kind", can, f"{what} {span} {'can' if can else 'cannot'} be undone"),
        Verdict("undo.once", by is None,
                f"{span} was not undone before" if by is None else f"{span} was undone by #{by}"),
        *([Verdict("undo.overtaken", False, target.overtaken)] if target.overtaken else []),
        *_rates_stand(book, target),
        *_changes_stand(book, target),
    ]  # fmt: skip


def _changes_stand(book: Book, target: UndoTarget) -> Iterator[Verdict]:
    """What a decision changed must still be as it made it."""
    for event in target.events:
        match event:
            case AccountOpened(portfolio, code):
                account = book.accounts[account_id(portfolio, code)]
                ended = account.status in ENDED
                yield Verdict("undo.open", not ended, f"{code} is {account.status}")
                yield childless(book, account, "undo.open")
            case AccountEdited(portfolio, code, name, notes):
                account = book.accounts[account_id(portfolio, code)]
                same = (account.name, account.notes) == (name, notes)
                said = f"name and notes of {code} {'stand' if same else 'were changed since'}"
                yield Verdict("undo.edit", same, said)
            case StatusChanged(portfolio, code, status):
                now = book.accounts[account_id(portfolio, code)].status
                yield Verdict("undo.status", now is status, f"{code} is {now}")
                if status is Status.CLOSED:
                    yield _parent_open(book, portfolio, code)
                if event.previous is Status.ACTIVE and code.startswith(Tier.COM):
                    yield one_active_com(book, portfolio)
            case Merged(portfolio, code, into):
                account = book.accounts[account_id(portfolio, code)]
                merged = account.status is Status.MERGED
                yield Verdict("undo.status", merged, f"{code} is {account.status}")
                yield _parent_open(book, portfolio, code)
                yield open_for_decisions(book.accounts[account_id(portfolio, into)])[0]
            case Reparented(portfolio, code, parent):
                above = book.accounts[account_id(portfolio, code)].parent
                said = f"{code} stands under {above or 'nothing'}"
                yield Verdict("undo.parent", above == parent, said)
            case Reinvested(portfolio, code, quarter):
                newest = book.accounts[account_id(portfolio, code)].reinvested
                said = f"{code} reinvested last in {newest or 'no quarter'}"
                yield Verdict("undo.reinvest", newest == quarter, said)
            case SettingChanged(portfolio, path, value):
                stands = _setting_now(book, event)
                said = f"{path} is {stands or '—'}"
                if stands == value:
                    said += f", and {event.previous or '—'} again after this"
                yield Verdict("undo.policy", stands == value, said)


def _policy_allowed(after: Book, portfolio: str) -> Verdict:
    """What is set back must still go together with what was set since."""
    wrong = policy_problems(after, portfolio)
    said = "; ".join(f"{path} would be {value}: {allowed}" for path, value, allowed in wrong)
    return Verdict("undo.policy", not wrong, said or "the policy stays allowed")


def _parent_open(book: Book, portfolio: str, code: str) -> Verdict:
    above = book.accounts[account_id(portfolio, code)].parent
    if not above:
        return Verdict("undo.status", True, f"{code} stands at the top")
    status = book.accounts[account_id(portfolio, above)].status
    return Verdict("undo.status", status not in ENDED, f"{above}, above {code}, is {status}")


def _setting_now(book: Book, event: SettingChanged) -> str:
    if event.account:
        account = book.accounts[account_id(event.portfolio, event.account)]
        return account.settings.get(event.path, "")
    return setting(event.path).text(book.portfolios[event.portfolio].policy)


def _rates_stand(book: Book, target: UndoTarget) -> Iterator[Verdict]:
    """A rate that was replaced since is not set back over its successor."""
    last = {
        (e.portfolio, e.currency, e.against, e.effective): e.nanos
        for e in target.events
        if isinstance(e, RateSet)
    }
    for (portfolio, currency, against, day), nanos in last.items():
        pair = f"{currency}/{against}"
        if book.rates_of(portfolio).exactly_on(pair, day) != nanos:
            yield Verdict("undo.rate", False, f"the rate {pair} of {day} was replaced since")
            return
    if last:
        yield Verdict("undo.rate", True, f"{len(last)} rates to take back, none replaced since")


def things_of(event: Event) -> tuple[str, ...] | None:
    """What the event sets to a value, so that a later one overtakes it; None for sums."""
    match event:
        case RateSet(portfolio, currency, against, effective):
            return "rate", portfolio, f"{currency}/{against}", str(effective)
        case AccountEdited(portfolio, code):
            return "name and notes", portfolio, code
        case StatusChanged(portfolio, code):
            return "status", portfolio, code
        case SettingChanged(portfolio, path, account=code):
            return path, portfolio, code
        case AlertNoted(portfolio, alert):
            return "what was said of", portfolio, alert
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
            )
        case RateSet():
            return replace(event, nanos=event.previous_nanos, previous_nanos=event.nanos)
        case StatementImported():
            return StatementReleased(event.portfolio, event.account, event.source, event.sha256)
        case AccountOpened():
            return StatusChanged(event.portfolio, event.code, Status.CLOSED, Status.ACTIVE)
        case AccountEdited():
            return AccountEdited(
                event.portfolio, event.account, event.previous_name, event.previous_notes,
                event.name, event.notes,
            )  # fmt: skip
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
        case AlertNoted():
            return replace(event, note=event.previous, previous=event.note)
    raise TypeError(f"{type(event).__name__} has no reversal")


def _still_open(book: Book, events: list[Event], target: UndoTarget) -> Iterator[Verdict]:
    """A decision's money goes back to accounts that still take entries, or do again."""
    back = {account_id(e.portfolio, e.account) for e in target.events if isinstance(e, Merged)}
    codes = {
        account_id(e.portfolio, p.account)
        for e in events
        if isinstance(e, EntryPosted)
        for p in e.postings
        if p.bucket
    }
    for code in sorted(codes - back):
        yield open_for_facts(book.accounts[code])


def _reversals(book: Book, target: UndoTarget) -> list[Event]:
    """The events that take back what the records did, the newest first."""
    found: list[Event] = []
    for event in reversed(target.events):
        found.append(_reversed(event, target))
        if isinstance(event, EntryPosted) and target.command == "fork":
            found += _rest_of_child(apply_all(book, found), event.portfolio, target)
    return found


def _rest_of_child(after: Book, portfolio: str, target: UndoTarget) -> list[Event]:
    """What a fork's child has beyond its part goes to the source too, and so does its base."""
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
            portfolio, Kind.FORK, child.newest, all_postings(child, forked.account),
            base=tuple(base), holdings=all_holdings(child, forked.account),
            note=f"what {child.code} earned", reverses=target.first_seq,
        )
    ]  # fmt: skip


def _parts_stand(book: Book, target: UndoTarget, context: Context) -> Iterator[Verdict]:
    """A fork's child has at least its part; what a merge brought is still held."""
    entry = next((e for e in target.events if isinstance(e, EntryPosted)), None)
    for event in target.events:
        if isinstance(event, Forked) and entry is not None:
            child = book.accounts[account_id(event.portfolio, event.child)]
            part = sum(p.micros for p in entry.postings if p.account == event.child)
            equity = view_in(book, child, context.today).equity
            yield Verdict("undo.fork", equity >= part, f"{event.child} has {{}}, its part was {{}}",
                          (equity, part))  # fmt: skip
        if isinstance(event, Merged) and entry is not None:
            com = book.accounts[account_id(event.portfolio, event.into)]
            for change in entry.holdings:
                if change.account != event.into:
                    continue
                key = holding_key(change.instrument, change.currency)
                held, gives = com.holdings.get(key), change.quantity_micros
                came = (held.quantity_micros if held else 0) - event.held.get(key, 0)
                ok = abs(came) >= abs(gives) and (came >= 0) == (gives >= 0)
                if held is not None and held.quantity_micros == gives:
                    same = held.value_micros == change.value_micros
                    said = f"{event.into} carries {change.instrument} at {{}}, it came at {{}}"
                    yield Verdict("undo.merge", same, said + ("" if same else ": mark it so first"),
                                  (held.value_micros, change.value_micros))  # fmt: skip
                yield Verdict("undo.merge", ok, f"{event.into} holds {change.instrument} still"
                              if ok else f"{event.into} no longer holds all {change.instrument}"
                              f" that {event.account} brought")  # fmt: skip


def _still_there(book: Book, events: list[Event], target: UndoTarget) -> list[Verdict]:
    """A decision's money must still lie where it went, and an opened account end empty."""
    after = book
    for event in events:
        after = apply(after, event)
    found = []
    emptied = {e.child for e in target.events if isinstance(e, Forked)}
    emptied |= {e.account for e in target.events if isinstance(e, Merged)}
    for event in events:
        if isinstance(event, StatusChanged) and event.status is Status.CLOSED:
            opened = after.accounts[account_id(event.portfolio, event.account)]
            found.append(empty(opened))
        if not isinstance(event, EntryPosted):
            continue
        for p in event.postings:
            if p.bucket in MUST_BE_LEFT and p.micros < 0 and p.account not in emptied:
                found.append(_left(after, event.portfolio, p))
    return found


def _left(after: Book, portfolio: str, posting: Posting) -> Verdict:
    account = after.accounts[account_id(portfolio, posting.account)]
    left = account.balances.get(balance_key(posting.bucket, posting.currency), 0)
    what = f"{posting.currency} {posting.bucket} back from {posting.account}"
    return Verdict("undo.cash", left >= 0, f"takes {{}} {what}, leaving {{}}",
                   (-posting.micros, left))  # fmt: skip
