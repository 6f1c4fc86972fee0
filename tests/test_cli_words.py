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


# -- several portfolios ---------------------------------------------------------------------------


@pytest.fixture
def both(main: Cli) -> Cli:
    """And Smith, whose gen-1 is due to fork."""
    main.json("init", "--name", "Smith", "--capital", "250000", "--date", "2026-01-05")
    main.json("post", "premium", "Smith/gen-1", "52000", "--yes")
    return main


def test_with_several_portfolios_every_list_says_whose_account_it_is(both: Cli) -> None:
    assert "fork due" in line_with(said(both, "alerts"), "Smith/gen-1 ")
    assert line_with(said(both, "due"), "asks you").split()[:2] == ["fork", "Smith/gen-1"]
    tree = said(both, "tree")
    assert [line.split()[0] for line in tree.splitlines()[1:]] == [
        f"{name}/{code}" for name in ("Main", "Smith") for code in ("gen-1", "rev-1", "com-1")
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["deposit", "Smith/gen-1", "5"],
        ["deposit", "Smith/gen-1", "5", "--dry-run"],
        ["policy", "set", "limits.buffer", "6", "--portfolio", "Smith"],
        ["undo", "--yes"],
    ],
)
def test_with_several_portfolios_a_plan_begins_with_its_own(
    both: Cli, arguments: list[str]
) -> None:
    assert said(both, *arguments).splitlines()[0] == "in Smith:"


def test_with_one_portfolio_nothing_names_it(main: Cli) -> None:
    assert "Main" not in said(main, "deposit", "gen-1", "5") + said(main, "tree")
    assert "/" not in said(main, "alerts") + said(main, "due")


@pytest.mark.parametrize("arguments", [["show", "gen-1"], ["policy", "show"]])
def test_which_portfolio_is_asked_for_with_the_way_to_say_it(
    both: Cli, arguments: list[str]
) -> None:
    done = both(*arguments)
    assert (done.returncode, done.stderr) == (
        2, "alluse: portfolio: must be one of: Main, Smith (--portfolio N or ALLUSE_PORTFOLIO)\n",
    )  # fmt: skip
    assert said(both, *arguments, "--portfolio", "Smith")
