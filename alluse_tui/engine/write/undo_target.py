"""Finding the records that an undo reverses."""

from __future__ import annotations

from contextlib import suppress

from alluse_tui.domain.commands import Command, Undo
from alluse_tui.domain.events.events import Event
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.plan import UndoTarget
from alluse_tui.domain.plans.adjustments import adjusted_between, changed_holdings
from alluse_tui.domain.plans.undo import can_be_undone, things_of
from alluse_tui.engine.record_decoding import WITH_ADJUSTMENT, WITH_HOLDINGS, events_of, span_of
from alluse_tui.journal import Journal, Record, Turn


def undo_target(book: Book, command: Undo, actor: str, source: Journal | Turn) -> UndoTarget | None:
    """The records of `command.seq`, or of the actor's newest command that can be undone.

    None if there is no such command. Raises BadInput if the seq does not exist.
    """
    record = _record(book, command, actor, source)
    if record is None:
        return None
    first, last = span_of(record)
    parts = list(source.records(first - 1, last))
    events = tuple(event for part in parts for event in events_of(part))
    plain = parts[0].plain
    return UndoTarget(
        first_seq=first,
        last_seq=last,
        command=plain["command"],
        portfolio=plain["portfolio"],
        events=events,
        key=plain.get("key", ""),
        overtaken=_overtaken(book, events, last, source),
    )


def undone_command(book: Book, command: Command, actor: str, source: Journal | Turn) -> str:
    """The name of the command that an undo reverses; '' for other commands, or without one."""
    if not isinstance(command, Undo):
        return ""
    with suppress(BadInput):  # planning reports it
        record = _record(book, command, actor, source)
        if record is not None and _reversible(record):
            return str(record.plain["command"])
    return ""


def _reversible(record: Record) -> bool:
    return can_be_undone(record.plain["command"], events_of(record))


def _record(book: Book, command: Undo, actor: str, source: Journal | Turn) -> Record | None:
    if command.seq:
        return _record_at(command.seq, command.portfolio, source)
    return _latest(book, actor, command.portfolio, source)


def _overtaken(book: Book, events: tuple[Event, ...], last: int, source: Journal | Turn) -> str:
    """The first record after `last`, not undone, that set the same thing; empty if none did."""
    targets = {t for t in map(things_of, events) if t is not None}
    held = changed_holdings(events)
    if not targets and not held:
        return ""
    needed = WITH_HOLDINGS if any(held.values()) else WITH_ADJUSTMENT
    for record in source.records(last):
        if not targets and needed not in record.body:
            continue
        if record.plain["command"] == Undo.NAME or str(record.seq) in book.reversed_by:
            continue
        later = events_of(record)
        if name := adjusted_between(held, changed_holdings(later)):
            return f"{name} was changed by #{record.seq}: undo that first"
        for event in later:
            target = things_of(event)
            if target in targets and target is not None:
                name = " ".join(part for part in target if part)
                return f"{name} was set again by #{record.seq}"
    return ""


def _record_at(seq: int, portfolio: str, source: Journal | Turn) -> Record:
    record = next(iter(source.records(seq - 1, seq)), None) if seq > 0 else None
    if record is None:
        raise BadInput("seq", seq, "record not found: `alluse log` lists the records")
    if portfolio and record.plain["portfolio"] != portfolio:
        raise BadInput("seq", seq, f"is not a record of the portfolio {portfolio}")
    return record


def _latest(book: Book, actor: str, portfolio: str, source: Journal | Turn) -> Record | None:
    for record in source.newest_first():
        by = record.plain.get("approval", {}).get("by", record.actor)
        if by != actor or str(span_of(record)[0]) in book.reversed_by:
            continue
        if portfolio and record.plain["portfolio"] != portfolio:
            continue
        if _reversible(record):
            return record
    return None
