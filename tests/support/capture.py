"""The program in a pseudo-terminal, with every byte that it sends kept."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

COLUMNS, LINES = 80, 24

OURS = ("XDG_", "NO_COLOR", "COLUMNS", "LINES", "ALLUSE_")
"""Variables of whoever runs the tests, which the program must not hear of."""


class Capture:
    """A pseudo-terminal of 80×24; `argv` after the interpreter's name."""

    def __init__(self, *argv: str, journal: Path, home: Path, **environment: str) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self.sent = b""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._slave = slave  # held open: what the terminal is like can be asked at any time
        self.manners = termios.tcgetattr(slave)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        kept |= {"ALLUSE_DB": str(journal), "TERM": "xterm-256color", "HOME": str(home)}
        self.pid = os.fork()
        if self.pid == 0:
            os.close(master)
            os.login_tty(slave)
            os.execve(sys.executable, [sys.executable, *argv], {**kept, **environment})
        self._fd = master

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def read(self, seconds: float) -> bytes:
        """What is sent within so many seconds."""
        before = len(self.sent)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._fd], [], [], min(left, 0.05))[0]:
                try:
                    some = os.read(self._fd, 65_536)
                except OSError:
                    break
                self.sent += some
                self._stream.feed(some)
        return self.sent[before:]

    def wait_for(self, seen: Callable[[str], bool], seconds: float = 30) -> str:
        """Reads until the screen satisfies `seen`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.05)
            if seen(self.text):
                return self.text
        raise AssertionError(f"not seen in {seconds} s:\n{self.text}")

    def ended(self, seconds: float = 20) -> int:
        """The exit code, once the program is gone and all it sent was read."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                self.read(0.1)
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"still running:\n{self.text}")

    def close(self) -> None:
        """Ends what still runs."""
        if self.pid:
            with contextlib.suppress(OSError):
                os.kill(self.pid, 9)
                os.waitpid(self.pid, 0)
        self.hang_up()

    def hang_up(self) -> None:
        """Closes the line."""
        fds, self._fd, self._slave = (self._fd, self._slave), -1, -1
        for fd in fds:
            if fd >= 0:
                os.close(fd)

    def restored(self) -> bool:
        """Whether the terminal's manners are what they were, its screen and cursor too."""
        modes = {
            code: max(self.sent.rfind(b"\x1b[?%dh" % code), -1)
            > self.sent.rfind(b"\x1b[?%dl" % code)
            for code in (1049, 1000, 1002, 1003, 1006, 2004)
        }
        shown = self.sent.rfind(b"\x1b[?25h") > self.sent.rfind(b"\x1b[?25l")
        return termios.tcgetattr(self._slave) == self.manners and shown and not any(modes.values())

    @property
    def colours(self) -> set[str]:
        """The colour parameters of all SGR sequences that were sent."""
        found: set[str] = set()
        for raw in re.findall(rb"\x1b\[([0-9;:]*)m", self.sent):
            parts = raw.decode().replace(":", ";").split(";")
            found |= {
                p
                for p in parts
                if p.isdigit() and (30 <= int(p) <= 38 or 40 <= int(p) <= 48 or 90 <= int(p) <= 107)
            }
        return found

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def reversed_rows(self) -> list[str]:
        """The lines that have reversed signs in them."""
        return [
            self.screen.display[y]
            for y in range(LINES)
            if sum(self.screen.buffer[y][x].reverse for x in range(COLUMNS)) > 5
        ]
