"""What the command line asks at a terminal, and what follows from each answer."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time

import pytest
from books import Cli
from terminals import fork_at_terminal

from alluse_tui.cli.main import run
from alluse_tui.engine.read.queries import Queries

LINES = 60
PATIENCE_SECONDS = 10


def at_terminal(cli: Cli, *arguments: str, typed: str = "", columns: int = 80) -> tuple[int, str]:
    """Exit code and everything shown by one command line at a terminal; `typed` answers it.

    It is typed again where nothing follows: a signal that comes just before Python waits for a
    key is noticed with the next one only.
    """
    process, ours = fork_at_terminal(columns, LINES)
    if process == 0:
        command = [sys.executable, "-m", "alluse_tui.cli.main", *arguments]
        os.execve(sys.executable, command, {**os.environ, "ALLUSE_DB": str(cli.journal)})
    shown = b""
    ends = time.monotonic() + 60
    again = ends  # when it is typed the next time
    while time.monotonic() < ends:
        if time.monotonic() >= again:
            os.write(ours, typed.encode())
            again += PATIENCE_SECONDS
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            shown += os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if typed and again == ends and re.search(rb"(\[y/N\]|Passphrase): $", shown):
            again = time.monotonic()
    else:
        os.kill(process, signal.SIGKILL)
    os.close(ours)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode().replace("\r", "")


@pytest.fixture
def main(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000")
    return cli


def commands(cli: Cli) -> list[str]:
    return [line.split("  ")[3] for line in cli("log").stdout.splitlines()]


def test_yes_carries_it_out(main: Cli) -> None:
    code, shown = at_terminal(main, "withdraw", "gen-1", "500", typed="y\n")
    assert (code, "recorded as #2" in shown) == (0, True)


def test_answering_no_is_not_a_failure(main: Cli) -> None:
    code, shown = at_terminal(main, "withdraw", "gen-1", "500", typed="n\n")
    assert (code, shown.splitlines()[-1]) == (0, "nothing was done")
    assert commands(main) == ["init"]


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_no_answer_at_all_is_missing_input(main: Cli, key: str) -> None:
    code, shown = at_terminal(main, "withdraw", "gen-1", "500", typed=key)
    assert code == 2
    assert shown.splitlines()[-1] == "alluse: no answer was given: nothing was done"
    assert commands(main) == ["init"]


def test_ctrl_c_is_not_an_internal_error(
    main: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Queries, "accounts", interrupted)
    assert run(["accounts", "--db", str(main.journal)]) == 2
    said = "alluse: stopped; `alluse log` shows what was already recorded"
    assert capsys.readouterr().err.split("\n")[-2] == said


def test_an_ignored_ctrl_c_stays_ignored(main: Cli) -> None:
    """A shell that starts it with `&` means that ctrl-c is for others."""
    code = (
        "import signal; from alluse_tui.cli.main import run; run(['accounts']);"
        "print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    )
    done = subprocess.run(
        ["sh", "-c", 'trap "" INT; exec "$0" -c "$1"', sys.executable, code],
        env={**os.environ, "ALLUSE_DB": str(main.journal)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1] == "True", done.stderr


@pytest.mark.parametrize(("typed", "ends"), [("n\n", 0), ("\x04", 2)])
def test_an_outsized_fact_is_shown_as_unconfirmed_and_not_recorded(
    main: Cli, typed: str, ends: int
) -> None:
    code, shown = at_terminal(main, "post", "premium", "gen-1", "60000", typed=typed)
    assert code == ends
    assert shown.count("60,000.00 is more than 25 % of the 100,000.00 equity") == 1
    assert "· amount.outsized" in shown and "confirmed" not in shown
    assert shown.splitlines()[-1].endswith("nothing was done")
    assert commands(main) == ["init"]


def test_a_confirmed_outsized_fact_is_recorded_as_shown(main: Cli) -> None:
    code, shown = at_terminal(main, "post", "premium", "gen-1", "60000", typed="y\n")
    assert (code, shown.splitlines()[-1]) == (0, "recorded as #2")
    assert commands(main) == ["init", "post"]


@pytest.mark.parametrize(
    ("code", "last"), [("gen-1", "recorded as #2"), ("rev-1", "nothing was done")]
)
def test_a_large_withdrawal_asks_for_the_code_of_its_account(
    main: Cli, code: str, last: str
) -> None:
    typed = f"y\n{code}\n"
    exit_code, shown = at_terminal(main, "withdraw", "gen-1", "90000", typed=typed)
    assert "Large change: type gen-1 to confirm it" in shown
    assert exit_code == 0
    assert shown.splitlines()[-1].endswith(last)


def test_a_plan_is_shown_once(main: Cli) -> None:
    _, shown = at_terminal(main, "withdraw", "gen-1", "500", typed="y\n")
    assert shown.count("buffer.available") == 1


def test_a_long_rule_is_wrapped_at_a_terminal(main: Cli) -> None:
    _, shown = at_terminal(main, "withdraw", "gen-1", "500", typed="n\n", columns=60)
    rules = [line for line in shown.splitlines() if line.startswith(("✓ ", "  "))]
    assert max(map(len, rules)) <= 60
    assert any(line.startswith("  ") and "buffer 5,000.00" in line for line in rules)


def test_no_to_a_restore_and_no_passphrase_change_nothing(main: Cli) -> None:
    copy = str(main.journal.parent / "copy")
    assert main("backup", copy, "--plain").returncode == 0
    code, shown = at_terminal(main, "restore", copy, typed="n\n")
    assert (code, shown.splitlines()[-1]) == (0, "nothing was done")
    code, shown = at_terminal(main, "backup", f"{copy}2", typed="\x04")
    assert (code, shown.splitlines()[-1]) == (2, "alluse: no answer was given: nothing was done")


# -- tables wider than the terminal ---------------------------------------------------------------


def test_accounts_leave_columns_out_on_a_narrow_terminal_and_say_which(main: Cli) -> None:
    code, shown = at_terminal(main, "accounts", columns=70)
    table, note = shown.splitlines()[:-1], shown.splitlines()[-1]
    assert (code, max(map(len, table)) <= 70) == (0, True)
    assert table[0].split() == ["account", "status", "equity", "cash", "available", "surplus"]
    assert note == "note: columns left out, terminal too narrow: buffer, positions"
    code, shown = at_terminal(main, "accounts", columns=200)
    assert len(shown.splitlines()[0].split()) == 8
    assert len(main("accounts").stdout.splitlines()[0].split()) == 8


def test_alerts_on_80_columns_show_answer_and_id_under_each(main: Cli) -> None:
    main.json("post", "premium", "gen-1", "52000", "--yes")
    code, shown = at_terminal(main, "alerts")
    assert (code, max(map(len, shown.splitlines())) <= 80) == (0, True)
    lines = [line.strip() for line in shown.splitlines()]
    assert lines[0].split() == ["severity", "alert", "account", "why"]
    assert "resolve with: alluse fork gen-1" in lines
    assert "id: 'fork due:Main/gen-1:0'" in lines
    assert "rev-1" in lines[-3]  # the long reason goes on below itself
    assert main("alerts").stdout.splitlines()[0].split()[-2:] == ["with", "id"]


def test_a_long_note_is_folded_at_a_terminal_and_whole_in_a_pipe(main: Cli) -> None:
    note = " ".join(["word"] * 40)
    main.json("deposit", "gen-1", "5", "--note", note)
    shown = at_terminal(main, "show", "gen-1")[1]
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("word") == 40
    assert note in main("show", "gen-1").stdout


def test_the_log_is_wrapped_at_a_terminal_and_one_record_a_line_in_a_pipe(main: Cli) -> None:
    assert main("withdraw", "com-1", "5").returncode == 3
    shown = at_terminal(main, "log", columns=50)[1]
    assert max(map(len, shown.splitlines())) <= 50
    assert len(main("log").stdout.splitlines()) == 2
