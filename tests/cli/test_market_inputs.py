"""What the rules on a trade are told of the market: stored bars and events, each by its day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from chains import chain_file, option_row
from here import Here, opened_here
from market import bars_file, weekdays

from alluse_tui.engine import FixedClock

MONDAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 20)
CHECK = ("check-trade", "gen-1", "--right", "put", "--symbol", "AAPL", "--strike", "190")
OPTION = ("--expiry", "2026-11-25", "--contracts", "1", "--delta", "42")


@pytest.fixture
def constitution(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Here:
    """A book with Main under Constitution 1.3, on Tuesday noon, 24 November 2026."""
    return opened_here(tmp_path, clock, monkeypatch, capfd, "--template", "constitution-1.3")


def until(last: date, count: int) -> list[date]:
    """The last `count` weekdays up to `last`."""
    days = weekdays(last - timedelta(days=2 * count), 2 * count)
    return [day for day in days if day <= last][-count:]


def import_bars(here: Here, symbol: str, rows: list[str]) -> None:
    file = bars_file(here.top / f"{symbol}.csv", rows)
    here("market", "import", file, "--symbol", symbol, "--yes", code=0)


def import_market(here: Here) -> None:
    """AAPL with a true range of 2.00, VIX 20 and at last 27, SPY rising, AAPL's earnings."""
    import_bars(here, "AAPL", [f"{d},200,201,199,200,1" for d in until(MONDAY, 10)])
    vix = [f"{d},20,20,20,20," for d in until(FRIDAY, 249)] + [f"{MONDAY},27,27,27,27,"]
    import_bars(here, "VIX", vix)
    rising = [500 + n / 2 for n in range(220)]
    spy = zip(until(FRIDAY, 220), rising, strict=True)
    import_bars(here, "SPY", [f"{d},{c},{c},{c},{c}," for d, c in spy])
    events = here.top / "events.csv"
    events.write_text(
        "symbol,date,kind,value\nAAPL,2026-10-29,earnings,\nAAPL,2026-11-25,earnings,\n",
        encoding="utf-8",
    )
    here("market", "events", str(events), "--yes", code=0)


def by_setting(document: Any) -> dict[str, tuple[str, str]]:
    return {r["setting"] or r["rule"]: (r["verdict"], r["message"]) for r in document["rules"]}


def test_the_rules_use_bars_vix_regime_and_earnings_and_the_trade_keeps_them(
    constitution: Here, clock: FixedClock
) -> None:
    import_market(constitution)
    document = constitution.json(*CHECK, *OPTION, code=3)
    # VIX: 249 days at 20 and one at 27 have a mean of 5007 / 250 = 20.028
    known = {
        "spot": "200.00",
        "priced": "2026-11-23T21:00:00.000000000Z",
        "earnings_on": "2026-11-25",
        "atr": "2.00",
        "atr_on": "2026-11-23",
        "vix": "27",
        "vix_mean": "20.03",
        "vix_on": "2026-11-23",
        "regime": "green",
        "regime_on": "2026-11-23",
    }
    missing = ("bid", "ask", "open_interest", "volume", "quoted", "margin")
    assert document["market"] == {**known, **dict.fromkeys(missing)}
    rules = by_setting(document)
    assert rules["breakers.vix_safe"] == ("pass", "VIX 27 is below 65 (of 2026-11-23)")
    assert rules["earnings.puts"] == (
        "fail",
        "AAPL reports earnings on 2026-11-25, in a week in which the put is open",
    )
    assert rules["regime.red"][1].endswith("in a Green week (of 2026-11-23)")
    assert "at VIX 27 (of 2026-11-23), one-year mean 20.03" in rules["vix.above_mean"][1]

    constitution("trade", "gen-1", "-1 AAPL 25Nov26 190p @1.45", "--delta", "42", "--yes", code=0)
    assert constitution.newest()["market"] == known

    clock.advance(timedelta(days=1))  # Tuesday's close was not imported
    market = constitution.json(*CHECK, *OPTION, code=3)["market"]
    assert (market["spot"], market["atr"], market["vix"], market["vix_mean"]) == (None,) * 4
    assert market["regime"] == "green"  # it is decided before the week
    later = constitution.json(*CHECK, *OPTION, "--date", "2026-11-30", code=3)["market"]
    assert later["regime"] is None  # Friday's close is not known yet
    assert later["earnings_on"] is None


