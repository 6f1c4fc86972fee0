"""`alluse strikes`: what a tier may sell, from a chain or estimated, and each rule's verdict."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from chains import chain_file, option_row
from here import Here
from market import bars_file, weekdays

from alluse_tui.domain.derived.strikes import Spot, spot_of_chain
from alluse_tui.domain.model.market import OptionQuote
from alluse_tui.domain.model.terms import Right
from alluse_tui.engine import FixedClock

EXPIRY = {"expiry": "2026-12-04"}
CHAIN = [
    option_row("190", "1.40", "1.46", delta="-0.42", underlying="191.30", **EXPIRY),
    option_row("185", "0.70", "0.76", delta="-0.31", underlying="191.30", **EXPIRY),
    option_row("170", "0.10", "0.12", delta="-0.05", underlying="191.30", **EXPIRY),
    option_row("195", "1.98", "2.02", delta="0.40", right="call", underlying="191.30", **EXPIRY),
    option_row("190", "9", "9.2", delta="-0.42", underlying="191.30", expiry="2027-03-19"),
]


def import_chain(here: Here, rows: list[str]) -> None:
    here("market", "chain", chain_file(here.top / "chain.csv", rows), "--yes", code=0)


def failed(strike: dict[str, Any]) -> set[str]:
    return {rule["rule"] for rule in strike["rules"] if rule["verdict"] == "fail"}


def test_a_chain_lists_the_band_and_what_is_near_it_with_each_verdict(here: Here) -> None:
    import_chain(here, CHAIN)
    document = here.json("strikes", "gen-1", "aapl")
    assert (document["spot"], document["spot_from"]) == ("191.30", "chain")
    assert document["band"] == ["0.40", "0.50"]
    low, put, call = document["strikes"]
    assert [s["strike"] for s in (low, put, call)] == ["185.00", "190.00", "195.00"]
    assert [s["in_band"] for s in (low, put, call)] == [False, True, True]
    # 143 a contract on 19,000 in 10 days: 143 / 19000 × 36.5 = 27.47 %; 0.06 of 1.43 = 4.196 %
    wanted = {
        "expiry": "2026-12-04",
        "right": "put",
        "delta": "0.42",
        "delta_from": "chain",
        "mid": "1.43",
        "credit": "143.00",
        "annual": "27.47",
        "spread": "4.20",
        "open_interest": 1500,
        "volume": 400,
        "age": 300,
        "stale": False,
        "estimated": False,
    }
    assert {name: put[name] for name in wanted} == wanted
    assert call["annual"] == "38.15"  # 200 / 19130 × 36.5, on the shares under it
    # Tuesday is no entry day: in the week of Thanksgiving that is Wednesday
    assert failed(put) == {"trade.day"}
    assert failed(low) == {"trade.day", "trade.delta"}
    assert failed(call) == {"trade.day", "collateral.cover"}

    far = here.json("strikes", "gen-1", "AAPL", "--expiry", "2027-03-19")["strikes"]
    assert [(s["expiry"], s["credit"]) for s in far] == [("2027-03-19", "910.00")]
    why = here("strikes", "gen-1", "AAPL", "--expiry", "2026-12-11", code=2).err
    assert "is not in the chain, which has 2026-12-04, 2027-03-19" in why


def test_a_quote_that_is_out_of_date_is_shown_and_is_missing_for_the_rules(
    here: Here, clock: FixedClock
) -> None:
    import_chain(here, CHAIN)
    here("policy", "set", "liquidity.open_interest", "500", code=0)
    fresh = here.json("strikes", "gen-1", "AAPL")["strikes"][1]
    clock.advance(timedelta(minutes=11))
    old = here.json("strikes", "gen-1", "AAPL")["strikes"][1]
    verdicts = [
        [rule["verdict"] for rule in strike["rules"] if rule["rule"] == "trade.liquidity"]
        for strike in (fresh, old)
    ]
    assert verdicts == [["pass"], ["warn"]]
    assert (old["stale"], old["age"], old["open_interest"]) == (True, 960, 1500)
    printed = here("strikes", "gen-1", "AAPL", code=0)
    assert "16 minutes old" in printed.out
    assert "stale ✗ day" in printed.out
    assert "note: 3 of 3 quotes are out of date" in printed.err


def test_without_a_chain_it_is_estimated_and_labelled(here: Here) -> None:
    rows = [f"{d},200,200,200,200,1" for d in weekdays(date(2026, 11, 16), 6)]
    here("market", "import", bars_file(here.top / "bars.csv", rows), "--symbol", "AAPL", code=0)
    why = here("strikes", "gen-1", "AAPL", code=2).err
    assert "--volatility: is needed" in why
    ask = ("strikes", "gen-1", "AAPL", "--volatility", "35", "--expiry", "2026-12-04")
    document = here.json(*ask)
    assert (document["spot"], document["spot_from"]) == ("200.00", "close")
    assert document["volatility"] == "35"
    assert all(s["estimated"] and s["delta_from"] == "volatility" for s in document["strikes"])
    [put] = [s for s in document["strikes"] if (s["strike"], s["right"]) == ("200.00", "put")]
    # 10 days and 4 hours: σ√t = 0.35 √0.027854 = 0.058414, N(-0.029207) = 0.4883,
    # 200 (2 N(0.029207) - 1) = 4.66; 466 / 20000 × 36.5 = 85.04 %
    assert (put["delta"], put["mid"], put["credit"], put["annual"]) == (
        *("0.49", "4.66", "466.00", "85.04"),
    )
    assert (put["bid"], put["spread"], put["open_interest"], put["quoted"]) == (None,) * 4
    standard = here.json("strikes", "gen-1", "AAPL", "--volatility", "35")
    assert {s["expiry"] for s in standard["strikes"]} == {"2026-12-18"}
    assert "estimated ✗ day" in here(*ask, code=0).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--volatility", "0"), "--volatility '0': must be a percentage above 0"),
        (("--volatility", "x"), "--volatility 'x': must be a decimal number"),
        (("--expiry", "soon"), "--expiry 'soon': must be a date"),
        ((), "SYMBOL 'AAPL': has no price since 2026-11-17"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    here: Here, arguments: tuple[str, ...], message: str
) -> None:
    assert message in here("strikes", "gen-1", "AAPL", *arguments, code=2).err


def test_put_and_call_imply_the_price_of_the_underlying() -> None:
    def quote(strike: int, right: Right, bid: int, ask: int) -> OptionQuote:
        return OptionQuote(
            symbol="AAPL",
            expiry=date(2026, 12, 4),
            strike_micros=strike * 1_000_000,
            right=right,
            quoted_ns=int(datetime(2026, 11, 24, 12).timestamp()) * 1_000_000_000,
            bid_micros=bid * 10_000,
            ask_micros=ask * 10_000,
        )

    near = (quote(190, Right.PUT, 190, 210), quote(190, Right.CALL, 320, 340))
    far = (quote(150, Right.PUT, 1, 3), quote(150, Right.CALL, 4_000, 4_400))
    # 190 + 3.30 - 2.00; at 150 the call is wide, and farther from the money
    assert spot_of_chain((*far, *near)) == Spot(191_300_000, near[0].quoted_ns, "parity")
