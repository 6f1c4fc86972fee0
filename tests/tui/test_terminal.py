"""The installed program in a real terminal: keys in, screen out."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyte
import pytest
from books import Cli
from terminals import fork_at_terminal

COLUMNS, LINES = 80, 24


class Terminal:
    """A pseudo-terminal of 80×24 with the program in it."""

    def __init__(self, *arguments: str, journal: Path) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self._pid, self._fd = fork_at_terminal(COLUMNS, LINES)
        if self._pid == 0:
            environment = {**os.environ, "ALLUSE_DB": str(journal), "TERM": "xterm-256color"}
            command = [sys.executable, "-m", "alluse_tui.cli.main", *arguments]
            os.execve(sys.executable, command, environment)

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def wait_for(self, seen: Callable[[str], bool], seconds: float = 20) -> str:
        """Reads until the screen satisfies `seen`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self._fd], [], [], 0.05)[0]:
                try:
                    self._stream.feed(os.read(self._fd, 65_536))
                except OSError:
                    break
            if seen(self.text):
                return self.text
        raise AssertionError(f"not seen in {seconds} s:\n{self.text}")

    def ended(self, seconds: float = 10) -> int:
        """The exit code, once the program is gone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self._fd], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):  # the other end may close at any moment
                    self._stream.feed(os.read(self._fd, 65_536))
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"still running:\n{self.text}")

    def drop(self) -> None:
        """The line drops."""
        os.close(self._fd)

    def gone(self, seconds: float = 20) -> int:
        """The exit code, once the program is gone, with nothing left to read from it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self._pid, signal.SIGKILL)
        raise AssertionError("still running without a terminal")

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)


def test_operator_deposits_by_key_and_leaves(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    terminal = Terminal(journal=cli.journal)
    terminal.wait_for(lambda s: "237,500.00" in s and "gen-1" in s)
    terminal.type("d")
    terminal.wait_for(lambda s: "Deposit into gen-1" in s)
    terminal.type("500.25\r")
    terminal.wait_for(lambda s: "100,500.25" in s and "Cancel" in s)
    terminal.type("y")
    terminal.wait_for(lambda s: "250,500.25" in s)
    terminal.type("q")
    assert terminal.ended() == 0
    accounts = cli.json("accounts")["accounts"]
    assert accounts[0]["equity"] == "100500.25"


@pytest.mark.parametrize("arguments", [(), ("demo",)])
def test_a_dropped_line_ends_the_program_and_closes_the_book(
    cli: Cli, arguments: tuple[str, ...]
) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    terminal = Terminal(*arguments, journal=cli.journal)
    terminal.wait_for(lambda s: "gen-1" in s)
    terminal.drop()
    assert terminal.gone() == 129
    assert cli.json("verify")["ok"]


def test_demo_opens_and_says_so(tmp_path: Path) -> None:
    terminal = Terminal("demo", journal=tmp_path / "none")
    terminal.wait_for(lambda s: "DEMO" in s and "fork due" in s)
    terminal.type("q")
    assert terminal.ended() == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [(), ("accounts",)])
def test_without_a_book_the_way_to_one_is_named(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli(*arguments)
    assert done.returncode == 2
    assert (
        done.stderr
        == f"alluse: no book at {cli.journal}: `alluse init`, or `alluse restore` a backup\n"
    )
    assert not cli.journal.parent.exists()
