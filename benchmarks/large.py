"""A large book, made as an import makes one: many entries a record, in few turns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from alluse_tui.domain.commands import Init
from alluse_tui.domain.events.codec import to_plain
from alluse_tui.domain.events.events import AccountOpened, Event
from alluse_tui.domain.fold.apply import apply_all
from alluse_tui.domain.fold.state_rows import STATE_SCHEMA, changed_rows
from alluse_tui.domain.model.terms import Kind, Tier
from alluse_tui.domain.plans.entries import cash_entry
from alluse_tui.engine import LocalEngine, policy_from
from alluse_tui.engine.book_follower import BookFollower
from alluse_tui.journal import Journal

UNIT = 1_000_000
PER_RECORD = 200
PER_TURN = 20_000


def large_book(path: Path, *, accounts: int, postings: int) -> None:
    """`accounts` accounts and about `postings` postings, two an entry, over two years."""
    policy = policy_from("moderate")
    with LocalEngine(path, actor="bench", create=True) as engine:
        engine.commands.submit(Init(portfolio="Main", capital=250_000 * UNIT, policy=policy))
    with closing(Journal(path)) as journal:
        append(journal, BookFollower(journal), _events(accounts, postings // 2))


def append(journal: Journal, fold: BookFollower, events: Sequence[Event]) -> None:
    """Append the events in records of PER_RECORD and turns of PER_TURN."""
    for start in range(0, len(events), PER_TURN):
        part = events[start : start + PER_TURN]
        with journal.turn() as turn:
            parts = [part[i : i + PER_RECORD] for i in range(0, len(part), PER_RECORD)]
            records = turn.append(map(_content, parts), turn.newest_ns + 1)
            book = fold.book
            for record, record_events in zip(records, parts, strict=True):
                book = apply_all(book, record_events, record.seq)
            turn.put_state(STATE_SCHEMA, changed_rows(fold.book, book))
            fold.adopt(book, turn.head)


def _events(accounts: int, entries: int) -> list[Event]:
    begin = date(2025, 1, 6)
    opened: list[Event] = [
        AccountOpened("Main", f"gen-{n}", Tier.GEN, begin, f"Generation {n}")
        for n in range(2, accounts - 1)
    ]
    for i in range(entries):
        code, micros = f"gen-{i % (accounts - 2) + 1}", (i % 977 + 1) * UNIT
        day = begin + timedelta(days=i * 700 // entries)
        opened.append(cash_entry("Main", code, Kind.PREMIUM, micros, "USD", day))
    return opened


def _content(events: list[Event]) -> dict[str, Any]:
    return {
        "actor": "bench",
        "session": "",
        "portfolio": "Main",
        "command": "import",
        "content": {},
        "key": "",
        "events": [to_plain(e) for e in events],
        "part": [1, 1],
        "rules": [],
    }
