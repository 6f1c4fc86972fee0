"""What the command line says to people: an undo names its target, a snooze is a snooze."""

from __future__ import annotations

import pytest
from conftest import Cli

FORK_DUE = "fork due:Main/gen-1:0"


@pytest.fixture
def main(cli: Cli) -> Cli:
    """Main, opened on 2026-01-05."""
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


def said(cli: Cli, *arguments: str) -> str:
    done = cli(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def line_with(text: str, part: str) -> str:
    (found,) = [line for line in text.splitlines() if part in line]
    return found


# -- what was taken back --------------------------------------------------------------------------


def test_show_names_what_an_undo_took_back_and_what_was_undone(main: Cli) -> None:
    main.json("deposit", "gen-1", "500", "--note", "first")
    main.json("undo", "--yes")
    text = said(main, "show", "gen-1")
    assert "−500.00" in line_with(text, "#3  undo of #2")
    assert "+500.00" in line_with(text, "#2  undone by #3")


def test_log_names_what_an_undo_took_back_and_what_was_undone(main: Cli) -> None:
    main.json("deposit", "gen-1", "500")
    main.json("undo", "--yes")
    lines = said(main, "log").splitlines()
    assert lines[1].endswith("deposit  1 event on gen-1; undone by #3")
    assert lines[2].endswith("undo of #2  2 events on gen-1")


def test_log_counts_one_event_and_names_a_snooze(main: Cli) -> None:
    main.json("post", "premium", "gen-1", "52000", "--yes")
    main.json("ack", FORK_DUE)
    main.json("snooze", FORK_DUE, "--until", "2199-01-01")
    lines = said(main, "log").splitlines()
    assert lines[1].endswith("post  1 event on gen-1")
    assert lines[2].endswith(f"ack  {FORK_DUE}")
    assert lines[3].endswith(f"snooze  {FORK_DUE} until 2199-01-01")
