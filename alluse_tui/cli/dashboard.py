"""`alluse` without a command: the full-screen dashboard."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from alluse_tui.cli.common import HungUp
from alluse_tui.cli.open_engine import engine_on
from alluse_tui.domain.model.errors import BadInput, NoBook
from alluse_tui.engine import LocalEngine

TAIL_LEFT = 500
"""Records that may be missing in the published DuckDB file when the dashboard exits."""


@dataclass(frozen=True, slots=True)
class TerminalOptions:
    """How the dashboard behaves in this terminal."""

    mouse: bool = True
    read_only: bool = False


def open_dashboard(journal: Path, options: TerminalOptions) -> str:
    """Open the dashboard on `journal`, or the first-run screen where there is no book.

    Returns 'demo' where the user chose the demo, else ''. Raises NoBook without a terminal or where
    the book is gone but a replaced one is kept, BadInput.
    """
    create = not options.read_only and _terminal()
    with engine_on(journal, create=create, read_only=options.read_only) as engine:
        if not engine.queries.portfolio_names() and not create:
            raise NoBook(f"no portfolio in {journal}: `alluse init`")
        return run_dashboard(engine, "read-only" if options.read_only else "live", options)


def run_dashboard(engine: LocalEngine, environment: str, options: TerminalOptions) -> str:
    """Run the full-screen program until it exits; 'demo' where the user chose the demo, else ''."""
    if not _terminal():
        raise BadInput(
            "stdout", None, "the dashboard needs a terminal; `alluse --help` lists the commands"
        )
    import platformdirs

    from alluse_tui.tui.app import AllUseApp
    from alluse_tui.tui.preferences import load

    chosen = load(Path(platformdirs.user_config_dir("alluse")) / "screen.toml")
    state = Path(platformdirs.user_state_dir("alluse"))
    app = AllUseApp(engine, environment, chosen, state)
    debug = bool(os.environ.get("ALLUSE_DEBUG"))
    if debug:
        from alluse_tui.tui.terminal.loop_profiler import LoopProfiler

        profiler = LoopProfiler()
        following = app.run(mouse=options.mouse and chosen.mouse, loop=profiler.loop())
        print(profiler.words, file=sys.stderr)
    else:
        following = app.run(mouse=options.mouse and chosen.mouse)
    if app.hung_up:
        raise HungUp
    if app.return_code:
        sys.exit(app.return_code)
    if environment == "live" and engine.queries.portfolio_names() and not engine.quarantined:
        engine.operations.publish(longest_tail=TAIL_LEFT)
    return following or ""


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
