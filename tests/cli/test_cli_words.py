"""What the command line says to people: an undo names its target, a snooze is a snooze."""

from __future__ import annotations

import re
import shlex

import pytest
from books import Cli

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


def test_show_names_the_undone_record_and_its_undo(main: Cli) -> None:
    main.json("deposit", "gen-1", "500", "--note", "first")
    main.json("undo", "--yes")
    text = said(main, "show", "gen-1")
    assert "−500.00" in line_with(text, "#3  undo of #2")
    assert "+500.00" in line_with(text, "#2  undone by #3")


def test_log_names_the_undone_record_and_its_undo(main: Cli) -> None:
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
    assert cells(line_with(said(both, "alerts"), "fork due"))[2] == "Smith/gen-1"
    assert line_with(said(both, "due"), "needs confirmation").split()[:2] == ["fork", "Smith/gen-1"]
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


def test_with_several_portfolios_the_log_says_whose_account_it_was(both: Cli) -> None:
    lines = said(both, "log").splitlines()
    assert lines[0].endswith("init  7 events on Main/com-1, Main/gen-1, Main/rev-1")
    assert lines[2].endswith("post  1 event on Smith/gen-1")


def test_with_one_portfolio_nothing_names_it(main: Cli) -> None:
    assert "Main" not in said(main, "deposit", "gen-1", "5") + said(main, "tree")
    assert "Main" not in said(main, "log")
    assert "/" not in said(main, "alerts") + said(main, "due")


@pytest.mark.parametrize("arguments", [["show", "gen-1"], ["policy", "show"]])
def test_which_portfolio_is_asked_for_with_the_way_to_say_it(
    both: Cli, arguments: list[str]
) -> None:
    done = both(*arguments)
    assert (done.returncode, done.stderr) == (
        2,
        "alluse: portfolio: must be one of: Main, Smith (--portfolio N or ALLUSE_PORTFOLIO)\n",
    )
    assert said(both, *arguments, "--portfolio", "Smith")


# -- alerts, and what to type ---------------------------------------------------------------------


def cells(line: str) -> list[str]:
    return [cell for cell in re.split(r" {2,}", line) if cell]


def test_alerts_say_what_to_type_and_it_works_when_pasted(main: Cli) -> None:
    main.json("post", "premium", "gen-1", "52000", "--yes")
    lines = said(main, "alerts").splitlines()
    assert cells(lines[0]) == ["severity", "alert", "account", "why", "resolve with", "id"]
    (fork,) = [cells(line) for line in lines if "fork due" in line]
    assert fork[4:] == ["alluse fork gen-1", f"'{FORK_DUE}'"]
    assert said(main, "ack", *shlex.split(fork[5]))
    (drift,) = [cells(line) for line in lines if "drift" in line]
    assert drift[4:] == ["alluse transfer gen-1 rev-1 15600.00", "'allocation drift:Main'"]
    assert said(main, *shlex.split(drift[4])[1:], "--yes")


def test_an_answer_to_a_short_buffer_is_just_enough(main: Cli) -> None:
    main.json(
        "post",
        "trade",
        "gen-1",
        "--side",
        "buy",
        "--symbol",
        "XYZ",
        "--quantity",
        "980",
        "--price",
        "100",
        "--yes",
    )
    answer = cells(line_with(said(main, "alerts"), "buffer short"))[4]
    assert answer == "alluse transfer FROM gen-1 3157.90"
    assert said(main, *answer.replace("FROM", "rev-1").split()[1:], "--yes")
    assert "buffer short" not in said(main, "alerts")


def test_an_answer_to_an_overdraft_is_what_is_missing_in_the_portfolios_currency(
    main: Cli,
) -> None:
    main.json("post", "fee", "gen-1", "101000", "--yes")
    main.json("post", "fee", "gen-1", "5", "--currency", "CHF", "--yes")
    over = [cells(line) for line in said(main, "alerts").splitlines() if "overdraft" in line]
    assert [row[4:] for row in over] == [
        ["overdraft:Main/gen-1:CHF"],
        ["alluse deposit gen-1 1000.00", "overdraft:Main/gen-1:USD"],
    ]


