"""Positions that a statement says were transferred in or out: capital moves, cash does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from books import Cli
from flex_files import PERIOD, flex, row, section, statement, trade

IN = {
    "assetCategory": "STK",
    "symbol": "ABC",
    "currency": "USD",
    "type": "ACATS",
    "direction": "IN",
    "dateTime": "2026-01-08;09:00:00",
    "quantity": "100",
    "positionAmount": "1200",
    "transactionID": "71",
}
"""100 shares worth 12.00 each, before any trade of the file."""

OUT = {
    **IN,
    "direction": "OUT",
    "dateTime": "2026-01-20;09:00:00",
    "quantity": "-40",
    "positionAmount": "-800",
    "transactionID": "72",
}
"""40 of the shares, worth 20.00 each by then."""


@pytest.fixture
def book(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "10000", "--date", "2025-12-31")
    return cli


def test_a_statement_with_transfers_is_reconciled(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2025-12-31")
    cash = {"symbol": "--", "assetCategory": "CASH", "quantity": "0", "positionAmount": "0"}
    cash |= {"cashTransfer": "250", "transactionID": "74"}
    ends = {"currency": "USD", "startingCash": "0", "endingCash": "250"}
    held = {"assetCategory": "STK", "symbol": "ABC", "currency": "USD", "position": "60"}
    held |= {"reportDate": "2026-01-31", "markPrice": "20", "levelOfDetail": "SUMMARY"}
    file = tmp_path / "moved.xml"
    sections = [
        section("Transfers", *(row("Transfer", each) for each in (IN, OUT, {**IN, **cash}))),
        section("CashReport", row("CashReportCurrency", ends)),
        section("OpenPositions", row("OpenPosition", held)),
    ]
    file.write_text(flex(statement(*sections, accountId="U1", **PERIOD)))
    of_file = [str(file), "--into", "gen-1", "--currency", "USD"]
    done = cli("reconcile", *of_file, "--json")
    assert done.returncode == 8
    causes = [(line["difference"], line["detail"]) for line in json.loads(done.stdout)["lines"]]
    assert causes == [
        ("250.00", "1 row of this statement not in the book: +250.00"),
        ("60", "2 rows of this statement not in the book: +60"),
    ]
    cli.json("import", *of_file, "--yes")
    assert {line["difference"] for line in cli.json("reconcile", *of_file)["lines"]} == {
        "0.00",
        "0",
    }


def bring(book: Cli, folder: Path, *transfers: dict[str, str], code: str = "gen-1") -> Any:
    trades = trade("1", quantity="100", tradePrice="20", proceeds="-2000", netCash="-2002")
    file = folder / "moved.xml"
    sections = [section("Transfers", *(row("Transfer", each) for each in transfers))]
    sections += [section("Trades", trades)]
    file.write_text(flex(statement(*sections, accountId="U1", **PERIOD)))
    report = book.json("import", str(file), "--into", code, "--currency", "USD", "--yes")
    assert report["rows"] == report["imported"] + report["duplicates"] + len(report["ignored"])
    assert report["ignored"] == []
    return report


def figures(book: Cli, code: str = "gen-1") -> tuple[str, str, str]:
    """Cash, equity and base."""
    shown = book.json("show", code)
    return shown["cash"], shown["equity"], shown["base"]


def lots(book: Cli) -> list[tuple[str, str]]:
    (position,) = book.json("positions")["positions"]
    listed = book.json("lots", position["account"], position["instrument"])["lots"]
    return [(lot["quantity"], lot["cost"]) for lot in listed]


def test_shares_that_came_are_capital_at_their_value(book: Cli, tmp_path: Path) -> None:
    assert figures(book) == ("4000.00", "4000.00", "4000.00")
    assert bring(book, tmp_path, IN)["imported"] == 2
    # only the trade was paid: 2,000 and a fee of 2
    assert figures(book) == ("1998.00", "5198.00", "5200.00")
    assert lots(book) == [("100", "1200.00"), ("100", "2000.00")]
    assert book.json("verify")["ok"]


def test_shares_that_left_take_their_carried_value_with_them(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN, OUT)
    assert figures(book) == ("1998.00", "4558.00", "4560.00")  # 40 of 200 shares carried at 3,200
    assert lots(book) == [("60", "720.00"), ("100", "2000.00")]
    assert book.json("verify")["ok"]


def test_a_transfer_is_no_gain(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN)
    flows = book.json(
        "query",
        "SELECT flow, gain FROM monthly_return WHERE account = 'gen-1' AND month = '2026-01-01'",
    )
    assert flows["rows"] == [["1200.000000", "-2.000000"]]


def test_the_entries_say_what_was_transferred(book: Cli, tmp_path: Path) -> None:
    put = {**IN, "assetCategory": "OPT", "symbol": "ABC   260116P00010000"}
    put |= {"underlyingSymbol": "ABC", "strike": "10", "expiry": "2026-03-20", "putCall": "P"}
    put |= {"multiplier": "100", "quantity": "-2", "positionAmount": "-90", "transactionID": "73"}
    bring(book, tmp_path, IN, OUT, put)
    shown = book("show", "gen-1").stdout
    for text in (
        "2026-01-08  Transferred in: 100 ABC @ 12.00                      +1,200.00",
        "2026-01-08  Transferred in: short 2 ABC 20 Mar 26 10 put @ 0.45     −90.00",
        "2026-01-20  Transferred out: 40 ABC @ 16.00                        −640.00",
    ):
        assert text in shown


def test_an_undo_takes_the_position_back(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN, OUT)
    book.json("undo", "--yes")
    assert figures(book) == ("4000.00", "4000.00", "4000.00")
    assert book.json("positions")["positions"] == []
    assert bring(book, tmp_path, IN, OUT)["imported"] == 3
    assert book.json("verify")["ok"]


def test_the_same_transfers_are_imported_once(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN)
    again = bring(book, tmp_path, IN, OUT)
    assert (again["imported"], again["duplicates"]) == (1, 2)


def test_what_leaves_compounding_is_an_alert(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN, OUT, code="com-1")
    (breach,) = (a for a in book.json("alerts")["alerts"] if a["kind"] == "rule breach")
    assert breach["account"] == "com-1"
    assert "took 640.00 USD out of com-1" in breach["message"]
