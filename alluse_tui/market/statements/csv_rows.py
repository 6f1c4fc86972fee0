"""CSV files as brokers and spreadsheets write them, row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice

from alluse_tui.domain.commands import exact
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import micros_of
from alluse_tui.market.statements.reading_progress import row_read
from alluse_tui.market.statements.spreadsheet_damage import (
    CHANGED,
    is_changed_cell,
    is_changed_date,
    is_changed_number,
)

ROW_LIMIT = 1_000_000
CELL_LIMIT = 64 * 1024
"""The most characters of a cell."""

HEADER_LINES = 40
"""The header is within this many lines of the beginning."""

DELIMITERS = ",;\t"

_NUMBER = re.compile(r"(\()?([-−+]?)\$?(-?)([0-9]{1,15}|[0-9][0-9.,]{0,30}|[.,][0-9]+)(\))?", re.A)
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]*", re.A)
_COMMA_EVIDENCE = re.compile(r"\.[0-9]+,|,([0-9]{1,2}|[0-9]{4,})$", re.A)
_POINT_EVIDENCE = re.compile(r",[0-9]+\.|\.([0-9]{1,2}|[0-9]{4,})$", re.A)
_DATES = (
    re.compile(r"(?P<m>[0-9]{1,2})[/-](?P<d>[0-9]{1,2})[/-](?P<y>[0-9]{4}|[0-9]{2})", re.A),
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})", re.A),
    re.compile(r"(?P<name>[A-Z][a-z]{2})[- ](?P<d>[0-9]{1,2}),?[- ](?P<y>[0-9]{4})", re.A),
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NOTHING = ("", "--", "n/a", "N/A")
_BLANK_LINE = re.compile(r"\n[ \t,]*\r?(?=\n|$)")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the text of each column that has a name.

    `unit` is what `line` counts.
    """

    file_name: str
    line: int
    cells: Mapping[str, str]
    decimal_mark: str
    unit: str = "line"

    def where(self, column: str) -> str:
        """The place of a cell, for an error."""
        return f"{self.file_name} {self.unit} {self.line}: {column}"

    def text(self, column: str) -> str:
        """The text of a cell with single spaces; '' if it is empty or the column is missing."""
        return " ".join(self.cells.get(column, "").split())

    def number(self, column: str) -> Decimal | None:
        """The number in a cell, such as '$1,234.56' or '($12.00)'; None if there is none.

        Raises BadInput.
        """
        text = self.text(column)
        if text in _NOTHING:
            return None
        value = _number(text, self.decimal_mark)
        if value is not None:
            return value
        if is_changed_number(text):
            raise BadInput(self.where(column), text, CHANGED)
        example = "-1.234,56" if self.decimal_mark == "," else "-1,234.56 or ($12.00)"
        raise BadInput(self.where(column), text, f"must be a number such as {example}")

    def micros(self, column: str) -> int:
        """The amount in a cell in micros; 0 if there is none. Raises BadInput."""
        value = self.number(column)
        return 0 if value is None else micros_of(value, self.where(column))

    def exact_micros(self, column: str) -> int:
        """The quantity or price in a cell in exact millionths; 0 if there is none.

        Raises BadInput.
        """
        value = self.number(column)
        return 0 if value is None else exact(self.where(column), f"{value:f}")

    def day(self, column: str) -> date:
        """The date in a cell. Raises BadInput."""
        return day_of(self.text(column), self.where(column))


@lru_cache(maxsize=4_096)
def _number(text: str, decimal_mark: str) -> Decimal | None:
    """The number that `text` is; None if it is not one."""
    typed = _NUMBER.fullmatch(text.replace(" ", ""))
    if typed is None or (typed[1] is None) != (typed[5] is None):
        return None
    digits = typed[4]
    if decimal_mark == ",":
        digits = digits.translate({ord("."): ",", ord(","): "."})
    whole, _, decimals = digits.partition(".")
    negative = bool(typed[1]) + (typed[2] in ("-", "−")) + bool(typed[3])
    if not _GROUPED.fullmatch(whole) or set(decimals) & {",", "."} or negative > 1:
        return None
    value = Decimal(f"{whole.replace(',', '') or '0'}.{decimals or '0'}")
    return -value if negative else value


def day_of(text: str, where: str) -> date:
    """'11/27/2026', '11/27/26', '2026-11-27' or 'Nov-27-2026' as a date. Raises BadInput."""
    day = _day(text)
    if day is None and is_changed_date(text):
        raise BadInput(where, text, CHANGED)
    if day is None or not 1970 <= day.year <= 2199:
        raise BadInput(where, text, "must be a date such as 11/27/2026 (month first) or 2026-11-27")
    return day


@lru_cache(maxsize=4_096)
def _day(text: str) -> date | None:
    """The date that `text` is; None if it is not one."""
    for form in _DATES:
        typed = form.fullmatch(text)
        if typed is not None:
            parts = typed.groupdict()
            name = parts.get("name", "")
            if name and name not in _MONTHS:
                return None
            year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
            month = _MONTHS.index(name) + 1 if name else int(parts["m"])
            try:
                return date(year, month, int(parts["d"]))
            except ValueError:
                return None
    return None