def test_a_noted_vix_counts_until_a_later_close_is_stored(
    constitution: Here, clock: FixedClock
) -> None:
    import_market(constitution)
    constitution("market", "vix", "66", "--date", "2026-11-23", code=0)
    market = constitution.json(*CHECK, *OPTION, code=3)["market"]
    assert (market["vix"], market["vix_on"]) == ("27", "2026-11-23")  # the close of that day
    constitution("market", "vix", "66", code=0)
    document = constitution.json(*CHECK, *OPTION, code=3)
    market = document["market"]
    assert (market["vix"], market["vix_on"], market["vix_mean"]) == ("66", "2026-11-24", "20.03")
    assert by_setting(document)["breakers.vix_safe"][0] == "fail"
    clock.advance(timedelta(days=3))
    assert constitution.json(*CHECK, *OPTION, code=3)["market"]["vix"] is None


def test_a_damaged_file_is_missing_data_and_the_trade_is_recorded(constitution: Here) -> None:
    import_bars(constitution, "VIX", [f"{d},20,20,20,20," for d in until(MONDAY, 210)])
    [file] = (constitution.journal.parent / "market").iterdir()
    file.write_bytes(b"PAR1")
    assert constitution.json(*CHECK, *OPTION, code=3)["market"]["vix"] is None
    constitution("trade", "gen-1", "-1 AAPL 25Nov26 190p @1.45", "--yes", code=0)
    assert "market" not in constitution.newest()


def test_a_quote_counts_until_it_is_out_of_date(constitution: Here, clock: FixedClock) -> None:
    """It is of 11:55; the policy lets it be 15 minutes old."""
    rows = [
        option_row("190", "1.40", "1.46", volume="8", underlying="191.30", expiry="2026-11-25"),
        option_row("190", "0.50", "0.60", right="call", expiry="2026-11-25"),
    ]
    file = chain_file(constitution.top / "chain.csv", rows)
    constitution("market", "chain", file, "--yes", code=0)
    clock.advance(timedelta(minutes=10))
    document = constitution.json(*CHECK, *OPTION, code=3)
    quote = ("bid", "ask", "open_interest", "volume", "spot", "priced")
    market = document["market"]
    at = "2026-11-24T16:55:00.000000000Z"
    assert [market[name] for name in quote] == ["1.40", "1.46", 1500, 8, "191.30", at]
    rules = by_setting(document)
    # 0.06 of 1.43 is 4.196 %, rounded up; 1 contract is an eighth of the volume
    assert rules["liquidity.spread"][1] == (
        "the spread is 4.2 % of the mid (bid 1.40, ask 1.46) at 2026-11-24 11:55 New York,"
        " within 5 %"
    )
    assert rules["liquidity.open_interest"][0] == "pass"
    assert rules["liquidity.volume"][0] == "fail"
    assert rules["liquidity.share_of_volume"][0] == "fail"

    clock.advance(timedelta(minutes=1))
    late = constitution.json(*CHECK, *OPTION, "--time", "12:11", code=3)
    assert [late["market"][name] for name in quote] == [None] * 6
    assert late["market"]["quoted"] == at
    assert by_setting(late)["liquidity.volume"] == (
        "warn",
        "volume is not known; it must be 100;"
        " the quote of 2026-11-24 11:55 New York is out of date",
    )
    other = constitution.json(*CHECK, *OPTION, "--date", "2026-11-25")
    assert other["market"]["quoted"] is None  # no time is known at which it would be made
