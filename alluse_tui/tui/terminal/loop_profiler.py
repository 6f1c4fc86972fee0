"""Debug mode: the slowest callback of the event loop, as asyncio reports it."""

from __future__ import annotations

import asyncio
import logging

SLOW_SECONDS = 0.005


class LoopProfiler(logging.Handler):
    """Receives asyncio's reports of slow callbacks and keeps the slowest."""

    def __init__(self) -> None:
        """No callback was slow yet."""
        super().__init__(logging.WARNING)
        self.seconds = 0.0
        self.callback = ""

    def loop(self) -> asyncio.AbstractEventLoop:
        """A new event loop that reports slow callbacks."""
        logger = logging.getLogger("asyncio")
        logger.addHandler(self)
        logger.propagate = False
        loop = asyncio.new_event_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = SLOW_SECONDS
        return loop

    def emit(self, record: logging.LogRecord) -> None:
        """'Executing %s took %.3f seconds'."""
        if isinstance(record.args, tuple) and len(record.args) == 2:
            callback, seconds = record.args
            if isinstance(seconds, float) and seconds > self.seconds:
                self.seconds, self.callback = seconds, str(callback)

    def reset(self) -> None:
        """Forget what was slow, such as the start of the program."""
        self.seconds, self.callback = 0.0, ""

    @property
    def words(self) -> str:
        """The slowest callback and its time in milliseconds."""
        return f"longest handler: {self.seconds * 1000:.0f} ms {self.callback[:120]}".rstrip()
