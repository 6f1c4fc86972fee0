"""Alerts that need market data: levels, earnings, dividends, old data; quiet without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from chains import chain_file, option_row
from market import bars_file, weekdays

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    ImportMarket,
    Instrument,
    Post,
    Right,
    amount,
    trade,
)
from alluse_tui.domain.views import AlertView, Severity
from alluse_tui.engine import FixedClock, LocalEngine

KINDS = ("ATR level", "earnings", "ex-dividend", "stale market data")
EXPIRY = date(2026, 12, 4)
EVENTS = """symbol,date,kind,value
AAPL,2026-11-25,earnings,
AAPL,2026-12-01,dividend,0.50
"""


def sell(engine: LocalEngine, strike: str, right: Right) -> None:
    option = Instrument("AAPL", right, amount(strike), EXPIRY, 100)
    fact = trade(option, buy=False, quantity="1", price="1.45", fees=0)
    engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))


def told(engine: LocalEngine) -> dict[str, AlertView]:
    """The alerts of these kinds, which the dashboard shows as well."""
    alerts = engine.queries.alerts()
    assert engine.queries.overview().alerts == alerts
    return {alert.kind: alert for alert in alerts if alert.kind in KINDS}


@pytest.fixture
def stocked(engine: LocalEngine, tmp_path: Path) -> Iterator[LocalEngine]:
    """AAPL closed at 185 with an ATR of 2.00; its 180 call is worth 5.40 at the mid."""
    days = weekdays(date(2026, 11, 23) - timedelta(days=27), 20)
    bars = bars_file(tmp_path / "bars.csv", [f"{d},185,186,184,185,1" for d in days])
    row = option_row("180", "5.30", "5.50", right="call", expiry=str(EXPIRY))
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    for read in (
        engine.market.read_bars(Path(bars), "AAPL"),
        engine.market.read_chain(Path(chain_file(tmp_path / "chain.csv", [row]))),
        engine.market.read_events(tmp_path / "events.csv"),
    ):
        engine.market.keep(read)
        engine.commands.submit(ImportMarket(files=read.files))
    yield engine


def test_they_are_raised_with_their_numbers_and_acknowledged(
    stocked: LocalEngine, clock: FixedClock
) -> None:
    assert told(stocked) == {}  # nothing is held
    sell(stocked, "188", Right.PUT)
    sell(stocked, "180", Right.CALL)
    alerts = told(stocked)
    level = alerts["ATR level"]
    # the put is 3.00 past, 1.5 ATRs; the call 5.00, 2.5 ATRs
    levels = [
        a.message
        for a in map(lambda a: a.verdict, stocked.queries.alerts())
        if a.rule == "ATR level"
    ]
    assert sorted(levels) == [
        "AAPL closed at 185.00, 1.50 ATRs past the strike of AAPL 2026-12-04 188 put: act",
        "AAPL closed at 185.00, 2.50 ATRs past the strike of AAPL 2026-12-04 180 call: act",
    ]
    assert level.severity is Severity.CRITICAL
    assert alerts["earnings"].sentence == "gen-1 holds AAPL, which reports earnings on 2026-11-25"
    # 5.40 is 5.00 in the money, so 0.40 are left
    assert alerts["ex-dividend"].verdict.message == (
        "AAPL 2026-12-04 180 call may be assigned before the ex-dividend date 2026-12-01:"
        " the dividend of 0.50 is more than its time value of 0.40"
    )
    assert "stale market data" not in alerts

    stocked.commands.submit(AcknowledgeAlert(alert=alerts["earnings"].id))
    assert told(stocked)["earnings"].acknowledged

    clock.advance(timedelta(days=2))  # Tuesday's and Wednesday's closes are missing
    later = told(stocked)
    assert later.keys() == {"stale market data"}
    assert later["stale market data"].sentence == (
        "the newest close of AAPL is of 2026-11-23, so its ATR level is not known: import its bars"
    )


def test_nothing_is_told_of_what_is_not_stored(engine: LocalEngine) -> None:
    sell(engine, "188", Right.PUT)
    assert told(engine) == {}
    assert not (engine.path.parent / "market").exists()
