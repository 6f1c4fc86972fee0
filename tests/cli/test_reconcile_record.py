"""`alluse reconcile --record` and `explain-difference`: kept, told, explained, and shown again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from books import Cli
from click.shell_completion import ShellComplete

from alluse_tui.cli import texts
from alluse_tui.cli.main import alluse

DATA = Path(__file__).parents[1] / "data"
JANUARY = str(DATA / "composed-differences.xml")
FEBRUARY = str(DATA / "composed-gap.xml")
"""It begins with 24.00 that the book lacks, and gives no positions."""

LETTER = "converted by the broker, see letter"


@pytest.fixture
def book(cli: Cli) -> Cli:
    """After the import, 8 items differ: 80.00 CHF, -100.00 USD and 6 positions."""
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2025-12-01")
    cli.json("import", JANUARY, "--into", "gen-1", "--yes")
    return cli


def compared(book: Cli, *arguments: str, file: str = JANUARY) -> dict[str, Any]:
    """The document, and its exit code as 'code'."""
    done = book("reconcile", file, *arguments, "--json")
    document: dict[str, Any] = json.loads(done.stdout)
    return document | {"code": done.returncode}


def line(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The line of an instrument, or of cash in a currency."""
    (one,) = (it for it in document["lines"] if (it["instrument"] or it["currency"]) == name)
    return dict(one)


def told(book: Cli) -> list[dict[str, Any]]:
    return [a for a in book.json("alerts")["alerts"] if a["kind"] == "statement break"]


def explain(book: Cli, item: str, why: str = LETTER) -> None:
    book.json("explain-difference", "gen-1", item, why)


def test_what_was_recorded_is_told_until_it_is_explained(
    book: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = compared(book, "--record")
    assert (document["code"], document["ok"], document["receipt"]["seq"]) == (8, False, 3)
    assert line(document, "USD")["explained"] is None
    (alert,) = told(book)
    assert (alert["account"], alert["action"]) == ("gen-1", "explain-difference")
    assert alert["message"] == (
        "gen-1 differs from the statement of 2026-01-30:"
        " CHF cash +80.00, USD cash -100.00, ABC in USD +30 and 5 more"
    )
    assert "alluse explain-difference gen-1 'CHF cash' WHY" in book("alerts").stdout
    monkeypatch.setenv("ALLUSE_DB", str(book.journal))
    shell = ShellComplete(alluse, {}, "alluse", "_ALLUSE_COMPLETE")
    completed = shell.get_completions(["explain-difference", "gen-1"], "u")
    assert [item.value for item in completed] == ["USD cash"]
    for name in ("CHF", "USD cash", "ABC in USD", "FAR", "LAG", "NEW", "SPL", "xyz"):
        explain(book, name)
    assert told(book) == []
    document = compared(book)
    assert (document["code"], document["ok"]) == (0, True)
    usd = line(document, "USD")
    assert (usd["difference"], usd["explained"]) == ("-100.00", LETTER)
    assert usd["cause"] == "missing currency conversion"
    assert line(document, "SEK")["explained"] is None
    lines = book("reconcile", JANUARY).stdout.splitlines()
    assert lines[2].split()[:5] == ["USD", "cash", "15,876.00", "15,976.00", "−100.00"]
    assert f": {LETTER}" in lines[2]
    assert lines[-1] == (
        "gen-1 agrees with the statement of 2026-01-30; 8 differences are explained"
    )


def test_a_later_statement_is_compared_from_what_was_explained(book: Cli) -> None:
    compared(book, "--record")
    assert compared(book, "--record", file=FEBRUARY)["code"] == 8
    (alert,) = told(book)
    assert alert["message"] == (
        "gen-1 differs from statements up to 2026-03-31:"
        " USD cash +24.00, ABC in USD +30, FAR in USD +3 and 4 more"
    )
    explain(book, "USD")
    assert compared(book, file=FEBRUARY)["code"] == 0
    refused = book("reconcile", JANUARY, "--record")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "which is newer than 2026-01-30" in refused.stderr


def test_agreement_ends_the_alert(book: Cli) -> None:
    before = book("log", "--json").stdout
    done = book("reconcile", FEBRUARY, "--record", "--dry-run")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (8, "dry run: nothing was recorded")
    assert "compares gen-1 with a statement of 2026-03-31; it is the first one" in done.stdout
    assert book("log", "--json").stdout == before
    compared(book, "--record", file=FEBRUARY)
    opening = ("opening", "gen-1", "24", "--currency", "USD", "--date", "2026-02-02")
    book.json("post", *opening, "--yes")
    assert len(told(book)) == 1
    assert compared(book, "--record", file=FEBRUARY)["code"] == 0
    assert told(book) == []
    book.json("undo", "--yes")
    assert len(told(book)) == 1


def test_recording_is_refused_where_nothing_may_be_written(book: Cli) -> None:
    done = book("--read-only", "reconcile", JANUARY, "--record")
    refusal = texts.READ_ONLY_REFUSAL.format(command="alluse reconcile")
    assert (done.returncode, done.stdout, done.stderr) == (5, "", f"alluse: {refusal}\n")


@pytest.mark.parametrize(
    "option", [("--note", "x"), ("--key", "k"), ("--dry-run",), ("--date", "2026-01-30")]
)
def test_what_only_recording_needs_is_refused_without_it(cli: Cli, option: tuple[str, ...]) -> None:
    done = cli("reconcile", JANUARY, *option)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"alluse: {option[0]}: can only be used with --record\n"
