"""Undo: a reversal, never an edit (10-domain, Other rules)."""

from __future__ import annotations

from dataclasses import replace

from alluse_tui.domain.apply import apply
from alluse_tui.domain.book import Book, account_id, balance_key
from alluse_tui.domain.commands import Undo
from alluse_tui.domain.events import (
    EntryPosted,
    Event,
    KeysFreed,
    Posting,
    RateSet,
    RecordsReversed,
    StatementImported,
    StatementReleased,
)
from alluse_tui.domain.plan import Context, Plan, UndoTarget, planned
from alluse_tui.domain.terms import Bucket
from alluse_tui.domain.verdict import Verdict

REVERSIBLE = (EntryPosted, RateSet, StatementImported)
DECISIONS = ("deposit", "withdraw", "transfer")


def plan_undo(book: Book, command: Undo, context: Context) -> Plan:
    """The reversal of the records in `context.undo`, newest event first."""
    target = context.undo
    if target is None:
        rule = Verdict("undo.nothing", False, "there is nothing of yours to undo")
        return planned(book, command, "", context, [], [rule])
    rules = [*_rules(book, target)]
    events: list[Event] = [RecordsReversed(target.first_seq, target.last_seq)]
    freed: list[str] = [target.key] if target.key else []
    if all(r.ok for r in rules):
        events += [_reversed(e, target) for e in reversed(target.events)]
        freed += [e.key for e in target.events if isinstance(e, EntryPosted) and e.key]
        if target.command in DECISIONS:
            rules += _still_there(book, events)
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
        _rate_stands(book, target),
    ]  # fmt: skip


def _rate_stands(book: Book, target: UndoTarget) -> Verdict:
    """A rate that was replaced since is not set back over its successor."""
    last = {
        (e.portfolio, e.currency, e.against, e.effective): e.nanos
        for e in target.events
        if isinstance(e, RateSet)
    }
    for (portfolio, currency, against, day), nanos in last.items():
        pair = f"{currency}/{against}"
        if book.rates_of(portfolio).exactly_on(pair, day) != nanos:
            return Verdict("undo.rate", False, f"the rate {pair} of {day} was replaced since")
    return Verdict("undo.rate", True, f"{len(last)} rates to take back, none replaced since")


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
    raise TypeError(f"{type(event).__name__} has no reversal")


def _still_there(book: Book, events: list[Event]) -> list[Verdict]:
    """A decision's money must still lie where it went."""
    after = book
    for event in events:
        after = apply(after, event)
    found = []
    for event in events:
        if not isinstance(event, EntryPosted):
            continue
        for p in event.postings:
            if p.bucket == Bucket.CASH and p.micros < 0:
                found.append(_cash_left(after, event.portfolio, p))
    return found


def _cash_left(after: Book, portfolio: str, posting: Posting) -> Verdict:
    account = after.accounts[account_id(portfolio, posting.account)]
    left = account.balances.get(balance_key(Bucket.CASH, posting.currency), 0)
    ok = left >= 0
    said = f"takes {{}} {posting.currency} back from {posting.account}, leaving {{}}"
    return Verdict("undo.cash", ok, said, (-posting.micros, left))
