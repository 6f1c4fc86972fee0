"""The program in a real tmux of 80×24, as an operator on another machine has it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from books import Cli

from alluse_tui.cli.open_engine import os_user
from alluse_tui.domain.commands import CashFact, Kind, Post, amount
from alluse_tui.engine import LocalEngine

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

PROGRAM = f"{shlex.quote(sys.executable)} -m alluse_tui.cli.main"


class Tmux:
    """A tmux server of its own with one shell in it."""

    def __init__(self, folder: Path, journal: Path) -> None:
        self._socket = str(folder / "tmux")
        environment = {
            **os.environ,
            "ALLUSE_DB": str(journal),
            "HOME": str(folder),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
        }
        for name in ("TMUX", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self._do(
            "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "sh", env=environment
        )

    def _do(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments],
            env=env,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return done.stdout

    def run(self, line: str) -> None:
        """Types a line into the shell."""
        self._do("send-keys", "-l", line)
        self.keys("Enter")

    def keys(self, *names: str) -> None:
        self._do("send-keys", *names)

    @property
    def text(self) -> str:
        return self._do("capture-pane", "-p")

    def told(self, what: str) -> str:
        """A format of the pane, such as alternate_on or cursor_flag."""
        return self._do("display-message", "-p", f"#{{{what}}}").strip()

    def wait_for(self, seen: Callable[[str], bool], seconds: float = 30) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if seen(text := self.text):
                return text
            time.sleep(0.05)
        raise AssertionError(f"not seen in {seconds} s:\n{self.text}")

    def child(self) -> int:
        """The process that the shell has started."""
        shell = self.told("pane_pid")
        found = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        (only,) = found
        return int(only)

    def kill(self) -> None:
        with contextlib.suppress(subprocess.SubprocessError):
            self._do("kill-server")


@pytest.fixture
def tmux(tmp_path: Path, cli: Cli) -> Iterator[Tmux]:
    """A shell beside a book whose gen-1 is due for a fork."""
    cli.json("init", "--name", "Main", "--capital", "250000")
    with LocalEngine(cli.journal, actor=os_user()) as engine:
        fact = CashFact(kind=Kind.PREMIUM, micros=amount("52000"))
        engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    home = tmp_path / "home"
    home.mkdir()
    made = Tmux(home, cli.journal)
    yield made
    made.kill()


def manners(tmux: Tmux, home: Path) -> str:
    """`stty -a` of the shell's terminal."""
    out = home / f"stty-{time.monotonic_ns()}"
    tmux.run(f"stty -a > {out}.part; mv {out}.part {out}")
    deadline = time.monotonic() + 20
    while not out.exists():
        assert time.monotonic() < deadline, tmux.text
        time.sleep(0.05)
    return out.read_text()


def ready(text: str) -> bool:
    return "152,000.00" in text and "f Fork" in text and "● live" in text


def at_the_prompt(tmux: Tmux) -> bool:
    """Whether the shell has its terminal back: its own screen, its cursor, no mouse."""
    told = [tmux.told(what) for what in ("alternate_on", "cursor_flag", "mouse_any_flag")]
    return told == ["0", "1", "0"]


def test_an_account_is_forked_and_the_fork_undone(tmux: Tmux, cli: Cli, tmp_path: Path) -> None:
    before = manners(tmux, tmp_path)
    tmux.run(PROGRAM)
    tmux.wait_for(ready)
    assert tmux.told("alternate_on") == "1"
    tmux.keys("f")
    shown = tmux.wait_for(lambda s: "Do it now" in s and "26,000.00" in s)
    assert "gen-1.1" in shown and "−52,000.00" in shown
    tmux.keys("Enter")
    tmux.wait_for(lambda s: "Cancel" not in s)
    assert len(cli.json("accounts")["accounts"]) == 3
    tmux.keys("f")
    tmux.wait_for(lambda s: "Do it now" in s and "26,000.00" in s)
    tmux.keys("y")
    tmux.wait_for(lambda s: "fork recorded as #3" in s and "gen-1.1" in s)
    accounts = {a["code"]: a["equity"] for a in cli.json("accounts")["accounts"]}
    assert accounts["gen-1.1"] == "26000.00" and accounts["gen-1"] == "100000.00"
    tmux.keys("u")
    tmux.wait_for(lambda s: "Do it now" in s and "+52,000.00" in s)
    tmux.keys("y")
    tmux.wait_for(lambda s: "undo recorded as #4" in s)
    tmux.keys("q")
    tmux.wait_for(lambda s: not ready(s) and at_the_prompt(tmux))
    assert at_the_prompt(tmux) and manners(tmux, tmp_path) == before
    accounts = {a["code"]: a for a in cli.json("accounts")["accounts"]}
    assert accounts["gen-1"]["equity"] == "152000.00"
    assert accounts["gen-1.1"]["status"] == "closed"
    assert cli.json("verify")["ok"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_the_shell_has_its_terminal_back(
    tmux: Tmux, tmp_path: Path, number: signal.Signals
) -> None:
    before = manners(tmux, tmp_path)
    tmux.run(PROGRAM)
    tmux.wait_for(ready)
    os.kill(tmux.child(), number)
    tmux.wait_for(lambda s: not ready(s) and at_the_prompt(tmux))
    assert manners(tmux, tmp_path) == before


def test_a_pane_that_is_closed_ends_the_program(tmux: Tmux) -> None:
    tmux.run(PROGRAM)
    tmux.wait_for(ready)
    child = tmux.child()
    tmux.kill()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{child}").exists():
        state = Path(f"/proc/{child}/stat")
        with contextlib.suppress(OSError):
            if state.read_text().rpartition(")")[2].split()[0] == "Z":
                return  # ended; whoever adopted it has not asked yet
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_pane_made_smaller_says_what_it_needs_and_comes_back(tmux: Tmux) -> None:
    tmux.run(PROGRAM)
    tmux.wait_for(ready)
    tmux._do("resize-window", "-x", "70", "-y", "20")
    tmux.wait_for(lambda s: "needs 80×24, this is 70×20" in s)
    tmux._do("resize-window", "-x", "120", "-y", "40")
    tmux.wait_for(ready)


def test_the_demo_runs_and_leaves_nothing(tmux: Tmux, tmp_path: Path) -> None:
    tmux.run(f"TMPDIR={tmp_path / 'home'} {PROGRAM} demo --no-mouse")
    tmux.wait_for(lambda s: "DEMO" in s and "● live" in s, seconds=60)
    assert tmux.told("mouse_any_flag") == "0"
    tmux.keys("q")
    tmux.wait_for(lambda s: at_the_prompt(tmux) and "DEMO" not in s)
    manners(tmux, tmp_path)  # the shell answers once the program is gone
    assert not list((tmp_path / "home").glob("alluse-demo-*"))
