"""What the program does every minute: scheduled decisions, publishing, the inbox, garbage
collection."""

from __future__ import annotations

import time

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.tui.background.inbox_watch import InboxWatch
from alluse_tui.tui.background.snapshot_loader import SnapshotLoader
from alluse_tui.tui.host import Host
from alluse_tui.tui.session_lock import SessionLock
from alluse_tui.tui.terminal import gc_tuning

MINUTE_NS = 60_000_000_000

LONG_TAIL = 5_000
"""Unpublished records from which on a quiet minute is used to publish the replica."""

QUIET_SECONDS = 50
"""Time without a key after which a pause of the screen goes unnoticed."""


class Upkeep:
    """Runs the work of each minute in threads, so it never delays a key."""

    def __init__(
        self, host: Host, loader: SnapshotLoader, session: SessionLock, inbox_watch: InboxWatch
    ) -> None:
        """The first minute begins."""
        self._host, self._loader, self._session = host, loader, session
        self._inbox_watch = inbox_watch
        self._seq_a_minute_ago = 0
        self._last_key_s = time.monotonic()

    def note_key(self) -> None:
        """Note that a key was pressed."""
        self._last_key_s = time.monotonic()

    @property
    def seconds_left(self) -> float:
        """Seconds until the next minute begins."""
        left_ns = MINUTE_NS - self._host.engine.now_ns % MINUTE_NS
        return left_ns / 1_000_000_000 + 0.01

    def run(self) -> None:
        """Do the work of a minute."""
        engine = self._host.engine
        self._loader.load_soon()
        if self._session.is_locked:
            self._session.lock()
        if not engine.read_only:
            self._host.run_in_thread(self._run_due, "due")
            if engine.seq == self._seq_a_minute_ago:
                self._host.run_in_thread(self._publish, "publish")
        self._inbox_watch.each_minute(changed=engine.seq != self._seq_a_minute_ago)
        if time.monotonic() - self._last_key_s > QUIET_SECONDS:
            gc_tuning.collect()
        self._seq_a_minute_ago = engine.seq

    def _publish(self) -> None:
        """Publish the replica, if it has fallen behind."""
        try:
            self._host.engine.operations.publish(longest_tail=LONG_TAIL)
        except AllUseError as error:
            self._loader.report(error)

    def _run_due(self) -> None:
        """Carry out what circuit breakers pause, and due decisions that need no confirmation."""
        host, snapshot = self._host, self._host.snapshot
        engine = host.engine
        try:
            users = snapshot is not None and snapshot.identity.via != "first"
            if users and (self._session.is_locked or not engine.auth.logins.may("act")):
                return
            actor, every = "" if users else "schedule", engine.operations.auto_portfolios()
            for name in engine.queries.portfolio_names():
                only = name not in every
                for outcome in engine.operations.run_due(name, actor=actor, only_breakers=only):
                    if outcome.receipt is not None and not outcome.receipt.duplicate:
                        decision = f"{outcome.command} {outcome.account or outcome.portfolio}"
                        text = f"scheduled {decision} recorded as #{outcome.receipt.seq}"
                        host.call_from_thread(host.show_status, text)
        except AllUseError as error:
            self._loader.report(error)