def test_among_several_portfolios_the_answer_names_whose_account(both: Cli) -> None:
    answer = cells(line_with(said(both, "alerts"), "fork due"))[4]
    assert answer == "alluse fork Smith/gen-1"
    assert said(both, *answer.split()[1:], "--yes")


@pytest.mark.parametrize("command", ["ack", "snooze"])
def test_help_shows_how_an_id_is_quoted(cli: Cli, command: str) -> None:
    assert f"alluse {command} '{FORK_DUE}'" in said(cli, command, "--help")


# -- show and protocol ----------------------------------------------------------------------------


def test_show_has_notes_and_own_settings(main: Cli) -> None:
    main.json("edit", "gen-1", "--note", "by\thand")
    main.json("policy", "set", "limits.buffer", "7", "--account", "gen-1")
    text = said(main, "show", "gen-1")
    assert "notes: by\\thand" in text.splitlines()
    assert "account setting limits.buffer: 7" in text.splitlines()
    assert "notes" not in said(main, "show", "rev-1")


def test_rules_show_what_comes_next_and_own_settings(main: Cli) -> None:
    main.json("policy", "set", "limits.buffer", "7", "--account", "rev-1")
    text = said(main, "rules", "rev-1")
    assert re.search(r"^next: \d{4}-\d\d-\d\d the reinvestment window \w+ for ", text, re.MULTILINE)
    assert cells(line_with(text, "limits.buffer")) == [
        *("limits.buffer", "7", "account", "buffer.available"),
    ]
    assert "next:" not in said(main, "rules", "gen-1")


def test_rules_of_rev_1_are_not_those_of_rev_10(main: Cli) -> None:
    for _ in range(9):
        main.json("open", "Main", "--tier", "rev")
    main.json("suspend", "rev-1")
    assert main.json("rules", "rev-1")["next"] == []
    assert len(main.json("rules", "rev-10")["next"]) == 1


# -- help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["policy", "post"])
def test_a_group_alone_prints_its_help_as_lines_with_examples(cli: Cli, group: str) -> None:
    done = cli(group)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert lines == said(cli, group, "--help").splitlines()
    assert len([line for line in lines if line.strip().startswith(f"alluse {group} ")]) >= 4
    assert all(len(line) <= 80 and not line.endswith("...") for line in lines[1:])


def test_the_list_of_commands_cuts_no_sentence(cli: Cli) -> None:
    assert "..." not in said(cli, "--help").replace("[ARGS]...", "")


def test_every_column_has_a_name(main: Cli) -> None:
    main.json("post", "premium", "gen-1", "52000", "--yes")
    main.json("policy", "set", "limits.buffer", "7", "--account", "gen-1")
    assert cells(said(main, "due").splitlines()[0]) == ["due", "account", "why", "how"]
    for arguments, header in (
        ([], ["setting", "Main"]),
        (["--account", "gen-1"], ["setting", "gen-1", "set by", "rule"]),
    ):
        assert cells(said(main, "policy", "show", *arguments).splitlines()[0]) == header
    assert said(main, "show", "gen-1").splitlines()[1].split() == ["figure", "USD"]


# -- errors of usage ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["depsit"], "no such command 'depsit'; did you mean `alluse deposit`?"),
        (["nonsense"], "no such command 'nonsense' (see `alluse --help`)"),
        (["init"], "missing option '--name' (see `alluse init --help`)"),
        (["completion", "tcsh"], "completion 'tcsh': must be one of: bash, zsh, fish, man"),
    ],
)
def test_a_wrong_command_line_reads_like_the_programs_own_errors(
    cli: Cli, arguments: list[str], message: str
) -> None:
    done = cli(*arguments)
    assert (done.returncode, done.stderr) == (2, f"alluse: {message}\n")


def test_the_version_is_the_name_and_a_number(cli: Cli) -> None:
    assert re.fullmatch(r"alluse \d+\.\d+\.\d+\n", cli("--version").stdout)
