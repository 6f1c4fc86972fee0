"""`alluse` without a command: the full-screen dashboard."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from alluse_tui.cli.common import HungUp, engine_on
from alluse_tui.domain.errors import BadInput, NoBook
from alluse_tui.engine import LocalEngine

TAIL_LEFT = 500
"""Records that may stay beyond the published file when the dashboard is left."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the program is to behave in this terminal."""

    mouse: bool = True
    read_only: bool = False


def open_dashboard(journal: Path, manners: Manners) -> None:
    """Opens the dashboard on `journal`; where there is no book, on the first-run screen.

    Raises NoBook without a terminal or where the book is gone but kept, BadInput.
    """
    create = not manners.read_only and _terminal()
    with engine_on(journal, create=create, only_look=manners.read_only) as engine:
        if not engine.names() and not create:
            raise NoBook(f"no portfolio in {journal}: `alluse init`")
        following = run_dashboard(engine, "read-only" if manners.read_only else "live", manners)
    if following == "demo":
        from alluse_tui.cli.demo import run_demo

        run_demo(manners)


def run_dashboard(engine: LocalEngine, environment: str, manners: Manners) -> str:
    """Runs the full-screen program until it is left; what to do next, 'demo' or nothing."""
    if not _terminal():
        raise BadInput("terminal", None, "the dashboard needs one; `alluse --help` lists commands")
    import platformdirs

    from alluse_tui.tui.app import AllUseApp
    from alluse_tui.tui.preferences import load

    chosen = load(Path(platformdirs.user_config_dir("alluse")) / "screen.toml")
    state = Path(platformdirs.user_state_dir("alluse"))
    app = AllUseApp(engine, environment, chosen, state)
    debug = bool(os.environ.get("ALLUSE_DEBUG"))
    if debug:
        from alluse_tui.tui.slowest import Slowest

        slowest = Slowest()
        following = app.run(mouse=manners.mouse and chosen.mouse, loop=slowest.loop())
        print(slowest.words, file=sys.stderr)
    else:
        following = app.run(mouse=manners.mouse and chosen.mouse)
    if app.hung_up:
        raise HungUp
    if app.return_code:
        sys.exit(app.return_code)
    if environment == "live" and engine.names() and not engine.quarantined:
        engine.publish(longest_tail=TAIL_LEFT)
    return following or ""


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
