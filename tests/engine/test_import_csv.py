"""Import of brokers' CSV files: whole, each row once, into the account that is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from books import Cli

DATA = Path(__file__).parents[1] / "data"
FIDELITY = str(DATA / "composed-fidelity.csv")
SCHWAB = str(DATA / "composed-schwab.csv")
TASTYTRADE = str(DATA / "composed-tastytrade.csv")


@pytest.fixture
def book(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2016-12-31")
    return cli


def bring(cli: Cli, file: str, *arguments: str) -> dict[str, Any]:
    report: dict[str, Any] = cli.json("import", file, "--yes", *arguments)
    assert report["rows"] == report["imported"] + report["duplicates"] + len(report["ignored"])
    return report


def cash(cli: Cli, code: str) -> str:
    currencies: dict[str, str] = cli.json("show", code)["currencies"]
    return currencies.get("USD", "0.00")


def test_a_tastytrade_file_is_booked_once_under_each_spelling_of_its_account(book: Cli) -> None:
    report = bring(book, TASTYTRADE, "--into", "gen-1")
    assert (report["format"], report["imported"]) == ("tastytrade-csv", 14)
    # 30,000 + 0.06 − 50 − 20 + 143.86 + 247.74 − 80.13 − 19,005 − 369
    assert cash(book, "gen-1") == "10867.53"
    report = bring(book, TASTYTRADE, "--into", "Main/gen-1")
    assert (report["imported"], report["duplicates"]) == (0, 14)
    assert book.json("verify")["ok"]


@pytest.mark.parametrize(
    ("file", "symbol", "cost", "basis"),
    [
        (TASTYTRADE, "AAPL", "19000.00", "18855.00"),  # the put brought 145.00
        (FIDELITY, "XLU", "4450.00", "4365.00"),  # the put brought 85.00
    ],
    ids=["tastytrade", "fidelity"],
)
def test_an_assignment_carries_its_premium_once(
    book: Cli, file: str, symbol: str, cost: str, basis: str
) -> None:
    bring(book, file, "--into", "gen-1")
    lots = [lot for lot in book.json("lots", "gen-1")["lots"] if lot["instrument"] == symbol]
    assert [(lot["cost"], lot["basis"]) for lot in lots] == [(cost, basis)]


def test_equal_rows_of_two_accounts_are_two_rows(book: Cli) -> None:
    bring(book, TASTYTRADE, "--into", "gen-1")
    assert bring(book, TASTYTRADE, "--into", "rev-1")["imported"] == 14
    assert cash(book, "gen-1") == cash(book, "rev-1")


def test_a_file_without_an_account_number_needs_to_be_told_its_account_each_time(book: Cli) -> None:
    bring(book, TASTYTRADE, "--into", "gen-1")
    done = book("import", TASTYTRADE, "--yes")
    assert done.returncode == 2
    assert "--into: choose the account that this file belongs to" in done.stderr


def test_a_schwab_file_is_booked_once_and_its_account_remembered(book: Cli) -> None:
    report = bring(book, SCHWAB, "--into", "gen-1")
    assert (report["format"], report["imported"]) == ("schwab-csv", 19)
    # 30,314.12, the file's total, without the award (3.00) and the adjusted option (99.35)
    assert cash(book, "gen-1") == "30211.77"
    report = bring(book, SCHWAB)
    assert (report["account"], report["imported"], report["duplicates"]) == ("gen-1", 0, 19)
    assert "XXXX-1234" not in book("log", "--json").stdout + book("show", "gen-1").stdout
    assert book.json("verify")["ok"]


def test_a_fidelity_file_is_booked_once(book: Cli) -> None:
    report = bring(book, FIDELITY, "--into", "gen-1")
    assert (report["format"], report["imported"]) == ("fidelity-csv", 13)
    # 21,600 + 2.34 − 20 − 1.45 − 998.21 + 84.33 − 267.34 − 4,450
    assert cash(book, "gen-1") == "15949.67"
    report = bring(book, FIDELITY, "--into", "gen-1")
    assert (report["imported"], report["duplicates"]) == (0, 13)
    assert book.json("verify")["ok"]


def test_files_with_and_without_an_account_number_are_imported_into_one_book(book: Cli) -> None:
    bring(book, TASTYTRADE, "--into", "gen-1")
    bring(book, SCHWAB, "--into", "rev-1")
    bring(book, FIDELITY, "--into", "com-1")
    assert bring(book, SCHWAB)["account"] == "rev-1"
    assert book.json("verify")["ok"]
