"""Long work in a thread: how far it is, how long it may still take, and a way to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from alluse_tui.domain.model.errors import AllUseError


class Stopped(AllUseError):
    """The operator stopped the work; nothing of it holds."""

    code = "stopped"
    exit_code = 6


@dataclass(slots=True)
class Job:
    """One piece of work. `done` of `total` units; `total` 0 while nobody knows.

    `progressed` is called from the worker's thread at most five times a second.
    """

    name: str
    progressed: Callable[[], None]
    done: int = 0
    total: int = 0
    started_s: float = field(default_factory=time.monotonic)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _reported_s: float = 0.0

    def stop(self) -> None:
        """Ask it to end; it does at its next step."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stopping.is_set()

    def progress(self, done: int, total: int) -> None:
        """A step is done. Raises Stopped."""
        if self._stopping.is_set():
            raise Stopped(f"{self.name} was stopped; nothing was changed")
        self.done, self.total = done, total
        now_s = time.monotonic()
        if now_s - self._reported_s >= 0.2:
            self._reported_s = now_s
            self.progressed()

    @property
    def words(self) -> str:
        """'verify 1,200 of 4,000, 3 s left'."""
        if self.stopping:
            return f"stopping {self.name} …"
        if not self.total:
            return f"{self.name} …"
        said = f"{self.name} {self.done:,} of {self.total:,}"
        spent_s = time.monotonic() - self.started_s
        if self.done and spent_s > 0.5:
            left_s = spent_s * (self.total - self.done) / self.done
            said += f", {left_s:.0f} s left"
        return said
