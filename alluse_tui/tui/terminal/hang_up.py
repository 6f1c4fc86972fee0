"""Exits cleanly on SIGTERM and when the terminal is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import threading
from typing import Any

from textual.app import App

HUNG_UP, HANG_UP_SECONDS = 129, 10
"""The exit code after a lost terminal, and how long a clean exit may take then."""


class HangUp:
    """Handles the signals that end the program. `lost`: the terminal is gone."""

    def __init__(self, app: App[Any]) -> None:
        """`app` is the application that exits."""
        self._app = app
        self.lost = False

    def install_signal_handlers(self) -> None:
        """Exit cleanly on SIGTERM and SIGHUP, with the terminal restored."""
        if self._app.is_headless or threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._app.exit)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)

    def _hang_up(self) -> None:
        """Exit; if the terminal is gone, send all output to the null device first."""
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
