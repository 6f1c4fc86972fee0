"""Loads what the screens show, off the event loop, and watches the journal for changes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message

from alluse_tui.domain.model.errors import AllUseError, Denied
from alluse_tui.tui.host import Host
from alluse_tui.tui.snapshot import History, Snapshot, load_history, load_snapshot

REST_SECONDS = 0.25
"""Pause between two snapshots: what happens meanwhile is shown in one."""


class JournalChanged(Message):
    """Something was recorded, by this process or another."""

    def can_replace(self, message: Message) -> bool:
        """Only the newest counts."""
        return isinstance(message, JournalChanged)


class SnapshotLoaded(Message):
    """A new snapshot, or why there is none."""

    def __init__(self, snapshot: Snapshot | None, trouble: str, *, denied: bool = False) -> None:
        """`trouble` is empty when there is a snapshot; `denied`: the user may not see the book."""
        super().__init__()
        self.snapshot, self.trouble, self.denied = snapshot, trouble, denied


class HistoryLoaded(Message):
    """A new history, which is loaded after the snapshot."""

    def __init__(self, history: History) -> None:
        """`history` may be of another portfolio than the current one."""
        super().__init__()
        self.history = history


class SnapshotLoader:
    """The newest snapshot and history, and the threads that load the next ones.

    `active_ns` returns when a key was last pressed: it keeps the login from becoming idle.
    """

    def __init__(self, host: Host, active_ns: Callable[[], int]) -> None:
        """Nothing is loaded yet."""
        self._host, self._active_ns = host, active_ns
        self.snapshot: Snapshot | None = None
        self.history: History | None = None
        self.trouble = ""
        self.portfolio = ""
        self.closed = threading.Event()
        self._loading = False
        self._again = False

    def load_soon(self) -> None:
        """Load a snapshot; calls while it is loading lead to one more."""
        if self._loading:
            self._again = True
            return
        self._loading, self._again = True, False
        name, active_ns, before = self.portfolio, self._active_ns(), self.snapshot
        self._host.run_in_thread(lambda: self._load_snapshot(name, active_ns, before), "load")

    def _load_snapshot(self, name: str, active_ns: int, before: Snapshot | None) -> None:
        try:
            snapshot = load_snapshot(self._host.engine, name, active_ns, before)
            self._host.post_message(SnapshotLoaded(snapshot, ""))
        except AllUseError as error:
            trouble = SnapshotLoaded(None, str(error), denied=isinstance(error, Denied))
            self._host.post_message(trouble)

    def accept(self, message: SnapshotLoaded) -> bool:
        """Keep the snapshot. Returns whether it is the first one."""
        first = self.snapshot is None and message.snapshot is not None
        self.trouble = message.trouble
        if message.snapshot is not None:
            self.snapshot = message.snapshot
        return first

    def load_history(self) -> None:
        """Load the history, once the snapshot has been painted."""
        assert self.snapshot is not None
        name = self.snapshot.portfolio.name
        self._host.run_in_thread(lambda: self._load_history(name), "load")

    def _load_history(self, name: str) -> None:
        try:
            self._host.post_message(HistoryLoaded(load_history(self._host.engine, name)))
        except AllUseError as error:
            self.report(error)
        if self._again:
            self.closed.wait(REST_SECONDS)
        if not self.closed.is_set():
            self._host.call_from_thread(self.finish)

    def finish(self) -> None:
        """Loading has ended; load once more if that was asked for meanwhile."""
        self._loading = False
        if self._again:
            self.load_soon()

    def follow(self) -> None:
        """Watch the journal for changes, and check its records and the DuckDB file once."""
        assert self.snapshot is not None
        seq = self.snapshot.seq
        self._host.run_in_thread(lambda: self._watch(seq), "watch")
        self._host.run_in_thread(self._check, "check")

    def _watch(self, seq: int) -> None:
        """Post a message when any process records something after `seq`, until the program ends."""
        try:
            for _ in self._host.engine.commands.changes(seq, self.closed):
                self._host.post_message(JournalChanged())
        except AllUseError as error:
            self.report(error)

    def _check(self) -> None:
        """Check every record's hash, then the DuckDB file; the header shows a failure."""
        engine = self._host.engine
        if engine.operations.check_chain(self.closed):
            self._host.post_message(JournalChanged())
        try:
            if engine.operations.check_replica(self.closed):
                self._host.post_message(JournalChanged())
        except AllUseError as error:
            self.report(error)

    def report(self, error: AllUseError) -> None:
        """Show in the header that the screen is stale, and why."""
        self._host.post_message(SnapshotLoaded(None, str(error)))
