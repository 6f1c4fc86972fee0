"""Reading and checking a file of option chains (market.md, Chains)."""

from __future__ import annotations

import csv
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from alluse_tui.domain.model.calendar import can_expire_on
from alluse_tui.domain.model.errors import BadInput, StoreFailed
from alluse_tui.domain.model.market import (
    Defect,
    MarketFile,
    MarketKind,
    OptionQuote,
    market_symbol,
)
from alluse_tui.domain.model.money import micros_of
from alluse_tui.domain.model.terms import Right
from alluse_tui.files import open_regular, read_text
from alluse_tui.market.data.bar_files import DEFECTS_KEPT, ReadMarket
from alluse_tui.market.data.columns import CHAIN_COLUMNS, delimiter_of, matched, names_in
from alluse_tui.market.data.connection import locked_connection, quoted
from alluse_tui.market.data.storage import sha256_of
from alluse_tui.market.trading_calendar import NewYorkCalendar

NEW_YORK = ZoneInfo("America/New_York")
LIMIT_BYTES = 64 * 1024 * 1024
LARGEST_PRICE = 10**12
LARGEST_COUNT = 10**12
HIGHEST_VOLATILITY = 10.0
"""1,000 %: a larger number is a percentage without its sign."""

_RIGHTS = {
    **dict.fromkeys(("p", "put", "puts"), Right.PUT),
    **dict.fromkeys(("c", "call", "calls"), Right.CALL),
}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_NOTHING = ("", "-", "--", "n/a", "nan", "null")
"""What vendors write where they have no value."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = tuple[int, Sequence[str]]
"""The number of a row in its file, from 1 for the header, and its fields."""

STORED = {
    "symbol": "VARCHAR",
    "expiry": "DATE",
    "strike_micros": "BIGINT",
    "right": "VARCHAR",
    "quoted_ns": "BIGINT",
    "bid_micros": "BIGINT",
    "ask_micros": "BIGINT",
    "last_micros": "BIGINT",
    "volume": "BIGINT",
    "open_interest": "BIGINT",
    "volatility": "DOUBLE",
    "delta": "DOUBLE",
    "underlying_micros": "BIGINT",
}
"""The columns of a stored chain: the fields of OptionQuote."""


def read_chain(path: Path, calendar: NewYorkCalendar, now_ns: int) -> ReadMarket:
    """Read option chains from CSV or Parquet and check every row.

    What it stores replaces the chain of each symbol that it names. Raises BadInput for a file that
    cannot be read, StoreFailed.
    """
    try:
        names, rows = _rows(path)
    except OSError as error:
        raise BadInput("FILE", path, f"cannot be read: {error.strerror}") from None
    except duckdb.IOException as error:
        raise StoreFailed(f"{path}: {str(error).splitlines()[0]}") from error
    except duckdb.Error as error:
        raise BadInput("FILE", path, f"cannot be read: {str(error).splitlines()[0]}") from error
    numbers, missing = matched(names, CHAIN_COLUMNS, {})
    if missing:
        why = f"the header has no column for {', '.join(missing)}: it names {', '.join(names)}"
        return ReadMarket("", 0, (Defect(1, why, refuses=True),))
    checked = _Checked(numbers, len(names), calendar, now_ns)
    for row, fields in rows:
        checked.add(row, fields)
    if not checked.rows:
        checked.refuse(1, "there are no rows below the header")
    defects = sorted(checked.defects, key=lambda defect: (not defect.refuses, defect.row))
    kept = tuple(sorted(defects[:DEFECTS_KEPT], key=lambda defect: defect.row))
    more = len(defects[DEFECTS_KEPT:])
    symbols = {quote.symbol for quote in checked.quotes}
    symbol = min(symbols) if len(symbols) == 1 else ""
    if any(defect.refuses for defect in defects):
        return ReadMarket(symbol, checked.rows, kept, more)
    content = _parquet(checked.quotes)
    files = _files(checked.quotes, sha256_of(content))
    return ReadMarket(symbol, checked.rows, kept, more, files, content)


def _rows(path: Path) -> tuple[list[str], Iterator[Row]]:
    """The names of the columns, and the rows that are not empty. Raises OSError, duckdb.Error."""
    with open_regular(path) as file:
        if file.read(4) == b"PAR1":
            source = f"/dev/fd/{file.fileno()}"
            with locked_connection(paths=[source]) as connection:
                table = connection.execute(
                    f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet({quoted(source)})"
                )
                names = [str(column[0]) for column in table.description or ()]
                stored = [[value or "" for value in row] for row in table.fetchall()]
            return names, iter([*enumerate(stored, start=1)])
    lines = read_text(path, LIMIT_BYTES).removeprefix("\ufeff").splitlines()
    header = lines[0] if lines else ""
    delimiter = delimiter_of(header)
    rows = enumerate(csv.reader(lines[1:], delimiter=delimiter), start=2)
    return names_in(header, delimiter), (
        (row, [field.strip() for field in fields])
        for row, fields in rows
        if any(field.strip() for field in fields)
    )


class _Checked:
    """The quotes and the defects of a file; each row is checked as it is added."""

    def __init__(
        self, numbers: Mapping[str, int], width: int, calendar: NewYorkCalendar, now_ns: int
    ) -> None:
        self.rows = 0
        self.quotes: list[OptionQuote] = []
        self.defects: list[Defect] = []
        self._numbers, self._width = numbers, width
        self._calendar, self._now_ns = calendar, now_ns
        self._first_rows: dict[tuple[object, ...], int] = {}
        self._expires: dict[date, bool] = {}

    def refuse(self, row: int, why: str) -> None:
        self.defects.append(Defect(row, why, refuses=True))

    def add(self, row: int, fields: Sequence[str]) -> None:
        self.rows += 1
        if len(fields) != self._width:
            count = f"{len(fields)} field{'s' * (len(fields) != 1)}"
            self.refuse(row, f"has {count} where the header has {self._width}")
            return
        by_name = {name: fields[n].strip() for name, n in self._numbers.items()}
        try:
            quote = _quote(by_name)
            self._check(quote)
        except BadInput as error:
            self.refuse(row, str(error))
            return
        contract = (quote.symbol, quote.expiry, quote.strike_micros, quote.right)
        earlier = self._first_rows.setdefault(contract, row)
        if earlier != row:
            self.refuse(row, f"this contract is also in row {earlier}")
        for name in ("volume", "open_interest"):
            if getattr(quote, name) is None and by_name.get(name, "").lower() not in _NOTHING:
                noun = name.replace("_", " ")
                self.defects.append(Defect(row, f"{noun} is not a number and is left out"))
        self.quotes.append(quote)

    def _check(self, quote: OptionQuote) -> None:
        """Raises BadInput."""
        bid, ask, expiry = quote.bid_micros, quote.ask_micros, quote.expiry
        if bid is not None and ask is not None and bid > ask:
            raise BadInput("bid", f"{bid / 1e6:g}", f"is above the ask of {ask / 1e6:g}")
        if expiry not in self._expires:
            self._expires[expiry] = can_expire_on(expiry, self._calendar)
        if not self._expires[expiry]:
            raise BadInput("expiry", str(expiry), f"is a {expiry:%A} that is not a trading day")
        if expiry < _day_of(quote.quoted_ns):
            raise BadInput("expiry", str(expiry), "is before the day of the quote")
        if quote.quoted_ns > self._now_ns:
            raise BadInput("time", _moment_text(quote.quoted_ns), "is in the future")


def _quote(fields: Mapping[str, str]) -> OptionQuote:
    """The option in a row. Raises BadInput."""
    right = _RIGHTS.get(fields["right"].lower())
    if right is None:
        raise BadInput("right", fields["right"], "must be put or call")
    strike = _price("strike", fields["strike"])
    if not strike:
        raise BadInput("strike", fields["strike"], "must be above 0")
    return OptionQuote(
        symbol=market_symbol("symbol", fields["symbol"]),
        expiry=_expiry(fields["expiry"]),
        strike_micros=strike,
        right=right,
        quoted_ns=_moment_ns(fields["time"]),
        bid_micros=_price("bid", fields["bid"]),
        ask_micros=_price("ask", fields["ask"]),
        last_micros=_price("last", fields.get("last", "")),
        volume=_count("volume", fields.get("volume", "")),
        open_interest=_count("open interest", fields.get("open_interest", "")),
        volatility=_volatility(fields.get("implied_volatility", "")),
        delta=_delta(fields.get("delta", "")),
        underlying_micros=_price("underlying", fields.get("underlying", "")) or None,
    )


def _expiry(typed: str) -> date:
    for form in ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(re.split(r"[T ]", typed)[0], form).date()
        except ValueError:
            continue
    raise BadInput("expiry", typed, "must be a date as YYYY-MM-DD")


def _price(name: str, typed: str) -> int | None:
    """A price in micros, rounded to millionths; None if there is none. Raises BadInput."""
    text = typed.removeprefix("$")
    if text.lower() in _NOTHING:
        return None
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d*)?", text):
        text = text.replace(",", "")
    if "," in text:
        raise BadInput(name, typed, "has a decimal comma; write a decimal point")
    if not _NUMBER.fullmatch(text):
        raise BadInput(name, typed, "is not a number")
    micros = micros_of(Decimal(text), name)
    if not 0 <= micros <= LARGEST_PRICE:
        raise BadInput(name, typed, "must not be negative, and below 1,000,000")
    return micros


def _count(name: str, typed: str) -> int | None:
    """A whole number that is not negative; None if there is none. Raises BadInput."""
    text = typed.replace(",", "")
    if not re.fullmatch(r"[+-]?\d+(\.0*)?", text):
        return None
    count = int(Decimal(text))
    if count < 0:
        raise BadInput(name, typed, "must not be negative")
    if count > LARGEST_COUNT:
        raise BadInput(name, typed, f"must be at most {LARGEST_COUNT:,}")
    return count


def _volatility(typed: str) -> float | None:
    """A fraction a year: '0.35' or '35%'; None if there is none or 0. Raises BadInput."""
    text = typed.removesuffix("%").strip()
    if text.lower() in _NOTHING:
        return None
    if not _NUMBER.fullmatch(text):
        raise BadInput("implied volatility", typed, "is not a number")
    value = float(text) / (100 if typed.endswith("%") else 1)
    if not 0 <= value <= HIGHEST_VOLATILITY:
        raise BadInput("implied volatility", typed, "must be a fraction such as 0.35, or 35%")
    return value or None


def _delta(typed: str) -> float | None:
    """A delta from 0 to 1, without the sign of a put's; None if there is none. Raises BadInput."""
    if typed.lower() in _NOTHING:
        return None
    if not _NUMBER.fullmatch(typed) or abs(float(typed)) > 1:
        raise BadInput("delta", typed, "must be from -1 to 1")
    return abs(float(typed))


