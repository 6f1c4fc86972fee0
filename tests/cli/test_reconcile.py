"""`alluse reconcile`: every difference from a statement with its cause and the entry it needs."""

from __future__ import annotations

import json
import shlex
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from books import REAL_YEAR, Cli, needs_real_year

DATA = Path(__file__).parents[1] / "data"
DIFFERENCES = str(DATA / "composed-differences.xml")
GAP = str(DATA / "composed-gap.xml")
PUT = "XYZ 2026-03-20 45 put"
CONVERTED = (
    "100.00 USD for 80.00 CHF is a rate of 0.8000; the period's rates were 0.8000 to 0.8000, the"
    " nearest 0.8000 on 2026-01-15"
)

Lines = dict[str, dict[str, Any]]


def reconcile(cli: Cli, file: str, *arguments: str, code: int = 8) -> dict[str, Any]:
    done = cli("reconcile", file, *arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["ok"] is (code == 0)
    return document


def by_name(document: dict[str, Any]) -> Lines:
    """The lines by instrument, or by currency for cash."""
    return {line["instrument"] or line["currency"]: line for line in document["lines"]}


def figures(line: dict[str, Any]) -> tuple[str, str, str, str | None]:
    return line["statement"], line["book"], line["difference"], line["cause"]


def shares(cli: Cli, symbol: str, quantity: str, day: str) -> None:
    """Shares that cost nothing, so that cash stays as it is."""
    trade = ("--side", "buy", "--symbol", symbol, "--quantity", quantity, "--price", "0")
    cli.json("post", "trade", "gen-1", *trade, "--date", day, "--yes")


@pytest.fixture
def empty(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2025-12-01")
    return cli


@pytest.fixture
def book(empty: Cli) -> Cli:
    """January as imported, with what the broker does not know, and without what only it knows."""
    shares(empty, "OLD", "40", "2025-12-15")
    shares(empty, "SPL", "10", "2025-12-15")
    empty.json("import", DIFFERENCES, "--into", "gen-1", "--yes")
    shares(empty, "LAG", "7", "2026-02-02")
    shares(empty, "FAR", "3", "2026-02-04")
    for kind, amount, currency, day in (
        ("fee", "5", "EUR", "2026-01-30"),
        ("premium", "12.34", "GBP", "2026-01-15"),
    ):
        empty.json(*("post", kind, "gen-1", amount, "--currency", currency, "--date", day), "--yes")
    return empty


def test_every_difference_has_its_cause(book: Cli) -> None:
    document = reconcile(book, DIFFERENCES)
    assert (document["account"], document["date"]) == ("gen-1", "2026-01-30")
    lines = by_name(document)
    opening, action = "opening position never recorded", "corporate action"
    conversion, lag = "missing currency conversion", "fill on another day or settled-cash lag"
    # USD: 20,000 − 4,801 + 178 + 599 = 15,976, and the broker has 100.00 less.
    assert {name: figures(line) for name, line in lines.items()} == {
        "CHF": ("83.00", "3.00", "80.00", conversion),
        "EUR": ("510.00", "505.00", "5.00", lag),
        "GBP": ("0.00", "12.34", "-12.34", "unknown"),
        "SEK": ("7.01", "7.00", "0.00", None),
        "USD": ("15876.00", "15976.00", "-100.00", conversion),
        "ABC": ("0", "-30", "30", opening),
        "FAR": ("3", "0", "3", opening),
        "LAG": ("7", "0", "7", lag),
        "NEW": ("40", "0", "40", action),
        "OLD": ("0", "40", "-40", action),
        "SPL": ("40", "10", "30", action),
        "XYZ": ("150", "100", "50", opening),
        PUT: ("-2", "-2", "0", None),
    }
    assert [line["what"] for line in document["lines"]] == ["cash"] * 5 + ["quantity"] * 8
    assert (lines[PUT]["symbol"], lines["USD"]["symbol"]) == ("XYZ", None)
    assert document["notes"] == ["T 4 1/2 (BOND) of line 20 was not compared"]


def test_the_evidence_is_named(book: Cli) -> None:
    details = {n: line["detail"] for n, line in by_name(reconcile(book, DIFFERENCES)).items()}
    assert details["CHF"] == details["USD"] == CONVERTED
    assert details["EUR"].startswith("fee of 2026-01-30 in record ")
    assert details["EUR"].endswith(" changes it by −5.00, and the statement does not count it yet")
    assert details["LAG"].endswith(" changes it by +7, and the statement counts it already")
    assert details["GBP"] == "the book has entries that are not in the statement: −12.34"
    unpriced = "; its cost is not in the statement, so the entry has a price of 0"
    assert details["ABC"] == f"30 were closed without having been opened{unpriced}"
    assert details["XYZ"] == (
        f"the statement's fills leave 50 from before 2026-01-02, the book held 0{unpriced}"
    )
    assert details["NEW"] == details["OLD"] == "the statement has 40 NEW, the book as many OLD"
    assert details["SPL"] == "the statement has 40, the book 10: a split of 4:1 would explain it"


def test_the_proposed_entries_explain_what_they_are_proposed_for(book: Cli) -> None:
    lines = by_name(reconcile(book, DIFFERENCES))
    trade = "alluse post trade gen-1 --side buy --symbol {} --quantity {} --price 0 --currency USD"
    convert = "alluse post conversion gen-1 --sold 100.00 --from USD --bought 80.00 --to CHF"
    fixes = {name: line["fix"] for name, line in lines.items() if line["fix"]}
    assert fixes == {
        "CHF": f"{convert} --date 2026-01-30",
        "USD": f"{convert} --date 2026-01-30",
        "ABC": f"{trade.format('ABC', 30)} --date 2026-01-01",
        "FAR": f"{trade.format('FAR', 3)} --date 2026-01-01",
        "XYZ": f"{trade.format('XYZ', 50)} --date 2026-01-01",
        "NEW": "alluse adjust gen-1 OLD --rename NEW --date 2026-01-30",
        "OLD": "alluse adjust gen-1 OLD --rename NEW --date 2026-01-30",
        "SPL": "alluse adjust gen-1 SPL --split 4:1 --date 2026-01-30",
    }
    for fix in dict.fromkeys(fixes.values()):
        book.json(*shlex.split(fix)[1:], "--yes")
    rest = [line for line in reconcile(book, DIFFERENCES)["lines"] if line["cause"]]
    assert [line["instrument"] or line["currency"] for line in rest] == ["EUR", "GBP", "LAG"]


def test_before_the_import_rows_are_missing_and_nothing_is_recorded(empty: Cli) -> None:
    before = empty("log", "--json").stdout
    lines = by_name(reconcile(empty, DIFFERENCES, "--into", "gen-1"))
    assert empty("log", "--json").stdout == before
    causes = {name: line["cause"] for name, line in lines.items()}
    # NEW, SPL, LAG and FAR have no rows, and ABC is in neither.
    assert [name for name, cause in causes.items() if cause == "not imported yet"] == [
        *("CHF", "EUR", "SEK", "USD", "XYZ", PUT)
    ]
    assert lines["EUR"]["detail"] == "2 rows of this statement not in the book: +510.00"
    assert lines["USD"]["detail"] == (
        "4 rows of this statement not in the book: +15,976.00; −100.00 remains after the import"
    )
    assert lines["USD"]["fix"] == f"alluse import {DIFFERENCES} --into gen-1"


def test_a_fill_that_was_typed_for_another_day_is_not_imported_as_well(empty: Cli) -> None:
    empty.json("deposit", "gen-1", "20000", "--date", "2025-12-01")
    receipt = empty.json(
        *("trade", "gen-1", "-2 XYZ 20Mar26 45p @0.90", "--fees", "2", "--date", "2026-02-02"),
        "--yes",
    )
    line = by_name(reconcile(empty, DIFFERENCES, "--into", "gen-1"))[PUT]
    assert figures(line) == ("-2", "0", "-2", "fill on another day or settled-cash lag")
    assert line["fix"] == f"alluse undo {receipt['seq']}"


def test_cash_from_before_the_period_is_opening_cash(empty: Cli) -> None:
    """A second statement's starting cash is not imported, so money of the gap is missing."""
    empty.json("import", DIFFERENCES, "--into", "gen-1", "--yes")
    document = reconcile(empty, GAP)
    (line,) = [line for line in document["lines"] if line["cause"]]
    assert figures(line) == ("16000.00", "15976.00", "24.00", "opening cash never recorded")
    assert line["detail"] == "the statement starts with 16,000.00 USD, the book with 15,976.00"
    assert line["fix"] == "alluse post opening gen-1 24.00 --currency USD --date 2026-02-02"
    assert document["notes"] == ["positions were not compared: the statement does not list them"]
    empty.json(*shlex.split(line["fix"])[1:], "--yes")
    reconcile(empty, GAP, code=0)


def test_later_entries_do_not_disturb(empty: Cli) -> None:
    empty.json("import", DIFFERENCES, "--into", "gen-1", "--yes")
    before = reconcile(empty, DIFFERENCES)
    empty.json("deposit", "gen-1", "1000", "--date", "2026-03-02", "--yes")
    shares(empty, "XYZ", "50", "2026-03-02")
    assert reconcile(empty, DIFFERENCES) == before


def test_people_see_only_differences_unless_they_ask_for_all(book: Cli) -> None:
    done = book("reconcile", DIFFERENCES)
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["statement", "book", "difference", "likely", "cause"]
    assert " ".join(lines[1].split()) == "CHF cash 83.00 3.00 80.00 missing currency conversion"
    assert not any(line.startswith("SEK") for line in lines)
    explained = lines.index(f"CHF cash, USD cash: {CONVERTED}")
    assert lines[explained + 1].startswith("    alluse post conversion gen-1 --sold 100.00")
    assert lines[-1] == "gen-1 has 11 differences from the statement of 2026-01-30"
    assert done.stderr == "note: T 4 1/2 (BOND) of line 20 was not compared\n"
    everything = book("reconcile", DIFFERENCES, "--all").stdout.splitlines()
    assert any(line.startswith("SEK cash") for line in everything)


def test_bad_input_is_named(empty: Cli) -> None:
    done = empty("reconcile", DIFFERENCES)
    assert done.returncode == 2
    assert done.stderr == (
        "alluse: --into: choose the account that broker account …007 belongs to:"
        " gen-1, rev-1, com-1\n"
    )
    done = empty("reconcile", DIFFERENCES, "--into", "gen-9")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_statement_without_figures_has_nothing_to_compare(empty: Cli, tmp_path: Path) -> None:
    text = Path(DIFFERENCES).read_text()
    bare = text[: text.index("<CashReport>")] + text[text.index("</OpenPositions>") + 16 :]
    file = tmp_path / "bare.xml"
    file.write_text(bare)
    done = empty("reconcile", str(file), "--into", "gen-1")
    assert done.returncode == 2
    assert "neither its ending cash nor its positions" in done.stderr


@needs_real_year
def test_the_real_years_breaks_are_named_and_explained(cli: Cli) -> None:
    """Book minus statement is 21.82 USD and −18.87 CHF, and 284 shares are from before."""
    cli.json("init", "--name", "Main", "--capital", "0")
    cli.json("import", str(REAL_YEAR), "--into", "gen-1", "--yes")
    lines = by_name(reconcile(cli, str(REAL_YEAR)))
    conversion = "missing currency conversion"
    assert figures(lines["EUR"]) == ("0.00", "0.00", "0.00", None)
    assert figures(lines["USD"]) == ("-0.47", "21.35", "-21.82", conversion)
    assert figures(lines["CHF"]) == ("13538.34", "13519.47", "18.87", conversion)
    assert figures(lines["MSTR"]) == ("5257", "4973", "284", "opening position never recorded")
    assert lines["MSTR 2026-02-06 220 call"]["difference"] == "0"
    assert "21.82 USD for 18.87 CHF is a rate of 0.8647" in lines["USD"]["detail"]
    cli.json(*shlex.split(lines["MSTR"]["fix"])[1:], "--yes")
    after = by_name(reconcile(cli, str(REAL_YEAR)))
    assert figures(after["MSTR"]) == ("5257", "5257", "0", None)
    assert Decimal(after["USD"]["difference"]) == Decimal("-21.82")
    cli.json(*shlex.split(after["USD"]["fix"])[1:], "--yes")
    reconcile(cli, str(REAL_YEAR), code=0)


@pytest.mark.parametrize("name", ["schwab", "fidelity", "tastytrade"])
def test_a_list_of_transactions_has_nothing_to_compare_with(empty: Cli, name: str) -> None:
    refused = empty("reconcile", str(DATA / f"composed-{name}.csv"), "--into", "gen-1")
    assert refused.returncode == 2
    assert "neither its ending cash nor its positions" in refused.stderr
