"""Which record an undo would reverse, looked up in a thread after each snapshot."""

from __future__ import annotations

from alluse_tui.domain.commands import Undo
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.tui.host import Host
from alluse_tui.tui.snapshot import Snapshot

RECORDS_AT_MOST = 20_000
"""Longer journals are not searched: undo stays enabled there, and its plan says what it finds."""


class UndoWatch:
    """Follows the snapshots; `seq` is the user's newest change that can be undone."""

    def __init__(self, host: Host) -> None:
        """Nothing is known yet."""
        self._host = host
        self._found: tuple[int, str, str] | None = None
        self._seq = 0
        self._changes = 0

    @property
    def seq(self) -> int | None:
        """The record that undo would reverse, 0 for none; None while that is unknown.

        An answer holds until the next one: records of others do not change it.
        """
        snapshot = self._host.snapshot
        known = snapshot is not None and self._same_user(_key(snapshot))
        return self._seq if known else None

    def note_change(self) -> None:
        """The user recorded something: what can be undone is unknown until it is looked up."""
        self._found = None
        self._changes += 1
        if self._host.snapshot is not None:
            self.refresh(self._host.snapshot)

    def refresh(self, snapshot: Snapshot) -> None:
        """Look again, unless the answer for this snapshot is known or would take too long."""
        if "act" not in snapshot.may or snapshot.refusing or snapshot.seq > RECORDS_AT_MOST:
            return
        if self._found != _key(snapshot):
            changes = self._changes
            self._host.run_in_thread(lambda: self._look_up(snapshot, changes), "undo")

    def _look_up(self, snapshot: Snapshot, changes: int) -> None:
        engine, found, seq = self._host.engine, self._found, 0
        try:
            nothing_before = self._same_user(_key(snapshot)) and not self._seq
            if found is None or not nothing_before or self._acted(found[0], snapshot):
                seq = engine.commands.undo_target(Undo(portfolio=snapshot.portfolio.name))
        except AllUseError:  # the plan of the undo says what is wrong
            return
        self._host.call_from_thread(self._keep, snapshot, seq, changes)

    def _acted(self, after: int, snapshot: Snapshot) -> bool:
        """Whether the user recorded or proposed anything after that record."""
        name = snapshot.identity.name
        return any(
            name in (record.actor, record.plain.get("approval", {}).get("by"))
            for record in self._host.engine.queries.records(after)
        )

    def _keep(self, snapshot: Snapshot, seq: int, changes: int) -> None:
        if changes != self._changes:
            return  # the user recorded something meanwhile
        was_dim = self.seq == 0
        self._found, self._seq = _key(snapshot), seq
        if was_dim != (self.seq == 0):
            self._host.draw()

    def _same_user(self, key: tuple[int, str, str]) -> bool:
        return self._found is not None and self._found[1:] == key[1:]


def _key(snapshot: Snapshot) -> tuple[int, str, str]:
    return snapshot.seq, snapshot.portfolio.name, snapshot.identity.name
