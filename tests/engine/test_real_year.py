"""A real year of one broker account, against figures worked out without this program."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest
from books import REAL_YEAR, Cli, needs_real_year

pytestmark = needs_real_year

BOOKED = 671 + 60 + 2 + 1
"""Trades, DETAIL cash rows, starting cash in USD and CHF, and the closing price of the calls."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The year imported into gen-1; tests only ask."""
    cli = Cli(tmp_path_factory.mktemp("year") / "alluse.journal")
    cli.json("init", "--name", "Main", "--capital", "0")
    bring(cli, "--into", "gen-1")
    return cli


@pytest.fixture(scope="module")
def report(book: Cli) -> dict[str, Any]:
    """What the file says; the same whether or not rows were new."""
    return bring(book, "--dry-run")


@pytest.fixture(scope="module")
def file() -> ET.Element:
    return ET.parse(REAL_YEAR).getroot()


def bring(cli: Cli, *arguments: str) -> dict[str, Any]:
    report: dict[str, Any] = cli.json("import", str(REAL_YEAR), "--yes", *arguments)
    assert report["rows"] == report["imported"] + report["duplicates"] + len(report["ignored"])
    return report


def cents(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


def cash(cli: Cli, code: str) -> dict[str, Decimal]:
    shown = cli.json("show", code)["currencies"]
    return {currency: Decimal(text) for currency, text in shown.items()}


def test_every_trade_cash_row_and_starting_cash_comes_in_once(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "0")
    before = cli("accounts", "--json").stdout
    first = bring(cli, "--into", "gen-1")
    assert (first["rows"], first["imported"], first["duplicates"]) == (911, BOOKED, 0)
    after = cli("accounts", "--json").stdout
    for into in ([], ["--into", "gen-1"], ["--into", "rev-1"]):
        again = bring(cli, *into)
        assert (again["imported"], again["duplicates"]) == (0, BOOKED)
    assert cli("accounts", "--json").stdout == after
    cli.json("undo", "--yes")
    assert cli("accounts", "--json").stdout == before
    assert bring(cli, "--into", "rev-1")["imported"] == BOOKED
    shown = {a["code"]: a["currencies"] for a in cli.json("accounts")["accounts"]}
    assert (shown["gen-1"], shown["rev-1"]["USD"]) == ({}, "21.349817")
    assert cli.json("verify")["ok"]


def test_an_import_is_several_bounded_records_of_one_act(book: Cli) -> None:
    rows = book.json("query", "SELECT part, parts FROM record WHERE command = 'import'")["rows"]
    assert len(rows) > 1
    assert [tuple(row) for row in rows] == [(i, len(rows)) for i in range(1, len(rows) + 1)]


def test_option_net_cash_is_right_to_the_cent(report: dict[str, Any]) -> None:
    net = report["totals"]["option_net_cash"]
    assert set(net) == {"USD"}
    assert cents(net["USD"]) == Decimal("142799.34")
    assert abs(Decimal(net["USD"]) - Decimal("142799.3380788")) < Decimal("0.00001")


def test_cash_by_type_equals_the_rows_of_the_file(report: dict[str, Any], file: ET.Element) -> None:
    sums: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    details = [e for e in file.iter("CashTransaction") if e.get("levelOfDetail") == "DETAIL"]
    for row in details:
        sums[row.attrib["type"]][row.attrib["currency"]] += Decimal(row.attrib["amount"])
    found = report["totals"]["cash_by_type"]
    assert len(details) == 60
    assert {t: {c: Decimal(m) for c, m in by.items()} for t, by in found.items()} == sums


def test_stock_net_cash_equals_the_rows_of_the_file(
    report: dict[str, Any], file: ET.Element
) -> None:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in file.iter("Trade"):
        if row.get("assetCategory") == "STK":
            sums[row.attrib["currency"]] += Decimal(row.attrib["netCash"])
    found = report["totals"]["stock_net_cash"]
    assert set(found) == set(sums)
    assert all(abs(Decimal(found[c]) - sums[c]) < Decimal("0.0001") for c in sums)


def test_ending_cash_is_what_the_file_says(report: dict[str, Any]) -> None:
    assert report["totals"]["ending_cash"] == {
        "CHF": "13538.34041",
        "EUR": "0.00",
        "USD": "-0.47148",
    }


def test_the_statements_own_break_is_neither_hidden_nor_widened(
    book: Cli, report: dict[str, Any]
) -> None:
    held, ending = cash(book, "gen-1"), report["totals"]["ending_cash"]
    breaks = {c: Decimal(ending[c]) - held.get(c, Decimal(0)) for c in ("CHF", "EUR", "USD")}
    assert held == {"CHF": Decimal("13519.472621"), "USD": Decimal("21.349817")}
    assert abs(breaks["USD"] - Decimal("-21.821296")) < Decimal("0.00001")
    assert abs(breaks["CHF"] - Decimal("18.867786")) < Decimal("0.00001")
    assert breaks["EUR"] == 0


def test_holdings_are_what_the_fills_sum_to(book: Cli) -> None:
    rows = book.json("query", "SELECT instrument, currency, quantity FROM holding")["rows"]
    held = {(name, currency): Decimal(quantity) for name, currency, quantity in rows}
    assert held["MSTR", "USD"] == 4_973
    assert held["MSTR 2026-02-06 220 call", "USD"] == -52
    assert [name for name, _ in held if name.endswith((" call", " put"))] == [
        "MSTR 2026-02-06 220 call"
    ]


def test_the_calls_are_marked_and_the_shares_are_not(book: Cli, report: dict[str, Any]) -> None:
    """284 shares were sold that the year does not open with, so the broker has that many more."""
    held = {p["instrument"]: p for p in book.json("positions", "gen-1")["positions"]}
    call = held["MSTR 2026-02-06 220 call"]
    assert (call["mark"], call["mark_date"]) == ("1.0231", "2025-12-31")
    assert call["value"] == "-5320.12"
    assert (held["MSTR"]["mark"], held["MSTR"]["mark_date"]) == (None, None)
    (why,) = {row["why"] for row in report["ignored"] if "not marked:" in row["why"]}
    assert why == "MSTR is not marked: statement 5,257, book 4,973"


def test_every_fill_is_an_entry_of_its_kind(book: Cli, file: ET.Element) -> None:
    rows = book.json("query", "SELECT kind, count(*) FROM entry WHERE key <> '' GROUP BY ALL")
    kinds = {kind: count for kind, count in rows["rows"]}
    notes = Counter(e.attrib["notes"] for e in file.iter("Trade"))
    assert (kinds["expiry"], kinds["assignment"]) == (notes["Ep"], notes["A"]) == (7, 2)
    assert kinds["trade"] + kinds["expiry"] + kinds["assignment"] == 340 + 155
    assert kinds["conversion"] == 176
    assert kinds["opening"] == 2


def test_the_assigned_shares_left_at_the_strike(book: Cli) -> None:
    rows = book.json(
        "query",
        "SELECT e.effective, h.instrument, h.quantity FROM holding_change h JOIN entry e"
        " USING (seq, n) WHERE e.kind = 'assignment' ORDER BY 2",
    )["rows"]
    assert [(day, name, Decimal(quantity)) for day, name, quantity in rows] == [
        ("2025-10-17", "MSTR", Decimal(-3_400)),
        ("2025-10-17", "MSTR 2025-10-17 290 call", Decimal(34)),
    ]


def test_the_replica_and_the_book_agree_on_the_year(book: Cli) -> None:
    now = {a["code"]: a for a in book.json("accounts")["accounts"]}
    then = book.json("accounts", "--as-of", "2026-06-01")["accounts"]
    assert then == [now["gen-1"]]
    assert Decimal(now["gen-1"]["positions"]) != 0
