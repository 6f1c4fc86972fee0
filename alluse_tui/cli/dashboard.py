"""`alluse` without a command: the full-screen dashboard."""

from __future__ import annotations

import sys
from pathlib import Path

from alluse_tui.cli.common import os_user
from alluse_tui.domain.errors import BadInput, NoBook
from alluse_tui.engine import LocalEngine

TAIL_LEFT = 500
"""Records that may stay beyond the published file when the dashboard is left."""


def open_dashboard(journal: Path) -> None:
    """Opens the dashboard on `journal`. Raises NoBook, BadInput without a terminal."""
    with LocalEngine(journal, actor=os_user()) as engine:
        if not engine.names():
            raise NoBook(f"no portfolio in {journal}: `alluse init`")
        run_dashboard(engine, "live")


def run_dashboard(engine: LocalEngine, environment: str) -> None:
    """Runs the full-screen program until it is left."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInput("terminal", None, "the dashboard needs one; `alluse --help` lists commands")
    from alluse_tui.tui.app import AllUseApp

    AllUseApp(engine, environment).run()
    if environment != "demo" and not engine.quarantined:
        engine.publish(longest_tail=TAIL_LEFT)
