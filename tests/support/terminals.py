"""Forking a child that has a terminal of its own."""

from __future__ import annotations

import fcntl
import pty
import signal
import struct
import termios


def fork_at_terminal(columns: int = 80, lines: int = 24) -> tuple[int, int]:
    """As `pty.fork`, with a size. In the child ctrl-c interrupts and a hang-up ends, whatever the
    tests inherited: `nohup`, and `&` in a script, leave signals ignored."""
    process, terminal = pty.fork()
    if process == 0:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    return process, terminal
