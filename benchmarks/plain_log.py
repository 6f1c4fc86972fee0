"""The baseline of everything that writes: one process that keeps the same records, and no rules.

Each record is written as `json` with sorted keys, chained with SHA-256, and inserted into SQLite in
WAL mode, one durable commit a batch. Both sides work in memory (`/dev/shm`), since a disk's latency
varies more within an hour than anything measured here.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from alluse_tui.engine import LocalEngine

MEMORY = Path("/dev/shm")


class PlainLog:
    """A log of JSON records in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path))
        self._connection.pragma("journal_mode", "wal")
        self._connection.pragma("synchronous", "FULL")
        self._connection.execute(
            "CREATE TABLE record(seq INTEGER PRIMARY KEY, body TEXT, prev BLOB, hash BLOB)"
        )
        self._head = bytes(32)
        self._seq = 0

    def append(self, records: Iterable[Any]) -> None:
        """Write `records` in one durable commit."""
        self._connection.execute("BEGIN IMMEDIATE")
        for record in records:
            body = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            hashed = hashlib.sha256(self._head + body.encode()).digest()
            self._seq += 1
            row = (self._seq, body, self._head, hashed)
            self._connection.execute("INSERT INTO record VALUES (?, ?, ?, ?)", row)
            self._head = hashed
        self._connection.execute("COMMIT")

    def append_in_batches(self, records: Sequence[Any], size: int) -> None:
        """Write `records`, `size` of them in each commit."""
        for start in range(0, len(records), size):
            self.append(records[start : start + size])


_numbers = itertools.count()


def fresh_log(folder: Path) -> PlainLog:
    """An empty log in a new file."""
    return PlainLog(folder / f"plain-{next(_numbers)}.db")


def records_of(engine: LocalEngine, after: int) -> list[Any]:
    """The engine's records after `after`, as plain data."""
    return [json.loads(record.body) for record in engine.queries.records(after)]


@contextmanager
def memory_folder() -> Iterator[Path | None]:
    """A folder without a disk; None where this machine has none."""
    if not MEMORY.is_dir():
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="alluse-bench-", dir=MEMORY))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def python_build() -> str:
    """'CPython 3.11.7, built without PGO: 15–18 % slower than with it', for the report."""
    import platform

    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    pgo = "--enable-optimizations" in options
    name = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{name}, built {'with PGO' if pgo else 'without PGO: 15–18 % slower than with it'}"
