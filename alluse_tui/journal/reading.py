"""Reading records from an open connection, page by page."""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from alluse_tui.journal.record import Head, Record
from alluse_tui.journal.sqlite import fetched

PAGE = 1_000
"""Records read at a time."""

LAST = (1 << 62) - 1

_PAGE_OF_RECORDS = """
    SELECT seq, recorded_ns, actor, CAST(body AS BLOB), prev, hash
    FROM record WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"""


def paged(connection: apsw.Connection, after: int = 0, upto: int = LAST) -> Iterator[Record]:
    """Records after `after` up to and with `upto`, oldest first."""
    while True:
        rows = fetched(connection, _PAGE_OF_RECORDS, (after, upto, PAGE))
        for row in rows:
            yield Record(*row)
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


def newest_first(connection: apsw.Connection) -> Iterator[Record]:
    """All records, newest first."""
    last = head_of(connection).seq
    while last > 0:
        first = max(0, last - PAGE)
        yield from reversed(list(paged(connection, first, last)))
        last = first


def head_of(connection: apsw.Connection) -> Head:
    """The newest record's seq and hash."""
    found = fetched(connection, "SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1")
    return Head(*found[0]) if found else Head()


def hash_at(connection: apsw.Connection, seq: int) -> bytes:
    """The hash of record `seq`; empty when there is none."""
    found = fetched(connection, "SELECT hash FROM record WHERE seq = ?", (seq,))
    return bytes(found[0][0]) if found else b""
