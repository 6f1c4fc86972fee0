"""What the tests share: a book on disk, a clock that stands still, the command line."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from growth import earned
from here import Here, opened_here

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import Fork, Init, amount
from alluse_tui.engine import FixedClock, LocalEngine

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""Tuesday noon in New York."""

STATEMENTS = Path(__file__).parents[2] / "shared" / "data" / "statements"
REAL_YEAR = STATEMENTS / "ibkr-flex-2025-real-year.xml"

needs_real_year = pytest.mark.skipif(
    not REAL_YEAR.exists(), reason="the real statement is not on this machine"
)


@pytest.fixture(autouse=True)
def keys_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys are made and looked for here, in this process and those that it starts."""
    monkeypatch.setenv("ALLUSE_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def open_engine(tmp_path: Path, clock: FixedClock) -> Iterator[Callable[..., LocalEngine]]:
    """Opens engines on one journal, each closed when the test ends."""
    opened: list[LocalEngine] = []

    def open_one(actor: str = "dana", **options: Any) -> LocalEngine:
        options.setdefault("clock", clock)
        options.setdefault("create", True)
        options.setdefault("accept_clock", True)  # tests move the clock as they please
        engine = LocalEngine(tmp_path / "book" / "alluse.journal", actor=actor, **options)
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_engine: Callable[..., LocalEngine]) -> LocalEngine:
    """A book with Main on `moderate` and 250,000.00."""
    made = open_engine()
    made.submit(init())
    return made


def init(name: str = "Main", capital: str = "250000") -> Init:
    return Init(portfolio=name, capital=amount(capital, zero=True), policy=load_policy("moderate"))


class Cli:
    """Runs the installed program on one journal, without a terminal."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alluse_tui.cli.main", *arguments],
            env={**os.environ, "ALLUSE_DB": str(self.journal), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def json(self, *arguments: str) -> Any:
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "book" / "alluse.journal")


@pytest.fixture
def grown(engine: LocalEngine) -> LocalEngine:
    """gen-1 has 152,000.01 in cash on a base of 100,000.00."""
    earned(engine, "gen-1", "52000.01")
    return engine


@pytest.fixture
def forked(grown: LocalEngine) -> LocalEngine:
    """And forked gen-1.1, in record 3."""
    assert grown.submit(Fork(account="gen-1")).seq == 3
    return grown


@pytest.fixture
def adult(forked: LocalEngine) -> LocalEngine:
    """And gen-1.1 has 500,000.00 (record 4)."""
    earned(forked, "gen-1.1", "473999.99")
    assert forked.account("gen-1.1").equity == amount("500000")
    return forked


@pytest.fixture
def here(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Here:
    return opened_here(tmp_path, clock, monkeypatch, capfd)


@pytest.fixture
def now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Here:
    """As `here`, at this very moment: for processes of their own, whose clock is the machine's."""
    return opened_here(tmp_path, FixedClock(datetime.now(UTC)), monkeypatch, capfd)


@pytest.fixture(scope="session")
def me() -> str:
    """Who runs the tests."""
    return pwd.getpwuid(os.getuid()).pw_name
