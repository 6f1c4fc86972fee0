"""A long-running job: its progress, its remaining time, and how to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from alluse_tui.domain.model.errors import AllUseError


class Stopped(AllUseError):
    """The operator stopped the job; none of its work is kept."""

    code = "stopped"
    exit_code = 6


@dataclass(slots=True)
class Job:
    """One job. `done` of `total` units; `total` is 0 while it is unknown.

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
        """Ask the job to end at its next step."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether the job was asked to end."""
        return self._stopping.is_set()

    def progress(self, done: int, total: int) -> None:
        """Note that `done` of `total` units are done. Raises Stopped."""
        if self._stopping.is_set():
            raise Stopped(f"{self.name} was stopped; nothing was changed")
        self.done, self.total = done, total
        now_s = time.monotonic()
        if now_s - self._reported_s >= 0.2:
            self._reported_s = now_s
            self.progressed()

    @property
    def text(self) -> str:
        """'verification 1,200 of 4,000, 3 s left'; 'import 1,200 …' while the total is unknown."""
        if self.stopping:
            return f"stopping {self.name} …"
        if not self.total:
            return f"{self.name} {self.done:,} …" if self.done else f"{self.name} …"
        text = f"{self.name} {self.done:,} of {self.total:,}"
        spent_s = time.monotonic() - self.started_s
        if self.done and spent_s > 0.5:
            left_s = spent_s * (self.total - self.done) / self.done
            text += f", {left_s:.0f} s left"
        return text
