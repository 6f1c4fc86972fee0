"""Locked staging folders of backups, restores and recoveries; each removes abandoned ones.

The process that creates a folder holds a lock in it, which ends with the process. A process id in
its place could be reused, and means nothing in another container.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.journal.filesystem_check import check_filesystem

PURPOSES = ("backup", "restore", "recover")
"""Purposes of staging folders, which are part of their names."""

HELD = "held"
"""The file in the folder that is locked."""

_NAME = re.compile(rf"\.alluse-(?:{'|'.join(PURPOSES)})-[a-z0-9_]{{8}}")
"""Names as `mkdtemp` creates them."""


@contextmanager
def staging_dir(parent: Path, purpose: str) -> Iterator[Path]:
    """Yield a new locked folder in `parent`, which is removed at the end; only for files.

    `purpose` is one of PURPOSES. Folders of killed processes in `parent` are removed first.
    """
    remove_abandoned(parent)
    folder, held = _new(parent, f".alluse-{purpose}-")
    try:
        yield folder
    finally:
        with suppress(OSError), _opened(folder) as entries:  # or the next one removes it
            _remove(folder, entries)
        os.close(held)


def _new(parent: Path, prefix: str) -> tuple[Path, int]:
    """The folder and the descriptor that locks it; retries if a sweep removed it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            held = os.open(folder / HELD, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        except FileNotFoundError:
            continue
        except OSError:
            folder.rmdir()
            raise
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            continue
        except OSError:
            pass  # locks are not supported here, so no sweep gets one either
        if (folder / HELD).exists():
            return folder, held
        os.close(held)


def remove_abandoned(parent: Path) -> None:
    """Remove the folders of killed processes in `parent`, if its locks are reliable."""
    with suppress(OSError, StoreFailed):
        check_filesystem(parent)
        for name in os.listdir(parent):
            if _NAME.fullmatch(name):
                with suppress(OSError):
                    _remove_left(parent / name)


def _remove_left(folder: Path) -> None:
    """Remove a folder if its process was killed. Raises OSError if it is in use."""
    with _opened(folder) as entries:
        if os.fstat(entries).st_uid != os.geteuid():
            return
        if not os.listdir(entries):
            folder.rmdir()
            return
        held = os.open(HELD, os.O_RDWR | os.O_NOFOLLOW, dir_fd=entries)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            kinds = [os.stat(n, dir_fd=entries, follow_symlinks=False) for n in os.listdir(entries)]
            if all(stat.S_ISREG(kind.st_mode) for kind in kinds):
                _remove(folder, entries)
        finally:
            os.close(held)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    entries = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield entries
    finally:
        os.close(entries)


def _remove(folder: Path, entries: int) -> None:
    """Remove the folder's files, the locked one last, and the folder."""
    for name in sorted(os.listdir(entries), key=HELD.__eq__):
        os.unlink(name, dir_fd=entries)
    folder.rmdir()