class Table:
    """The table in a CSV file.

    `title`: the text before its header. `footer`: what follows the first blank line after the
    header, if the format ends its table with one.
    """

    def __init__(
        self,
        data: bytes,
        file_name: str,
        required: Sequence[str],
        *,
        numbers: Sequence[str],
        has_footer: bool = False,
        decimal_mark: str = "",
    ) -> None:
        """`required` columns identify the header; `numbers` are the columns with numbers.

        Without a `decimal_mark`, the numbers tell which they have. Raises BadInput.
        """
        self.file_name = file_name
        self._text = decoded(data, file_name)
        header = _header(self._text, required)
        if header is None:
            names = ", ".join(required)
            raise BadInput("file", file_name, f"has no line with the columns {names}")
        self._start, self._first_line, self.columns, self._delimiter = header
        named = [name for name in self.columns if name]
        if len(set(named)) != len(named):
            twice = next(name for name in named if named.count(name) > 1)
            where = f"{file_name} line {self._first_line - 1}: columns"
            raise BadInput(where, twice, "must not appear twice")
        self.title = self._text[: self._start].rsplit("\n", 2)[0]
        self._end = len(self._text)
        self.footer = ""
        if has_footer and (blank := _BLANK_LINE.search(self._text, self._start - 1)):
            self._end = blank.start() + 1
            self.footer = self._text[blank.end() :]
        self.decimal_mark = decimal_mark or self._decimal_mark(numbers)

    def rows(self) -> Iterator[Row]:
        """The rows in the order of the file. Raises BadInput for one that is not whole."""
        names = [(i, name) for i, name in enumerate(self.columns) if name]
        needed = names[-1][0] + 1
        may_be_changed = any(sign in self._text for sign in ("#", "E+", "E-"))
        for number, (line, cells) in enumerate(self._cells(), start=1):
            row_read(number)
            if len(cells) < needed or any(cell.strip() for cell in cells[len(self.columns) :]):
                why = f"has {len(cells)} cells instead of {needed}; the file is cut off or damaged"
                raise BadInput(f"{self.file_name} line {line}", None, why)
            row = Row(
                self.file_name, line, {name: cells[i] for i, name in names}, self.decimal_mark
            )
            for name, cell in row.cells.items() if may_be_changed else ():
                if is_changed_cell(cell):
                    raise BadInput(row.where(name), cell, CHANGED)
            yield row

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) of every row that is not blank."""
        lines = io.StringIO(self._text[self._start : self._end], newline="")
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        line, count = self._first_line, 0
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    count += 1
                    if count > ROW_LIMIT:
                        raise BadInput("file", self.file_name, f"has more than {ROW_LIMIT:,} rows")
                    if max(map(len, cells)) > CELL_LIMIT:
                        where = f"{self.file_name} line {line}"
                        raise BadInput(where, None, f"a cell exceeds {CELL_LIMIT:,} characters")
                    yield line, cells
                line = self._first_line + reader.line_num
        except csv.Error as error:
            raise BadInput(f"{self.file_name} line {line}", None, _broken(error)) from None

    def _decimal_mark(self, numbers: Sequence[str]) -> str:
        """'.' or ',': the only one with which every number of the file can be read."""
        at = [i for i, name in enumerate(self.columns) if name in numbers]
        marks: dict[str, int] = {}
        for line, cells in self._cells():
            for i in at:
                text = cells[i].strip().rstrip(")") if i < len(cells) else ""
                if "," in text and _COMMA_EVIDENCE.search(text):
                    marks.setdefault(",", line)
                elif "." in text and _POINT_EVIDENCE.search(text):
                    marks.setdefault(".", line)
        if len(marks) == 2:
            lines = " and ".join(str(line) for line in sorted(marks.values()))
            allowed = "numbers have a decimal point in one, a decimal comma in the other"
            raise BadInput(f"{self.file_name} lines {lines}", None, allowed)
        return next(iter(marks), "," if self._delimiter == ";" else ".")


def has_header(beginning: bytes, required: Sequence[str]) -> bool:
    """Whether the first bytes of a file have a header line with the `required` columns."""
    return bool(header_of(beginning.decode("latin-1").removeprefix("ï»¿"), required))


def header_of(text: str, required: Sequence[str]) -> tuple[str, ...]:
    """The columns of the first line that has the `required` ones; none if no line has them."""
    header = _header(text, required)
    return () if header is None else tuple(header[2])


def _header(text: str, required: Sequence[str]) -> tuple[int, int, list[str], str] | None:
    """(offset after the header line, line number after it, columns, delimiter)."""
    start = 0
    for number in range(1, HEADER_LINES + 1):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)][:CELL_LIMIT].strip("\r")
        for delimiter in DELIMITERS:
            if line.count(delimiter) + 1 < len(required):
                continue
            columns = [column_name(name) for name in _cells_of(line, delimiter)]
            if set(required) <= set(columns):
                return (end + 1 if end >= 0 else len(text)), number + 1, columns, delimiter
        if end < 0:
            return None
        start = end + 1
    return None


def _cells_of(line: str, delimiter: str) -> list[str]:
    try:
        return next(iter(islice(csv.reader([line], delimiter=delimiter), 1)), [])
    except csv.Error:
        return []


def column_name(name: str) -> str:
    """A column's name without its unit: 'Price' for 'Price ($)'."""
    return " ".join(name.split()).removesuffix(" ($)")


def decoded(data: bytes, file_name: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark, or in Windows-1252.

    Raises BadInput.
    """
    if b"\0" in data:
        raise BadInput("file", file_name, "is not text; download it again as text in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            where = f"{file_name} line {line}"
            raise BadInput(where, None, "is neither UTF-8 nor Windows-1252 text") from None


def _broken(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "has a quoted cell that does not end; the file is cut off"
    return f"is not well-formed CSV: {error}"
