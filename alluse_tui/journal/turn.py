"""A turn on the journal: a transaction that commits when it ends without an exception."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import apsw

from alluse_tui.domain.events.codec import canonical
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.journal.record import RECORD_FORMAT, Head, KeyEntry, Record, chained_record
from alluse_tui.journal.record_reader import LAST, newest_first, paged
from alluse_tui.journal.sqlite import fetched
from alluse_tui.journal.state_digest import (
    CHECK_DIGITS,
    digest_after,
    digest_from,
    digest_of,
    digest_text,
)

CLOCK_BACK_NS = 600 * 1_000_000_000
"""A clock further behind the newest record than this is refused, not followed."""

CLOCK_AHEAD_NS = 10 * 86_400 * 1_000_000_000
"""A clock further ahead of the newest record than this must be confirmed (decision 014)."""


class ClockAhead(StoreFailed):
    """The clock is implausibly far ahead and not confirmed."""


class Turn:
    """The right to append.

    `head` and `newest_ns` belong to the newest record, including those of this turn.
    """

    def __init__(
        self,
        writer: apsw.Connection,
        head: Head,
        newest_ns: int,
        *,
        state_digest: str,
        accept_clock: bool,
    ) -> None:
        """For `Journal.turn` only; `state_digest` as stored, empty in a file without one."""
        self._writer = writer
        self._state_digest = state_digest
        self._accept_clock = accept_clock
        self._unwritten: list[tuple[int, int, str, str, bytes, bytes]] = []
        self.newest_ns = newest_ns
        self.head = head

    @property
    def state_digest(self) -> str:
        """The stored form of the digest over the state rows, including this turn's."""
        return self._state_digest

    def records(self, after: int = 0, upto: int = LAST) -> Iterator[Record]:
        """Records as in `Journal.records`, including those of this turn."""
        self.write_records()
        return paged(self._writer, after, upto)

    def newest_first(self) -> Iterator[Record]:
        """All records, newest first, including those of this turn."""
        self.write_records()
        return newest_first(self._writer)

    def append(self, contents: Iterable[Mapping[str, Any]], now_ns: int) -> list[Record]:
        """Append a record for each of `contents`, at least 1 ns apart; returns the records."""
        self._check_clock(now_ns)
        records = []
        for content in contents:
            recorded_ns = max(now_ns, self.newest_ns + 1)
            record = chained_record(content, self.head, recorded_ns)
            self.insert(record)
            records.append(record)
        return records

    def _check_clock(self, now_ns: int) -> None:
        """Raises StoreFailed: a record dated by a wrong clock would block every later one."""
        if now_ns < self.newest_ns - CLOCK_BACK_NS:
            raise StoreFailed(
                f"the system clock is {_span_text(self.newest_ns - now_ns)} behind the newest"
                f" record of {_date_text(self.newest_ns)}: correct the clock, or if that record's"
                f" time is wrong, drop it with `alluse recover --until {self.head.seq}`"
            )
        ahead_ns = now_ns - self.newest_ns
        if self.head.seq and ahead_ns > CLOCK_AHEAD_NS and not self._accept_clock:
            raise ClockAhead(
                f"the system clock says {_date_text(now_ns)}, {_span_text(ahead_ns)} after the"
                f" newest record of {_date_text(self.newest_ns)}: correct the clock, or confirm it"
                " with --accept-clock"
            )

    def insert(self, record: Record) -> None:
        """Append `record` unchanged; it must be the successor of the newest one."""
        body = record.body.decode()
        row = (record.seq, record.recorded_ns, record.actor, body, record.prev, record.hash)
        self._unwritten.append(row)
        self.head = Head(record.seq, record.hash)
        self.newest_ns = record.recorded_ns

    def write_records(self) -> None:
        """Pass the records of this turn to SQLite, as the turn's commit also does."""
        if self._unwritten:
            self._writer.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", self._unwritten
            )
            self._unwritten = []

    def put_state(self, schema: int, rows: Iterable[tuple[str, str, str]]) -> None:
        """Set these rows of the state and the newest record as the one that it follows.

        A row is (kind, id, text), its text beginning with a check of CHECK_DIGITS digits. Raises
        IntegrityFailed if a replaced row was damaged.
        """
        added = list(rows)
        digest = self._digest_with(added)
        self._writer.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", added)
        mark = canonical([schema, self.head.seq, self.head.hash.hex(), RECORD_FORMAT]).decode()
        self._state_digest = digest_text(digest)
        self._writer.execute(
            "INSERT OR REPLACE INTO meta VALUES ('state', ?), ('state_digest', ?)",
            (mark, self._state_digest),
        )

    def _digest_with(self, added: list[tuple[str, str, str]]) -> int:
        """The digest of the state with these rows set, each of which is a different row."""
        checks = f"SELECT substr(body, 1, {CHECK_DIGITS}) FROM state"
        if not self._state_digest:  # a file of format 3
            self._state_digest = digest_text(
                digest_of(check for (check,) in fetched(self._writer, checks))
            )
        replaced = self._writer.executemany(
            f"{checks} WHERE kind = ? AND id = ?", [(kind, key) for kind, key, _ in added]
        )
        return digest_after(
            digest_from(self._state_digest),
            [check for (check,) in replaced],
            [text for _, _, text in added],
        )

    def session(self, ident: str) -> tuple[Any, ...] | None:
        """The row of a login: user, epoch, uid, created_ns, seen_ns, revoked_ns."""
        return session_row(self._writer, ident)

    def put_session(self, ident: str, row: tuple[Any, ...]) -> None:
        """Set the row of a login, in the form of `session`."""
        self._writer.execute(
            "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?)", (ident, *row)
        )

    def clear_state(self) -> None:
        """Delete the whole state, before a new one is put."""
        self._writer.execute("DELETE FROM state")
        self._state_digest = digest_text(0)

    def claim_keys(self, entries: Iterable[KeyEntry]) -> None:
        """Mark idempotency keys as used. Raises StoreFailed if one already is."""
        self._writer.executemany(
            "INSERT INTO key_use VALUES (?, ?, ?, ?, ?)",
            [(e.portfolio, e.key, e.seq, e.content, e.receipt) for e in entries],
        )

    def free_keys(self, portfolio: str, keys: Iterable[str]) -> None:
        """Mark idempotency keys as unused."""
        self._writer.executemany(
            "DELETE FROM key_use WHERE portfolio = ? AND key = ?", [(portfolio, k) for k in keys]
        )


def session_row(connection: apsw.Connection, ident: str) -> tuple[Any, ...] | None:
    """A login's row; None if there is none, or no table of them yet."""
    if not fetched(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'session'"):
        return None
    query = "SELECT user, epoch, uid, created_ns, seen_ns, revoked_ns FROM session WHERE id = ?"
    rows = fetched(connection, query, (ident,))
    return rows[0] if rows else None


def _date_text(moment_ns: int) -> str:
    return datetime.fromtimestamp(moment_ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _span_text(span_ns: int) -> str:
    """The two largest units: '63 days 4 h', '12 min'."""
    minutes = span_ns // 60_000_000_000
    if minutes >= 24 * 60:
        days, rest = divmod(minutes, 24 * 60)
        return f"{days:,} day{'s' if days > 1 else ''} {rest // 60} h"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
