"""B8, B9, B10, B12: the first frame, a key, bytes on the wire, memory, and the slowest handler."""

from __future__ import annotations

import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.large import large_book
from benchmarks.measure import Row, growth, medians

COLUMNS, LINES = 160, 50

BARE = f"""
import sys
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("hello")
async def pilot(pilot):
    painted = lambda: print("painted", file=sys.__stdout__, flush=True)
    pilot.app.call_after_refresh(painted)
    await pilot.pause()
    pilot.app.exit()
Bare().run(headless=True, size=({COLUMNS}, {LINES}), auto_pilot=pilot)
"""

OURS = f"""
import asyncio, sys
from pathlib import Path
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.app import AllUseApp
async def pilot(pilot):
    painted = lambda: print("painted", file=sys.__stdout__, flush=True)
    while pilot.app.snapshot is None:
        await asyncio.sleep(0.001)
    pilot.app.screen.call_after_refresh(painted)
    await pilot.pause()
    pilot.app.exit()
with LocalEngine(Path(sys.argv[1]), actor="bench") as engine:
    AllUseApp(engine).run(headless=True, size=({COLUMNS}, {LINES}), auto_pilot=pilot)
"""

KEYS = f"""
import json, sys, time
from pathlib import Path
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.widgets.accounts import AccountTree
took = []
async def pilot(pilot):
    while pilot.app.history is None:
        await pilot.pause()
    tree = pilot.app.screen.query_one(AccountTree)
    for i in range(220):
        started = time.perf_counter()
        tree.action_edge(0) if i % 80 == 79 else tree.action_move(1)
        pilot.app.screen._compositor_refresh()
        if i >= 20:
            took.append(time.perf_counter() - started)
        await pilot.pause()
    pilot.app.exit()
with LocalEngine(Path(sys.argv[1]), actor="bench") as engine:
    AllUseApp(engine).run(headless=True, size=({COLUMNS}, {LINES}), auto_pilot=pilot)
print(json.dumps(took))
"""

SLOWEST = f"""
import asyncio, sys
from pathlib import Path
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.app import AllUseApp
from alluse_tui.tui.terminal.loop_profiler import LoopProfiler
slowest = LoopProfiler()
async def pilot(pilot):
    while pilot.app.history is None:
        await pilot.pause()
    await pilot.pause(0.5)
    for key in "1234567812345678":  # each screen once, so that what is seen is not its making
        await pilot.press(key)
        await pilot.pause(0.1)
    await pilot.press("1")
    await pilot.pause(0.5)
    slowest.reset()
    for key in ("down",) * 20 + ("end", "home", "s", "s", "S", "slash", *"gen-77", "enter"):
        await pilot.press(key)
        await pilot.pause(0.05)
    await pilot.press("escape", *"2345678", "1")
    await pilot.pause(0.5)
    pilot.app.exit()
with LocalEngine(Path(sys.argv[1]), actor="bench") as engine:
    app = AllUseApp(engine)
    app.run(headless=True, size=({COLUMNS}, {LINES}), auto_pilot=pilot, loop=slowest.loop())
print(slowest.seconds)
"""

MEMORY = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

BARE_AND_DUCK = "import duckdb\nduckdb.connect().execute('SELECT 1').fetchall()\n" + BARE

TOLD = OURS.replace("pilot.app.snapshot", "pilot.app.history")


def first_paint(folder: Path) -> list[Row]:
    took = {}
    baseline = 0.0
    for accounts in (10, 10_000, 100_000):
        path = _book(folder, accounts)
        took[accounts], baseline = medians(
            until_painted(OURS, str(path)), until_painted(BARE), rounds=7
        )
    ten, many, most = took.values()
    return [
        Row("B8 first paint, 10 accounts; bare Textual", ten / baseline, "≤ 2.0×", ten, baseline),
        Row(
            "B8 first paint, 10,000 accounts; 10 accounts",
            many / ten,
            "≤ 1.5×",
            many,
            ten,
            growth(many, most) + " from there to 100,000",
        ),
    ]


def key_to_frame(folder: Path) -> list[Row]:
    took = {}
    for accounts in (100, 10_000):
        times = json.loads(_printed(KEYS, _book(folder, accounts)))
        took[accounts] = statistics.median(times)
    few, many = took.values()
    return [Row("B9 cursor down, 10,000 accounts; 100", many / few, "≤ 1.3×", many, few)]


