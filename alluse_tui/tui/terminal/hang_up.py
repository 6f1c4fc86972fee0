"""Leaving in order when the program is told to end or its terminal is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import threading
from typing import Any

from textual.app import App

HUNG_UP, HANG_UP_SECONDS = 129, 10
"""The exit code after a lost terminal, and how long leaving in order may take then."""


class HangUp:
    """The signals that end the program. `lost`: the terminal is gone."""

    def __init__(self, app: App[Any]) -> None:
        """`app` is left in order."""
        self._app = app
        self.lost = False

    def install_signal_handlers(self) -> None:
        """On SIGTERM and SIGHUP leave in order, the terminal as it was."""
        if self._app.is_headless or threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._app.exit)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)

    def _hang_up(self) -> None:
        """Where the line has dropped, nothing may wait for a terminal any more."""
        try:
            termios.tcgetattr(0)
        except termios.error:
            self.lost = True
            null = os.open(os.devnull, os.O_RDWR)
            for terminal in (0, 1, 2):
                os.dup2(null, terminal)
        last_resort = threading.Timer(HANG_UP_SECONDS, os._exit, (HUNG_UP,))
        last_resort.daemon = True
        last_resort.start()
        self._app.exit()
