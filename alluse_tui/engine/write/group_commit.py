"""Commands that wait for a turn: one of their threads carries out all that are waiting."""

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
"""Commands waiting for a turn; one more is told "busy" at once."""

TURN_LIMIT = 256
"""Commands that one turn takes from the queue."""


def _held() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class Waiting:
    """A submitted command and, once its turn is over, what became of it.

    `expect` is the digest of the plan that was shown to whoever submitted it, `proven_epoch` the
    user's epoch for which they just gave their password. `woken` is released when the command is
    finished, or when its thread is to lead.
    """

    command: Command
    who: Caller
    expect: str = ""
    proven_epoch: int | None = None
    receipt: Receipt | None = None
    error: Exception | None = None
    leads: bool = False
    woken: threading.Lock = field(default_factory=_held, repr=False)

    @property
    def finished(self) -> bool:
        """Whether its turn is over."""
        return self.receipt is not None or self.error is not None


class CommandQueue:
    """Hands what is waiting to `take_turn`, which must finish every command it is given."""

    def __init__(self, take_turn: Callable[[Sequence[Waiting]], None]) -> None:
        """`take_turn` is called by one thread at a time."""
        self._take_turn = take_turn
        self._lock = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._led = False

    def carry(self, waiting: Waiting) -> None:
        """Returns when `waiting` is finished. Raises Busy when too many are before it."""
        with self._lock:
            if len(self._waiting) >= QUEUE_LIMIT:
                raise Busy(f"{QUEUE_LIMIT} commands are waiting already: try again")
            self._waiting.append(waiting)
            if not self._led:
                self._led = waiting.leads = True
        try:
            if not waiting.leads:
                waiting.woken.acquire()
            while not waiting.finished:
                self._lead()
        finally:
            self._pass_on(waiting)

    def _lead(self) -> None:
        with self._lock:
            count = min(TURN_LIMIT, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
        try:
            self._take_turn(batch)
        finally:
            for one in batch:
                if not one.finished:  # or its thread would lead empty turns for ever
                    one.error = StoreFailed("the turn ended without an outcome")
                if not one.leads:
                    one.woken.release()

    def _pass_on(self, waiting: Waiting) -> None:
        """Whoever led, or was interrupted while waiting, leaves nobody behind without a leader."""
        with self._lock:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            if not waiting.leads:
                return
            waiting.leads = False
            if not self._waiting:
                self._led = False
                return
            heir = self._waiting[0]
            heir.leads = True
        heir.woken.release()
