"""The private folder in which a DuckDB file is built before it is put in place."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SUFFIX = ".building"


@contextmanager
def building_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder (mode 0700, unpredictable name) next to `path`; it is removed at the end.

    Folders of killed publishers next to `path` are removed first. Raises OSError.
    """
    _sweep(path)
    folder, lock = _new(path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # else the next publisher removes it
        os.close(lock)


def _new(path: Path) -> tuple[Path, int]:
    """The folder and the descriptor that locks it; retries if a sweep removed it before."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=SUFFIX, dir=path.parent))
        with suppress(FileNotFoundError):
            lock = _locked(folder)
            if lock is not None and folder.exists():
                return folder, lock
            if lock is not None:
                os.close(lock)


def _sweep(path: Path) -> None:
    """Remove folders whose publisher was killed: a lock ends with the process that holds it."""
    name = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}{re.escape(SUFFIX)}")
    for left in path.parent.iterdir():
        if name.fullmatch(left.name):
            with suppress(OSError):  # a link, or not of this user: left alone
                _remove_unless_locked(left)


def _remove_unless_locked(folder: Path) -> None:
    lock = _locked(folder)
    if lock is None:
        return
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            shutil.rmtree(folder)
    finally:
        os.close(lock)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the lock on `folder`; None if another process holds it."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(folder, flags)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
