"""A connection that sees the published file and, over it, newer records in memory."""

from __future__ import annotations

from pathlib import Path

import duckdb

from alluse_tui.replica.publish import TABLES, failing_as_store, fill
from alluse_tui.replica.source import Source
from alluse_tui.replica.statements import statement

_SETTINGS = (
    "SET python_enable_replacements=false",
    "SET autoinstall_known_extensions=false",
    "SET autoload_known_extensions=false",
    "SET TimeZone='UTC'",
)

_LOCKS = (
    "SET enable_external_access=false",
    "SET disabled_filesystems='LocalFileSystem'",
    "SET lock_configuration=true",
)


class Attached:
    """One DuckDB connection; `seq` is the newest record it sees, `file_seq` the file's."""

    def __init__(self, source: Source, path: Path) -> None:
        """Attaches the file at `path`. Raises StoreFailed."""
        self._source = source
        self._path = path
        self._generation = 0
        self.file_seq = self.seq = 0
        self.connection = duckdb.connect(
            ":memory:", config={"threads": 2, "memory_limit": "1GB", "temp_directory": ""}
        )
        for setting in _SETTINGS:
            self.connection.execute(setting)
        try:
            self.attach()
        except BaseException:
            self.connection.close()
            raise

    def attach(self) -> None:
        """Move to the file as it is now: the new one first, then let go of the old."""
        new = self._generation + 1
        path = str(self._path).replace("'", "''")
        with failing_as_store(self._path):
            self.connection.execute(f"ATTACH '{path}' AS file{new} (READ_ONLY, TYPE duckdb)")
            row = self.connection.execute(f"SELECT head_seq FROM file{new}.meta").fetchone()
            assert row is not None
            self.connection.execute("DROP SCHEMA IF EXISTS memory.tail CASCADE")
            self.connection.execute("CREATE SCHEMA memory.tail")
            self.connection.execute("USE memory.tail")
            self.connection.execute(statement("schema"))
            self.connection.execute("USE memory.main")
            for table in TABLES:
                self.connection.execute(
                    f"CREATE OR REPLACE VIEW memory.main.{table} AS"
                    f" FROM file{new}.main.{table} UNION ALL FROM memory.tail.{table}"
                )
            self.connection.execute(statement("views"))
            if self._generation:
                self.connection.execute(f"DETACH file{self._generation}")
        self._generation, self.file_seq, self.seq = new, row[0], row[0]

    def extend(self, upto: int) -> None:
        """See every record up to `upto`."""
        if upto <= self.seq:
            return
        self.connection.execute("USE memory.tail")
        try:
            for bodies in self._source.bodies(self.seq, upto):
                fill(self.connection, bodies)
        finally:
            self.connection.execute("USE memory.main")
        self.seq = upto

    def lock(self) -> None:
        """From now on this connection reaches nothing but what is attached."""
        for setting in _LOCKS:
            self.connection.execute(setting)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()
