"""Which records an undo takes back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from alluse_tui.domain.commands import Command, Undo
from alluse_tui.domain.events.events import Event
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.plan import UndoTarget
from alluse_tui.domain.plans.undo import REVERSIBLE, things_of
from alluse_tui.engine.record_decoding import events_of, span_of
from alluse_tui.journal import Journal, Record, Turn


def undo_target(book: Book, command: Undo, actor: str, source: Journal | Turn) -> UndoTarget | None:
    """The records of `command.seq`, or of the actor's newest act that can be undone.

    None when there is no such act. Raises BadInput for a seq that there is not.
    """
    record = _record(book, command, actor, source)
    if record is None:
        return None
    first, last = span_of(record)
    parts = list(source.records(first - 1, last))
    events = tuple(event for part in parts for event in events_of(part))
    plain = parts[0].plain
    return UndoTarget(
        first, last, plain["command"], plain["portfolio"], events, plain.get("key", ""),
        _overtaken(book, events, last, source),
    )  # fmt: skip


def undone_command(book: Book, command: Command, actor: str, source: Journal | Turn) -> str:
    """The command that an undo takes back; '' for another one, and where none can be."""
    if not isinstance(command, Undo):
        return ""
    with suppress(BadInput):  # planning says what is wrong with it
        record = _record(book, command, actor, source)
        if record is not None and _reversible(events_of(record)):
            return str(record.plain["command"])
    return ""


def _reversible(events: Sequence[Event]) -> bool:
    return bool(events) and all(isinstance(e, REVERSIBLE) for e in events)


def _record(book: Book, command: Undo, actor: str, source: Journal | Turn) -> Record | None:
    home = command.portfolio
    return _named(command.seq, home, source) if command.seq else _latest(book, actor, home, source)


def _overtaken(book: Book, events: tuple[Event, ...], last: int, source: Journal | Turn) -> str:
    """Which standing record after `last` set the same thing again."""
    things = {t for t in map(things_of, events) if t is not None}
    if not things:
        return ""
    for record in source.records(last):
        if record.plain["command"] == Undo.NAME or str(record.seq) in book.reversed_by:
            continue
        for event in events_of(record):
            thing = things_of(event)
            if thing in things and thing is not None:
                what = " ".join(part for part in thing if part)
                return f"{what} was set again by #{record.seq}"
    return ""


def _named(seq: int, home: str, source: Journal | Turn) -> Record:
    found = list(source.records(seq - 1, seq)) if seq > 0 else []
    if not found:
        raise BadInput("seq", seq, "is no record: `alluse log` lists them")
    if home and found[0].plain["portfolio"] != home:
        raise BadInput("seq", seq, f"is not about the portfolio {home}")
    return found[0]


def _latest(book: Book, actor: str, home: str, source: Journal | Turn) -> Record | None:
    for record in source.newest_first():
        by = record.plain.get("approval", {}).get("by", record.actor)
        if by != actor or str(span_of(record)[0]) in book.reversed_by:
            continue
        if home and record.plain["portfolio"] != home:
            continue
        if _reversible(events_of(record)):
            return record
    return None
