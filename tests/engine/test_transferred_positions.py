"""Positions that a statement says were transferred: capital that came or left as a position."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from books import Cli
from flex_files import PERIOD, flex, row, section, statement, trade

from alluse_tui.domain.commands import Import, Instrument, Leg, StatementFacts, TransferFact
from alluse_tui.domain.commands.fact_codec import command_from_plain, command_to_plain

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


def bring(
    book: Cli, folder: Path, *transfers: dict[str, str], code: str = "gen-1", fee: str = "2"
) -> Any:
    paid = {"proceeds": "-2000", "ibCommission": f"-{fee}", "netCash": str(-2000 - int(fee))}
    trades = trade("1", quantity="100", tradePrice="20", **paid)
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
    account = book.json("show", code)
    return account["cash"], account["equity"], account["base"]


def lots(book: Cli) -> list[tuple[str, str]]:
    (position,) = book.json("positions")["positions"]
    listed = book.json("lots", position["account"], position["instrument"])["lots"]
    return [(lot["quantity"], lot["cost"]) for lot in listed]


def test_shares_that_came_are_capital_at_their_value(book: Cli, tmp_path: Path) -> None:
    assert figures(book) == ("4000.00", "4000.00", "4000.00")
    assert bring(book, tmp_path, IN)["imported"] == 2
    assert "2 rows into gen-1" in book("log").stdout  # a transfer is one, with its two entries
    # only the trade was paid: 2,000 and a fee of 2
    assert figures(book) == ("1998.00", "5198.00", "5200.00")
    assert lots(book) == [("100", "1200.00"), ("100", "2000.00")]
    assert book.json("verify")["ok"]


def test_shares_that_left_take_their_value_with_them(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN, OUT)
    # 40 of 200 shares carried at 3,200 left at 800, which is 160 more
    assert figures(book) == ("1998.00", "4558.00", "4400.00")
    assert lots(book) == [("60", "720.00"), ("100", "2000.00")]
    assert book.json("verify")["ok"]


def test_only_what_was_gained_is_a_return(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN, OUT)
    flows = book.json(
        "query",
        "SELECT flow, gain FROM monthly_return WHERE account = 'gen-1' AND month = '2026-01-01'",
    )
    assert flows["rows"] == [["400.000000", "158.000000"]]


def test_a_later_file_may_be_imported_first(book: Cli, tmp_path: Path) -> None:
    """What was sold before the transfer is known does not become capital."""
    sold = trade("2", quantity="-60", tradePrice="20", proceeds="1200", netCash="1200")
    dated = sold.replace("2026-01-12", "2026-02-12").replace(
        'ibCommission="-2"', 'ibCommission="0"'
    )
    february = {"fromDate": "2026-02-01", "toDate": "2026-02-28"}
    later = tmp_path / "later.xml"
    later.write_text(flex(statement(section("Trades", dated), accountId="U1", **february)))
    earlier = tmp_path / "earlier.xml"
    moved = section("Transfers", row("Transfer", IN))
    earlier.write_text(flex(statement(moved, accountId="U1", **PERIOD)))
    for file in (later, earlier):
        book.json("import", str(file), "--into", "gen-1", "--currency", "USD", "--yes")
    assert figures(book) == ("5200.00", "5680.00", "5200.00")
    assert lots(book) == [("40", "480.00")]


def test_the_entries_name_the_transfer(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN, OUT)
    output = " ".join(book("show", "gen-1").stdout.split())
    newest_first = (
        "2026-01-20 Withdrawal −800.00 USD transfer (ACATS out)",
        "2026-01-20 Sold 40 ABC @ 20.00 +800.00 +160.00 USD transfer (ACATS out)",
        "2026-01-08 Bought 100 ABC @ 12.00 −1,200.00 USD transfer (ACATS in)",
        "2026-01-08 Deposit +1,200.00 USD transfer (ACATS in)",
    )
    places = [output.index(text) for text in newest_first]
    assert places == sorted(places)


def test_both_views_of_income_agree_on_transferred_options(book: Cli, tmp_path: Path) -> None:
    put = {**IN, "assetCategory": "OPT", "symbol": "ABC   260116P00010000"}
    put |= {"underlyingSymbol": "ABC", "strike": "10", "expiry": "2026-01-16", "putCall": "P"}
    put |= {"multiplier": "100", "quantity": "-2", "positionAmount": "-90", "transactionID": "73"}
    left = {**put, "direction": "OUT", "quantity": "2", "positionAmount": "-30"}
    left |= {"transactionID": "74", "dateTime": "2026-01-15;09:00:00"}
    bring(book, tmp_path, put, left, fee="0")
    totals = [book.json("income", "--view", view)["total"]["total"] for view in ("cash", "closed")]
    assert totals[0] == totals[1] == "60.00"


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


def test_transfers_are_booked_where_fills_were_confirmed(book: Cli, tmp_path: Path) -> None:
    filled = trade("", tradeID="900").replace("2026-01-12", "2026-01-08")
    confirmed = filled.replace("<Trade ", "<TradeConfirm ")
    day = {"fromDate": "2026-01-08", "toDate": "2026-01-08"}
    file = tmp_path / "confirmed.xml"
    file.write_text(flex(statement(section("TradeConfirms", confirmed), accountId="U1", **day)))
    book.json("import", str(file), "--into", "gen-1", "--currency", "USD", "--yes")
    assert bring(book, tmp_path, IN)["imported"] == 2


def test_what_left_without_being_held_is_named(book: Cli, tmp_path: Path) -> None:
    file = tmp_path / "out.xml"
    file.write_text(
        flex(statement(section("Transfers", row("Transfer", OUT)), accountId="U1", **PERIOD))
    )
    done = book("import", str(file), "--into", "gen-1", "--currency", "USD", "--yes")
    assert "40 ABC left, and the book holds 0: import the earlier statements" in done.stderr


def test_a_transfer_between_two_accounts_adds_no_capital(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "10000", "--date", "2025-12-31")
    bought = trade("1", quantity="100", tradePrice="10", proceeds="-1000", netCash="-1000")
    sections = section("Trades", bought.replace('ibCommission="-2"', 'ibCommission="0"'))
    out = {**OUT, "type": "INTERNAL", "quantity": "-100", "positionAmount": "-2000"}
    came = {**out, "direction": "IN", "quantity": "100", "positionAmount": "2000"}
    file = tmp_path / "two.xml"
    file.write_text(
        flex(
            statement(
                sections, section("Transfers", row("Transfer", out)), accountId="U1", **PERIOD
            ),
            statement(section("Transfers", row("Transfer", came)), accountId="U2", **PERIOD),
        )
    )
    maps = ["--map", "U1=gen-1", "--map", "U2=rev-1"]
    cli.json("import", str(file), *maps, "--currency", "USD", "--yes")
    assert figures(cli) == ("3000.00", "3000.00", "2000.00")
    assert figures(cli, "rev-1") == ("3000.00", "5000.00", "5000.00")


def test_what_leaves_compounding_is_an_alert(book: Cli, tmp_path: Path) -> None:
    bring(book, tmp_path, IN, OUT, code="com-1")
    (breach,) = (a for a in book.json("alerts")["alerts"] if a["kind"] == "rule breach")
    assert breach["account"] == "com-1"
    assert "took 800.00 USD out of com-1" in breach["message"]


def test_a_proposal_keeps_it() -> None:
    leg = Leg(Instrument("ABC"), 100_000_000, -1_200_000_000, "99")
    day = date(2026, 1, 8)
    fact = TransferFact(legs=(leg,), came=True, currency="USD", effective=day, key="U1:71")
    facts = StatementFacts(
        source="ibkr:U1",
        first_day=day,
        last_day=day,
        sha256="",
        rates=(),
        opening=(),
        facts=(fact,),
    )
    command = Import(account="gen-1", statement=facts)
    assert command_from_plain(Import, json.loads(json.dumps(command_to_plain(command)))) == command
