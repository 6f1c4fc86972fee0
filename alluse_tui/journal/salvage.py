"""Reading past damage: the intact records of a journal file, before and after lost ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alluse_tui.domain.model.errors import IntegrityFailed, StoreFailed
from alluse_tui.journal.creation import BUSY_MS
from alluse_tui.journal.record import GENESIS, Record, chained
from alluse_tui.journal.record_reader import PAGE
from alluse_tui.journal.sqlite import connect, fetched

LEAST_BYTES = 64
"""The smallest size of a record; it bounds the highest seq that a file can hold."""

_ROWS = """
    SELECT seq, CAST(body AS BLOB), CAST(prev AS BLOB), CAST(hash AS BLOB)
    FROM record WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"""
"""Time and actor are read from the body. The limit keeps SQLite from looking for a row after the
last one, on a page that may be damaged."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The lost records `first` to `last`, and what the record after them says about them.

    `resumes` is that record's previous hash, `follower_ns` its time.
    """

    first: int
    last: int
    resumes: bytes
    follower_ns: int

    @property
    def span(self) -> str:
        """'41–41'."""
        return f"{self.first}–{self.last}"


class Salvage:
    """The records of a copy of a damaged journal. Not shared between threads."""

    def __init__(self, copy: Path, most: int) -> None:
        """Open `copy`, which nobody else uses; `most` is the highest seq known otherwise, or 0.

        Sets `newest` to the highest seq that the file is known to have. Raises StoreFailed,
        IntegrityFailed if SQLite cannot open the copy at all.
        """
        self._connection = connect(copy, BUSY_MS)
        self._restored: dict[int, Record] = {}
        bytes_in_all = sum(
            Path(f"{copy}{suffix}").stat().st_size
            for suffix in ("", "-wal")
            if Path(f"{copy}{suffix}").exists()
        )
        self._bound = bytes_in_all // LEAST_BYTES
        self.newest = min(self._highest() or most, self._bound)

    def close(self) -> None:
        """Close the copy."""
        self._connection.close(force=True)

    def whole(self, upto: int) -> Iterator[Record]:
        """Yield every intact record up to `upto`, newest first.

        A record is intact if its hash matches its body and is the previous hash of the record
        after it, if that one is intact. This excludes records that were replaced.
        """
        after: Record | None = None
        for row in self._newest_first(min(upto, self.newest or self._bound)):
            follower = after if after is not None and after.seq == row[0] + 1 else None
            record = self._record(row, follower)
            if record is None:
                continue
            if follower is not None and follower.prev not in (record.hash, record.head.resumes):
                continue
            yield record
            after = record

    def kept(self, first: int, last: int) -> Iterator[Record]:
        """The records from `first` to `last`, oldest first, all of which `whole` has yielded."""
        for low in range(first - 1, last, PAGE):
            for row in self._rows(low, min(low + PAGE, last)):
                record = self._restored.get(row[0]) or self._record(row, None)
                if record is not None:
                    yield record

    def _highest(self) -> int:
        try:
            seq = fetched(self._connection, "SELECT max(seq) FROM record")[0][0]
        except (IntegrityFailed, StoreFailed):
            return 0  # the end of the table is damaged: fall back to `most`
        return seq if isinstance(seq, int) else 0

    def _newest_first(self, upto: int) -> Iterator[Sequence[Any]]:
        for high in range(upto, 0, -PAGE):
            yield from reversed(self._rows(max(0, high - PAGE), high))

    def _rows(self, low: int, high: int) -> list[tuple[Any, ...]]:
        """The readable rows after `low` up to `high`, one per seq, in order."""
        try:
            rows = fetched(self._connection, _ROWS, (low, high, high - low))
        except (IntegrityFailed, StoreFailed):
            if high - low == 1:
                return []
            middle = (low + high) // 2
            return [*self._rows(low, middle), *self._rows(middle, high)]
        by_seq = {row[0]: row for row in rows if isinstance(row[0], int) and low < row[0] <= high}
        return [by_seq[seq] for seq in sorted(by_seq)]

    def _record(self, row: Sequence[Any], follower: Record | None) -> Record | None:
        """The record in this row; None when its body is not what was hashed.

        A damaged hash is taken from the follower, a damaged previous hash from the record before.
        """
        seq, body, stored = row[0], row[1] or b"", (row[2] or b"", row[3] or b"")
        hashes = (stored[1], follower.prev) if follower is not None else stored[1:]
        prev = stored[0]
        if chained(prev, body) not in hashes:
            prev = self._hash_before(seq)
            if not prev or chained(prev, body) not in hashes:
                return None
        record = _parsed(seq, body, prev)
        if record is not None and (record.prev, record.hash) != stored:
            self._restored[seq] = record
        return record

    def _hash_before(self, seq: int) -> bytes:
        if seq == 1:
            return GENESIS
        rows = self._rows(seq - 2, seq - 1)
        return rows[0][3] or b"" if rows else b""


def _parsed(seq: int, body: bytes, prev: bytes) -> Record | None:
    """The record with that body; None if it is not the body of record `seq`."""
    try:
        plain = json.loads(body)
        recorded_ns, actor = plain["recorded"], plain["actor"]
        right = plain["seq"] == seq and isinstance(recorded_ns, int) and isinstance(actor, str)
    except (ValueError, KeyError, TypeError):
        return None
    return Record(seq, recorded_ns, actor, body, prev, chained(prev, body)) if right else None
