"""Debug mode: what kept the event loop longest, by asyncio's own watch over its callbacks."""

from __future__ import annotations

import asyncio
import logging

NOTED_FROM_SECONDS = 0.005


class LoopProfiler(logging.Handler):
    """Hears asyncio's reports of slow callbacks and keeps the longest."""

    def __init__(self) -> None:
        """Nothing was slow yet."""
        super().__init__(logging.WARNING)
        self.seconds = 0.0
        self.what = ""

    def loop(self) -> asyncio.AbstractEventLoop:
        """A loop that is watched."""
        logger = logging.getLogger("asyncio")
        logger.addHandler(self)
        logger.propagate = False
        loop = asyncio.new_event_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = NOTED_FROM_SECONDS
        return loop

    def emit(self, record: logging.LogRecord) -> None:
        """'Executing %s took %.3f seconds'."""
        if isinstance(record.args, tuple) and len(record.args) == 2:
            what, seconds = record.args
            if isinstance(seconds, float) and seconds > self.seconds:
                self.seconds, self.what = seconds, str(what)

    def reset(self) -> None:
        """Begin again: what it takes to start is another matter."""
        self.seconds, self.what = 0.0, ""

    @property
    def words(self) -> str:
        """One line."""
        return f"longest handler: {self.seconds * 1000:.0f} ms {self.what[:120]}".rstrip()
