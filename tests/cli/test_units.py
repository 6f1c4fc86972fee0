"""The systemd units in docs: what they name is there, and the daily check keeps its word."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import apsw
import click
import pytest
from books import Cli

from alluse_tui.cli.main import alluse

DOCS = Path(__file__).parents[2] / "docs"
SERVICES = sorted(p.name for p in DOCS.glob("*.service"))
TIMERS = sorted(p.name for p in DOCS.glob("*.timer"))
OURS = "%h/.local/bin/alluse"


class Unit(configparser.ConfigParser):
    """One unit file; a key that is given several times has all its values, a line each."""

    def __init__(self, name: str) -> None:
        super().__init__(interpolation=None, strict=False, empty_lines_in_values=False)
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.repeated: dict[str, list[str]] = {}
        for line in (DOCS / name).read_text(encoding="utf-8").splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                self.repeated.setdefault(key, []).append(value)
        self.read_string((DOCS / name).read_text(encoding="utf-8"))


def test_there_are_units_to_read() -> None:
    assert {"alluse-due.service", "alluse-verify.service"} <= set(SERVICES)
    assert {"alluse-due.timer", "alluse-verify.timer"} <= set(TIMERS)


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command of ours that the words name, and the options behind it."""
    command: click.Command = alluse
    while isinstance(command, click.Group) and words:
        ctx = click.Context(command)
        named = command.get_command(ctx, words[0])
        assert named is not None, f"no command {words[0]}"
        command, words = named, words[1:]
    return command, words


@pytest.mark.parametrize("name", SERVICES)
def test_every_command_of_a_service_is_there_with_its_options(name: str) -> None:
    commands = Unit(name).repeated["ExecStart"]
    assert commands
    for line in commands:
        program, *words = shlex.split(line.lstrip("-"))
        if program != OURS:
            assert program.startswith("/usr/bin/"), program
            continue
        command, options = resolved(words)
        known = {o for p in command.params for o in p.opts}
        assert set(options) <= known, (line, known)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_once_and_its_alarm_is_one_of_ours(name: str) -> None:
    unit = Unit(name)
    assert unit["Service"]["Type"] == "oneshot"
    for alarm in unit.repeated.get("OnFailure", []):
        template = re.sub(r"@.*\.service$", "@.service", alarm)
        assert (DOCS / template).is_file()


@pytest.mark.parametrize("name", TIMERS)
def test_a_timer_starts_a_service_of_ours_and_catches_up(name: str) -> None:
    unit = Unit(name)
    assert (DOCS / name.replace(".timer", ".service")).is_file()
    assert unit["Timer"]["Persistent"] == "true"
    assert unit["Install"]["WantedBy"] == "timers.target"


def test_the_daily_check_raises_the_alarm() -> None:
    unit = Unit("alluse-verify.service")
    assert unit["Unit"]["OnFailure"] == "alluse-alarm@%n.service"
    assert unit["Service"]["ExecStart"] == f"{OURS} verify --quiet"
    assert "SuccessExitStatus" not in unit["Service"]
    assert Unit("alluse-verify.timer")["Timer"]["OnCalendar"] == "*-*-* 06:15"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    stub = tmp_path / "alluse"
    stub.write_text("#!/bin/sh\n", encoding="utf-8")
    stub.chmod(0o755)
    (tmp_path / "units").mkdir()
    (tmp_path / "run").mkdir(mode=0o700)
    for name in (*SERVICES, *TIMERS):
        text = (DOCS / name).read_text(encoding="utf-8").replace(OURS, str(stub))
        for program in ("/usr/bin/logger", "/usr/bin/wall"):
            text = text.replace(program, str(stub))
        (tmp_path / "units" / name.replace("@.", "@x.")).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", *sorted(map(str, (tmp_path / "units").iterdir()))],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "run")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert [line for line in done.stderr.splitlines() if "alluse" in line] == []
    assert done.returncode == 0, done.stderr


# -- what the service runs ------------------------------------------------------------------------


def statement(path: Path, sql: str) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(sql).fetchall()


@pytest.fixture
def main(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000")
    cli.json("deposit", "gen-1", "5", "--yes")
    return cli


def test_a_quiet_check_of_a_sound_book_says_nothing(main: Cli) -> None:
    done = main("verify", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert main("verify").stdout.count("✓") > 5


def test_a_quiet_check_says_each_failure_in_a_line_and_ends_with_4(main: Cli) -> None:
    statement(main.journal, "UPDATE state SET body = substr(body, 1, 40) WHERE id = 'Main/gen-1'")
    statement(main.journal, "UPDATE key_use SET content = 'x'")
    done = main("verify", "--quiet", LC_ALL="C", TERM="")
    assert done.returncode == 4
    lines = (done.stdout + done.stderr).splitlines()
    assert lines
    assert all(line.startswith(("✗ ", "alluse: ")) for line in lines), lines
    again = main("verify", "--quiet")
    assert again.returncode == 4
    assert any("quarantine" in line or "state" in line for line in again.stdout.splitlines())


def test_a_book_that_cannot_be_opened_is_a_failure_too(main: Cli, tmp_path: Path) -> None:
    main.journal.write_bytes(b"these are not the books\n" * 1_000)
    done = main("verify", "--quiet")
    assert (done.returncode, done.stdout) == (4, "")
    assert len(done.stderr.splitlines()) == 1
    assert Cli(tmp_path / "elsewhere.journal")("verify", "--quiet").returncode == 2


def test_a_login_that_ended_does_not_stop_the_scheduled_check(
    main: Cli, tmp_path: Path, me: str
) -> None:
    (tmp_path / "password").write_text("slow copper lantern meadow\n", encoding="utf-8")
    assert main("user", "passwd", "--new-password-file", str(tmp_path / "password")).returncode == 0
    ended = tmp_path / "login"
    ended.write_text("0" * 43, encoding="utf-8")
    assert main("verify", "--quiet", ALLUSE_SESSION_FILE=str(ended)).returncode == 5
    unit = Unit("alluse-verify.service")["Service"]["Environment"]
    name, _, value = unit.partition("=")
    done = main("verify", "--quiet", **{name: value.replace("%t", str(tmp_path))})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
