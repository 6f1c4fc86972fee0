"""A turn on the journal: nothing is in the file until it ends without an exception."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import apsw

from alluse_tui.domain.canonical import canonical_text
from alluse_tui.domain.errors import StoreFailed
from alluse_tui.journal.reading import LAST, newest_first, paged
from alluse_tui.journal.record import VERSION, Head, KeyEntry, Record, sealed
from alluse_tui.journal.sqlite import fetched

CLOCK_BACK_NS = 600 * 1_000_000_000
"""A clock further behind the newest record than this is refused, not followed."""


class Turn:
    """The right to append.

    `head` and `newest_ns` are of the newest record, those of this turn included.
    """

    def __init__(self, writer: apsw.Connection, head: Head, newest_ns: int) -> None:
        """Made by `Journal.turn` only."""
        self._writer = writer
        self.newest_ns = newest_ns
        self.head = head

    def records(self, after: int = 0, upto: int = LAST) -> Iterator[Record]:
        """Records as `Journal.records` reads them, those of this turn included."""
        return paged(self._writer, after, upto)

    def newest_first(self) -> Iterator[Record]:
        """All records, newest first, those of this turn included."""
        return newest_first(self._writer)

    def append(self, contents: Iterable[Mapping[str, Any]], now_ns: int) -> list[Record]:
        """Append a record for each of `contents`; time moves on at least 1 ns from each to each."""
        if now_ns < self.newest_ns - CLOCK_BACK_NS:
            behind = (self.newest_ns - now_ns) // 1_000_000_000
            raise StoreFailed(f"the clock is {behind} s behind the newest record: set it right")
        made = []
        for content in contents:
            recorded_ns = max(now_ns, self.newest_ns + 1)
            record = sealed(content, self.head, recorded_ns)
            self.insert(record)
            made.append(record)
        return made

    def insert(self, record: Record) -> None:
        """Put a record as it is behind the newest one, whose successor it must be."""
        self._writer.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)",
            (
                record.seq,
                record.recorded_ns,
                record.actor,
                record.body.decode(),
                record.prev,
                record.hash,
            ),
        )
        self.head = Head(record.seq, record.hash)
        self.newest_ns = record.recorded_ns

    def put_state(self, schema: int, rows: Iterable[tuple[str, str, str]]) -> None:
        """Set these rows of the state, which from now on follows the newest record."""
        self._writer.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", list(rows))
        mark = canonical_text([schema, self.head.seq, self.head.hash.hex(), VERSION])
        self._writer.execute("INSERT OR REPLACE INTO meta VALUES ('state', ?)", (mark,))

    def session(self, ident: str) -> tuple[Any, ...] | None:
        """The row of a login: user, epoch, uid, created_ns, seen_ns, revoked_ns."""
        return session_row(self._writer, ident)

    def put_session(self, ident: str, row: tuple[Any, ...]) -> None:
        """Set the row of a login, as `session` gives it."""
        self._writer.execute(
            "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?)", (ident, *row)
        )

    def clear_state(self) -> None:
        """Forget the state, to put a whole new one."""
        self._writer.execute("DELETE FROM state")

    def claim_keys(self, entries: Iterable[KeyEntry]) -> None:
        """Keys are used from now on. Raises StoreFailed when one is already."""
        self._writer.executemany(
            "INSERT INTO key_use VALUES (?, ?, ?, ?, ?)",
            [(e.portfolio, e.key, e.seq, e.content, e.receipt) for e in entries],
        )

    def free_keys(self, portfolio: str, keys: Iterable[str]) -> None:
        """Keys may be used again."""
        self._writer.executemany(
            "DELETE FROM key_use WHERE portfolio = ? AND key = ?", [(portfolio, k) for k in keys]
        )


def session_row(connection: apsw.Connection, ident: str) -> tuple[Any, ...] | None:
    """A login's row; None where there is none, or no table of them yet."""
    if not fetched(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'session'"):
        return None
    asked = "SELECT user, epoch, uid, created_ns, seen_ns, revoked_ns FROM session WHERE id = ?"
    rows = fetched(connection, asked, (ident,))
    return rows[0] if rows else None
