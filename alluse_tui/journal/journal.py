"""The journal: read records, take turns to append them (storage.md, engine.md)."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from alluse_tui.domain.model.errors import Busy, IntegrityFailed, StoreFailed
from alluse_tui.journal.creation import BUSY_MS, check_only_name, create_file, identity_in
from alluse_tui.journal.filesystem_check import check_filesystem, check_link
from alluse_tui.journal.head_file import HeadFile, IdleTask, stored_head
from alluse_tui.journal.quarantine import ADVICE, check_writable, finding, quarantine
from alluse_tui.journal.record import NO_RECEIPT, Head, KeyEntry, Record, broken_link, fault
from alluse_tui.journal.record_reader import LAST, hash_at, head_from, head_of, newest_first, paged
from alluse_tui.journal.replaced_files import no_book
from alluse_tui.journal.schema import FILE_FORMAT, SESSIONS, TOUCH_SESSION
from alluse_tui.journal.sqlite import connect, data_version, fetched, translated
from alluse_tui.journal.stored_state import DIGEST_SINCE, State, least_writer, stored_state
from alluse_tui.journal.turn import Turn, session_row

TAIL_CHECKED = 64
"""How many of the newest records are checked when a journal is opened."""

POLL_SECONDS = 0.1
"""How often to poll for commits of other processes."""

_BEGINNING = """
    SELECT (SELECT value FROM meta WHERE name = 'min_writer'),
           (SELECT value FROM meta WHERE name = 'state_digest'), seq, hash, recorded_ns
    FROM (SELECT 1) LEFT JOIN
         (SELECT seq, hash, recorded_ns FROM record ORDER BY seq DESC LIMIT 1)"""

_KEYS = """
    SELECT portfolio, key, seq, content,
           CASE WHEN receipt = '' OR (SELECT value FROM meta WHERE name = 'min_writer') > '1'
                THEN receipt ELSE '-' END
    FROM key_use"""
"""Receipts of file format 1 have an older form and are treated as recovered."""


class NeedsUpgrade(StoreFailed):
    """The file needs a newer program to write to it."""


class Journal:
    """One journal file.

    Not shared between threads, except for `wait_for_change`, `records` and sessions, which use
    separate connections. `last_warning` is the last failure that harmed no record.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = False,
        busy_ms: int = BUSY_MS,
        accept_clock: bool = False,
    ) -> None:
        """Open `path`; with `create` the first turn creates a missing file.

        Links are resolved first, so that the files next to the journal belong to it.
        `accept_clock` accepts a system clock far ahead of the newest record. Raises NoBook,
        StoreFailed, IntegrityFailed.
        """
        check_link(path)
        path = Path(os.path.realpath(path))
        self._prepare(path, busy_ms)
        self._accept_clock = accept_clock
        check_filesystem(path)
        if path.exists():
            self._open_others()
        elif not create:
            raise no_book(path)

    def _prepare(self, path: Path, busy_ms: int = BUSY_MS) -> None:
        """Set the attributes of a journal that has nothing open yet."""
        self.path = path
        self._name = os.fspath(path)
        self._busy_ms = busy_ms
        self._writer: apsw.Connection | None = None
        self._poll: apsw.Connection | None = None
        self._poll_lock = threading.Lock()
        self._closed = False
        self._identity = ""
        self._inode = (0, 0)
        self._kept = HeadFile(path)
        self._idle = IdleTask(self._settle)
        self._accept_clock = True
        self._known: tuple[int, Head, int, str] | None = None
        self._wrote = False
        self._lost = False
        self._refusal = ""
        self.last_warning = ""

    @property
    def exists(self) -> bool:
        """Whether there is a file yet."""
        return self._writer is not None or self._lost

    def close(self) -> None:
        """Write the head file and close every connection. Safe to call twice."""
        self._idle.close()
        with self._poll_lock:
            if self._writer is not None:
                if self._wrote and not self.replaced():
                    self._keep_newest(self._writer)
                self._writer.close()
            if self._poll is not None:
                self._poll.close()
            self._writer = self._poll = None
            self._closed = True

    def identity(self) -> str:
        """The unique identity of this journal: 'ORIGIN.LIFE', or empty before it exists.

        A restored or recovered file has the same origin and another life, so that files derived
        from the old journal are not taken for its own.
        """
        return self._identity

    def head(self) -> Head:
        """The newest record's seq and hash. Raises StoreFailed if the file was replaced."""
        self._reopen()
        if self._writer is None:
            return Head()
        self._check_same_file()
        return head_of(self._writer)

    def hash_of(self, seq: int) -> bytes:
        """The hash of record `seq`; empty when there is none."""
        return hash_at(self._writer, seq) if self._writer is not None else b""

    def state(self) -> State:
        """The state stored next to the records. Raises IntegrityFailed if it cannot be read."""
        if self._writer is None:
            return State(0, 0, Head(), {})
        return stored_state(self._writer)

    def keys(self, portfolio: str, keys: Sequence[str]) -> dict[str, KeyEntry]:
        """The uses of those idempotency keys among `keys` that are taken, by key."""
        if self._writer is None or not keys:
            return {}
        rows = fetched(
            self._writer,
            f"{_KEYS} WHERE portfolio = ? AND key IN (SELECT value FROM json_each(?))",
            (portfolio, json.dumps(keys)),
        )
        return {entry.key: entry for entry in map(_key_entry, rows)}

    def session(self, ident: str) -> tuple[Any, ...] | None:
        """A login's row: user, epoch, uid, created_ns, seen_ns, revoked_ns. Thread-safe."""
        with self._poll_lock:
            if self._poll is None and not self._closed and self.path.exists():
                self._poll = connect(self.path, self._busy_ms)
            return None if self._poll is None else session_row(self._poll, ident)

    def touch_session(self, ident: str, now_ns: int, since_ns: int) -> None:
        """Set a login's last activity, unless the previous one is before `since_ns`. Thread-safe.

        Uses a separate transaction. Raises Busy, StoreFailed.
        """
        self._check_writable()
        connection = connect(self.path, self._busy_ms)
        try:
            with translated(self.path):
                connection.execute(TOUCH_SESSION, (now_ns, ident, since_ns, now_ns))
        finally:
            connection.close()

    def all_keys(self) -> Iterator[KeyEntry]:
        """Yield every use of an idempotency key."""
        if self._writer is not None:
            for row in fetched(self._writer, f"{_KEYS} ORDER BY portfolio, key"):
                yield _key_entry(row)

    def records(self, after: int = 0, upto: int = LAST) -> Iterator[Record]:
        """Records after `after`, up to and including `upto`, oldest first. Thread-safe."""
        if not self.path.exists():
            return
        connection = connect(self.path, self._busy_ms)
        try:
            yield from paged(connection, after, upto)
        finally:
            connection.close()

    def newest_first(self) -> Iterator[Record]:
        """All records, newest first. Thread-safe."""
        if not self.path.exists():
            return
        connection = connect(self.path, self._busy_ms)
        try:
            yield from newest_first(connection)
        finally:
            connection.close()

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """The right to append, held by one process and thread at a time.

        Commits on leaving, rolls back on any exception. Raises Busy, StoreFailed, IntegrityFailed.
        """
        self._reopen()
        if self._writer is None:
            self._check_writable()
            self._create()
        writer = self._writer
        assert writer is not None
        with translated(self.path):
            writer.execute("BEGIN IMMEDIATE")
        try:
            with translated(self.path):
                self._check_writable()
                self._check_same_file()
                version = data_version(writer)
                turn = self._known_turn(writer, version) or self._begun(writer)
                yield turn
                turn.write_records()
                self._commit(writer, turn)
                if self._writer is writer:  # else another connection took its place meanwhile
                    self._known = (version, turn.head, turn.newest_ns, turn.state_digest)
        finally:
            if self._writer is not None and self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        self._wrote = True
        self._keep(turn.head, now=False)
        self._idle.touch()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Block all appends meanwhile, so that reads are consistent. Raises Busy."""
        if self._writer is None:
            yield
            return
        with translated(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
        try:
            least_writer(self._writer.filename, fetched(self._writer, _BEGINNING)[0][0])
            yield
        finally:
            if self._writer is not None and self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

    def probe_writing(self) -> None:
        """Check that a turn could write. Raises Busy, StoreFailed, IntegrityFailed."""
        if self._writer is None:
            return
        with translated(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                self._begun(self._writer)
                self._writer.execute("UPDATE meta SET value = value WHERE name = 'min_writer'")
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    def wait_for_change(self, seq: int, timeout_seconds: float) -> bool:
        """Wait until the head is past `seq` or the file was replaced; False on timeout."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            with self._poll_lock:
                if self._closed:
                    return False
                if self._poll is None and self.path.exists():
                    self._poll = connect(self.path, self._busy_ms)
                if self.replaced() or (self._poll is not None and head_of(self._poll).seq > seq):
                    return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)

    def file_fault(self) -> str:
        """The first error of SQLite's integrity check; empty if there is none."""
        if self._writer is None:
            return ""
        rows = fetched(self._writer, "PRAGMA integrity_check(1)")
        return "" if rows == [("ok",)] else " ".join(str(rows[0][0]).split())

    def audit(self) -> Iterator[tuple[Record, str]]:
        """Yield every record, oldest first, with its fault (empty if it has none)."""
        before, recorded_ns = Head(), 0
        for record in self.records():
            yield record, fault(record, before, recorded_ns)
            before, recorded_ns = record.head, record.recorded_ns

    def broken_chain(self, stop: threading.Event) -> str:
        """The first broken link of the hash chain; empty if there is none or `stop` is set."""
        before = Head()
        for record in self.records():
            if broken := broken_link(record, before):
                return broken
            if stop.is_set():
                return ""
            before = record.head
        return ""

    def kept_fault(self) -> str:
        """The loss of records that the head file proves; empty if there is none."""
        kept = stored_head(self.path, self._identity)
        if kept is None or kept.seq == 0 or self.hash_of(kept.seq) == kept.hash:
            return ""
        newest = self.head().seq
        if newest < kept.seq:
            return f"the journal ends at record {newest}, record {kept.seq} was there before"
        return f"record {kept.seq} is not the one that was there before"

    def quarantine(self, reason: str) -> None:
        """Refuse writing in every process; in this one even if the mark cannot be written."""
        if self.replaced():  # a fault of the old file says nothing about the new one
            return
        self._refusal = self._refusal or reason
        try:
            quarantine(self.path, reason)
        except OSError as error:
            self.last_warning = f"the quarantine mark cannot be written: {error.strerror}"

    @property
    def quarantined(self) -> str:
        """Why this journal is in quarantine; empty if it is not."""
        return finding(self.path) or self._refusal

    def replaced(self) -> bool:
        """Whether the path names another file than the open one, or none."""
        if self._writer is None:
            return False
        try:
            return _inode(self._name) != self._inode
        except FileNotFoundError:
            return True

    def _keep(self, head: Head, *, now: bool) -> None:
        """Write the head file; a failure harms no record and becomes `last_warning`."""
        try:
            self._kept.keep(self._identity, head, now=now)
        except StoreFailed as error:
            self.last_warning = str(error)

    def _keep_newest(self, connection: apsw.Connection) -> None:
        """Write the newest head; repeat while other processes append."""
        head = head_of(connection)
        while head.seq:
            self._keep(head, now=True)
            newest = head_of(connection)
            if newest == head:
                return
            head = newest

    def _settle(self) -> None:
        """After a burst, write the head file and checkpoint the log into the main file.

        After that, damage to a leftover `-wal` cannot lose an acknowledged record.
        """
        try:
            connection = connect(self.path, busy_ms=0)
            try:
                if not self.replaced() and identity_in(connection) == self._identity:
                    self._keep_newest(connection)
                    fetched(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()
        except Busy:
            return  # another process is writing; its own burst ends later
        except (StoreFailed, IntegrityFailed) as error:
            self.last_warning = str(error)

    def _check_writable(self) -> None:
        check_writable(self.path)
        if self._refusal:
            raise IntegrityFailed(f"{self.path} is in quarantine: {self._refusal} ({ADVICE})")

    def _check_same_file(self) -> None:
        if self.replaced():
            raise StoreFailed(f"journal removed or replaced; restart alluse ({self.path})")

    def _known_turn(self, writer: apsw.Connection, version: int) -> Turn | None:
        """A turn that continues our last one; None if another connection has written since."""
        if self._known is None or self._known[0] != version:
            return None
        _, head, newest_ns, digest = self._known
        return Turn(writer, head, newest_ns, state_digest=digest, accept_clock=self._accept_clock)

    def _begun(self, writer: apsw.Connection) -> Turn:
        needed, digest, seq, hashed, recorded_ns = fetched(writer, _BEGINNING)[0]
        least = least_writer(writer.filename, needed)
        if least > FILE_FORMAT:
            raise NeedsUpgrade(
                f"{self.path} needs a program of format {least}, this is {FILE_FORMAT}: upgrade"
            )
        if least < 2:
            writer.execute("UPDATE key_use SET receipt = ? WHERE receipt <> ''", (NO_RECEIPT,))
        if least < FILE_FORMAT:
            writer.execute(SESSIONS)
            writer.execute(
                "UPDATE meta SET value = ? WHERE name = 'min_writer'", (str(FILE_FORMAT),)
            )
        if least >= DIGEST_SINCE and not digest:
            raise IntegrityFailed(f"{self.path} has lost the digest of its state")
        return Turn(
            writer,
            head_from(seq, hashed) if seq else Head(),
            recorded_ns or 0,
            state_digest=digest or "",
            accept_clock=self._accept_clock,
        )

    def _commit(self, writer: apsw.Connection, turn: Turn) -> None:
        """Commit; if SQLite reports an error, reopen the file and check whether it did."""
        try:
            writer.execute("COMMIT")
        except apsw.Error:
            self._let_go()
            self._reopen()
            if turn.head.seq == 0 or self.hash_of(turn.head.seq) != turn.head.hash:
                raise

    def _let_go(self) -> None:
        """Close all connections; `_reopen` opens them again."""
        self._lost = True
        self._known = None
        with self._poll_lock:
            connections = [c for c in (self._writer, self._poll) if c is not None]
            self._writer = self._poll = None
        for connection in connections:
            with translated(self.path):
                connection.close(force=True)

    def _reopen(self) -> None:
        """Open a file that another process created, or reopen one after a failed commit.

        Raises StoreFailed if that fails.
        """
        if self._lost:
            self._open()
            self._lost = False
        elif self._writer is None and not self._closed and self.path.exists():
            self._open_others()

    def _open_others(self) -> None:
        """Open an existing file and check its newest records; quarantine it on a fault."""
        self._open()
        self._check_tail()
        self._check_kept()

    def _open(self) -> None:
        inode = _inode(self._name)
        check_only_name(self.path)
        connection = connect(self.path, self._busy_ms)
        tables = {row[0] for row in fetched(connection, "SELECT name FROM sqlite_schema")}
        if not {"meta", "record", "state", "key_use"} <= tables:
            raise StoreFailed(f"{self.path} is not a journal of this program")
        self._writer, self._inode, self._known = connection, inode, None
        self._identity = identity_in(connection)

    def _create(self) -> None:
        if create_file(self.path):
            self._open()
        else:
            self._open_others()

    def _check_tail(self) -> None:
        """Check the newest records' hashes; on a fault, quarantine the journal.

        The first of them is not checked itself: it only starts the chain for the others.
        """
        newest = self.head().seq
        first = max(0, newest - TAIL_CHECKED - 1)
        before, recorded_ns = (Head(), 0) if first == 0 else (None, 0)
        for record in self.records(first):
            wrong = fault(record, before, recorded_ns) if before is not None else ""
            if wrong:
                self.quarantine(wrong)
                return
            before, recorded_ns = record.head, record.recorded_ns

    def _check_kept(self) -> None:
        if lost := self.kept_fault():
            self.quarantine(lost)


def _key_entry(row: Sequence[Any]) -> KeyEntry:
    entry = KeyEntry(*row)
    texts = (entry.portfolio, entry.key, entry.content, entry.receipt)
    if not (isinstance(entry.seq, int) and all(isinstance(t, str) for t in texts)):
        raise IntegrityFailed(f"key {entry.key!r} was changed: its columns have the wrong types")
    return entry


def _inode(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino
