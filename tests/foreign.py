"""What other programs do to the published DuckDB file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

EDITS = {
    "date": "UPDATE entry SET effective = effective - 400",
    "posting date": "UPDATE posting SET effective = effective - 400",
    "note": "UPDATE entry SET note = 'paid back' WHERE kind = 'deposit'",
    "actor": "UPDATE record SET actor = 'mallory'",
    "kind": "UPDATE entry SET kind = 'premium' WHERE kind = 'deposit'",
}
"""One statement for each kind of change; none of them changes a sum."""

_WRITER = """
import duckdb, sys
with duckdb.connect(sys.argv[1]) as connection:
    for statement in sys.argv[2:]:
        connection.execute(statement)
"""


def run_sql(path: Path, *statements: str) -> None:
    """Another process opens the file for writing, executes `statements` and closes it."""
    done = subprocess.run(
        [sys.executable, "-c", _WRITER, str(path), *statements], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def with_sql(path: Path, statement: str) -> None:
    run_sql(path, statement)


def with_sql_and_old_times(path: Path, statement: str) -> None:
    """As `with_sql`; afterwards access and modification times are what they were before."""
    before = path.stat()
    run_sql(path, statement)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def with_raw_bytes(path: Path, statement: str) -> None:
    """The bytes of the same file are overwritten; its size, inode and times stay the same."""
    before, copy = path.stat(), path.with_name("edited-copy")
    shutil.copy(path, copy)
    run_sql(copy, statement)
    edited = copy.read_bytes()
    copy.unlink()
    with path.open("r+b") as file:
        file.write(edited)
        file.truncate()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_ino == before.st_ino


def with_a_copy_in_its_place(path: Path, statement: str) -> None:
    """An edited copy is renamed over the file."""
    copy = path.with_name("edited-copy")
    shutil.copy(path, copy)
    run_sql(copy, statement)
    copy.replace(path)


Way = Callable[[Path, str], None]

WAYS: dict[str, Way] = {
    "sql": with_sql,
    "sql, times restored": with_sql_and_old_times,
    "raw bytes": with_raw_bytes,
    "copy": with_a_copy_in_its_place,
}


def exchange_regions(path: Path, first: int = 0, second: int = 1) -> None:
    """Two regions of 256 KiB, counted after the 12 KiB header, change places."""
    size, header = 262_144, 12_288
    with path.open("r+b") as file:
        regions = []
        for number in (first, second):
            file.seek(header + number * size)
            regions.append(file.read(size))
            assert len(regions[-1]) == size
        assert regions[0] != regions[1]
        for number, content in zip((first, second), reversed(regions), strict=True):
            file.seek(header + number * size)
            file.write(content)
