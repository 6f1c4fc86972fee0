"""Reading and checking a file of daily bars with DuckDB (market.md, Bars)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

import duckdb

from alluse_tui.domain.model.errors import BadInput, StoreFailed
from alluse_tui.domain.model.market import Defect, MarketFile, MarketKind
from alluse_tui.files import open_regular
from alluse_tui.market.data.columns import BAR_COLUMNS, delimiter_of, matched, names_in
from alluse_tui.market.data.connection import locked_connection, quoted, statements
from alluse_tui.market.data.storage import sha256_of
from alluse_tui.market.trading_calendar import NewYorkCalendar

DEFECTS_KEPT = 1_000
"""The most defects that are kept of one file; the others are counted."""

_HEADER_BYTES = 64 * 1024
_SEPARATOR = "\x1f"
"""Stands for a delimiter inside quotes while a line is split."""


@dataclass(frozen=True, slots=True)
class ReadMarket:
    """A checked file: `rows` in it, its defects, and what would be stored.

    `files` and `content` (Parquet) are empty if a defect refuses the file. `more`: the number of
    defects beyond DEFECTS_KEPT. `is_current`: importing it would change nothing.
    """

    symbol: str
    rows: int
    defects: tuple[Defect, ...]
    more: int = 0
    files: tuple[MarketFile, ...] = ()
    content: bytes = b""
    is_current: bool = False

    def compared(self, current: Mapping[str, MarketFile]) -> ReadMarket:
        """This, with `is_current` judged by the files that are current."""
        same = bool(self.files) and all(current.get(file.key) == file for file in self.files)
        return replace(self, is_current=same)


def read_bars(
    path: Path,
    symbol: str,
    typed: Mapping[str, str],
    calendar: NewYorkCalendar,
    *,
    splits: Sequence[date] = (),
    accept_jumps: bool = False,
) -> ReadMarket:
    """Read daily bars of `symbol` from CSV or Parquet and check every row.

    `typed`: our column → the file's. `splits`: days on which a jump is expected. Raises BadInput
    for a file that cannot be read, StoreFailed.
    """
    try:
        with open_regular(path) as file, tempfile.TemporaryDirectory() as folder:
            return _read(file, Path(folder), symbol, typed, calendar, splits, accept_jumps)
    except OSError as error:
        raise BadInput("FILE", path, f"cannot be read: {error.strerror}") from None
    except duckdb.IOException as error:
        raise StoreFailed(f"{path}: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise BadInput("FILE", path, f"cannot be read: {_first_line(error)}") from error


def _read(
    file: BinaryIO,
    folder: Path,
    symbol: str,
    typed: Mapping[str, str],
    calendar: NewYorkCalendar,
    splits: Sequence[date],
    accept_jumps: bool,
) -> ReadMarket:
    source = f"/dev/fd/{file.fileno()}"
    with locked_connection(paths=[source], folders=[folder]) as connection:
        columns = _Columns.of_file(connection, file, source, typed)
        if columns.missing:
            why = (
                f"the header has no column for {', '.join(columns.missing)}: it names"
                f" {', '.join(columns.names) or 'nothing'}; set them with --columns NAME=COLUMN"
            )
            return ReadMarket(symbol, 0, (Defect(columns.header_row, why, refuses=True),))
        if columns.lines:
            connection.execute(columns.lines)
        connection.execute(f"CREATE TEMP VIEW text AS {columns.query}")
        connection.execute(
            "CREATE TEMP MACRO cleaned(text) AS"
            f" trim(replace(text, {quoted(_SEPARATOR)}, {quoted(columns.delimiter)}))"
        )
        *macros, table = statements("bars")
        for statement in macros:
            connection.execute(statement)
        connection.execute(table, {"width": len(columns.names)})
        rows = _count(connection, "bar")
        if not rows:
            why = "there are no rows below the header"
            return ReadMarket(symbol, 0, (Defect(columns.header_row, why, refuses=True),))
        _find_defects(connection, calendar, splits, accept_jumps)
        defects, more, is_refused = _defects(connection)
        if is_refused:
            return ReadMarket(symbol, rows, defects, more)
        target = folder / "bars.parquet"
        connection.execute(
            "COPY (SELECT day, open, high, low, close, volume FROM by_day ORDER BY day)"
            f" TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        )
        [(first, last)] = connection.execute("SELECT min(day), max(day) FROM by_day").fetchall()
        content = target.read_bytes()
    stored = MarketFile(MarketKind.BARS, symbol, sha256_of(content), first, last, rows)
    return ReadMarket(symbol, rows, defects, more, (stored,), content)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a file and the query that reads them as text, one row per row.

    `lines` creates the table of a CSV file's lines first: their numbers are its row ids, which
    DuckDB keeps in order although it reads on several threads.
    """

    names: Sequence[str]
    missing: Sequence[str]
    header_row: int
    query: str
    delimiter: str = ","
    lines: str = ""

    @classmethod
    def of_file(
        cls,
        connection: duckdb.DuckDBPyConnection,
        file: BinaryIO,
        source: str,
        typed: Mapping[str, str],
    ) -> _Columns:
        start = os.pread(file.fileno(), _HEADER_BYTES, 0)
        if start.startswith(b"PAR1"):
            return cls._of_parquet(connection, source, typed)
        return cls._of_csv(start, source, typed)

    @classmethod
    def _of_parquet(
        cls, connection: duckdb.DuckDBPyConnection, source: str, typed: Mapping[str, str]
    ) -> _Columns:
        described = connection.execute(f"DESCRIBE FROM read_parquet({quoted(source)})").fetchall()
        names = [str(row[0]) for row in described]
        numbers, missing = matched(names, BAR_COLUMNS, typed)
        texts = ", ".join(
            f"CAST({_identifier(names[numbers[ours]])} AS VARCHAR) AS {ours}"
            if ours in numbers
            else f"NULL AS {ours}"
            for ours in BAR_COLUMNS
        )
        query = (
            f"SELECT file_row_number + 1 AS row, {len(names)} AS width, {texts}"
            f" FROM read_parquet({quoted(source)}, file_row_number=true)"
        )
        return cls(names, missing, 1, query)

    @classmethod
    def _of_csv(cls, start: bytes, source: str, typed: Mapping[str, str]) -> _Columns:
        try:
            whole = start[: start.rfind(b"\n") + 1] or start
            head = whole.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise OSError(0, "it is not text in UTF-8, nor Parquet") from None
        header_row, header = next(
            ((n, line) for n, line in enumerate(head, start=1) if line.strip()), (1, "")
        )
        delimiter = delimiter_of(header)
        names = names_in(header, delimiter)
        numbers, missing = matched(names, BAR_COLUMNS, typed)
        texts = ", ".join(_field(ours, numbers) for ours in BAR_COLUMNS)
        query = f"""
            WITH field AS (
                SELECT rowid + 1 AS row,
                    string_split({_unquoted("line", delimiter)}, {quoted(delimiter)}) AS field
                FROM line
                WHERE rowid >= {header_row} AND line <> '' AND trim(line) <> ''
            )
            SELECT row, len(field) AS width, {texts} FROM field"""
        lines = f"""
            CREATE TEMP TABLE line AS
            FROM read_csv({quoted(source)}, columns={{'line': 'VARCHAR'}}, header=false,
                delim='\x01', quote='', escape='', comment='', auto_detect=false,
                strict_mode=false)"""
        return cls(names, missing, header_row, query, delimiter, lines)


