"""Questions to the stored files: bars in today's shares, events, and indicators (market.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import duckdb

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.market import (
    STALE_DAYS,
    Bar,
    Indicators,
    MarketEvent,
    MarketFile,
    MarketKind,
    OptionQuote,
    market_key,
)
from alluse_tui.domain.model.terms import Right
from alluse_tui.market.data.connection import locked_connection, quoted, statements
from alluse_tui.market.data.storage import MarketFolder

VIX = "VIX"
VIX_DAYS = 200
"""The fewest levels of a year that have an average."""

VOLATILITY_RETURNS = 20


@dataclass(frozen=True, slots=True)
class MarketFiles:
    """The current files in a folder; a file that is missing or was changed is missing data."""

    folder: MarketFolder
    current: Mapping[str, MarketFile]

    def events(self, symbol: str, kind: MarketKind) -> tuple[MarketEvent, ...] | None:
        """The symbol's known events of that kind, oldest first; None if none are known."""
        if (file := self._usable(kind, symbol)) is None:
            return None
        with self._open() as connection:
            rows = connection.execute(
                f"SELECT symbol, day, value FROM {self._parquet(file)}"
                " WHERE symbol = $symbol AND kind = $kind ORDER BY day",
                {"symbol": symbol, "kind": str(kind)},
            ).fetchall()
        return tuple(MarketEvent(name, day, kind, value) for name, day, value in rows)

    def bars(self, symbol: str, first: date, last: date) -> tuple[Bar, ...]:
        """The bars of these days, inclusive, in the shares of `last`; empty if data is missing."""
        if (file := self._usable(MarketKind.BARS, symbol)) is None:
            return ()
        splits = self.events(symbol, MarketKind.SPLIT) or ()
        with self._open() as connection:
            self._adjusted(connection, file, splits, last)
            rows = connection.execute(
                "SELECT day, open, high, low, close, volume FROM bar"
                " WHERE day BETWEEN $first AND $last ORDER BY place",
                {"first": first, "last": last},
            ).fetchall()
        return tuple(Bar(*row) for row in rows)

    def chain(self, symbol: str) -> tuple[OptionQuote, ...] | None:
        """The symbol's options by expiry, strike and right; None if no chain is stored."""
        if (file := self._usable(MarketKind.CHAIN, symbol)) is None:
            return None
        names = OptionQuote.__struct_fields__
        columns = ", ".join(f'"{name}"' for name in names)
        with self._open() as connection:
            rows = connection.execute(
                f"SELECT {columns} FROM {self._parquet(file)} WHERE symbol = $symbol"
                ' ORDER BY expiry, strike_micros, "right"',
                {"symbol": symbol},
            ).fetchall()
        quotes = (dict(zip(names, row, strict=True)) for row in rows)
        return tuple(OptionQuote(**{**one, "right": Right(one["right"])}) for one in quotes)

    def indicators(self, symbol: str, day: date, atr_period: int) -> Indicators:
        """The indicators of `symbol` on `day`, with what is missing."""
        empty = Indicators(symbol=symbol, asked=day, atr_period=atr_period)
        known = {**self._of_symbol(symbol, day, atr_period), **self._of_vix(day)}
        missing = tuple(dict.fromkeys((*known.pop("missing"), *known.pop("vix_missing"))))
        values = {name: getattr(empty, name) for name in empty.__struct_fields__} | known
        return Indicators(**{**values, "missing": missing})

    def _of_symbol(self, symbol: str, day: date, period: int) -> dict[str, Any]:
        file = self._usable(MarketKind.BARS, symbol)
        if file is None:
            return {"missing": [self._why_missing(symbol)]}
        splits = self.events(symbol, MarketKind.SPLIT) or ()
        with self._open() as connection:
            self._adjusted(connection, file, splits, day)
            row = connection.execute(
                statements("indicators")[0], {"day": day, "period": period}
            ).fetchone()
        assert row is not None
        bars, newest, close, atr, near, far, volatility, peak, peak_day = row
        if not bars:
            return {"missing": [f"{symbol} has no bars up to {day}"]}
        known: dict[str, Any] = {"day": newest, "close_micros": int(close), "missing": []}
        known |= {"peak_day": peak_day, "peak_micros": int(peak)}
        known["drawdown_bps"] = round((close - peak) * 10_000 / peak)
        for name, needed, value in (
            ("atr_micros", period, atr),
            ("average_50_micros", 50, near),
            ("average_200_micros", 200, far),
            ("volatility_bps", VOLATILITY_RETURNS + 1, volatility),
        ):
            if bars >= needed:
                known[name] = int(value)
            else:
                what = _NAMES[name]
                known["missing"].append(f"{what} needs {needed} bars of {symbol}, it has {bars}")
        known["missing"] += _stale(symbol, newest, day)
        known["missing"] += [
            f"the split of {symbol} on {split.day} is after its last bar and is not applied"
            for split in splits
            if file.last_day < split.day <= day
        ]
        return known

    def _of_vix(self, day: date) -> dict[str, Any]:
        file = self._usable(MarketKind.BARS, VIX)
        if file is None:
            return {"vix_missing": [self._why_missing(VIX)]}
        with self._open() as connection:
            self._adjusted(connection, file, (), day)
            row = connection.execute(
                "SELECT max(day), arg_max(close, day), round(avg(close) FILTER (day > $start)),"
                " count(*) FILTER (day > $start) FROM bar WHERE day <= $day",
                {"day": day, "start": _year_before(day)},
            ).fetchone()
        assert row is not None
        newest, level, average, days = row
        if newest is None:
            return {"vix_missing": [f"VIX has no levels up to {day}"]}
        known: dict[str, Any] = {"vix_day": newest, "vix_micros": int(level)}
        known["vix_missing"] = _stale(VIX, newest, day)
        if days >= VIX_DAYS:
            known["vix_average_micros"] = int(average)
        else:
            known["vix_missing"].append(
                f"the VIX average needs {VIX_DAYS} levels of the last year, there are {days}"
            )
        return known

    def _why_missing(self, symbol: str) -> str:
        file = self.current.get(market_key(MarketKind.BARS, symbol))
        if file is not None:
            return self.folder.problem(file)
        return f"no bars of {symbol} are stored; `alluse market import FILE --symbol {symbol}`"

    def _usable(self, kind: MarketKind, symbol: str) -> MarketFile | None:
        file = self.current.get(market_key(kind, symbol))
        return file if file is not None and not self.folder.problem(file) else None

    def _parquet(self, file: MarketFile) -> str:
        return f"read_parquet({quoted(str(self.folder.path_of(file.sha256)))})"

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that reads this folder only. Raises StoreFailed."""
        try:
            with locked_connection(folders=[self.folder.path]) as connection:
                yield connection
        except duckdb.Error as error:
            message = str(error).splitlines()[0]
            raise StoreFailed(f"{self.folder.path} cannot be read: {message}") from error

    def _adjusted(
        self,
        connection: duckdb.DuckDBPyConnection,
        file: MarketFile,
        splits: Sequence[MarketEvent],
        day: date,
    ) -> None:
        """Create the view `bar` in the shares of `day`: place from 0, day, prices in micros."""
        path = quoted(str(self.folder.path_of(file.sha256)))
        prices = ", ".join(
            f"CAST({name} * 1000000::DECIMAL(8, 0) AS BIGINT) AS {name}"
            for name in ("open", "high", "low", "close")
        )
        connection.execute(
            f"CREATE TEMP VIEW stored AS SELECT file_row_number AS place, day, {prices}, volume"
            f" FROM read_parquet({path}, file_row_number=true)"
        )
        applied = [s for s in splits if s.day <= day and _is_in_prices(connection, s)]
        connection.execute(
            f"CREATE TEMP VIEW bar AS SELECT {_in_shares_after(applied)} FROM stored"
        )


_NAMES = {
    "atr_micros": "the ATR",
    "average_50_micros": "the 50-day average",
    "average_200_micros": "the 200-day average",
    "volatility_bps": "realised volatility",
}


def split_ratio(value: str) -> Fraction:
    """New shares per old share: '7:1' → 7."""
    new, _, old = value.partition(":")
    return Fraction(int(new), int(old))


def _is_in_prices(connection: duckdb.DuckDBPyConnection, split: MarketEvent) -> bool:
    """Whether the stored prices jump by the split, so that it is not in them already."""
    row = connection.execute(
        "SELECT arg_max(close, day) FILTER (day < $day), arg_min(open, day) FILTER (day >= $day)"
        " FROM stored",
        {"day": split.day},
    ).fetchone()
    before, after = row or (None, None)
    if before is None or after is None:
        return False
    jump, ratio = Fraction(before, after), split_ratio(split.value)
    # nearer to the ratio than to 1 on a logarithmic scale, without logarithms
    return jump * jump > ratio if ratio > 1 else jump * jump < ratio


def _in_shares_after(splits: Sequence[MarketEvent]) -> str:
    """SQL for the columns of `bar`: a price before a split is divided by its ratio, exactly."""
    ratios: list[tuple[date, Fraction]] = []
    ratio = Fraction(1)
    for split in sorted(splits, key=lambda s: s.day, reverse=True):
        ratio *= split_ratio(split.value)
        ratios.append((split.day, ratio))
    ratios.reverse()

    def in_shares(name: str, *, is_price: bool) -> str:
        cases = ""
        for day, factor in ratios:
            over, under = factor.denominator, factor.numerator
            if not is_price:
                over, under = under, over
            whole = f"({name}::HUGEINT * {over} * 2 + {under}) // ({under} * 2)"  # rounds half up
            cases += f" WHEN day < DATE '{day}' THEN CAST({whole} AS BIGINT)"
        return f"CASE{cases} ELSE {name} END AS {name}" if cases else name

    prices = (in_shares(name, is_price=True) for name in ("open", "high", "low", "close"))
    return ", ".join(("place, day", *prices, in_shares("volume", is_price=False)))


def _stale(symbol: str, newest: date, day: date) -> list[str]:
    age_days = (day - newest).days
    if age_days <= STALE_DAYS:
        return []
    return [f"the newest bar of {symbol} is of {newest}, {age_days:,} days before {day}"]


def _year_before(day: date) -> date:
    return day - timedelta(days=365)
