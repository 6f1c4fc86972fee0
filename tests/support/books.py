"""What most tests begin with: a moment, a book on disk, the command line, the real statement."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from alluse_tui.cli.main import run
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
    """Runs the command line in this process on one journal, without a terminal."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, {"ALLUSE_DB": str(self.journal), **environment}),
            open(os.devnull, encoding="utf-8") as nothing,
            mock.patch.object(sys, "stdin", nothing),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                code = run(list(arguments))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def json(self, *arguments: str) -> Any:
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)
