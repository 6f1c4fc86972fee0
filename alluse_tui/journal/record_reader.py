"""Reading records from an open connection, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.journal.record import GENESIS, Head, Record, fault
from alluse_tui.journal.sqlite import fetched, translated

PAGE = 100
"""Records read at a time; those of an import hold hundreds of events each."""

LAST = (1 << 62) - 1

HASH_BYTES = len(GENESIS)

_PAGE_OF_RECORDS = """
    SELECT seq, recorded_ns, actor, CAST(body AS BLOB), prev, hash
    FROM record WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"""


def paged(connection: apsw.Connection, after: int = 0, upto: int = LAST) -> Iterator[Record]:
    """Records after `after` up to and including `upto`, oldest first."""
    while True:
        rows = fetched(connection, _PAGE_OF_RECORDS, (after, upto, PAGE))
        for row in rows:
            yield _record(row)
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


def followed(records: Iterable[Record], after: int) -> Iterator[Record]:
    """The records after `after`, each checked as the successor of the one before it.

    `records` begin with record `after` itself, which is not checked (0: with the first record).
    Raises IntegrityFailed at the first faulty record.
    """
    before, recorded_ns, grounded = Head(max(0, after - 1)), 0, after <= 0
    for record in records:
        if grounded or record.seq != after:
            if wrong := fault(record, before, recorded_ns):
                raise IntegrityFailed(f"{wrong}: `alluse verify` checks the whole book")
            yield record
        grounded, before, recorded_ns = True, record.head, record.recorded_ns


def newest_first(connection: apsw.Connection) -> Iterator[Record]:
    """All records, newest first."""
    last, page = head_of(connection).seq, 16
    while last > 0:
        first = max(0, last - page)
        yield from reversed(list(paged(connection, first, last)))
        last, page = first, min(PAGE, page * 4)


def one_by_one(connection: apsw.Connection) -> Iterator[Record]:
    """All records, oldest first, read row by row to get as far as possible in a damaged file."""
    with translated(Path(connection.filename)):
        for row in connection.execute(_PAGE_OF_RECORDS, (0, LAST, LAST)):
            yield _record(row)


def head_of(connection: apsw.Connection) -> Head:
    """The newest record's seq and hash. Raises IntegrityFailed."""
    rows = fetched(connection, "SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1")
    return head_from(*rows[0]) if rows else Head()


def head_from(seq: Any, hashed: Any) -> Head:
    """The head with these column values. Raises IntegrityFailed if they have wrong types."""
    if not (isinstance(seq, int) and isinstance(hashed, bytes) and len(hashed) == HASH_BYTES):
        raise IntegrityFailed(f"record {seq} was changed: its columns have the wrong types")
    return Head(seq, hashed)


def hash_at(connection: apsw.Connection, seq: int) -> bytes:
    """The hash of record `seq`; empty if there is none."""
    rows = fetched(connection, "SELECT seq, hash FROM record WHERE seq = ?", (seq,))
    return head_from(*rows[0]).hash if rows else b""


def _record(row: Sequence[Any]) -> Record:
    record = Record(*row)
    head_from(record.seq, record.hash)
    head_from(record.seq, record.prev)
    if not (isinstance(record.recorded_ns, int) and isinstance(record.actor, str)):
        raise IntegrityFailed(f"record {record.seq} was changed: its columns have the wrong types")
    return record
