"""A CSV that a spreadsheet opened and saved is read right, or refused with what happened to it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from statement_rows import keys

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import read_statement
from alluse_tui.market.statements.spreadsheet_damage import (
    CHANGED,
    is_changed_cell,
    is_changed_date,
    is_changed_number,
)

DATA = Path(__file__).parents[1] / "data"
SCHWAB = DATA / "composed-schwab.csv"

DAMAGE = {
    "a day as its number": ('"11/20/2026"', "46346", "line 13: Date '46346'"),
    "a day as in another country": ('"11/20/2026"', "20.11.2026", "line 13: Date '20.11.2026'"),
    "a day in a narrow column": ('"11/20/2026"', "########", "line 13: Date '########'"),
    "a price as a month": ('"$222.13"', "Feb 22", "line 17: Price 'Feb 22'"),
    "a rounded amount": ('"$30,000.00"', "3.00E+04", "Amount '3.00E+04'"),
    "a rounded id": ('"912586AC5"', "9.12586E+08", "Symbol '9.12586E+08'"),
    "a symbol as a formula": ('"GLD 11/20/2026 176.50 P"', "#NAME?", "line 8: Symbol '#NAME?'"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_what_a_spreadsheet_changed_is_refused_with_its_cause(tmp_path: Path, case: str) -> None:
    old, new, message = DAMAGE[case]
    text = SCHWAB.read_text()
    assert old in text
    changed = tmp_path / "changed.csv"
    changed.write_text(text.replace(old, new, 1))
    with pytest.raises(BadInput) as error:
        read_statement(changed)
    assert message in str(error.value)
    assert CHANGED in str(error.value)


def test_semicolons_and_decimal_commas_are_read_right(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(SCHWAB.read_text())))
    commas = str.maketrans(",.", ".,")
    numeric = [rows[2].index(name) for name in ("Quantity", "Price", "Fees & Comm", "Amount")]
    for row in rows[3:]:
        for i in numeric:
            row[i] = row[i].translate(commas)
    changed = tmp_path / "changed.csv"
    with changed.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    assert keys(read_statement(changed)) == keys(read_statement(SCHWAB))


@pytest.mark.parametrize("text", ["11/20/2026", "2026-11-20", "Nov-20-2026", "123", ""])
def test_a_broker_s_dates_are_not_damage(text: str) -> None:
    assert not is_changed_date(text)


@pytest.mark.parametrize("text", ["1,234.56", "($12.00)", "-1.234,56", "--", "n/a", "", "lots"])
def test_a_broker_s_numbers_and_symbols_are_not_damage(text: str) -> None:
    assert not is_changed_number(text)


@pytest.mark.parametrize("text", ["AAPL", "E-MINI", "912586AC5", "9E+", "#1 FUND", "1E5", "DE-E+1"])
def test_a_broker_s_cells_are_not_damage(text: str) -> None:
    assert not is_changed_cell(text)
