"""The queue of commands for a turn; one of their threads executes all that are waiting."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import Busy, StoreFailed

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command
    from alluse_tui.domain.views import Receipt
    from alluse_tui.engine.auth.identity import Caller

QUEUE_LIMIT = 1_024
"""The most commands waiting for a turn; further ones fail with Busy."""

TURN_LIMIT = 256
"""The most commands in one turn, and in one batch."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A submitted command and, once its turn is over, its outcome.

    `expect` is the digest of the confirmed plan, `proven_epoch` the user's epoch if the password
    was just verified. `progress` receives the events written and all events.
    """

    command: Command
    who: Caller
    expect: str = ""
    proven_epoch: int | None = None
    progress: Callable[[int, int], None] | None = None
    receipt: Receipt | None = None
    error: Exception | None = None

    @property
    def finished(self) -> bool:
        """Whether its turn is over."""
        return self.receipt is not None or self.error is not None


def _acquired_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class Batch:
    """The commands of one thread. `woken` is released when it is finished or has to lead."""

    commands: Sequence[Waiting]
    leads: bool = False
    woken: threading.Lock = field(default_factory=_acquired_lock, repr=False)

    @property
    def finished(self) -> bool:
        """Whether all commands are finished; a turn takes a batch as a whole."""
        return all(waiting.finished for waiting in self.commands)


class CommandQueue:
    """Passes waiting commands to `take_turn`, which must finish all of them."""

    def __init__(self, take_turn: Callable[[Sequence[Waiting]], None]) -> None:
        """`take_turn` is called by one thread at a time."""
        self._take_turn = take_turn
        self._lock = threading.Lock()
        self._batches: deque[Batch] = deque()
        self._count = 0
        self._led = False

    def carry(self, commands: Sequence[Waiting]) -> None:
        """Execute `commands` (at most TURN_LIMIT) in one turn; returns once all are finished.

        Raises Busy if too many are waiting.
        """
        batch = Batch(commands)
        with self._lock:
            if self._count >= QUEUE_LIMIT:
                raise Busy(f"{QUEUE_LIMIT} commands are already waiting; try again")
            self._batches.append(batch)
            self._count += len(commands)
            if not self._led:
                self._led = batch.leads = True
        try:
            if not batch.leads:
                batch.woken.acquire()
            while not batch.finished:
                self._lead()
        finally:
            self._pass_on(batch)

    def _lead(self) -> None:
        taken = self._next_batches()
        try:
            self._take_turn([waiting for batch in taken for waiting in batch.commands])
        finally:
            for batch in taken:
                for waiting in batch.commands:
                    if not waiting.finished:  # else its thread would lead empty turns forever
                        waiting.error = StoreFailed("the turn ended without an outcome")
                if not batch.leads:
                    batch.woken.release()

    def _next_batches(self) -> list[Batch]:
        """Take the oldest batches that fit into a turn, at least one."""
        taken: list[Batch] = []
        count = 0
        with self._lock:
            while self._batches and (
                not taken or count + len(self._batches[0].commands) <= TURN_LIMIT
            ):
                taken.append(self._batches.popleft())
                count += len(taken[-1].commands)
            self._count -= count
        return taken

    def _pass_on(self, batch: Batch) -> None:
        """Hand over the lead after leading, or remove the batch after an interruption."""
        with self._lock:
            if batch in self._batches:
                self._batches.remove(batch)
                self._count -= len(batch.commands)
            if not batch.leads:
                return
            batch.leads = False
            if not self._batches:
                self._led = False
                return
            successor = self._batches[0]
            successor.leads = True
        successor.woken.release()
