"""The journal: read records, take turns to append them (20-store, 30-engine)."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from alluse_tui.domain.errors import IntegrityFailed, NoBook, StoreFailed
from alluse_tui.journal.quarantine import check_writable, finding, quarantine
from alluse_tui.journal.record import Head, KeyEntry, Record, fault, sealed
from alluse_tui.journal.schema import FORMAT, TABLES
from alluse_tui.journal.sqlite import connect, fetched, translated

BUSY_MS = 5_000
"""How long a turn waits for another process's turn."""

TAIL_CHECKED = 64
"""How many of the newest records are checked whenever a journal is opened."""

POLL_SECONDS = 0.1
"""How often another process's commits are looked for."""

CLOCK_BACK_NS = 600 * 1_000_000_000
"""A clock further behind the newest record than this is refused, not followed."""

PAGE = 1_000
"""Records read at a time."""

_PAGE_OF_RECORDS = """
    SELECT seq, recorded_ns, actor, CAST(body AS BLOB), prev, hash
    FROM record WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"""


class Journal:
    """One journal file. Not shared between threads, but for `wait_for_change` and `records`,
    which use connections of their own.
    """

    def __init__(self, path: Path, *, create: bool = False, busy_ms: int = BUSY_MS) -> None:
        """Opens `path`; with `create` a missing file is made by the first turn.

        Raises NoBook, StoreFailed, IntegrityFailed.
        """
        self.path = path
        self._busy_ms = busy_ms
        self._writer: apsw.Connection | None = None
        self._poll: apsw.Connection | None = None
        self._poll_lock = threading.Lock()
        self._closed = False
        self._origin = ""
        if path.exists():
            self._open()
            self._check_tail()
        elif not create:
            raise NoBook(f"no book at {path}: `alluse init`")

    @property
    def exists(self) -> bool:
        """Whether there is a file yet."""
        return self._writer is not None

    def close(self) -> None:
        """Close every connection. Safe to call twice."""
        with self._poll_lock:
            for connection in (self._writer, self._poll):
                if connection is not None:
                    connection.close()
            self._writer = self._poll = None
            self._closed = True

    def origin(self) -> str:
        """What names this journal and no other, however often it is copied."""
        return self._origin

    def head(self) -> Head:
        """The newest record's seq and hash."""
        return _head(self._writer) if self._writer is not None else Head()

    def state(self) -> tuple[Head, int, list[tuple[str, str, Any]]]:
        """The state beside the records: its head, its schema, its rows (kind, id, plain)."""
        if self._writer is None:
            return Head(), 0, []
        schema, rows = fetched(
            self._writer,
            "SELECT (SELECT value FROM meta WHERE name = 'state_schema'),"
            " json_group_array(json_array(kind, id, json(body))) FROM state",
        )[0]
        return self.head(), int(schema), json.loads(rows)

    def keys(self, portfolio: str, keys: Sequence[str]) -> dict[str, KeyEntry]:
        """What stands under those of `keys` that are used."""
        if self._writer is None or not keys:
            return {}
        rows = fetched(
            self._writer,
            "SELECT portfolio, key, seq, content, receipt FROM key_use"
            " WHERE portfolio = ? AND key IN (SELECT value FROM json_each(?))",
            (portfolio, json.dumps(keys)),
        )
        return {row[1]: KeyEntry(*row) for row in rows}

    def records(self, after: int = 0, upto: int | None = None) -> Iterator[Record]:
        """Records after `after` up to and with `upto`, oldest first, on a connection of its own."""
        if not self.path.exists():
            return
        connection = connect(self.path, self._busy_ms)
        try:
            yield from self._paged(connection, after, upto)
        finally:
            connection.close()

    def newest_first(self) -> Iterator[Record]:
        """All records, newest first, on a connection of its own."""
        if not self.path.exists():
            return
        connection = connect(self.path, self._busy_ms)
        try:
            yield from self._newest_first(connection)
        finally:
            connection.close()

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """The right to append, held by one process and thread at a time.

        Commits on leaving, rolls back on any exception. Raises Busy, StoreFailed, IntegrityFailed.
        """
        check_writable(self.path)
        if self._writer is None:
            self._create()
        writer = self._writer
        assert writer is not None
        with translated(self.path):
            writer.execute("BEGIN IMMEDIATE")
        try:
            with translated(self.path):
                check_writable(self.path)
                needed = int(self._meta("min_writer"))
                if needed > FORMAT:
                    raise StoreFailed(
                        f"{self.path} needs a program of format {needed}, this is {FORMAT}: upgrade"
                    )
                yield Turn(self, writer)
                writer.execute("COMMIT")
        finally:
            if writer.in_transaction:
                writer.execute("ROLLBACK")

    def wait_for_change(self, seq: int, timeout_seconds: float) -> bool:
        """Whether the head moved past `seq`, waiting at most that long for it to."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            with self._poll_lock:
                if self._closed:
                    return False
                if self._poll is None and self.path.exists():
                    self._poll = connect(self.path, self._busy_ms)
                if self._poll is not None and _head(self._poll).seq > seq:
                    return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)

    def file_fault(self) -> str:
        """What SQLite itself finds wrong with the file's pages; empty when nothing."""
        if self._writer is None:
            return ""
        found = fetched(self._writer, "PRAGMA integrity_check(1)")
        return "" if found == [("ok",)] else " ".join(str(found[0][0]).split())

    def audit(self) -> Iterator[tuple[Record, str]]:
        """Every record, oldest first, with what is wrong with it (empty: nothing)."""
        before, recorded_ns = Head(), 0
        for record in self.records():
            yield record, fault(record, before, recorded_ns)
            before, recorded_ns = Head(record.seq, record.hash), record.recorded_ns

    def quarantine(self, found: str) -> None:
        """Refuse writing from now on, in every process."""
        quarantine(self.path, found)

    @property
    def quarantined(self) -> str:
        """What put this journal into quarantine; empty when nothing did."""
        return finding(self.path)

    def _open(self) -> None:
        connection = connect(self.path, self._busy_ms)
        tables = {row[0] for row in fetched(connection, "SELECT name FROM sqlite_schema")}
        if not {"meta", "record", "state", "key_use"} <= tables:
            raise StoreFailed(f"{self.path} is not a journal of this program")
        self._writer = connection
        self._origin = self._meta("origin")

    def _create(self) -> None:
        """Makes the file aside and links it into place, so that nobody ever sees half of one."""
        aside = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            _make_tables(aside, self._busy_ms)
            with suppress(FileExistsError):  # another process made it first: use that one
                os.link(aside, self.path)
        except OSError as error:
            raise StoreFailed(f"{self.path} cannot be created: {error.strerror}") from error
        finally:
            for leftover in (aside, Path(f"{aside}-wal"), Path(f"{aside}-shm")):
                leftover.unlink(missing_ok=True)
        self._open()

    def _meta(self, name: str) -> str:
        assert self._writer is not None
        rows = fetched(self._writer, "SELECT value FROM meta WHERE name = ?", (name,))
        if not rows:
            raise IntegrityFailed(f"{self.path} has lost its '{name}'")
        return str(rows[0][0])

    def _check_tail(self) -> None:
        """The newest records' hashes; a fault is marked, so that writing stops and reading goes on.

        The first of them is only the ground on which the others stand.
        """
        newest = self.head().seq
        first = max(0, newest - TAIL_CHECKED - 1)
        before, recorded_ns = (Head(), 0) if first == 0 else (None, 0)
        for record in self.records(first):
            found = fault(record, before, recorded_ns) if before is not None else ""
            if found:
                self.quarantine(found)
                return
            before, recorded_ns = Head(record.seq, record.hash), record.recorded_ns

    def _newest_first(self, connection: apsw.Connection) -> Iterator[Record]:
        last = _head(connection).seq
        while last > 0:
            first = max(0, last - PAGE)
            yield from reversed(list(self._paged(connection, first, last)))
            last = first

    def _paged(self, connection: apsw.Connection, after: int, upto: int | None) -> Iterator[Record]:
        last = (1 << 62) if upto is None else upto
        while True:
            rows = fetched(connection, _PAGE_OF_RECORDS, (after, last, PAGE))
            for row in rows:
                yield Record(*row)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]


