"""`alluse demo`: a throw-away book to look around in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from alluse_tui.cli import texts
from alluse_tui.cli.accounts import print_accounts
from alluse_tui.cli.common import MOUSE
from alluse_tui.cli.dashboard import TerminalOptions, run_dashboard
from alluse_tui.cli.open_engine import os_user
from alluse_tui.cli.output import account_json, print_json, totals_json
from alluse_tui.domain.views import totals
from alluse_tui.engine import DemoClock, LocalEngine, SystemClock, Ticker, compose_demo, demo_today


@click.command()
@click.option("--headless", is_flag=True, help=texts.DEMO_HEADLESS)
@click.option("--json", "as_json", is_flag=True, help=texts.JSON)
@MOUSE
def demo(headless: bool, as_json: bool, no_mouse: bool) -> None:
    """Open the dashboard on a temporary demo book."""
    if headless or as_json:
        with demo_book() as (engine, _):
            _print(engine, as_json)
    else:
        run_demo(TerminalOptions(mouse=not no_mouse))


def run_demo(options: TerminalOptions) -> None:
    """Run the dashboard on the demo book while new facts are recorded."""
    with demo_book() as (engine, clock):
        clock.release()
        ticker = Ticker(engine)
        ticker.start()
        try:
            run_dashboard(engine, "demo", options)
        finally:
            ticker.stop()


@contextmanager
def demo_book() -> Iterator[tuple[LocalEngine, DemoClock]]:
    """The demo book with its history; its directory is deleted in the end."""
    with tempfile.TemporaryDirectory(prefix="alluse-demo-") as directory:
        clock = DemoClock()
        path = Path(directory) / "demo.journal"
        with LocalEngine(
            path, actor=os_user(), clock=clock, create=True, accept_clock=True
        ) as engine:
            compose_demo(engine, clock, demo_today(SystemClock().now_ns()))
            yield engine, clock


def _print(engine: LocalEngine, as_json: bool) -> None:
    accounts = engine.queries.accounts()
    if as_json:
        sums = totals_json(totals(accounts))
        print_json({"accounts": [account_json(a) for a in accounts], "totals": sums})
    else:
        print_accounts(accounts)
