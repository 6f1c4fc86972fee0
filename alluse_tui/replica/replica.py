"""Asking: the published file under the newest records in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from alluse_tui.domain.errors import StoreFailed
from alluse_tui.replica.attached import Attached
from alluse_tui.replica.own import checked_select, damaged, shown_rows
from alluse_tui.replica.publish import (
    CannotPublish,
    Progress,
    failing_as_store,
    publish,
    published_seq,
)
from alluse_tui.replica.source import Source
from alluse_tui.replica.statements import question

TAIL_LIMIT = 5_000
"""Records beyond the file with which a process still begins; more, and it publishes first."""

TAIL_MOST = 50_000
"""Records in memory beyond the file; more, and a question publishes though nobody was quiet."""

_FORMS = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER"}


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: column names, and rows of int, str, date, Decimal or None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Replica:
    """Answers questions about a source up to any seq; any number of threads may ask."""

    def __init__(self, source: Source, path: Path) -> None:
        """Opens nothing until the first question."""
        self.tail_limit = TAIL_LIMIT
        self._source = source
        self._path = path
        self._lock = threading.RLock()
        self._attached: Attached | None = None

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        with self._lock:
            if self._attached is not None:
                self._attached.close()
            self._attached = None

    def ask(self, name: str, seq: int, values: Mapping[str, Any]) -> Rows:
        """The answer to the question in `sql/questions/NAME.sql` over records up to `seq`."""
        sql = question(name)
        return self._healing(lambda: _run(self._at(seq).connection, sql, values))

    def ask_own(self, text: str, seq: int) -> Rows:
        """The answer to an operator's own SELECT. Raises BadInput for anything else."""
        return self._healing(lambda: self._run_own(text, seq))

    def _healing(self, ask: Callable[[], Rows]) -> Rows:
        """Asks; where the file proves damaged, publishes it anew and asks once more.

        Damage shows only when a question touches it.
        """
        with self._lock:
            try:
                return ask()
            except CannotPublish:
                raise  # says nothing of the file that is there
            except (duckdb.Error, StoreFailed) as error:
                if not _damage(error):
                    raise
            self.close()
            with failing_as_store(self._path):
                self._path.unlink(missing_ok=True)
                return ask()

    def _at(self, seq: int) -> Attached:
        """A connection that sees every record up to `seq`."""
        if self._attached is None:
            start = published_seq(self._source, self._path)
            if start == 0 or seq - start > self.tail_limit:
                self._publish_for(seq, fallback=start > 0)
            self._attached = Attached(self._source, self._path)
        elif seq - self._attached.file_seq > TAIL_MOST:
            self._publish_for(seq, fallback=True)
            self._attached.attach()
        self._attached.extend(seq)
        return self._attached

    def _publish_for(self, seq: int, *, fallback: bool) -> None:
        """Publish before a question; where that fails an older file under a long tail will do."""
        try:
            publish(self._source, self._path, seq)
        except CannotPublish:
            if not fallback:
                raise

    def publish(self, seq: int, progress: Progress | None = None, *, whole: bool = False) -> None:
        """Publish up to `seq`, from the first record if `whole`; whoever asks moves to it."""
        publish(self._source, self._path, seq, progress, whole=whole)
        with self._lock:
            if self._attached is not None:
                self._attached.attach()

    def tail(self, seq: int) -> int:
        """How many records up to `seq` the published file does not hold."""
        with self._lock:
            if self._attached is not None:
                return seq - self._attached.file_seq
        return seq - published_seq(self._source, self._path)

    def export(self, folder: Path, form: str, seq: int) -> tuple[str, ...]:
        """Write every table and view up to `seq` to `folder`, one file each; their names.

        `form` is 'parquet' or 'csv'.
        """
        with self._lock:
            connection = self._at(seq).connection
            rows = connection.execute(
                "SELECT DISTINCT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
            ).fetchall()
            names = tuple(str(name) for (name,) in rows)
            with (
                failing_as_store(folder),
                TemporaryDirectory(prefix=".alluse-export-", dir=folder.parent) as aside,
            ):
                for name in names:
                    target = str(Path(aside) / f"{name}.{form}").replace("'", "''")
                    connection.execute(f"COPY (FROM {name}) TO '{target}' ({_FORMS[form]})")
                for name in names:
                    (Path(aside) / f"{name}.{form}").rename(folder / f"{name}.{form}")
        return names

    def _run_own(self, text: str, seq: int) -> Rows:
        """On a connection of its own that can reach nothing but what is attached."""
        self._at(seq)
        sandbox = Attached(self._source, self._path)
        try:
            sandbox.extend(seq)
            sandbox.lock()
            select = checked_select(sandbox.connection, text)
            sandbox.connection.execute("BEGIN TRANSACTION READ ONLY")
            return Rows(*shown_rows(sandbox.connection, select))
        finally:
            sandbox.close()


def _run(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any]) -> Rows:
    answer = connection.execute(sql, dict(values))
    columns = tuple(d[0] for d in answer.description or ())
    return Rows(columns, tuple(tuple(r) for r in answer.fetchall()))


def _damage(error: Exception) -> bool:
    """Whether the published file is at fault, so that building it anew would help."""
    cause = error.__cause__ if isinstance(error, StoreFailed) else error
    return isinstance(cause, Exception) and damaged(cause)