class Turn:
    """A turn on the journal: nothing is in the file until it ends without an exception."""

    def __init__(self, journal: Journal, writer: apsw.Connection) -> None:
        """Made by `Journal.turn` only."""
        self._journal = journal
        self._writer = writer
        self.head = _head(writer)

    def records(self, after: int = 0, upto: int | None = None) -> Iterator[Record]:
        """Records as `Journal.records` reads them, those of this turn included."""
        return self._journal._paged(self._writer, after, upto)

    def newest_first(self) -> Iterator[Record]:
        """All records, newest first, those of this turn included."""
        return self._journal._newest_first(self._writer)

    def append(self, contents: Iterable[Mapping[str, Any]], now_ns: int) -> list[Record]:
        """Append a record for each of `contents`; time moves on at least 1 ns from each to each."""
        newest_ns = self._newest_ns()
        if now_ns < newest_ns - CLOCK_BACK_NS:
            behind = (newest_ns - now_ns) // 1_000_000_000
            raise StoreFailed(f"the clock is {behind} s behind the newest record: set it right")
        made = []
        for content in contents:
            newest_ns = max(now_ns, newest_ns + 1)
            record = sealed(content, self.head, newest_ns)
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
            made.append(record)
        return made

    def put_state(self, schema: int, rows: Iterable[tuple[str, str, Any]]) -> None:
        """Set these rows of the state, which follows the records in the same transaction."""
        self._writer.execute(
            "UPDATE meta SET value = ? WHERE name = 'state_schema' AND value <> ?",
            (str(schema), str(schema)),
        )
        self._writer.executemany(
            "INSERT OR REPLACE INTO state VALUES (?, ?, ?)",
            ((kind, key, json.dumps(plain, separators=(",", ":"))) for kind, key, plain in rows),
        )

    def clear_state(self) -> None:
        """Forget the state, to put a whole new one."""
        self._writer.execute("DELETE FROM state")

    def claim_keys(self, entries: Iterable[KeyEntry]) -> None:
        """Keys are used from now on. Raises StoreFailed when one is already."""
        self._writer.executemany(
            "INSERT INTO key_use VALUES (?, ?, ?, ?, ?)",
            ((e.portfolio, e.key, e.seq, e.content, e.receipt) for e in entries),
        )

    def free_keys(self, portfolio: str, keys: Iterable[str]) -> None:
        """Keys may be used again."""
        self._writer.executemany(
            "DELETE FROM key_use WHERE portfolio = ? AND key = ?", ((portfolio, k) for k in keys)
        )

    def _newest_ns(self) -> int:
        found = fetched(self._writer, "SELECT recorded_ns FROM record ORDER BY seq DESC LIMIT 1")
        return int(found[0][0]) if found else 0


def _head(connection: apsw.Connection) -> Head:
    found = fetched(connection, "SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1")
    return Head(*found[0]) if found else Head()


def _make_tables(path: Path, busy_ms: int) -> None:
    writer = connect(path, busy_ms)
    with translated(path):
        writer.pragma("journal_mode", "wal")
        with writer:
            for table in TABLES:
                writer.execute(table)
            meta = {"origin": secrets.token_hex(16), "min_writer": "1", "state_schema": "0"}
            for name, value in meta.items():
                writer.execute("INSERT INTO meta VALUES (?, ?)", (name, value))
        writer.close()
