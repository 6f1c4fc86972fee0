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

    @property
    def seq(self) -> int | None:
        """The record that undo would reverse, 0 for none; None until it was looked up."""
        snapshot = self._host.snapshot
        if snapshot is None or self._found != _key(snapshot):
            return None
        return self._seq if self._host.engine.seq == snapshot.seq else None

    def refresh(self, snapshot: Snapshot) -> None:
        """Look again, unless the answer for this snapshot is known or would take too long."""
        if "act" not in snapshot.may or snapshot.refusing or snapshot.seq > RECORDS_AT_MOST:
            return
        if self._found != _key(snapshot):
            self._host.run_in_thread(lambda: self._look_up(snapshot), "undo")

    def _look_up(self, snapshot: Snapshot) -> None:
        engine, found, seq = self._host.engine, self._found, 0
        try:
            nothing_before = found is not None and found[1:] == _key(snapshot)[1:] and not self._seq
            if found is None or not nothing_before or self._acted(found[0], snapshot):
                seq = engine.commands.undo_target(Undo(portfolio=snapshot.portfolio.name))
        except AllUseError:  # the plan of the undo says what is wrong
            return
        self._host.call_from_thread(self._keep, snapshot, seq)

    def _acted(self, after: int, snapshot: Snapshot) -> bool:
        """Whether the user recorded or proposed anything after that record."""
        name = snapshot.identity.name
        return any(
            name in (record.actor, record.plain.get("approval", {}).get("by"))
            for record in self._host.engine.queries.records(after)
        )

    def _keep(self, snapshot: Snapshot, seq: int) -> None:
        self._found, self._seq = _key(snapshot), seq
        self._host.draw()


def _key(snapshot: Snapshot) -> tuple[int, str, str]:
    return snapshot.seq, snapshot.portfolio.name, snapshot.identity.name
