"""A journal that lives in memory: for simulations, which nobody wants to keep."""

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
    """The same records, hashes, turns and state as in a file, gone when it is closed."""

    def __init__(self, origin: str) -> None:
        """A new, empty journal of that origin (32 hexadecimal digits)."""
        self._prepare(Path(":memory:"))
        self._writer = apsw.Connection(":memory:")
        fill_tables(self._writer, origin)
        self._identity = f"{origin}."
        self._mark = ""

    def records(self, after: int = 0, upto: int = LAST) -> Iterator[Record]:
        """Records after `after` up to and with `upto`, oldest first."""
        assert self._writer is not None
        yield from paged(self._writer, after, upto)

    def newest_first(self) -> Iterator[Record]:
        """All records, newest first."""
        assert self._writer is not None
        yield from newest_first(self._writer)

    def wait_for_change(self, seq: int, timeout_seconds: float) -> bool:
        """Nobody else writes to it: whether the head is past `seq`."""
        return self.head().seq > seq

    def quarantine(self, found: str) -> None:
        """Refuse writing from now on."""
        self._mark = self._mark or found

    @property
    def quarantined(self) -> str:
        """What put this journal into quarantine; empty when nothing did."""
        return self._mark

    def _check_writable(self) -> None:
        if self._mark:
            raise IntegrityFailed(f"the simulation is in quarantine: {self._mark}")

    def replaced(self) -> bool:
        """Never: there is no file."""
        return False

    def _keep(self, head: object, *, now: bool) -> None:
        """There is nothing beside it."""

    def _settle(self) -> None:
        """There is no file to settle."""

    def kept_fault(self) -> str:
        """Nothing was kept that could prove a loss."""
        return ""
