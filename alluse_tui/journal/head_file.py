"""The newest head in a small file next to the journal, updated after every burst of writes.

If the end of a `-wal` is lost, SQLite opens the database without an error. This file names the
record that must be there.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.files import read_regular, replace_file
from alluse_tui.journal.record import Head

EVERY_SECONDS = 1.0
"""The shortest interval between two writes of the file during a burst."""

IDLE_SECONDS = 0.2
"""A burst is over once nothing was written for this long."""

LIMIT_BYTES = 256

_LINE = re.compile(r"([0-9a-f]{32}\.[0-9a-f]{0,16}) ([0-9]{1,18}) ([0-9a-f]{64})\n", re.ASCII)


class HeadFile:
    """Writes the head file for one open journal."""

    def __init__(self, journal: Path) -> None:
        """Does not access the file system."""
        self._path = head_path(journal)
        self._written = Head()
        self._written_at = 0.0

    def keep(self, identity: str, head: Head, *, now: bool = False) -> None:
        """Write `head`, unless the file is younger than EVERY_SECONDS. Raises StoreFailed."""
        at = time.monotonic()
        if head == self._written or not (now or at - self._written_at >= EVERY_SECONDS):
            return
        line = f"{identity} {head.seq} {head.hash.hex()}\n"
        try:
            replace_file(self._path, line.encode("ascii"))
        except OSError as error:
            raise StoreFailed(f"{self._path} cannot be written: {error.strerror}") from error
        self._written, self._written_at = head, at


class IdleTask:
    """Runs `task` in a separate thread once a burst of `touch` calls is over.

    The thread starts with a burst and ends after it, so an idle journal has none.
    """

    def __init__(self, task: Callable[[], None], idle_seconds: float = IDLE_SECONDS) -> None:
        """`task` must not raise."""
        self._task = task
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._touched_at = 0.0

    def touch(self) -> None:
        """Note that something was written just now."""
        self._touched_at = time.monotonic()
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._closed.is_set():
                    self._thread = threading.Thread(target=self._run, daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Wait for a running task and start no more. Safe to call twice."""
        self._closed.set()
        with self._lock:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while True:
            seen = self._touched_at
            idle_at = seen + self._idle_seconds
            if self._closed.wait(max(0.0, idle_at - time.monotonic())):
                return
            if self._touched_at != seen:
                continue
            self._task()
            with self._lock:
                if self._touched_at == seen:
                    self._thread = None
                    return


def head_path(journal: Path) -> Path:
    """The path of the head file of `journal`."""
    return Path(f"{journal}.head")


def stored_head(journal: Path, identity: str) -> Head | None:
    """The stored head of the journal with that identity; None if there is no readable one.

    A file that this program did not write proves nothing and is replaced at the next write.
    """
    try:
        content = read_regular(head_path(journal), LIMIT_BYTES)
    except OSError:
        return None
    match = _LINE.fullmatch(content.decode("ascii", errors="replace"))
    if match is None or match[1] != identity:
        return None
    return Head(int(match[2]), bytes.fromhex(match[3]))
