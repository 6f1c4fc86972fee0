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
from alluse_tui.journal.sqlite import connect, fetched, translated
from alluse_tui.journal.stored_state import DIGEST_SINCE, State, least_writer, stored_state
from alluse_tui.journal.turn import Turn, session_row

TAIL_CHECKED = 64
"""How many of the newest records are checked whenever a journal is opened."""

POLL_SECONDS = 0.1
"""How often another process's commits are looked for."""

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
"""Receipts of format 1 had another form: they count as recovered."""


class NeedsUpgrade(StoreFailed):
    """Only a newer program may write to the file."""


class Journal:
    """One journal file. Not shared between threads, but for `wait_for_change`, `records` and
    sessions, which use connections of their own. `trouble` says what failed without harm to any
    record.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = False,
        busy_ms: int = BUSY_MS,
        accept_clock: bool = False,
    ) -> None:
        """Opens `path`; with `create` a missing file is made by the first turn.

        Links are resolved first, so that a file has one name and what lies beside it belongs to
        it. `accept_clock`: a clock far ahead of the newest record is right. Raises NoBook,
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
        """Nothing is open yet."""
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
        """What names this journal and no other, however often it is copied.

        A restored or recovered file of the same origin has another identity: what was derived
        from the one before it proves nothing about it.
        """
        return self._identity

    def head(self) -> Head:
        """The newest record's seq and hash. Raises StoreFailed when the file was replaced."""
        self._reopen()
        if self._writer is None:
            return Head()
        self._check_same_file()
        return head_of(self._writer)

    def hash_of(self, seq: int) -> bytes:
        """The hash of record `seq`; empty when there is none."""
        return hash_at(self._writer, seq) if self._writer is not None else b""

    def state(self) -> State:
        """The state beside the records. Raises IntegrityFailed when it cannot be read."""
        if self._writer is None:
            return State(0, 0, Head(), [])
        return stored_state(self._writer)

    def keys(self, portfolio: str, keys: Sequence[str]) -> dict[str, KeyEntry]:
        """What stands under those of `keys` that are used."""
        if self._writer is None or not keys:
            return {}
        rows = fetched(
            self._writer,
            f"{_KEYS} WHERE portfolio = ? AND key IN (SELECT value FROM json_each(?))",
            (portfolio, json.dumps(keys)),
        )
        return {entry.key: entry for entry in map(_key_entry, rows)}

    def session(self, ident: str) -> tuple[Any, ...] | None:
        """The row of a login: user, epoch, uid, created_ns, seen_ns, revoked_ns; for any thread."""
        with self._poll_lock:
            if self._poll is None and not self._closed and self.path.exists():
                self._poll = connect(self.path, self._busy_ms)
            return None if self._poll is None else session_row(self._poll, ident)

    def touch_session(self, ident: str, now_ns: int, since_ns: int) -> None:
        """Note a sign of life, unless the one before it came before `since_ns`; for any thread.

        In a transaction of its own. Raises Busy, StoreFailed.
        """
        self._check_writable()
        connection = connect(self.path, self._busy_ms)
        try:
            with translated(self.path):
                connection.execute(TOUCH_SESSION, (now_ns, ident, since_ns, now_ns))
        finally:
            connection.close()

    def all_keys(self) -> Iterator[KeyEntry]:
        """Every key in use."""
        if self._writer is not None:
            for row in fetched(self._writer, f"{_KEYS} ORDER BY portfolio, key"):
                yield _key_entry(row)

    def records(self, after: int = 0, upto: int = LAST) -> Iterator[Record]:
        """Records after `after` up to and with `upto`, oldest first, on a connection of its own."""
        if not self.path.exists():
            return
        connection = connect(self.path, self._busy_ms)
        try:
            yield from paged(connection, after, upto)
        finally:
            connection.close()

    def newest_first(self) -> Iterator[Record]:
        """All records, newest first, on a connection of its own."""
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
                version = _data_version(writer)
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
        """Nobody appends meanwhile, and this journal reads one moment. Raises Busy."""
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
        """Whether a turn could write; writes nothing. Raises Busy, StoreFailed, IntegrityFailed."""
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
        """Whether the head moved past `seq` or the file was replaced, waiting that long for it."""
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
            before, recorded_ns = record.head, record.recorded_ns

    def broken_chain(self, stop: threading.Event) -> str:
        """The first broken link of the whole chain, by hashes alone; empty when none is."""
        before = Head()
        for record in self.records():
            if found := broken_link(record, before):
                return found
            if stop.is_set():
                return ""
            before = record.head
        return ""

    def kept_fault(self) -> str:
        """What the head that was kept beside the file proves to be lost; empty when nothing."""
        kept = stored_head(self.path, self._identity)
        if kept is None or kept.seq == 0 or self.hash_of(kept.seq) == kept.hash:
            return ""
        newest = self.head().seq
        if newest < kept.seq:
            return f"the journal ends at record {newest}, record {kept.seq} was there before"
        return f"record {kept.seq} is not the one that was there before"

    def quarantine(self, reason: str) -> None:
        """Refuse writing from now on, in every process; in this one even without a mark."""
        if self.replaced():  # what is wrong with the old file says nothing of the new one
            return
        self._refusal = self._refusal or reason
        try:
            quarantine(self.path, reason)
        except OSError as error:
            self.last_warning = f"the quarantine mark cannot be written: {error.strerror}"

    @property
    def quarantined(self) -> str:
        """What put this journal into quarantine; empty when nothing did."""
        return finding(self.path) or self._refusal

    def replaced(self) -> bool:
        """Whether another file stands at the path than the one that is open."""
        if self._writer is None:
            return False
        try:
            return _inode(self._name) != self._inode
        except FileNotFoundError:
            return True

    def _keep(self, head: Head, *, now: bool) -> None:
        """What is recorded stays recorded, whether or not this succeeds."""
        try:
            self._kept.keep(self._identity, head, now=now)
        except StoreFailed as error:
            self.last_warning = str(error)

    def _keep_newest(self, connection: apsw.Connection) -> None:
        """Write the newest head, also when another process's head is overtaken on the way."""
        head = head_of(connection)
        while head.seq:
            self._keep(head, now=True)
            newest = head_of(connection)
            if newest == head:
                return
            head = newest

    def _settle(self) -> None:
        """After a burst: the head file names the newest record, and all is in the main file.

        Damage to a `-wal` that is left behind can then cost no acknowledged record.
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
        """The turn after our last one, unless another connection wrote since."""
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
        """Commits; where SQLite cannot say whether it did, opens the file again and looks."""
        try:
            writer.execute("COMMIT")
        except apsw.Error:
            self._let_go()
            self._reopen()
            if turn.head.seq == 0 or self.hash_of(turn.head.seq) != turn.head.hash:
                raise

    def _let_go(self) -> None:
        """Close all that is open; `_reopen` opens again."""
        self._lost = True
        self._known = None
        with self._poll_lock:
            connections = [c for c in (self._writer, self._poll) if c is not None]
            self._writer = self._poll = None
        for connection in connections:
            with translated(self.path):
                connection.close(force=True)

    def _reopen(self) -> None:
        """Open a file that another process made, and again what a failing disk made us let go.

        Raises StoreFailed while that fails.
        """
        if self._lost:
            self._open()
            self._lost = False
        elif self._writer is None and not self._closed and self.path.exists():
            self._open_others()

    def _open_others(self) -> None:
        """Open what was written before or by others; a fault is marked."""
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
            before, recorded_ns = record.head, record.recorded_ns

    def _check_kept(self) -> None:
        if found := self.kept_fault():
            self.quarantine(found)


def _key_entry(row: Sequence[Any]) -> KeyEntry:
    entry = KeyEntry(*row)
    words = (entry.portfolio, entry.key, entry.content, entry.receipt)
    if not (isinstance(entry.seq, int) and all(isinstance(w, str) for w in words)):
        raise IntegrityFailed(f"key {entry.key!r} was changed: its columns are of another kind")
    return entry


def _data_version(connection: apsw.Connection) -> int:
    """Changes whenever another connection, of this or another process, has written."""
    ((version,),) = connection.execute("PRAGMA data_version").fetchall()
    assert isinstance(version, int)
    return version


def _inode(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino
