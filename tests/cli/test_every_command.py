"""What holds for every command: --read-only, confirmation, completion, encodings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from books import Cli
from click.shell_completion import ShellComplete

from alluse_tui.cli import texts
from alluse_tui.cli.main import alluse
from alluse_tui.cli.man_page import commands
from alluse_tui.domain.model.traits import TRAITS

LISTED = {
    path.removeprefix("alluse "): command
    for path, command, _ in commands(alluse, click.Context(alluse, info_name="alluse"))
    if not isinstance(command, click.Group)
}
READERS = {
    "accounts",
    "adherence",
    "alerts",
    "approvals",
    "check-trade",
    "completion",
    "cycles",
    "demo",
    "due",
    "export",
    "income",
    "inbox",
    "log",
    "lots",
    "market sessions",
    "market show",
    "policy check",
    "policy show",
    "policy suggest",
    "positions",
    "query",
    "reconcile",
    "rules",
    "show",
    "stress",
    "strikes",
    "tree",
    "user list",
    "vault list",
    "verify",
    "week",
    "whoami",
}
WRITERS = sorted(set(LISTED) - READERS)


@pytest.fixture
def main(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


def required(command: click.Command) -> Iterator[str]:
    """Something for every required argument and option."""
    for parameter in command.params:
        if parameter.required:
            yield from (
                ["x"] if isinstance(parameter, click.Argument) else [parameter.opts[0], "x"]
            )


@pytest.mark.parametrize("name", WRITERS)
def test_read_only_refuses_every_command_that_writes(main: Cli, name: str) -> None:
    done = main("--read-only", *name.split(), *required(LISTED[name]))
    refusal = texts.READ_ONLY_REFUSAL.format(command=f"alluse {name}")
    assert (done.returncode, done.stderr) == (5, f"alluse: {refusal}\n")


@pytest.mark.parametrize("name", sorted(READERS - {"demo", "export"}))  # those two write files
def test_read_only_runs_every_command_that_reads(main: Cli, name: str) -> None:
    done = main("--read-only", *name.split(), *required(LISTED[name]))
    assert "--read-only" not in done.stderr


def test_the_help_names_every_command_that_needs_yes() -> None:
    dangerous = {name for name, row in TRAITS.items() if row.dangerous and not row.no_cli}
    assert not [
        name for name in dangerous if not re.search(rf"\b{name}\b", texts.CONFIRMED_COMMANDS)
    ]


@pytest.mark.parametrize(
    ("name", "option"), [("init", "--template"), ("init", "--strategy"), ("import", "--format")]
)
def test_named_choices_are_completed_with_what_is_allowed(
    main: Cli, name: str, option: str
) -> None:
    shell = ShellComplete(alluse, {}, "alluse", "_ALLUSE_COMPLETE")
    words = [item.value for item in shell.get_completions([name, option], "")]
    typed = ["--name", "X", "--capital", "5"] if name == "init" else ["x"]
    refusal = main(name, *typed, option, "nonsense").stderr
    assert ", ".join(words) in refusal and len(words) >= 2


CHOICES = re.compile(r"[\w.]+(\|[\w.]+)+")


@pytest.mark.parametrize("name", sorted(LISTED))
def test_files_choices_and_accounts_are_completed(name: str) -> None:
    metavars = {"FILE", "PATH", "DIR", "CODE", "FROM", "TO", "PARENT"}
    for parameter in LISTED[name].params:
        metavar = parameter.metavar or str(parameter.name).upper()
        if metavar in metavars or CHOICES.fullmatch(metavar):
            assert parameter._custom_shell_complete is not None, (name, parameter.name)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
@pytest.mark.parametrize("arguments", ["deposit gen-1 5", "show gen-1", "show ö€"])
def test_an_encoding_without_the_programs_signs_escapes_them(
    main: Cli, encoding: str, arguments: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alluse_tui.cli.main", *arguments.split()],
        env={**os.environ, "ALLUSE_DB": str(main.journal), "PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == (2 if "ö" in arguments else 0), done.stderr
    assert b"internal error" not in done.stderr
    assert (done.stdout + done.stderr).decode(encoding)
    if arguments.startswith("deposit"):
        assert b"\\u2713 date.future" in done.stdout


def test_an_option_without_its_strike_names_what_is_missing(main: Cli) -> None:
    typed = "post trade gen-1 --side sell --symbol XYZ --quantity 1 --price 1 --right put"
    done = main(*typed.split())
    assert (done.returncode, done.stderr) == (
        2,
        "alluse: --right: an option also needs --strike and --expiry\n",
    )


def test_a_directory_as_journal_is_a_clear_error(main: Cli) -> None:
    directory = str(main.journal.parent)
    done = main("accounts", "--db", directory)
    assert done.returncode == 2
    assert done.stderr.startswith("alluse: --db '")
    assert done.stderr.endswith("': is a directory; name the journal file in it\n")
    assert "1 internal error" in main("--help").stdout
