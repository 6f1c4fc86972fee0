"""`alluse market closure`: entry days and expiries follow a closure that no calendar knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from books import Cli

from alluse_tui.engine import LocalEngine

THURSDAY, WHY = "2027-03-11", "Day of mourning"


@pytest.fixture
def cli(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000")
    return cli


def week(cli: Cli) -> dict[str, Any]:
    period = ("--from", "2027-03-08", "--to", "2027-03-12")
    listed: dict[str, Any] = cli.json("market", "sessions", *period)
    return listed


def entry_days(cli: Cli, tier: str) -> list[str]:
    return [day["date"] for day in week(cli)["sessions"] if tier in day["entry"]]


def test_an_entry_day_moves_and_moves_back_when_the_closure_is_removed(cli: Cli) -> None:
    assert entry_days(cli, "gen") == [THURSDAY]
    cli.json("market", "closure", THURSDAY, WHY)
    assert week(cli)["closed"] == [{"date": THURSDAY, "why": WHY}]
    assert entry_days(cli, "gen") == ["2027-03-10"]
    cli.json("market", "closure", THURSDAY, "--remove")
    assert week(cli)["closed"] == []
    assert entry_days(cli, "gen") == [THURSDAY]


def test_a_tier_that_skips_closed_entry_days_does_not_enter_before_one(cli: Cli) -> None:
    cli.json("market", "closure", THURSDAY, WHY)
    cli.json("policy", "set", "tiers.gen.entry_shift", "skip", "--yes")
    assert entry_days(cli, "gen") == []
    assert entry_days(cli, "rev") == ["2027-03-08", "2027-03-09", "2027-03-10"]


def test_an_undo_brings_back_what_was_noted_before(cli: Cli) -> None:
    cli.json("market", "closure", THURSDAY, "A storm")
    cli.json("market", "closure", THURSDAY, WHY)
    cli.json("undo", "--yes")
    assert week(cli)["closed"] == [{"date": THURSDAY, "why": "A storm"}]
    cli.json("undo", "--yes")
    assert week(cli)["closed"] == []
    assert cli("verify").returncode == 0


def test_an_option_does_not_expire_on_a_closed_day(cli: Cli) -> None:
    line = "-1 AAPL 11Mar27 190p @1.45"
    assert cli("trade", "gen-1", line, "--yes", "--dry-run").returncode == 0
    cli.json("market", "closure", THURSDAY, WHY)
    refused = cli("trade", "gen-1", line, "--yes", "--dry-run")
    assert refused.returncode == 2
    nearest = "the nearest are Wednesday 2027-03-10 and Friday 2027-03-12"
    assert f"is a Thursday without trading; {nearest}" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((THURSDAY,), 2, "WHY: must say why in up to 200 printable characters"),
        ((THURSDAY, "x" * 201), 2, "must say why in up to 200 printable characters"),
        ((THURSDAY, WHY, "--remove"), 2, f"WHY '{WHY}': cannot be used with --remove"),
        (
            ("2027-03-13", WHY),
            2,
            "DAY '2027-03-13': is a Saturday on which the exchange is already closed",
        ),
        (
            ("2026-12-25", WHY),
            2,
            "DAY '2026-12-25': is a Friday on which the exchange is already closed",
        ),
        (("2101-01-04", WHY), 2, "DAY '2101-01-04': must be at most 2100-12-31"),
        ((THURSDAY, WHY, "--date", "2026-01-05"), 2, "cannot be used with market closure"),
        ((THURSDAY, "--remove"), 3, f"no closure is recorded for {THURSDAY}"),
    ],
)
def test_what_cannot_be_noted_says_why_and_changes_nothing(
    cli: Cli, arguments: tuple[str, ...], code: int, message: str
) -> None:
    refused = cli("market", "closure", *arguments)
    assert (refused.returncode, message in refused.stderr) == (code, True), refused.stderr
    assert week(cli)["closed"] == []


def test_the_log_names_the_book(cli: Cli) -> None:
    cli.json("market", "closure", THURSDAY, WHY)
    assert cli("log").stdout.splitlines()[-1].endswith("market closure  1 event on the book")


def test_the_same_closure_is_recorded_once(cli: Cli) -> None:
    cli.json("market", "closure", THURSDAY, WHY)
    again = cli("market", "closure", THURSDAY, WHY)
    assert (again.returncode, "is already recorded" in again.stderr) == (3, True)


def test_another_process_sees_it_at_once(cli: Cli) -> None:
    """A screen that was open before follows the record."""
    with LocalEngine(cli.journal, actor="other") as open_before:
        cli.json("market", "closure", THURSDAY, WHY)
        open_before.refresh()
        assert not open_before.trading_calendar.is_session(date(2027, 3, 11))
        assert open_before.trading_calendar.why_closed(date(2027, 3, 11)) == WHY
