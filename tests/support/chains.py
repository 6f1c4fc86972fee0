"""Option chains for tests: a header, rows, and the file that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

CHAIN_HEADER = (
    "symbol,expiry,strike,right,bid,ask,last,volume,open_interest,time,"
    "implied_volatility,delta,underlying"
)
QUOTED = "2026-11-24 11:55"
"""Five minutes before the tests' noon, in New York."""


def option_row(
    strike: str,
    bid: str,
    ask: str,
    *,
    right: str = "put",
    expiry: str = "2026-11-27",
    symbol: str = "AAPL",
    volume: str = "400",
    interest: str = "1500",
    time: str = QUOTED,
    volatility: str = "",
    delta: str = "",
    underlying: str = "",
) -> str:
    parts = (symbol, expiry, strike, right, bid, ask, "", volume, interest, time)
    return ",".join((*parts, volatility, delta, underlying))


def chain_file(path: Path, rows: Iterable[str], header: str = CHAIN_HEADER) -> str:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return str(path)
