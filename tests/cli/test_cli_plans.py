"""What a plan, a receipt and a refusal say to people: what changes, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest
from books import Cli

MORE = "; next: `alluse transfer` or `deposit` adds cash"


@pytest.fixture
def main(cli: Cli) -> Cli:
    """Main, opened on 2026-01-05."""
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


def said(cli: Cli, *arguments: str) -> list[str]:
    done = cli(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


# -- what changes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        (["edit", "gen-1", "--name", "Spare"], ["gen-1 name: Generation 1 → Spare"]),
        (["edit", "gen-1", "--note", "by\thand"], ["gen-1 notes: — → by\\thand"]),
        (["suspend", "gen-1"], ["gen-1 status: active → suspended"]),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_plan_says_what_changes_about_an_account(
    main: Cli, arguments: list[str], changes: list[str], dry: list[str]
) -> None:
    lines = said(main, *arguments, *dry)
    assert lines[: len(changes)] == changes  # no table of figures that stay as they are


def test_activate_close_and_undo_say_what_changes(main: Cli) -> None:
    said(main, "suspend", "gen-1")
    assert said(main, "activate", "gen-1")[0] == "gen-1 status: suspended → active"
    said(main, "edit", "gen-1", "--name", "Spare")
    assert said(main, "undo", "--yes")[0] == "gen-1 name: Spare → Generation 1"
    said(main, "open", "Main", "--tier", "gen")
    assert said(main, "close", "gen-2", "--yes")[0] == "gen-2 status: active → closed"


def test_a_change_of_policy_and_its_undo_name_both_values(main: Cli) -> None:
    for more in ([], ["--account", "gen-1"]):
        before = "—" if more else "5"
        shown = "5 % (Main)" if more else "5 %"
        lines = said(main, "policy", "set", "limits.buffer", "7", *more)
        assert f"✓ policy.valid: limits.buffer {shown} → 7 %" in lines
        lines = said(main, "undo", "--yes")
        assert f"✓ undo.policy: limits.buffer is 7 and returns to {before}" in lines


def test_a_merge_says_whose_parent_changes(main: Cli) -> None:
    for source in ("gen-1", "gen-1.1"):
        said(main, "post", "premium", source, "52000", "--yes")
        said(main, "fork", source, "--yes")
    said(main, "post", "premium", "gen-1.1", "500000", "--yes")
    lines = said(main, "merge", "gen-1.1", "--yes")
    assert "gen-1.1 status: active → merged" in lines
    assert "gen-1.1.1 parent: gen-1.1 → gen-1" in lines


# -- dates that surprise --------------------------------------------------------------------------


def test_a_fact_from_before_its_account_opened_is_recorded_with_a_note(main: Cli) -> None:
    dated = ["--date", "2025-12-31"]
    done = main("post", "premium", "gen-1", "5", *dated)
    note = "note: effective date 2025-12-31 is before gen-1 opened on 2026-01-05\n"
    assert (done.returncode, done.stderr) == (0, note)
    assert main("post", "premium", "gen-1", "6", *dated, "--dry-run").stderr.startswith(note)
    assert main("post", "premium", "gen-1", "7", *dated, "--json").stderr == note
    assert main("post", "premium", "gen-1", "8", "--date", "2026-01-05").stderr == ""
    assert main("undo", "2", "--yes").stderr == ""
    statement = str(Path(__file__).parents[1] / "data" / "composed-year.xml")
    done = main("import", statement, "--into", "gen-1", "--dry-run")
    assert (done.returncode, "before gen-1 opened" in done.stderr) == (0, False)


def test_accounts_as_of_a_day_that_has_not_come_or_was_before_the_first(main: Cli) -> None:
    done = main("accounts", "--as-of", "2199-01-01")
    assert (done.returncode, "gen-1" in done.stdout) == (0, True)
    assert done.stderr == "note: 2199-01-01 is in the future: showing what is recorded so far\n"
    assert main("accounts", "--as-of", "2199-01-01", "--json").stderr == done.stderr
    done = main("accounts", "--as-of", "2026-01-04")
    assert (done.returncode, done.stderr) == (0, "note: no account was open on 2026-01-04\n")
    assert main("accounts", "--as-of", "2026-01-05").stderr == ""


# -- refusals -------------------------------------------------------------------------------------


def refusal(cli: Cli, *arguments: str) -> str:
    done = cli(*arguments, "--yes")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    return done.stderr


def test_a_refusal_names_each_reason_once(main: Cli) -> None:
    said(main, "open", "Main", "--tier", "gen")
    said(main, "close", "gen-2", "--yes")
    assert refusal(main, "fork", "gen-2").count("gen-2 is closed") == 1
    assert refusal(main, "transfer", "gen-2", "gen-1", "5").count("gen-2 is closed") == 1


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (
            ["withdraw", "gen-1", "96000"],
            [
                "96,000.00 is more than the 95,000.00 available (cash 100,000.00, buffer 5,000.00)",
                f"{MORE}, --override REASON allows the buffer to be used",
            ],
        ),
        (["withdraw", "gen-1", "100000.01"], [f"{MORE}\n"]),
        (["open", "gen-1", "--tier", "gen", "--amount", "96000", "--from", "gen-1"], [f"{MORE}\n"]),
        (["fork", "rev-1"], ["only Generation accounts fork; rev-1 is a Revenue account"]),
        (["reinvest", "gen-1"], ["only Revenue and Compounding accounts reinvest"]),
        (["deposit", "gen-1", "5", "--date", "2199-01-01"], ["omit --date"]),
        (["undo"], ["you have nothing to undo", "`alluse log` lists the records"]),
    ],
)
def test_a_refusal_ends_with_what_to_do_next(
    main: Cli, arguments: list[str], parts: list[str]
) -> None:
    line = refusal(main, *arguments)
    assert [part for part in parts if part not in line] == []


def test_a_suspended_account_says_how_it_is_activated(main: Cli) -> None:
    said(main, "suspend", "gen-1")
    assert "`alluse activate` reactivates it" in refusal(main, "withdraw", "gen-1", "5")
    dry = main("withdraw", "gen-1", "5", "--dry-run")
    assert (dry.returncode, "`alluse activate`" in dry.stderr) == (3, True)


def test_the_contracts_message_has_no_advice(main: Cli) -> None:
    said = main("withdraw", "gen-1", "96000", "--yes", "--json").stdout
    sentence = "96000.00 is more than the 95000.00 available (cash 100000.00, buffer 5000.00)"
    assert f'"{sentence}", "reasons"' in said
