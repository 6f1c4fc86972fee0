"""What the program does to a terminal: what it sends, and that it leaves it as it was."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from books import Cli
from capture import Capture

SECRET = "sk-planted-7f3a91c2"

CRASHES = """
from alluse_tui.cli.main import main
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.background.job_runner import JobRunner

def broken(self):
    secret = {secret!r}
    raise ValueError(f"bad key {{secret}}")

def broken_in_a_worker():
    token = {secret!r} + "!"
    raise KeyError(token)

AllUseApp.next_theme = broken
JobRunner.verify = lambda jobs: jobs._host.run_in_thread(broken_in_a_worker, "broken")
main([])
"""
"""A program whose T key and V key are at fault, with a secret in message and variables."""

PROGRAM = ("-m", "alluse_tui.cli.main")


def ready(text: str) -> bool:
    return "237,500.00" in text and "gen-1" in text and "● live" in text


def deposit(terminal: Capture, dollars: str) -> None:
    """To the plan of a deposit."""
    terminal.type("d")
    terminal.wait_for(lambda s: "Deposit into gen-1" in s and "note" in s)
    terminal.type(f"{dollars}\r")


@pytest.fixture
def book(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000")
    return cli


@pytest.fixture
def start(book: Cli, tmp_path: Path) -> Iterator[Callable[..., Capture]]:
    """Starts the program on the book, its home an empty folder."""
    started: list[Capture] = []
    home = tmp_path / "home"
    home.mkdir()

    def run(*argv: str, **environment: str) -> Capture:
        argv = argv or PROGRAM
        started.append(Capture(*argv, journal=book.journal, home=home, **environment))
        return started[-1]

    yield run
    for capture in started:
        capture.close()


# -- leaving ------------------------------------------------------------------------------------


def test_q_leaves_the_terminal_as_it_was(start: Callable[..., Capture]) -> None:
    terminal = start()
    terminal.wait_for(ready)
    assert not terminal.restored()  # while it runs it has the terminal
    terminal.type("q")
    assert terminal.ended() == 0 and terminal.restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_leaves_the_terminal_as_it_was(
    start: Callable[..., Capture], number: signal.Signals
) -> None:
    terminal = start()
    terminal.wait_for(ready)
    os.kill(terminal.pid, number)
    assert terminal.ended() in (0, 128 + number, -number)
    assert terminal.restored()


def test_a_terminal_that_is_gone_ends_the_program(start: Callable[..., Capture]) -> None:
    terminal = start()
    terminal.wait_for(ready)
    terminal.hang_up()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pid, _ = os.waitpid(terminal.pid, os.WNOHANG)
        if pid:
            terminal.pid = 0
            return
        time.sleep(0.05)
    raise AssertionError("still running without a terminal")


def test_told_to_end_with_a_plan_open_nothing_is_done(
    start: Callable[..., Capture], book: Cli
) -> None:
    terminal = start()
    terminal.wait_for(ready)
    deposit(terminal, "500")
    terminal.wait_for(lambda s: "100,500.00" in s)
    os.kill(terminal.pid, signal.SIGTERM)
    terminal.ended()
    assert terminal.restored()
    assert book.json("accounts")["totals"]["equity"] == "250000.00"
    assert book.json("verify")["ok"]


# -- a fault of its own -------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["T", "V"], ids=["handler", "worker"])
@pytest.mark.parametrize("debug", ["", "1"], ids=["plain", "debug"])
def test_a_crash_tells_no_secret_and_leaves_the_terminal_as_it_was(
    start: Callable[..., Capture], book: Cli, tmp_path: Path, key: str, debug: str
) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(CRASHES.format(secret=SECRET))
    terminal = start(str(driver), ALLUSE_DEBUG=debug)
    terminal.wait_for(ready)
    terminal.type(key)
    assert terminal.ended() == 1
    assert terminal.restored()
    assert SECRET.encode() not in terminal.sent
    after = terminal.sent[terminal.sent.rfind(b"\x1b[?1049l") :].decode()
    assert "alluse: internal error" in after and "Report:" in "".join(after.split("\r\n"))
    assert "broken" not in after  # no line of the code that was at fault
    (report,) = (tmp_path / "home").rglob("crash-*.txt")
    assert report.stat().st_mode & 0o077 == 0
    assert "driver.py" in report.read_text() and "message omitted" in report.read_text()
    for path in [*(tmp_path / "home").rglob("*"), *book.journal.parent.rglob("*")]:
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    assert str(tmp_path) not in report.read_text()
    assert book.json("verify")["ok"]


# -- what is sent -------------------------------------------------------------------------------


def test_without_mouse_none_is_asked_for(start: Callable[..., Capture]) -> None:
    asked = [b"\x1b[?%dh" % code for code in (9, 1000, 1002, 1003, 1005, 1006, 1015, 1016)]
    terminal = start(*PROGRAM, "--no-mouse")
    terminal.wait_for(ready)
    terminal.type("q")
    terminal.ended()
    assert not [a for a in asked if a in terminal.sent]
    with_mouse = start()
    with_mouse.wait_for(ready)
    assert [a for a in asked if a in with_mouse.sent]


def test_no_colour_sends_none_and_the_cursor_is_still_seen(start: Callable[..., Capture]) -> None:
    terminal = start(NO_COLOR="1")
    terminal.wait_for(ready)
    terminal.type("j")
    terminal.wait_for(lambda s: bool(terminal.reversed_rows()))
    terminal.read(0.5)
    (row,) = [r for r in terminal.reversed_rows() if "-1 " in r]
    assert "rev-1" in row
    for keys in ("3", "7", "8", "2", "?", "\x1b", "d", "\x1b", "u", "\x1b"):
        terminal.type(keys)
        terminal.read(0.3)
    assert terminal.colours == set()
    terminal.type("q")
    terminal.ended()
    in_colour = start()
    in_colour.wait_for(ready)
    assert in_colour.colours


@pytest.mark.parametrize("term", ["xterm-16color", "xterm", "screen", "linux", "vt220"])
def test_an_older_terminal_works(start: Callable[..., Capture], book: Cli, term: str) -> None:
    terminal = start(TERM=term)
    terminal.wait_for(ready)
    deposit(terminal, "1.25")
    terminal.wait_for(lambda s: "100,001.25" in s)
    terminal.type("y")
    terminal.wait_for(lambda s: "250,001.25" in s)
    assert "38" not in terminal.colours or b"38;2;" not in terminal.sent
    terminal.type("q")
    assert terminal.ended() == 0 and terminal.restored()


@pytest.mark.parametrize("keys", ["", "d", "f"], ids=["dashboard", "form", "plan"])
def test_nothing_is_sent_at_rest(start: Callable[..., Capture], keys: str) -> None:
    terminal = start()
    terminal.wait_for(ready)
    terminal.type(keys)
    terminal.read(2)  # the chain is checked, the history told
    for _ in range(3):
        if time.time() % 60 > 55:  # the minute's end draws the clock anew
            terminal.read(62 - time.time() % 60)
        if terminal.read(3) == b"":
            return
    raise AssertionError(terminal.sent[-400:])


def test_what_is_copied_goes_through_the_terminal(start: Callable[..., Capture]) -> None:
    import base64
    import re

    terminal = start()
    terminal.wait_for(ready)
    terminal.type("c")
    terminal.wait_for(lambda s: "rows copied as text" in s)
    (copied,) = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)", terminal.sent)
    text = base64.b64decode(copied).decode()
    assert "gen-1" in text and "100,000.00" in text


def test_a_stored_control_sequence_never_reaches_the_terminal(
    start: Callable[..., Capture], book: Cli
) -> None:
    book.json("edit", "gen-1", "--note", "\x1b]0;owned\x07\x1b[31m")
    terminal = start()
    terminal.wait_for(ready)
    for keys in ("e", "\x1b", "2", "7", "\r"):
        terminal.type(keys)
        terminal.read(0.6)
    assert b"]0;owned" in terminal.sent  # shown, with a stand-in for what would be obeyed
    assert b"\x1b]0;" not in terminal.sent
