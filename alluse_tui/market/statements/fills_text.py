"""Pasted fills, one on each line, into facts (market.md, Fills).

2026-11-24
SOLD -1 AAPL 11/27/26 C190 @1.45 fees 0.65
11/25/26 10:31 BOT +1 AAPL 100 27 NOV 26 190 CALL @.40 CBOE
"""

from __future__ import annotations

import re
from datetime import date

from alluse_tui.domain.commands import amount
from alluse_tui.domain.commands.trade_line import parse_trade
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements.csv_rows import ROW_LIMIT, Row, day_of, decoded
from alluse_tui.market.statements.csv_statement import CsvStatement
from alluse_tui.market.statements.reading_progress import row_read
from alluse_tui.market.statements.statement import ReadStatement, SourceFile

EXAMPLE = "2026-11-24 SOLD -1 AAPL 11/27/26 C190 @1.45"

LONGEST_LINE = 300
"""The most characters of a line, which has a date and fees beside its fill."""

_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/([0-9]{4}|[0-9]{2}))"
_TIME = r"(?P<time>[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)"
_LINE = re.compile(rf"((?P<day>{_DAY})(,?\s+|$))?({_TIME}\s+)?(?P<fill>.*)", re.A)
_FEES = re.compile(r"(?P<fill>.*\S)\s+fees?\s+(?P<fees>\S+)", re.I)
_BEGINS = re.compile(
    rf"(\s*#.*\n)*\s*({_DAY}\s*$|({_DAY},?\s+)?({_TIME}\s+)?"
    r"((sold|bot|bought|buy|sell|bto|sto|btc|stc)\s|[-+−][0-9 ])[^@,;\t]*@)",
    re.I | re.A | re.M,
)


def begins_with_fill(beginning: bytes) -> bool:
    """Whether a file's first line that is not blank is a fill, or the day of the next ones."""
    return _BEGINS.match(beginning.decode("utf-8-sig", "replace")) is not None


def read_fills(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The fills in the text, which names no account. Raises BadInput."""
    statement = CsvStatement("fills-text", "fills", "", file.name, file.sha256)
    day: date | None = None
    lines = decoded(file.content, file.name).splitlines()
    for number, line in enumerate(lines, 1):
        text = " ".join(line.split())
        if not text or text.startswith("#"):
            continue
        if len(text) > LONGEST_LINE:
            allowed = f"must have at most {LONGEST_LINE} characters"
            raise BadInput(f"{file.name} line {number}", None, allowed)
        if number > ROW_LIMIT:
            raise BadInput("file", file.name, f"has more than {ROW_LIMIT:,} lines")
        typed = _LINE.fullmatch(text)
        assert typed is not None
        row = Row(file.name, number, {}, ".")
        own_day = day_of(typed["day"], row.where("date")) if typed["day"] else None
        if not typed["fill"] and own_day:
            day = own_day
            continue
        if (effective := own_day or day) is None:
            allowed = f"must begin with its date, as in '{EXAMPLE}', or follow a line with a date"
            raise BadInput(row.where("fill"), text, allowed)
        row_read()
        time = typed["time"] or ""
        _add(statement, row, effective, f"0{time}" if time[1:2] == ":" else time, typed["fill"])
    return (statement.result(newest_first=False),)


def _add(statement: CsvStatement, row: Row, day: date, time: str, text: str) -> None:
    """Book one fill. Raises BadInput."""
    paid = _FEES.fullmatch(text)
    try:
        fact = parse_trade(paid["fill"] if paid else text)
        fees = amount(paid["fees"], "fees", zero=True) if paid else 0
    except BadInput as error:
        raise BadInput(row.where(error.path), error.value, error.allowed) from None
    (leg,) = fact.legs
    statement.add_trade(
        row,
        (day, leg.instrument.name, leg.quantity_micros, leg.gross_micros),
        instrument=leg.instrument,
        quantity_micros=leg.quantity_micros,
        net_micros=leg.gross_micros - fees,
        fee_micros=fees,
        day=day,
        note=text,
        moment=time,
    )
