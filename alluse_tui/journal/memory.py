"""A journal in memory, for simulations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw

from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.journal.creation import fill_tables
from alluse_tui.journal.journal import Journal
from alluse_tui.journal.record import Record
from alluse_tui.journal.record_reader import LAST, newest_first, paged


class MemoryJournal(Journal):
    """A journal like one in a file, which is gone once it is closed."""

    def __init__(self, origin: str) -> None:
        """Create an empty journal of the given origin (32 hexadecimal digits)."""
        self._prepare(Path(":memory:"))
        self._writer = apsw.Connection(":memory:")
        fill_tables(self._writer, origin)
        self._identity = f"{origin}."
        self._mark = ""

    def records(self, after: int = 0, upto: int = LAST) -> Iterator[Record]:
        """Records after `after` up to and including `upto`, oldest first."""
        assert self._writer is not None
        yield from paged(self._writer, after, upto)

    def newest_first(self) -> Iterator[Record]:
        """All records, newest first."""
        assert self._writer is not None
        yield from newest_first(self._writer)

    def wait_for_change(self, seq: int, timeout_seconds: float) -> bool:
        """Whether the head is past `seq`; never waits, as no other process writes."""
        return self.head().seq > seq

    def quarantine(self, reason: str) -> None:
        """Refuse writing."""
        self._mark = self._mark or reason

    @property
    def quarantined(self) -> str:
        """Why this journal is in quarantine; empty if it is not."""
        return self._mark

    def _check_writable(self) -> None:
        if self._mark:
            raise IntegrityFailed(f"the simulation is in quarantine: {self._mark}")

    def replaced(self) -> bool:
        """Always False: there is no file."""
        return False

    def _keep(self, head: object, *, now: bool) -> None:
        """Do nothing: there is no head file."""

    def _settle(self) -> None:
        """Do nothing: there is no file."""

    def kept_fault(self) -> str:
        """Always empty: there is no head file."""
        return ""
