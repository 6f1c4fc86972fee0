"""`alluse pause` and `resume`."""

from __future__ import annotations

import pytest
from books import Cli


@pytest.fixture
def main(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


def test_a_pause_is_shown_until_it_is_resumed(main: Cli) -> None:
    main.json("pause", "gen-1", "--why", "earnings")
    accounts = {a["code"]: a.get("paused") for a in main.json("accounts")["accounts"]}
    assert accounts["gen-1"].endswith(": earnings") and accounts["rev-1"] is None
    assert "active, paused" in main("accounts").stdout
    assert ": earnings\n" in main("show", "gen-1").stdout
    checked = main("resume", "gen-1").stdout
    assert "short options are covered" in checked
    assert "paused" not in main("accounts").stdout


def test_what_is_open_needs_yes_without_a_terminal(main: Cli) -> None:
    option = ("AAPL", "2026-03-20", "190", "put")
    main.json("trade", "gen-1", f"-1 {' '.join(option)} @1.45", "--date", "2026-03-05", "--yes")
    main.json("pause")
    refusal = main("resume")
    assert refusal.returncode == 3
    assert "options are past their expiry" in refusal.stderr and "--yes" in refusal.stderr
    assert main("resume", "--yes").returncode == 0


def test_a_typed_vix_trips_the_breakers_with_the_next_run_due(main: Cli) -> None:
    main.json("policy", "set", "breakers.vix_stop", "80", "--yes")
    refusal = main("market", "vix", "81.505")
    assert (refusal.returncode, "at most two decimals" in refusal.stderr) == (2, True)
    main.json("market", "vix", "81.50")
    (coming,) = main.json("due")["due"]
    assert (coming["action"], coming["auto"]) == ("pause", True)
    assert "pause Main: recorded as #" in main("run-due").stdout
    assert {a["kind"] for a in main.json("alerts")["alerts"]} >= {"trading paused"}
    refusal = main("resume")
    assert "VIX 81.5" in refusal.stderr and refusal.returncode == 3
