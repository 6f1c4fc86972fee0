"""`alluse check-trade`: the verdict of each rule, exit code 3 if one fails, and no record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from here import Here, opened_here

from alluse_tui.engine import FixedClock

PUT = ("check-trade", "gen-1", "--right", "put", "--symbol", "AAPL", "--strike", "190")
THURSDAY = ("--expiry", "2026-12-04", "--date", "2026-12-03", "--contracts", "1")


@pytest.fixture
def constitution(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Here:
    """A book with Main under Constitution 1.3."""
    return opened_here(tmp_path, clock, monkeypatch, capfd, "--template", "constitution-1.3")


def outcomes(document: Any, verdict: str) -> dict[str, str]:
    """Setting, or rule without one, and message of the rules that came to `verdict`."""
    rules = document["rules"]
    assert document["ok"] == all(rule["verdict"] != "fail" for rule in rules)
    return {r["setting"] or r["rule"]: r["message"] for r in rules if r["verdict"] == verdict}


def test_the_delta_alone_fails_just_below_the_band(here: Here) -> None:
    below = here.json(*PUT, *THURSDAY, "--delta", "0.39", code=3)
    assert outcomes(below, "fail") == {"tiers.gen.delta": "delta 39 is outside 40–50"}
    for edge in ("0.40", "40", "50"):
        inside = here.json(*PUT, *THURSDAY, "--delta", edge)
        assert not outcomes(inside, "fail") and not outcomes(inside, "warn")
    assert len(here.log()) == 1


def test_another_day_fails_with_the_next_entry_day(here: Here) -> None:
    option = ("--expiry", "2026-12-04", "--contracts", "1", "--delta", "0.40")
    today = here.json(*PUT, *option, code=3)
    assert outcomes(today, "fail") == {
        "tiers.gen.entry_days": (
            "Tuesday 2026-11-24 is not an entry day of Generation;"
            " the next one is Wednesday 2026-11-25"
        )
    }
    assert here.json(*PUT, *option, "--date", "2026-11-25")["ok"]


def test_it_is_also_judged_by_what_the_account_can_pay(here: Here) -> None:
    six = (*PUT, "--expiry", "2026-12-04", "--date", "2026-12-03", "--contracts", "6")
    fails = outcomes(here.json(*six, "--delta", "45", code=3), "fail")
    tied = "short puts tie up 114000.00 of collateral"
    assert fails == {
        "collateral.cash": f"{tied}, but only 100000.00 is in cash",
        "limits.position_size": "AAPL takes up 114000.00, more than 90 % of the 100000.00 equity",
    }


def test_the_constitution_names_what_it_cannot_judge(constitution: Here) -> None:
    at = ("--delta", "0.42", "--time", "10:30")
    document = constitution.json(*PUT, *THURSDAY, *at)
    assert document["ok"]
    assert outcomes(document, "warn").keys() == {
        *("liquidity.open_interest", "liquidity.volume", "liquidity.spread"),
        *("liquidity.share_of_volume", "earnings.puts", "breakers.vix_safe"),
        *("regime.red", "vix.above_mean"),
    }
    assert "exposure.symbol" in outcomes(document, "pass")
    no_time = constitution.json(*PUT, *THURSDAY, "--delta", "0.42")
    assert "the time was not given" in outcomes(no_time, "warn")["tiers.gen.entry_hours"]


def test_the_constitution_fails_by_hours_days_symbols_and_exposure(constitution: Here) -> None:
    tesla = ("check-trade", "gen-1", "--right", "put", "--symbol", "tsla", "--strike", "260")
    option = ("--expiry", "2026-12-11", "--date", "2026-12-03", "--contracts", "1")
    document = constitution.json(*tesla, *option, "--time", "11:01", code=3)
    assert outcomes(document, "fail").keys() == {
        *("tiers.gen.symbols", "tiers.gen.entry_hours", "tiers.gen.dte", "exposure.symbol"),
    }
    assert "trade.data" in {rule["rule"] for rule in document["rules"]}


def test_people_read_failed_rules_first_and_a_summary(here: Here) -> None:
    lines = here(*PUT, *THURSDAY, "--delta", "0.39", code=3).out.splitlines()
    assert lines[0] == "✗ trade.delta: delta 39 is outside 40–50 (tiers.gen.delta)"
    assert lines[-1] == "1 failed, 0 not judged, 5 passed; nothing was recorded"


def test_now_is_the_time_of_a_check_for_today(constitution: Here) -> None:
    option = ("--expiry", "2026-11-25", "--contracts", "1", "--delta", "42")
    document = constitution.json(*PUT, *option, code=3)
    assert outcomes(document, "fail")["tiers.gen.entry_hours"].startswith("12:00 is outside")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--expiry", "2026-12-04", "--contracts", "0.5"), "--contracts '0.5': must be a whole"),
        (("--expiry", "4 Dec", "--contracts", "1"), "--expiry '4 Dec': must be a date"),
        ((*THURSDAY, "--delta", "1.01"), "--delta '1.01': must be from 0.01 to 1.00"),
        ((*THURSDAY, "--time", "24:00"), "--time '24:00': must be a time in the form HH:MM"),
    ],
)
def test_a_bad_value_is_named(here: Here, options: tuple[str, ...], message: str) -> None:
    assert message in here(*PUT, *options, code=2).err


def test_a_viewer_may_check_and_nobody_else_sees_the_book(here: Here) -> None:
    here.first()
    here.add("hal", "viewer")
    assert here.json(*PUT, *THURSDAY, "--delta", "45", by="hal")["ok"]
    here.json(*PUT, *THURSDAY, by="nobody", code=5)


def test_the_verdicts_of_a_check_are_those_that_the_trade_keeps(here: Here) -> None:
    """The trade breaks the day; its time is judged when it is given."""
    here("policy", "set", "tiers.gen.entry_hours", "09:45-11:00", code=0)
    check = here.json(
        *(*PUT, "--expiry", "2026-12-04", "--contracts", "1"),
        *("--delta", "0.39", "--price", "1.45", "--time", "9:45"),
        code=3,
    )
    line = ("trade", "gen-1", "-1 AAPL 4Dec26 190p @1.45", "--delta", "0.39", "--time", "9:45")
    here(*line, "--yes", code=0)
    kept = {rule["rule"]: rule for rule in here.newest()["rules"]}
    for rule in check["rules"]:
        if rule["rule"].startswith(("trade.", "collateral.")):
            assert kept[rule["rule"]].get("setting", "") == rule["setting"]
            assert kept[rule["rule"]].get("confirmed", False) == (rule["verdict"] == "fail")
    assert {name for name, rule in kept.items() if rule.get("confirmed")} == {
        *("trade.day", "trade.delta"),
    }