def _unquoted(line: str, delimiter: str) -> str:
    """SQL for the line without quotes, with _SEPARATOR for delimiters that were inside them."""
    inside = f"replace(part, {quoted(delimiter)}, {quoted(_SEPARATOR)})"
    parts = (
        f"list_transform(string_split({line}, '\"'),"
        f" lambda part, i: CASE WHEN i % 2 = 0 THEN {inside} ELSE part END)"
    )
    return f"CASE WHEN contains({line}, '\"') THEN array_to_string({parts}, '') ELSE {line} END"


def _field(ours: str, numbers: Mapping[str, int]) -> str:
    return f"field[{numbers[ours] + 1}] AS {ours}" if ours in numbers else f"NULL AS {ours}"


def _identifier(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _find_defects(
    connection: duckdb.DuckDBPyConnection,
    calendar: NewYorkCalendar,
    splits: Sequence[date],
    accept_jumps: bool,
) -> None:
    """Create the table `defect`, and `by_day` with the bars in order."""
    [(first, last)] = connection.execute("SELECT min(day), max(day) FROM bar").fetchall()
    closed = calendar.closed_weekdays(first, last) if first is not None else {}
    _table(connection, "closed", "day DATE, name VARCHAR", closed.items())
    _table(connection, "split_day", "day DATE", ((day,) for day in splits))
    connection.execute(
        "CREATE TEMP MACRO trim_zeros(price) AS rtrim(rtrim(CAST(price AS VARCHAR), '0'), '.')"
    )
    *others, jumps = statements("bar_defects")
    for statement in others:
        connection.execute(statement)
    connection.execute(jumps, {"accept_jumps": accept_jumps})


def _table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: str,
    rows: Iterable[tuple[object, ...]],
) -> None:
    """Create a table of dates and texts, set-based: `executemany` takes a second per thousand."""
    connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
    values = ", ".join(f"({', '.join(quoted(str(value)) for value in row)})" for row in rows)
    if values:
        connection.execute(f"INSERT INTO {name} VALUES {values}")


def _defects(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[Defect, ...], int, bool]:
    """The first defects by row, the number of others, and whether any refuses the file."""
    [(count, refusing)] = connection.execute(
        "SELECT count(*), count(*) FILTER (refuses) FROM defect"
    ).fetchall()
    rows = connection.execute(
        "SELECT row, why, refuses FROM defect ORDER BY refuses DESC, row LIMIT $most",
        {"most": DEFECTS_KEPT},
    ).fetchall()
    kept = tuple(Defect(*row) for row in sorted(rows))
    return kept, count - len(kept), refusing > 0


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(count,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
