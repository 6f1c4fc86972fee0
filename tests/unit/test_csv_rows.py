"""CSV files are read as brokers and spreadsheets write them (market.md, CSV files)."""

from __future__ import annotations

from datetime import date

import pytest

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements.csv_rows import Row, Table, day_of, has_header
from alluse_tui.market.statements.option_symbols import option_of

COLUMNS = ("Date", "Amount")


def rows(text: str | bytes) -> list[Row]:
    data = text.encode() if isinstance(text, str) else text
    return list(Table(data, "x.csv", COLUMNS, numbers=["Amount"]).rows())


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1234.56", 123_456),
        ('"$1,234.56"', 123_456),
        ('"-$1,234.56"', -123_456),
        ('"$-1,234.56"', -123_456),
        ("($12.00)", -1_200),
        ("−3", -300),
        (".5", 50),
        ("--", 0),
        ("", 0),
        ('"1,234"', 123_400),
    ],
)
def test_an_amount_is_read_as_it_is_written(text: str, cents: int) -> None:
    (row,) = rows(f"Date,Amount,Note\n1/2/2026,{text},x\n")
    assert row.micros("Amount") == cents * 10_000


@pytest.mark.parametrize("text", ["1.2.3", "12,34,567.00", "(5", "5)", "--5", "(-5)", "1e5", "$"])
def test_what_is_not_a_number_is_refused_by_line_and_column(text: str) -> None:
    (row,) = rows(f'\n\nDate,Amount,Note\n1/2/2026,"{text}",x\n')
    with pytest.raises(BadInput, match=r"x\.csv line 4: Amount"):
        row.micros("Amount")


def test_a_decimal_comma_is_recognised_and_never_mixed() -> None:
    read = rows("Date;Amount;Note\n1/2/2026;1.234,56;x\n1/2/2026;1.234;x\n")
    assert [row.micros("Amount") for row in read] == [1_234_560_000, 1_234_000_000]
    read = rows('Date,Amount,Note\n1/2/2026,"12,5",x\n')
    assert [row.micros("Amount") for row in read] == [12_500_000]
    with pytest.raises(BadInput, match="lines 2 and 3: numbers have a decimal point"):
        rows("Date;Amount;Note\n1/2/2026;12,5;x\n1/2/2026;12.50;x\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_three_encodings_are_read(encoding: str) -> None:
    data = "Date,Amount,Note\r\n1/2/2026,1,Zürich\r\n".encode(encoding)
    assert has_header(data, COLUMNS)
    (row,) = rows(data)
    assert (row.text("Note"), row.line) == ("Zürich", 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11/27/2026", date(2026, 11, 27)),
        ("11/7/26", date(2026, 11, 7)),
        ("11-27-2026", date(2026, 11, 27)),
        ("2026-11-27", date(2026, 11, 27)),
        ("Nov-27-2026", date(2026, 11, 27)),
    ],
)
def test_a_date_is_read_in_every_form(text: str, day: date) -> None:
    assert day_of(text, "x") == day


@pytest.mark.parametrize("text", ["27/11/2026", "2026-02-30", "Foo-01-2026", "0001-01-01", ""])
def test_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="must be a date"):
        day_of(text, "x")


@pytest.mark.parametrize(
    "symbol",
    ["AAPL 11/27/2026 190.00 P", "-AAPL261127P190", "AAPL261127P190.0", "AAPL  261127P00190000"],
)
def test_every_spelling_of_an_option_is_one_contract(symbol: str) -> None:
    option = option_of(symbol, "x")
    assert option is not None
    assert option.name == "AAPL 2026-11-27 190 put"


@pytest.mark.parametrize("symbol", ["AAPL", "BRK.B", "912586AC5", "", "NO NUMBER"])
def test_other_symbols_are_no_options(symbol: str) -> None:
    assert option_of(symbol, "x") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Date,Amount,Note\n1/2/2026,5\n", r"line 2: has 2 cells instead of 3"),
        ("Date,Amount,Note\n1/2/2026,5,x,y\n", r"line 2: has 4 cells"),
        ('Date,Amount,Note\n1/2/2026,5,"x\n', r"line 2.*cut off"),
        ('Date,Amount,Note\n1/2/2026,5,"x"y\n', r"line 2.*not well-formed CSV"),
        ("Date,Amount,Date\n1/2/2026,5,x\n", r"line 1: columns 'Date'"),
        ("a,b\n", r"has no line with the columns Date, Amount"),
        ("Date,Amount\0", "is not text"),
        (b"Date,Amount,Note\n1/2/2026,5,\x81\n", r"line 2: is neither UTF-8 nor"),
    ],
)
def test_a_damaged_file_is_refused(text: str | bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        rows(text)