def _moment_ns(typed: str) -> int:
    """A moment in nanoseconds since 1970; without a zone it is New York's. Raises BadInput."""
    if typed.lower() in _NOTHING:
        raise BadInput("time", None, "is missing; write 2026-11-24 15:45")
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        moment = None
    if moment is None or not re.search(r"\d[T ]\d", typed):
        raise BadInput("time", typed, "must be a day and a time, such as 2026-11-24 15:45")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=NEW_YORK)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000


def _day_of(at_ns: int) -> date:
    return datetime.fromtimestamp(at_ns // 1_000_000_000, NEW_YORK).date()


def _moment_text(at_ns: int) -> str:
    return f"{datetime.fromtimestamp(at_ns // 1_000_000_000, NEW_YORK):%Y-%m-%d %H:%M}"


def _parquet(quotes: Sequence[OptionQuote]) -> bytes:
    """The quotes as a Parquet file, sorted, so that equal chains make equal files."""
    columns = {name: [getattr(quote, name) for quote in quotes] for name in STORED}
    selected = ", ".join(
        f'CAST(unnest(${name}) AS {kind}) AS "{name}"' for name, kind in STORED.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "chain.parquet"
        with locked_connection(folders=[Path(folder)]) as connection:
            connection.execute(f"CREATE TEMP TABLE quote AS SELECT {selected}", columns)
            connection.execute(
                'COPY (FROM quote ORDER BY symbol, expiry, strike_micros, "right")'
                f" TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
            )
        return target.read_bytes()


def _files(quotes: Sequence[OptionQuote], sha256: str) -> tuple[MarketFile, ...]:
    """What the stored file holds of each symbol, with the days of its quotes."""
    days: defaultdict[str, list[date]] = defaultdict(list)
    for quote in quotes:
        days[quote.symbol].append(_day_of(quote.quoted_ns))
    return tuple(
        MarketFile(MarketKind.CHAIN, symbol, sha256, min(known), max(known), len(known))
        for symbol, known in sorted(days.items())
    )
