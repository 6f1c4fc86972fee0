"""B18: a million bars imported, against DuckDB's own read of the file; and their indicators."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb

from alluse_tui.domain.model.market import market_key
from alluse_tui.market.data.bar_files import read_bars
from alluse_tui.market.data.reading import MarketFiles
from alluse_tui.market.data.storage import MarketFolder
from alluse_tui.market.trading_calendar import NewYorkCalendar
from benchmarks.measure import Row, medians

ROWS = 1_000_000
FIRST = date(2100, 12, 27)
"""A Monday after the last holiday that the calendar knows, so that every weekday has trading."""

_BARS = """
    SELECT
        $first::DATE + CAST(i // 5 * 7 + i % 5 AS INTEGER) AS date,
        100 + round(10 * sin(i / 50), 2) AS open,
        open + 1 AS high,
        open - 1 AS low,
        open + 0.5 AS close,
        1000 + i % 500 AS volume
    FROM range($rows) AS number(i)
"""


def million_bars(folder: Path) -> list[Row]:
    file = folder / "bars.csv"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE bar AS {_BARS}", {"first": FIRST, "rows": ROWS})
        connection.execute(f"COPY bar TO '{file}' (HEADER)")
    calendar, market = NewYorkCalendar(), MarketFolder(folder / "b18.journal")

    def imported() -> MarketFiles:
        read = read_bars(file, "B18", {}, calendar)
        assert not read.defects and read.rows == ROWS, read.defects[:3]
        market.keep(read.content)
        return MarketFiles(market, {market_key(f.kind, f.symbol): f for f in read.files})

    def by_duckdb() -> None:
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.execute(f"CREATE TABLE bar AS FROM read_csv('{file}')")

    ours, baseline = medians(imported, by_duckdb, rounds=3)
    files, newest = imported(), FIRST + timedelta(days=ROWS // 5 * 7)
    answer, reading = medians(lambda: files.indicators("B18", newest, 14), by_duckdb, rounds=3)
    return [
        Row(
            "B18 1,000,000 bars imported; DuckDB read_csv", ours / baseline, "≤ 8×", ours, baseline
        ),
        Row(
            "B18 indicators of 1,000,000 bars; DuckDB read_csv",
            answer / reading,
            "≤ 1×",
            answer,
            reading,
        ),
    ]
