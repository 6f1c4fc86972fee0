"""The market of a week from stored bars: what is missing or old is said, and splits count."""

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


def test_a_missing_last_day_is_named_and_a_missing_week_has_no_regime(
    engine: LocalEngine, tmp_path: Path
) -> None:
    days = sessions(engine, 205)
    imported(engine, tmp_path, "SPY", {day: 500 + n for n, day in enumerate(days)})
    known = engine.positions.week(date(2026, 11, 16)).market
    assert known.regime is not None and known.regime.inputs.day == THURSDAY
    assert "SPY has no bar of 2026-11-13; the regime is that of 2026-11-12" in known.missing
    later = engine.positions.week(date(2026, 11, 23)).market
    assert (later.regime, later.regime_size_bps, later.size_bps) == (None, None, None)
    assert "the regime needs more bars: `alluse market import FILE --symbol SPY`" in later.missing
    stale = "the newest bar of SPY is of 2026-11-12, 8 days before 2026-11-20"
    assert stale in later.missing


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
