"""--read-only, the renamed commands, --db, encodings, completion and the man page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from books import Cli
from click.shell_completion import ShellComplete

from alluse_tui.cli.main import alluse


@pytest.fixture
def main(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


def test_read_only_refuses_a_command_that_writes_and_runs_one_that_reads(main: Cli) -> None:
    assert main("--read-only", "deposit", "gen-1", "5", "--yes").returncode == 5
    assert main("--read-only", "deposit", "gen-1", "5", "--dry-run").returncode == 0
    assert main("--read-only", "accounts").returncode == 0
    assert len(main("log").stdout.splitlines()) == 1


@pytest.mark.parametrize(("old", "new"), [("keys", "vault"), ("protocol", "rules")])
def test_an_old_name_points_to_the_new_one(cli: Cli, old: str, new: str) -> None:
    done = cli(old, "gen-1", "--json")
    assert (done.returncode, done.stderr) == (2, "")
    assert f"alluse {new}" in json.loads(done.stdout)["error"]["message"]


def test_a_directory_is_not_a_journal(cli: Cli, tmp_path: Path) -> None:
    assert cli("--db", str(tmp_path), "accounts").returncode == 2


def test_a_dry_run_marks_what_the_real_run_refuses(main: Cli) -> None:
    arguments = ("deposit", "gen-1", "10", "--date", "2199-01-01")
    dry = main(*arguments, "--dry-run")
    assert dry.returncode == 0
    assert "· date.future: future date: the real run will refuse until 2199" in dry.stdout
    assert main(*arguments).returncode == 3


def test_log_takes_limit_and_reverse(main: Cli) -> None:
    main.json("deposit", "gen-1", "5")
    newest_first = main("log", "--reverse").stdout.splitlines()
    assert [line.split()[0] for line in newest_first] == ["#2", "#1"]
    assert [line.split()[0] for line in main("log", "--limit", "1").stdout.splitlines()] == ["#2"]
    assert main("log", "--since", "2199-01-01").stdout == ""


def test_every_setting_is_explained(main: Cli) -> None:
    explained = main.json("policy", "show", "--explain")["explained"]
    assert all(text["explanation"] and text["allowed"] for text in explained.values())
    assert "No rule uses it yet." in explained["exit.profit"]["explanation"]


def test_completion_names_accounts_and_settings(main: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLUSE_DB", str(main.journal))
    shell = ShellComplete(alluse, {}, "alluse", "_ALLUSE_COMPLETE")
    assert [item.value for item in shell.get_completions(["fork"], "ge")] == ["gen-1"]
    settings = shell.get_completions(["policy", "set"], "limits.b")
    assert [item.value for item in settings] == ["limits.buffer"]
    man = main("completion", "man").stdout
    assert ".SS alluse deposit" in man and ".SH EXIT STATUS" in man


def test_completion_is_silent_without_a_book(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLUSE_DB", str(cli.journal))
    shell = ShellComplete(alluse, {}, "alluse", "_ALLUSE_COMPLETE")
    assert shell.get_completions(["fork"], "ge") == []
    assert not cli.journal.parent.exists()
