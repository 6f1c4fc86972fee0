"""The market page's week: the regime with its inputs, and the types below it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from market import HEADER, bars_file, weekdays
from opened import lines_with, page_of
from screens import press, running, screen_text

from alluse_tui.domain.commands import (
    ImportMarket,
    Instrument,
    Post,
    Right,
    amount,
    trade,
)
from alluse_tui.engine import LocalEngine

PUT = Instrument("XYZ", Right.PUT, amount("50"), date(2026, 11, 27), 100)


def imported(engine: LocalEngine, symbol: str, path: Path, closes: dict[date, float]) -> None:
    rows = [f"{day},{price},{price + 1},{price - 1},{price}," for day, price in closes.items()]
    file = Path(bars_file(path / f"{symbol}.csv", rows, HEADER))
    read = engine.market.read_bars(file, symbol)
    engine.market.keep(read)
    engine.commands.submit(ImportMarket(files=read.files, source=file.name))


async def test_the_selected_week_has_its_regime_and_types(
    engine: LocalEngine, tmp_path: Path
) -> None:
    days = [day for day in weekdays(date(2026, 2, 2), 300) if day <= date(2026, 11, 20)]
    imported(engine, "SPY", tmp_path, {day: 500 + n / 2 for n, day in enumerate(days)})
    imported(engine, "XYZ", tmp_path, {date(2026, 11, 20): 47})
    sale = trade(PUT, buy=False, quantity="1", price="1", fees=0)
    day = date(2026, 11, 19)
    engine.commands.submit(Post(account="gen-1", fact=sale, confirmed=True, date=day))
    async with running(engine) as pilot:
        await press(pilot, "colon", *"week", "enter")
        assert "Week of Mon 23 Nov 2026" in screen_text(pilot)
        assert "Green  an upward trend, calm, and not sideways" in screen_text(pilot)
        assert "SPY 604.50 on 2026-11-20" in screen_text(pilot)
        assert "`alluse market import FILE --symbol VIX`" in screen_text(pilot)
        (line,) = lines_with(pilot, PUT.name)
        assert "–" in line and "open; judged on 2026-11-27" in line
        await press(pilot, "left_square_bracket")
        assert "Week of Mon 16 Nov 2026" in screen_text(pilot)
        of_account, line = lines_with(pilot, PUT.name)
        assert "gen-1" in of_account and "P-RO" in of_account
        assert "P-RO" in line and "open; close 47.00, 6.00 %" in line
        await press(pilot, "right_square_bracket")
        assert "Week of Mon 23 Nov 2026" in screen_text(pilot)


async def test_enter_shows_the_whole_reason(engine: LocalEngine) -> None:
    sale = trade(PUT, buy=False, quantity="1", price="1", fees=0)
    day = date(2026, 11, 19)
    engine.commands.submit(Post(account="gen-1", fact=sale, confirmed=True, date=day))
    async with running(engine, (80, 24)) as pilot:
        await press(pilot, "colon", *"week", "enter", "left_square_bracket")
        (row,) = engine.positions.week(date(2026, 11, 20)).positions
        assert row.why not in screen_text(pilot)
        await press(pilot, "down", "enter")
        text = " ".join(screen_text(pilot).replace("│", " ").split())
        assert f"–: {row.why}" in text
        await press(pilot, "escape")
        assert page_of(pilot) == "week"
