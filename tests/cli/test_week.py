"""`alluse week`: the regime with its inputs, and the types of positions and accounts."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from here import Here, opened_here
from market import HEADER, bars_file

from alluse_tui.engine import FixedClock
from alluse_tui.market.trading_calendar import NewYorkCalendar

FRIDAY = date(2026, 11, 20)
BEFORE = date(2026, 11, 13)
OF_WEEK = ("week", "--date", "2026-11-18")


def trading_days(last: date, count: int) -> list[date]:
    calendar = NewYorkCalendar()
    days = (last - timedelta(days=n) for n in range(count * 2))
    return sorted([day for day in days if calendar.is_session(day)][:count])


def imported(here: Here, symbol: str, closes: dict[date, float]) -> None:
    rows = [f"{day},{price},{price + 1},{price - 1},{price}," for day, price in closes.items()]
    file = bars_file(Path(here.top) / f"{symbol}.csv", rows, HEADER)
    here("market", "import", file, "--symbol", symbol, code=0)


def market(here: Here) -> None:
    """SPY rises by 0.50 a day for 205 days, up to Thursday; VIX is 20 for 204 days, then 24."""
    days = trading_days(BEFORE, 206)
    imported(here, "SPY", {day: 500 + 0.5 * n for n, day in enumerate(days[:-1])})
    imported(here, "VIX", {day: 24 if day == BEFORE else 20 for day in days[1:]})


def test_without_market_data_everything_missing_is_named_with_its_command(here: Here) -> None:
    document = here.json(*OF_WEEK)
    assert (document["week"], document["regime"]) == ("2026-11-16", None)
    assert document["inputs"]["missing"] == [
        "no bars of SPY are stored; `alluse market import FILE --symbol SPY`",
        "no bars of VIX are stored; `alluse market import FILE --symbol VIX`",
    ]
    assert document["inputs"]["size"] is None
    assert (document["types"], document["accounts"]) == ([], [])  # they were opened on the 24th
    now = here.json("week", "--account", "gen-1")
    assert now["accounts"] == [
        {"account": "gen-1", "type": "W-IDL", "why": "no put and no shares so far"}
    ]
    error = here.json("week", "--date", "1989-12-31", code=2)["error"]["message"]
    assert "--date '1989-12-31': must be between 1990-01-01 and 2100-12-31" in error


def test_the_regime_has_every_input_and_the_size_that_regime_and_vix_allow(here: Here) -> None:
    market(here)
    document = here.json(*OF_WEEK)
    assert document["regime"] == "green"
    inputs = document["inputs"]
    # 500 + 0.5 × 204; the averages of the last 50 and 200 lie 24.5 and 99.5 days back
    assert (inputs["day"], inputs["close"]) == ("2026-11-12", "602.00")
    assert (inputs["average_50"], inputs["average_200"]) == ("589.75", "552.25")
    # the mean of the year is (204 × 20 + 24) / 205
    assert (inputs["vix"], inputs["vix_mean"]) == ("24.00", "20.019512")
    assert (inputs["regime_size"], inputs["vix_size"], inputs["size"]) == (
        "100.00",
        "75.00",
        "75.00",
    )
    late = "SPY has no bar of 2026-11-13; the regime is that of 2026-11-12"
    assert inputs["missing"] == [late]
    assert inputs["off"] == ["regime.red", "regime.chop", "vix.above_mean", "vix.high"]
    after = here.json("week", "--date", "2026-11-25")
    assert (after["regime"], after["inputs"]["regime_size"], after["inputs"]["size"]) == (None,) * 3
    hint = "the regime needs more bars: `alluse market import FILE --symbol SPY`"
    stale = "the newest bar of SPY is of 2026-11-12, 8 days before 2026-11-20"
    assert after["inputs"]["missing"] == [stale, hint]
    here("policy", "set", "regime.benchmark", "qqq", "--yes", code=0)
    assert here.json(*OF_WEEK)["inputs"]["benchmark"] == "QQQ"
    refused = here.json("policy", "set", "regime.benchmark", "no symbol", "--yes", code=2)
    assert "regime.benchmark 'no symbol': must be a symbol" in refused["error"]["message"]


def traded(here: Here, code: str, line: str, day: str) -> None:
    here("trade", code, line, "--date", day, "--yes", code=0)


def test_each_position_has_its_type_and_the_account_the_most_severe(here: Here) -> None:
    traded(here, "gen-1", "-1 AAPL 20Nov26 190p @1.45", "2026-11-12")
    traded(here, "gen-1", "-1 MSFT 20Nov26 400p @3.00", "2026-11-12")
    here("expire", "gen-1", "AAPL", "--date", "2026-11-20", "--yes", code=0)
    here("assign", "gen-1", "MSFT", "--date", "2026-11-20", "--yes", code=0)
    traded(here, "rev-1", "-1 KO 27Nov26 60p @0.50", "2026-11-16")
    traded(here, "rev-1", "+100 XYZ @50", "2026-11-16")
    here("post", "mark", "rev-1", "51", "--position", "XYZ", "--date", "2026-11-20", code=0)
    imported(here, "AAPL", {FRIDAY: 190})
    imported(here, "MSFT", {FRIDAY: 376})
    document = here.json(*OF_WEEK)
    shown = [(t["account"], t["position"], t["type"], t["why"]) for t in document["types"]]
    assert shown == [
        (
            "gen-1",
            "AAPL 2026-11-20 190 put",
            "P-EW",
            "expired; close 190.00, at the strike 190.00",
        ),
        ("gen-1", "MSFT", "C-RO", "shares; close 376.00, 6.00 % below the cost 400.00"),
        (
            "gen-1",
            "MSFT 2026-11-20 400 put",
            "P-AOL",
            "assigned; close 376.00, 6.00 % below the strike 400.00",
        ),
        (
            "rev-1",
            "KO 2026-11-27 60 put",
            None,
            "open; no price of KO on 2026-11-20: `alluse market import FILE --symbol KO`",
        ),
        ("rev-1", "XYZ", "C-WAP", "shares; mark 51.00, 2.00 % above the cost 50.00"),
    ]
    assert document["accounts"] == [
        {"account": "gen-1", "type": "P-AOL", "why": "MSFT 2026-11-20 400 put"},
        {"account": "rev-1", "type": None, "why": "the type of 1 of 2 positions is not known"},
    ]
    text = here(*OF_WEEK, "--account", "gen-1", code=0).out
    assert text.splitlines()[0] == "week of 2026-11-16: not known"
    assert "rev-1" not in text


def test_a_year_compares_types_and_returns_with_the_expected_ones(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    here = opened_here(tmp_path, clock, monkeypatch, capfd, "--date", "2026-01-05")
    here.json("trade", "gen-1", "-1 AAPL 20Nov26 190p @2.00", "--date", "2026-11-12", "--yes")
    here.json("expire", "gen-1", "AAPL", "--date", "2026-11-20")
    unknown = here.json("week", "--year", "2026", "--account", "gen-1")
    assert (unknown["weeks"], unknown["unknown"], unknown["first_unknown"]) == (44, 2, "2026-11-09")
    rows = [f"{day},191,192,190,191," for day in (BEFORE, FRIDAY)]
    file = bars_file(tmp_path / "AAPL.csv", rows, HEADER)
    here.json("market", "import", file, "--symbol", "AAPL")
    document = here.json("week", "--year", "2026", "--account", "gen-1")
    # the Mondays from 5 January to 16 November are 46
    assert (document["accounts"], document["weeks"], document["unknown"]) == (1, 46, 0)
    by_type = {of["type"]: of for of in document["types"]}
    # nothing in the week of the sale, 200 on 100,000 when it expired; 2 × 52 / 46
    assert by_type["P-EW"] == {
        "type": "P-EW",
        "weeks": 2,
        "a_year": "2.3",
        "expected_weeks": [16, 16],
        "return": "0.10",
        "expected_return": ["1.80", "2.20"],
    }
    assert (by_type["W-IDL"]["weeks"], by_type["W-IDL"]["return"]) == (44, "0.00")
    whole = here("week", "--year", "2026").out.splitlines()
    assert whole[0] == "2026: 138 account weeks of 3 accounts"
    assert whole[2].split() == ["P-EW", "2", "0.8", "16", "0.10", "%", "1.8", "to", "2.2", "%"]
    for typed, more in (("2027", ()), ("MMXXVI", ()), ("2026", ("--date", "2026-01-05"))):
        assert here("week", "--year", typed, *more).code == 2
