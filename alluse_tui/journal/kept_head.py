"""The newest head, kept in a small file beside the journal (20-store, Integrity).

SQLite opens silently short when the end of its `-wal` was cut away; this file knows better.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from alluse_tui.domain.errors import StoreFailed
from alluse_tui.journal.record import Head

EVERY_SECONDS = 1.0
"""It is written at most this often, and when the journal is closed."""

_LINE = re.compile(r"([0-9a-f]{32}\.[0-9a-f]{0,16}) ([0-9]{1,18}) ([0-9a-f]{64})\n", re.ASCII)


class KeptHead:
    """One process's hand on the file."""

    def __init__(self, journal: Path) -> None:
        """Touches nothing."""
        self._path = kept_path(journal)
        self._written = Head()
        self._at = 0.0

    def keep(self, identity: str, head: Head, *, now: bool = False) -> None:
        """Note `head`, unless that was done within the last second. Raises StoreFailed."""
        at = time.monotonic()
        if head == self._written or not (now or at - self._at >= EVERY_SECONDS):
            return
        aside = self._path.parent / f".{self._path.name}.{os.getpid()}"
        try:
            aside.touch(mode=0o600)
            aside.write_text(f"{identity} {head.seq} {head.hash.hex()}\n", encoding="ascii")
            aside.replace(self._path)
        except OSError as error:
            raise StoreFailed(f"{self._path} cannot be written: {error.strerror}") from error
        self._written, self._at = head, at


def kept_path(journal: Path) -> Path:
    """Where the head of `journal` is kept."""
    return Path(f"{journal}.head")


def kept_head(journal: Path, identity: str) -> Head | None:
    """The head that was kept for the journal of that identity; None when there is none to read."""
    path = kept_path(journal)
    if not path.exists():
        return None
    found = _LINE.fullmatch(path.read_bytes().decode("ascii", errors="replace"))
    if found is None or found[1] != identity:
        return None
    return Head(int(found[2]), bytes.fromhex(found[3]))
