"""The market screen with stored data: the week, levels, strikes with verdicts, the trade form."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from chains import chain_file, option_row
from market import bars_file, weekdays
from opened import lines_with
from screens import press, running, screen_text, settled
from textual.widgets import Input

from alluse_tui.domain.commands import ImportMarket, Instrument, Post, Right, amount, trade
from alluse_tui.engine import LocalEngine


def stored(engine: LocalEngine, folder: Path) -> None:
    """AAPL at 185 with an ATR of 2.00 and a chain quoted at 11:55; gen-1 is short a 190 put."""
    days = weekdays(date(2026, 11, 23) - timedelta(days=27), 20)
    bars = bars_file(folder / "bars.csv", [f"{d},185,186,184,185,1" for d in days])
    rows = [
        option_row("185", "2.00", "2.10", delta="-0.45", underlying="185", expiry="2026-12-04"),
        option_row("180", "0.70", "0.80", delta="-0.31", underlying="185", expiry="2026-12-04"),
    ]
    for read in (
        engine.market.read_bars(Path(bars), "AAPL"),
        engine.market.read_chain(Path(chain_file(folder / "chain.csv", rows))),
    ):
        engine.market.keep(read)
        engine.commands.submit(ImportMarket(files=read.files))
    put = Instrument("AAPL", Right.PUT, amount("190"), date(2026, 12, 4), 100)
    fact = trade(put, buy=False, quantity="1", price="1.45", fees=0)
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))


async def test_levels_and_strikes_are_shown_and_enter_fills_in_the_trade(
    engine: LocalEngine, tmp_path: Path
) -> None:
    stored(engine, tmp_path)
    async with running(engine, (80, 24)) as pilot:
        await press(pilot, "5")
        text = screen_text(pilot)
        # 190 - 185 = 5.00 is 2.5 ATRs past the strike; act is 1.5, at 190 - 3
        (level,) = lines_with(pilot, "AAPL 2026-12-04 190 put")
        assert "◆ act" in level and "2.50" in level and "187.00" in level
        (band,) = lines_with(pilot, "AAPL 04 Dec 185 put")
        assert "45 ●" in band and "✗ day" in band
        (near,) = lines_with(pilot, "AAPL 04 Dec 180 put")
        assert "31 " in near and "●" not in near and "✗ day, delta" in near
        assert "regime  not known" in text and "VIX     not known" in text
        assert "AAPL 185.00, 5 minutes old" in text

        pilot.app.screen.query_one("#strikes").focus()
        await settled(pilot)
        await press(pilot, "down", "enter")
        fields = {field.id: field.value for field in pilot.app.screen.query(Input)}
        assert fields["field-trade"] == "-1 AAPL 04Dec26 185p @2.05"
        assert fields["field-delta"] == "0.45"