def bytes_sent(folder: Path) -> list[Row]:
    from alluse_tui.domain.commands import Deposit, Init, OpenAccount, Tier
    from alluse_tui.engine import LocalEngine, policy_from

    path = folder / "b10.journal"
    with LocalEngine(path, actor="bench", create=True) as engine:
        policy = policy_from("moderate")
        engine.commands.submit(Init(portfolio="Main", capital=250_000_000_000, policy=policy))
        for _ in range(20):
            engine.commands.submit(
                OpenAccount(parent="Main", tier=Tier.GEN, deposit=10_000_000_000)
            )
    with Wire(path) as wire, LocalEngine(path, actor="erin") as other:
        wire.until_quiet()
        while time.time() % 60 > 45:  # no minute tick in what is measured
            time.sleep(1)
        wire.until_quiet()
        rest = wire.read(3.0)
        for n in range(1, 6):
            other.commands.submit(Deposit(account=f"gen-{n}", amount=1_230_000))
        live = wire.until_quiet()
        wire.press(b"2")
        wire.until_quiet()
        wire.press(b"1")
        whole = wire.until_quiet()
    return [
        Row("B10 bytes at rest", float(rest), "0", rest, 1.0, "bytes, not a ratio"),
        Row("B10 bytes for five live cells", live / 1024, "≤ 3 KiB", live, 1024.0, "KiB"),
        Row("B10 bytes for a full repaint", whole / 1024, "≤ 30 KiB", whole, 1024.0, "KiB"),
    ]


def memory(folder: Path) -> list[Row]:
    path = _book(folder, 100_000)
    ours = int(_run(MEMORY, TOLD, str(path)))
    baseline = int(_run(MEMORY, BARE_AND_DUCK))
    note = f"{ours // 1024} MB against {baseline // 1024} MB"
    return [
        Row(
            "B12 memory with 100,000 accounts; Textual + DuckDB",
            ours / baseline,
            "≤ 3×",
            ours,
            baseline,
            note,
        )
    ]


def slowest_handler(folder: Path) -> list[Row]:
    rows = []
    for accounts in (10_000, 100_000):
        longest_s = float(_printed(SLOWEST, _book(folder, accounts)))
        name = f"longest handler of the loop, {accounts:,} accounts"
        rows.append(Row(name, longest_s * 1000, "≤ 30 ms", longest_s, 0.001, "ms, asyncio debug"))
    return rows


def until_painted(code: str, *arguments: str) -> Callable[[], object]:
    """From the start of a process to its first complete frame; its end is not waited for."""

    def run() -> None:
        with subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"painted\n"
            process.kill()

    return run


class Wire:
    """The program in a pseudo-terminal, and what it sends."""

    def __init__(self, journal: Path) -> None:
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            environment = {
                **os.environ,
                "ALLUSE_DB": str(journal),
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "COLUMNS": str(COLUMNS),
                "LINES": str(LINES),
            }
            os.execve(sys.executable, [sys.executable, "-m", "alluse_tui.cli.main"], environment)
        import fcntl
        import termios

        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._fd, b"q")
        self.read(2.0)
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    def press(self, key: bytes) -> None:
        os.write(self._fd, key)

    def read(self, seconds: float) -> int:
        """How many bytes come in that time."""
        count, until = 0, time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                try:
                    count += len(os.read(self._fd, 1 << 16))
                except OSError:
                    break
        return count

    def until_quiet(self, seconds: float = 3.0) -> int:
        """How many bytes come until none has come for that long."""
        count = 0
        while more := self.read(seconds):
            count += more
        return count


def _book(folder: Path, accounts: int) -> Path:
    path = folder / f"screens-{accounts}.journal"
    if not path.exists():
        from alluse_tui.engine import LocalEngine

        large_book(path, accounts=accounts, postings=accounts * 4)
        with LocalEngine(path, actor="bench") as engine:
            engine.operations.rebuild()
    return path


def _printed(code: str, path: Path) -> str:
    return _run(code, str(path)).strip().splitlines()[-1]


def _run(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout
