"""Queries on the published file, extended by the newest records in memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from alluse_tui.replica.comparison import differences
from alluse_tui.replica.connection import ReplicaConnection
from alluse_tui.replica.digest import prove
from alluse_tui.replica.export import export_tables
from alluse_tui.replica.export_formats import ExportFormat
from alluse_tui.replica.failures import CannotPublish, Unproved
from alluse_tui.replica.publish import Progress, failing_as_store, publish, published_seq
from alluse_tui.replica.source import Source
from alluse_tui.replica.sql_files import question, views_of
from alluse_tui.replica.user_sql import checked_select, damaged, shown_rows

TAIL_LIMIT = 5_000
"""The most records beyond the file with which a process starts without publishing first."""

TAIL_MOST = 50_000
"""The most records in memory beyond the file; above that, the next query publishes."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: column names, and rows of int, str, date, Decimal or None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The published file compared with the journal. Both texts are empty if they match.

    `repaired`: why the file was published again. `differs`: how it still differs.
    """

    repaired: str
    differs: str


class Replica:
    """Answers queries about a source up to any seq. Thread-safe.

    The file is used only while it is verified as the published one (`digest.py`); otherwise it is
    published again from the journal, and the query is repeated on that file.
    """

    def __init__(self, source: Source, path: Path) -> None:
        """Opens nothing until the first query."""
        self.tail_limit = TAIL_LIMIT
        self._source = source
        self._path = path
        self._lock = threading.RLock()
        self._attached: ReplicaConnection | None = None

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        with self._lock:
            if self._attached is not None:
                self._attached.close()
            self._attached = None

    def ask(self, name: str, seq: int, values: Mapping[str, Any]) -> Rows:
        """The rows of the query `sql/questions/NAME.sql` over records up to `seq`."""
        sql = question(name)
        return self._healing(seq, lambda: _run(self._at(seq), sql, values))

    def ask_user_sql(self, text: str, seq: int) -> Rows:
        """The rows of an operator's own SELECT. Raises BadInput for any other statement."""
        return self._healing(seq, lambda: self._run_own(text, seq))

    def export(self, folder: Path, file_format: ExportFormat, seq: int) -> tuple[str, ...]:
        """Write every table and view up to `seq` to `folder`, one file each; returns the names."""
        return self._healing(seq, lambda: export_tables(self._at(seq), folder, file_format))

    def _healing(self, seq: int, ask: Callable[[], T]) -> T:
        """Call `ask`; if the file is changed or damaged, publish it again and repeat once.

        Some damage shows only when a query reads it.
        """
        with self._lock:
            try:
                return self._asked(ask)
            except Unproved as error:
                whole = error.changed
            except duckdb.Error as error:
                if not damaged(error) and self._is_intact():
                    raise
                whole = True
            self.close()
            with failing_as_store(self._path):
                publish(self._source, self._path, seq, whole=whole)
                return self._asked(ask)

    def _asked(self, ask: Callable[[], T]) -> T:
        """The result of `ask`. Raises Unproved if the file changed meanwhile."""
        answer = ask()
        if self._attached is not None and not self._attached.intact():
            raise Unproved(f"{self._path} was changed while it was read", changed=True)
        return answer

    def _is_intact(self) -> bool:
        return self._attached is not None and self._attached.intact(full=True)

    def _at(self, seq: int) -> ReplicaConnection:
        """A connection with every record up to `seq`."""
        if self._attached is not None and not self._attached.intact():
            self.close()
        if self._attached is None:
            self._attached = self._opened(seq)
        elif seq - self._attached.file_seq > TAIL_MOST and self._published_for(seq):
            self.close()
            self._attached = ReplicaConnection(self._source, self._path)
        self._attached.extend(seq)
        return self._attached

    def _opened(self, seq: int) -> ReplicaConnection:
        """The published file; it is published first if it is missing, not verified or too old."""
        try:
            attached = ReplicaConnection(self._source, self._path)
        except Unproved as error:
            publish(self._source, self._path, seq, whole=error.changed)
            return ReplicaConnection(self._source, self._path)
        if seq - attached.file_seq > self.tail_limit and self._published_for(seq):
            attached.close()
            attached = ReplicaConnection(self._source, self._path)
        return attached

    def _published_for(self, seq: int) -> bool:
        """Publish before a query; False if that failed and an older file has to do."""
        try:
            publish(self._source, self._path, seq)
        except CannotPublish:
            return False
        return True

    def publish(self, seq: int, progress: Progress | None = None, *, whole: bool = False) -> None:
        """Publish up to `seq`, from the first record if `whole`; the next query uses that file."""
        publish(self._source, self._path, seq, progress, whole=whole)
        self.close()

    def tail(self, seq: int) -> int:
        """The number of records up to `seq` that the published file does not hold."""
        with self._lock:
            if self._attached is not None and self._attached.at_path():
                return seq - self._attached.file_seq
        return seq - published_seq(self._source, self._path)

    def check(self, seq: int, stop: threading.Event) -> str:
        """Verify the whole file, until `stop`; replace it if it is not as it was published.

        Returns its fault; empty if it had none. Raises CannotPublish, IntegrityFailed.
        """
        if not os.path.lexists(self._path):
            return ""
        try:
            prove(self._path, self._source.origin(), full=True, stop=stop).close()
        except Unproved as error:
            if not error.changed:
                return ""  # the next query publishes
            self.publish(seq, whole=True)
            return str(error)
        return ""

    def compare(self, seq: int) -> Comparison:
        """Compare all rows up to `seq` with the journal; publish the file again if they differ.

        Raises CannotPublish, IntegrityFailed.
        """
        repaired, compared = self._wrong(seq)
        if compared and not repaired:
            return Comparison("", "")
        self.publish(seq, whole=True)
        differs, compared = self._wrong(seq)
        return Comparison(repaired, differs if compared else f"{self._path} cannot be compared")

    def _wrong(self, seq: int) -> tuple[str, bool]:
        """The fault of the file, by its digest and its rows, and whether a file was compared.

        A missing file, or one of another journal or version, has no fault.
        """
        try:
            prove(self._path, self._source.origin(), full=True).close()
            with closing(ReplicaConnection(self._source, self._path)) as attached:
                wrong = differences(attached, self._source, seq)
                if not attached.intact():
                    wrong = wrong or f"{self._path} was changed while it was compared"
            return wrong, True
        except Unproved as error:
            return (str(error), True) if error.changed else ("", False)
        except duckdb.Error as error:
            return f"{self._path} is damaged: {str(error).splitlines()[0]}", True

    def _run_own(self, text: str, seq: int) -> Rows:
        """Run on a separate connection that can reach only the attached databases."""
        self._at(seq)
        with closing(ReplicaConnection(self._source, self._path)) as sandbox:
            sandbox.extend(seq)
            sandbox.create_views()
            sandbox.lock()
            select = checked_select(sandbox.connection, text)
            sandbox.connection.execute("BEGIN TRANSACTION READ ONLY")
            answer = Rows(*shown_rows(sandbox.connection, select))
            if not sandbox.intact():
                raise Unproved(f"{self._path} was changed while it was read", changed=True)
            return answer


def _run(attached: ReplicaConnection, sql: str, values: Mapping[str, Any]) -> Rows:
    attached.create_views(views_of(sql))
    answer = attached.connection.execute(sql, dict(values))
    columns = tuple(d[0] for d in answer.description or ())
    return Rows(columns, tuple(tuple(r) for r in answer.fetchall()))
