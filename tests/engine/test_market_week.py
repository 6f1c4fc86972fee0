"""The prices of a week from stored bars, across a split."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from market import HEADER, bars_file

from alluse_tui.domain.commands import ImportMarket
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.read.market_week import closes
from alluse_tui.market.data.reading import MarketFiles
from alluse_tui.market.data.storage import MarketFolder

THURSDAY = date(2026, 11, 12)
SPLIT = date(2026, 11, 10)


def imported(engine: LocalEngine, path: Path, symbol: str, prices: dict[date, float]) -> None:
    rows = [f"{day},{price},{price},{price},{price}," for day, price in prices.items()]
    file = Path(bars_file(path / f"{symbol}.csv", rows, HEADER))
    read = engine.market.read_bars(file, symbol, accept_jumps=True)
    engine.market.keep(read)
    engine.commands.submit(ImportMarket(files=read.files, source=file.name))


def sessions(engine: LocalEngine, count: int) -> list[date]:
    """Trading days up to THURSDAY."""
    days = (THURSDAY - timedelta(days=n) for n in range(count * 2))
    return sorted([day for day in days if engine.trading_calendar.is_session(day)][:count])


def test_each_close_is_in_the_shares_of_its_own_day(engine: LocalEngine, tmp_path: Path) -> None:
    days = sessions(engine, 5)
    prices = {day: 400.0 if day < SPLIT else 100.0 for day in days}
    imported(engine, tmp_path, "XYZ", prices)
    events = tmp_path / "events.csv"
    events.write_text(f"symbol,date,kind,value\nXYZ,{SPLIT},split,4:1\n", encoding="utf-8")
    read = engine.market.read_events(events)
    engine.market.keep(read)
    engine.commands.submit(ImportMarket(files=read.files, source=events.name))
    files = MarketFiles(MarketFolder(engine.path), engine.core.visible_book.market)
    known = closes(files, "XYZ", days[0], days[-1])
    assert known == {day: int(price * 10**6) for day, price in prices.items()}
    assert [bar.close_micros for bar in files.bars("XYZ", days[0], days[-1])] == [10**8] * 5
