"""A connection to the published file, extended by newer records in memory."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from alluse_tui.replica.digest import Proof
from alluse_tui.replica.failures import Unproved
from alluse_tui.replica.publish import TABLES, attach_published, fill
from alluse_tui.replica.source import Source
from alluse_tui.replica.sql_files import sql_file, views

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


class ReplicaConnection:
    """One DuckDB connection; `seq` is the newest record it sees, `file_seq` the file's."""

    def __init__(self, source: Source, path: Path) -> None:
        """Attach the verified file at `path`. Raises Unproved, CannotPublish, IntegrityFailed."""
        self._source = source
        self._proof: Proof | None = None
        self._views: set[str] = set()
        self.connection = duckdb.connect(
            ":memory:", config={"threads": 2, "memory_limit": "1GB", "temp_directory": ""}
        )
        try:
            for setting in _SETTINGS:
                self.connection.execute(setting)
            self._proof, self.file_seq = attach_published(self.connection, source, path)
            self._lay_tail_over_file()
        except duckdb.Error as error:
            self.close()
            message = str(error).splitlines()[0]
            raise Unproved(f"{path} cannot be used: {message}", changed=True) from error
        except BaseException:
            self.close()
            raise
        self.seq = self.file_seq

    def _lay_tail_over_file(self) -> None:
        """Create a view per table with the file's rows and those of newer records in memory.

        The views that are built on these take longer, so `create_views` adds them when needed.
        """
        self.connection.execute("CREATE SCHEMA memory.tail")
        self.connection.execute("USE memory.tail")
        self.connection.execute(sql_file("schema"))
        self.connection.execute("USE memory.main")
        for table in TABLES:
            self.connection.execute(
                f"CREATE VIEW memory.main.{table} AS"
                f" FROM published.main.{table} UNION ALL FROM memory.tail.{table}"
            )

    def create_views(self, wanted: Collection[str] | None = None) -> None:
        """Create those of the `wanted` views (None: of all) that are still missing."""
        for name, create in views().items():
            if name not in self._views and (wanted is None or name in wanted):
                self.connection.execute(create)
                self._views.add(name)

    def intact(self, *, full: bool = False) -> bool:
        """Whether the attached file still has its verified content; `full`: read all of it."""
        return self._proof is not None and self._proof.holds(full=full)

    def at_path(self) -> bool:
        """Whether the path still names the attached file."""
        return self._proof is not None and self._proof.at_path()

    def extend(self, upto: int) -> None:
        """Add the records up to `upto`."""
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
        """Restrict this connection to the attached databases."""
        for setting in _LOCKS:
            self.connection.execute(setting)

    def close(self) -> None:
        """Close the connection and the file. Safe to call twice."""
        self.connection.close()
        if self._proof is not None:
            self._proof.close()
        self._proof = None
