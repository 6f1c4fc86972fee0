"""Reading and checking a file of events: splits, dividends and earnings dates."""

from __future__ import annotations

import csv
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.market import (
    EVENT_KINDS,
    Defect,
    MarketEvent,
    MarketFile,
    MarketKind,
    market_symbol,
)
from alluse_tui.files import read_text
from alluse_tui.market.data.bar_files import DEFECTS_KEPT, ReadMarket
from alluse_tui.market.data.columns import EVENT_COLUMNS, delimiter_of, matched, names_in
from alluse_tui.market.data.connection import locked_connection, quoted
from alluse_tui.market.data.storage import sha256_of

LIMIT_BYTES = 64 * 1024 * 1024
LARGEST_SPLIT = 1_000
VALUE_LIMIT = 40


def read_events(path: Path) -> ReadMarket:
    """Read events from a CSV file and check every row. Raises BadInput for an unreadable file.

    What it stores replaces the known events of each kind and symbol that it names.
    """
    try:
        lines = read_text(path, LIMIT_BYTES).removeprefix("\ufeff").splitlines()
    except OSError as error:
        raise BadInput("FILE", path, f"cannot be read: {error.strerror}") from None
    header = lines[0] if lines else ""
    delimiter = delimiter_of(header)
    numbers, missing = matched(names_in(header, delimiter), EVENT_COLUMNS, {})
    if missing:
        why = f"the header has no column for {', '.join(missing)}; it needs symbol,date,kind,value"
        return ReadMarket("", 0, (Defect(1, why, refuses=True),))
    events: list[MarketEvent] = []
    defects: list[Defect] = []
    first_rows: dict[tuple[str, date, MarketKind], int] = {}
    rows = 0
    for row, fields in enumerate(csv.reader(lines[1:], delimiter=delimiter), start=2):
        if not any(field.strip() for field in fields):
            continue
        rows += 1
        try:
            event = _event([fields[n].strip() for n in numbers.values()])
        except IndexError:
            defects.append(Defect(row, "has fewer fields than the header", refuses=True))
            continue
        except BadInput as error:
            defects.append(Defect(row, str(error), refuses=True))
            continue
        earlier = first_rows.setdefault((event.symbol, event.day, event.kind), row)
        if earlier != row:
            defects.append(Defect(row, f"is also in row {earlier}", refuses=True))
        events.append(event)
    if not rows:
        defects.append(Defect(1, "there are no rows below the header", refuses=True))
    kept, more = tuple(defects[:DEFECTS_KEPT]), len(defects[DEFECTS_KEPT:])
    if defects:
        return ReadMarket("", rows, kept, more)
    content = _parquet(events)
    return ReadMarket("", rows, (), 0, _files(events, sha256_of(content)), content)


def _event(fields: Sequence[str]) -> MarketEvent:
    """The event in a row: symbol, date, kind, value. Raises BadInput."""
    symbol, day_text, kind_text, value = fields
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        raise BadInput("date", day_text, "must be a date as YYYY-MM-DD") from None
    if kind_text.lower() not in EVENT_KINDS:
        raise BadInput("kind", kind_text, f"must be one of: {', '.join(EVENT_KINDS)}")
    kind = MarketKind(kind_text.lower())
    if kind is MarketKind.SPLIT:
        value = _ratio_text(value)
    elif kind is MarketKind.DIVIDEND:
        value = _dividend_text(value)
    elif len(value) > VALUE_LIMIT or not value.isprintable():
        raise BadInput("value", value, f"must be at most {VALUE_LIMIT} characters")
    return MarketEvent(market_symbol("symbol", symbol), day, kind, value)


def _ratio_text(typed: str) -> str:
    """'7', '7:1' and '7/1' → '7:1'; '0.1' → '1:10'. Raises BadInput."""
    new, _, old = typed.replace("/", ":").partition(":")
    allowed = "must be new for old shares, such as 7:1, or 1:10 for a reverse split"
    try:
        ratio = Fraction(new) / Fraction(old or 1)
    except (ValueError, ZeroDivisionError):
        raise BadInput("value", typed, allowed) from None
    whole = max(ratio.numerator, ratio.denominator)
    if ratio <= 0 or ratio == 1 or whole > LARGEST_SPLIT * LARGEST_SPLIT:
        raise BadInput("value", typed, allowed)
    return f"{ratio.numerator}:{ratio.denominator}"


def _dividend_text(typed: str) -> str:
    """The amount per share as a plain decimal. Raises BadInput."""
    try:
        micros = Fraction(typed) * 1_000_000
    except (ValueError, ZeroDivisionError):
        micros = Fraction(0)
    if not 0 < micros <= 10**12 or micros.denominator != 1 or "/" in typed:
        raise BadInput("value", typed, "must be an amount per share above 0, such as 0.24")
    whole, rest = divmod(int(micros), 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def _parquet(events: Sequence[MarketEvent]) -> bytes:
    """The events as a Parquet file, sorted, so that equal events make equal files."""
    columns = {
        "symbols": [e.symbol for e in events],
        "days": [e.day for e in events],
        "kinds": [str(e.kind) for e in events],
        "texts": [e.value for e in events],
    }
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "events.parquet"
        with locked_connection(folders=[Path(folder)]) as connection:
            connection.execute(
                "CREATE TEMP TABLE event AS SELECT unnest($symbols) AS symbol,"
                " CAST(unnest($days) AS DATE) AS day, unnest($kinds) AS kind,"
                " unnest($texts) AS value",
                columns,
            )
            connection.execute(
                "COPY (FROM event ORDER BY symbol, kind, day)"
                f" TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
            )
        return target.read_bytes()


def _files(events: Sequence[MarketEvent], sha256: str) -> tuple[MarketFile, ...]:
    """What the stored file holds of each symbol and kind."""
    days: defaultdict[tuple[str, MarketKind], list[date]] = defaultdict(list)
    for event in events:
        days[event.symbol, event.kind].append(event.day)
    return tuple(
        MarketFile(kind, symbol, sha256, min(known), max(known), len(known))
        for (symbol, kind), known in sorted(days.items())
    )
