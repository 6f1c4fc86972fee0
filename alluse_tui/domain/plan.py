"""Plans: the effect of a command on a book, computed without recording it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Raw, field

from alluse_tui.domain.commands import Command
from alluse_tui.domain.derived.account_views import changed_views
from alluse_tui.domain.derived.lots import Lot
from alluse_tui.domain.derived.market_alerts import MarketFacts
from alluse_tui.domain.events.codec import canonical, to_plain
from alluse_tui.domain.events.events import EntryPosted, Event
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import TradingCalendar, WeekdayCalendar
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.model.market_inputs import NO_MARKET, MarketInputs
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.views import (
    AccountView,
    PlannedEntry,
    PlannedHolding,
    PlannedPosting,
    PlanView,
)

TIME = "at_ns"
"""The field of events with the time, which digests ignore."""

EVENTS_PER_RECORD = 200
"""The most events in a record; a long import becomes several records in one turn."""


class KeyUse(Value):
    """The earlier use of an idempotency key: its record and the digest of its content."""

    seq: int
    content: str


class UndoTarget(Value):
    """The records that an undo reverses: first and last seq, command, events in order.

    `overtaken` names a later record that set the same thing; empty if there is none.
    """

    first_seq: int
    last_seq: int
    command: str
    portfolio: str
    events: tuple[Event, ...]
    key: str = ""
    overtaken: str = ""


class Context(Value):
    """The input of planning besides the book.

    `seq` is the record that would be written, `now_ns` the time. `is_preview`: nothing is recorded,
    so it may have a future date or lack a password. `is_check`: only its rules are wanted, so none
    of them asks for a confirmation. `keys`: the uses of those idempotency keys of the command that
    are taken. `undo`: the target of an Undo. `actor`: the user. `open_lots`: those of the account,
    for a trade that names lots or is backdated. `market`: what is known of the market, for a
    trade. `facts`: the day's market data by symbol, for alerts.
    """

    today: date
    seq: int
    now_ns: int = 0
    is_preview: bool = False
    is_check: bool = False
    sessions: TradingCalendar = field(default_factory=WeekdayCalendar)
    keys: Mapping[str, KeyUse] = field(default_factory=dict)
    undo: UndoTarget | None = None
    actor: str = ""
    open_lots: tuple[Lot, ...] = ()
    market: MarketInputs = NO_MARKET
    facts: MarketFacts | None = None

    def seq_of(self, number: int) -> int:
        """The record that would hold the plan's event number `number`, from 0."""
        return self.seq + number // EVENTS_PER_RECORD


@dataclass(frozen=True)
class Plan:
    """A command's effect: events in order, verdicts of the rules, the book before and after.

    `duplicates` (a number) and `ignored` (key, reason) are an import's rows that are not in
    `events`; `duplicates_of` has the number of each broker account (`StatementFacts.source`), and
    `entries_of` how many entries belong to each of several statements, one after the other.
    `market`: what was known of the market when a trade was judged.
    """

    command: Command
    portfolio: str
    today: date
    events: tuple[Event, ...]
    rules: tuple[Verdict, ...]
    before: Book
    after: Book
    duplicates: int = 0
    ignored: tuple[tuple[str, str], ...] = ()
    duplicates_of: Mapping[str, int] = dataclass_field(default_factory=dict)
    entries_of: tuple[int, ...] = ()
    market: MarketInputs = NO_MARKET

    def records(self) -> Sequence[tuple[Event, ...]]:
        """The events in bounded parts, one per record; at least one part."""
        size = EVENTS_PER_RECORD
        parts = [self.events[i : i + size] for i in range(0, len(self.events), size)]
        return parts or [()]

    @cached_property
    def view(self) -> PlanView:
        """The view of the plan for front ends."""
        entries = tuple(planned_entry(e) for e in self.events if isinstance(e, EntryPosted))
        accounts = tuple(changed_views(self.before, self.after, self.today))
        return PlanView(
            self._digest(accounts),
            self.command.NAME,
            self.portfolio,
            entries,
            accounts,
            self.rules,
            self.duplicates,
            self.ignored,
            duplicates_of=self.duplicates_of,
            entries_of=self.entries_of,
            market=self.market,
        )

    @cached_property
    def effect(self) -> str:
        """SHA-256 of the plan's events, without the balances before and after it."""
        return hashlib.sha256(canonical(self._events_without_clock)).hexdigest()

    @cached_property
    def _events_without_clock(self) -> list[Raw]:
        """The events as JSON, without the time and, in an undated command, today's date."""
        today = "" if self.command.date else self.today.isoformat()
        return [_without_clock(event, today) for event in self.events]

    def _digest(self, accounts: Iterable[tuple[AccountView | None, AccountView]]) -> str:
        """SHA-256 of the whole plan, except today's date and the wording of rules."""
        plain = {
            "command": self.command.NAME,
            "portfolio": self.portfolio,
            "events": self._events_without_clock,
            "accounts": [
                [a and _figures(a), _figures(b)]
                for a, b in sorted(accounts, key=lambda pair: pair[1].id)  # independent of order
            ],
            "rules": [[r.rule, r.ok] for r in self.rules],
        }
        return hashlib.sha256(canonical(plain)).hexdigest()


def _without_clock(event: Event, today: str) -> Raw:
    """The event as JSON, without TIME and the fields that equal `today`, unless that is empty."""
    encoded = canonical(event)
    if TIME.encode() not in encoded and (not today or today.encode() not in encoded):
        return Raw(encoded)  # as nearly all rows of a statement
    fields = to_plain(event).items()
    return Raw(canonical({k: v for k, v in fields if k != TIME and (not today or v != today)}))


def planned_entry(entry: EntryPosted) -> PlannedEntry:
    """The view of the entry for front ends."""
    postings = [PlannedPosting(p.account, p.bucket, p.currency, p.micros) for p in entry.postings]
    holdings = [
        PlannedHolding(h.account, h.instrument, h.currency, h.quantity_micros)
        for h in entry.holdings
    ]
    return PlannedEntry(entry.kind, entry.effective, tuple(postings), tuple(holdings), entry.symbol)


def _figures(a: AccountView) -> list[Any]:
    """The parts of an account's view that a plan's digest covers."""
    return [
        a.id,
        a.status,
        a.parent,
        a.base,
        [a.cash, a.contracts, a.leaps, a.positions, *([a.taxes] if a.taxes else [])],
        a.buffer,
        dict(a.currencies),
        a.unvalued,
        {name: [h.quantity_micros, h.value_micros] for name, h in a.holdings.items()},
        dict(a.settings),
    ]


def judged(rules: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """The rules, if none of them fails. Raises Refused with all of them otherwise."""
    if not all(r.ok or r.awaited for r in rules):
        raise Refused(rules)
    return tuple(rules)


def planned(
    book: Book,
    command: Command,
    portfolio: str,
    context: Context,
    events: Sequence[Event],
    rules: Sequence[Verdict],
) -> Plan:
    """The plan of these events, if every rule holds. Raises Refused, BadInput."""
    verdicts = judged(rules)
    after = book
    for i, event in enumerate(events):
        after = apply(after, event, context.seq_of(i))
    return Plan(
        command,
        portfolio,
        context.today,
        tuple(events),
        verdicts,
        before=book,
        after=after,
        market=context.market,
    )
