"""`alluse market chain`: each defect by its row, and what is stored of a chain."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
from books import NOON
from chains import CHAIN_HEADER, chain_file, option_row
from here import Here

from alluse_tui.domain.model.market import OptionQuote
from alluse_tui.domain.model.terms import Right
from alluse_tui.engine import LocalEngine
from alluse_tui.market.data.bar_files import ReadMarket
from alluse_tui.market.data.chain_files import read_chain
from alluse_tui.market.trading_calendar import NewYorkCalendar

CALENDAR = NewYorkCalendar()
NOW_NS = int(NOON.timestamp()) * 1_000_000_000

DEFECTS = {
    option_row("185", "1.50", "1.40"): "bid '1.5': is above the ask of 1.4",
    option_row("185", "-1", "1.40"): "bid '-1': must not be negative, and below 1,000,000",
    option_row("0", "1", "2"): "strike '0': must be above 0",
    option_row("185", "1", "2", expiry="2026-11-26"): (
        "expiry '2026-11-26': is a Thursday that is not a trading day"
    ),
    option_row("185", "1", "2", expiry="2026-11-23"): (
        "expiry '2026-11-23': is before the day of the quote"
    ),
    option_row("185", "1", "2", expiry="soon"): "expiry 'soon': must be a date as YYYY-MM-DD",
    option_row("185", "1", "2", right="x"): "right 'x': must be put or call",
    option_row("185", "1", "2", time=""): "time: is missing; write 2026-11-24 15:45",
    option_row("185", "1", "2", time="2026-11-24"): (
        "time '2026-11-24': must be a day and a time, such as 2026-11-24 15:45"
    ),
    option_row("185", "1", "2", time="2026-11-24 12:01"): (
        "time '2026-11-24 12:01': is in the future"
    ),
    option_row("185", "1", "2", volume="-3"): "volume '-3': must not be negative",
    option_row("185", "1", "2", volume="9" * 400): (
        f"volume '{'9' * 59}…': must be at most 1,000,000,000,000"
    ),
    option_row("185", "1", "2", delta="-42"): "delta '-42': must be from -1 to 1",
    option_row("185", "1", "2", volatility="35"): (
        "implied volatility '35': must be a fraction such as 0.35, or 35%"
    ),
    option_row("190.0", "1", "2"): "this contract is also in row 2",
    "AAPL,2026-11-27,185": "has 3 fields where the header has 13",
    option_row("185", '"1,5"', "2"): "bid '1,5': has a decimal comma; write a decimal point",
}


def read(path: Path, rows: list[str], header: str = CHAIN_HEADER) -> ReadMarket:
    return read_chain(Path(chain_file(path / "chain.csv", rows, header)), CALENDAR, NOW_NS)


def test_each_defect_refuses_the_file_by_its_row(tmp_path: Path) -> None:
    done = read(tmp_path, [option_row("190", "1.40", "1.47"), *DEFECTS])
    assert [(d.row, d.why) for d in done.defects] == list(enumerate(DEFECTS.values(), start=3))
    assert all(defect.refuses for defect in done.defects)
    assert (done.rows, done.files, done.content) == (18, (), b"")


def test_an_unreadable_volume_is_left_out_and_a_wrong_header_named(tmp_path: Path) -> None:
    done = read(tmp_path, [option_row("190", "1.40", "1.47", volume="many")])
    assert [(d.row, d.why, d.refuses) for d in done.defects] == [
        (2, "volume is not a number and is left out", False)
    ]
    assert done.files[0].rows == 1
    [defect] = read(tmp_path, ["AAPL"], "symbol").defects
    assert defect.why.startswith("the header has no column for expiry, strike, right, bid, ask")


def test_a_chain_is_stored_and_read_back_and_replaced(here: Here) -> None:
    rows = [
        option_row("195", "3.10", "3.20", volatility="31.5%", delta="-0.62", underlying="193.5"),
        option_row("190", "1.40", "1.47", right="C", time="2026-11-24T16:55:00Z"),
    ]
    file = chain_file(here.top / "chain.csv", rows)
    document = here.json("market", "chain", file, "--yes")
    assert document == {"symbol": "AAPL", "rows": 2, "imported": 2, "defects": []}
    with LocalEngine(here.journal, actor="dana", clock=here.clock) as engine:
        call, put = engine.market.chain("aapl") or ()
    assert call == OptionQuote(
        symbol="AAPL",
        expiry=date(2026, 11, 27),
        strike_micros=190_000_000,
        right=Right.CALL,
        quoted_ns=NOW_NS - 300 * 1_000_000_000,
        bid_micros=1_400_000,
        ask_micros=1_470_000,
        volume=400,
        open_interest=1_500,
    )
    assert call.mid_micros == 1_435_000
    assert (put.volatility, put.delta, put.underlying_micros) == (0.315, 0.62, 193_500_000)
    assert put.quoted_ns == call.quoted_ns  # 11:55 in New York is 16:55 UTC

    assert here.json("market", "chain", file, "--yes")["imported"] == 0
    refused = here.json("market", "chain", chain_file(here.top / "bad.csv", [rows[0]] * 2), code=2)
    assert refused["imported"] == 0
    [stored] = here.json("market", "show")["files"]
    assert (stored["kind"], stored["rows"], stored["last"]) == ("chain", 2, "2026-11-24")


def test_parquet_with_typed_columns_is_the_same_chain(tmp_path: Path) -> None:
    file = tmp_path / "chain.parquet"
    duckdb.execute(
        "COPY (SELECT 'AAPL' AS symbol, DATE '2026-11-27' AS expiration, 190.0 AS strike,"
        " 'P' AS type, 1.4::DOUBLE AS bid, 1.47::DOUBLE AS ask, 400 AS volume, 1500 AS oi,"
        " TIMESTAMPTZ '2026-11-24 16:55:00+00' AS quote_time)"
        f" TO '{file}' (FORMAT parquet)"
    )
    done = read_chain(file, CALENDAR, NOW_NS)
    assert done.defects == ()
    assert done.files == read(tmp_path, [option_row("190", "1.40", "1.47")]).files
