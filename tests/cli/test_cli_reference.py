"""The generated command-line reference and the man page."""

from __future__ import annotations

import click
import pytest
from books import Cli

from alluse_tui.cli.main import COMMANDS, SECTIONS, alluse
from alluse_tui.cli.man_page import commands
from alluse_tui.cli.reference import reference_page

LISTED = list(commands(alluse, click.Context(alluse, info_name="alluse")))


def test_the_reference_has_every_command_and_option() -> None:
    page = reference_page()
    headings = [line[4:] for line in page.splitlines() if line.startswith("### ")]
    assert sorted(headings) == sorted(path for path, _, _ in LISTED)
    for _, command, _ in LISTED:
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert f"`{parameter.opts[0]}" in page


def test_the_reference_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    page = reference_page()
    for name in ("ALLUSE_DB", "ALLUSE_PORTFOLIO", "HOME"):
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("COLUMNS", "40")
    assert reference_page() == page
    assert "/elsewhere" not in page


def test_an_entry_of_the_reference() -> None:
    _, entry = reference_page().split("### alluse reinvest\n")
    assert entry.split("##")[0].strip() == (
        "```\nalluse reinvest [OPTIONS] CODE\n```\n\n"
        "Earmark income of CODE for contracts, LEAPS and taxes.\n\n"
        "Arguments: `CODE`.\n\n"
        "| option | meaning |\n|---|---|\n"
        "| `--amount A` | Amount to reinvest (default: all income). |\n"
        "| `--override REASON` | Allow the buffer to be used; the reason is recorded. |\n\n"
        "Shared options: `--db PATH`, `--json`, `--portfolio NAME`, `--dry-run`, `--key KEY`, "
        "`--date YYYY-MM-DD`, `--note TEXT`, `--yes`, `--accept-clock`, `--password-file FILE`."
    )


def test_examples_keep_their_lines(cli: Cli) -> None:
    example = "alluse open gen-1 --tier gen --amount 5000 --from rev-1\nalluse open Main"
    assert f"```\n{example}" in reference_page()
    man = cli("completion", "man").stdout
    assert ".nf\n  alluse open gen\\-1 \\-\\-tier gen \\-\\-amount 5000 \\-\\-from rev\\-1\n" in man


def test_every_command_is_in_one_section_of_the_help(cli: Cli) -> None:
    assert len(COMMANDS) == sum(map(len, SECTIONS.values()))
    help_text = cli("--help").stdout
    for title, names in SECTIONS.items():
        assert f"{title}:\n" in help_text
        for name in names:
            assert f"\n  {name} " in help_text
