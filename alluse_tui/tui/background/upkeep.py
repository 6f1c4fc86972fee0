"""What the program does every minute: scheduled decisions, publishing, memory."""

from __future__ import annotations

import time

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.tui.background.snapshot_loader import SnapshotLoader
from alluse_tui.tui.host import Host
from alluse_tui.tui.session_lock import SessionLock
from alluse_tui.tui.terminal import gc_tuning

MINUTE_NS = 60_000_000_000

LONG_TAIL = 5_000
"""Records beyond the published file after which a quiet minute is used to publish."""

QUIET_SECONDS = 50
"""Without a key for so long, nobody waits for the program."""


class Upkeep:
    """Work that nobody asks for; it never delays a key."""

    def __init__(self, host: Host, loader: SnapshotLoader, session: SessionLock) -> None:
        """Nothing has happened yet."""
        self._host, self._loader, self._session = host, loader, session
        self._seq_a_minute_ago = 0
        self._last_key_s = time.monotonic()

    def note_key(self) -> None:
        """A key was pressed."""
        self._last_key_s = time.monotonic()

    @property
    def seconds_left(self) -> float:
        """Until the minute is over."""
        left_ns = MINUTE_NS - self._host.engine.now_ns % MINUTE_NS
        return left_ns / 1_000_000_000 + 0.01

    def run(self) -> None:
        """Do a minute's work."""
        engine = self._host.engine
        self._loader.load_soon()
        if self._session.is_locked:
            self._session.lock()
        if not engine.read_only:
            self._host.run_in_thread(self._run_due, "due")
            if engine.seq == self._seq_a_minute_ago:
                self._host.run_in_thread(self._publish, "tend")
        if time.monotonic() - self._last_key_s > QUIET_SECONDS:
            gc_tuning.tidy()
        self._seq_a_minute_ago = engine.seq

    def _publish(self) -> None:
        """Publish the replica while nobody writes, when it has fallen behind."""
        try:
            self._host.engine.operations.publish(longest_tail=LONG_TAIL)
        except AllUseError as error:
            self._loader.report(error)

    def _run_due(self) -> None:
        """Do what is due in portfolios whose policy allows it without asking."""
        host, snapshot = self._host, self._host.snapshot
        engine = host.engine
        try:
            users = snapshot is not None and snapshot.identity.via != "first"
            if users and (self._session.is_locked or not engine.auth.logins.may("act")):
                return
            for name in engine.operations.auto_portfolios():
                for outcome in engine.operations.run_due(name, actor="" if users else "schedule"):
                    if outcome.receipt is not None and not outcome.receipt.duplicate:
                        act = f"{outcome.command} {outcome.account}: #{outcome.receipt.seq}"
                        host.call_from_thread(host.show_status, f"by schedule: {act}")
        except AllUseError as error:
            self._loader.report(error)
