"""What most tests begin with: a moment, a book on disk, the command line, the real statement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import Init, amount

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""Tuesday noon in New York."""

STATEMENTS = Path(__file__).parents[3] / "shared" / "data" / "statements"
REAL_YEAR = STATEMENTS / "ibkr-flex-2025-real-year.xml"

needs_real_year = pytest.mark.skipif(
    not REAL_YEAR.exists(), reason="the real statement is not on this machine"
)


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
