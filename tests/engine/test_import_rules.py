"""Import: a statement comes in whole, each row once, or not at all (rules.md, market.md)."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from books import Cli

DATA = Path(__file__).parents[1] / "data"
YEAR = str(DATA / "composed-year.xml")
NEXT = str(DATA / "composed-next-period.xml")
COMPACT = str(DATA / "composed-compact-dates.xml")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a freshly opened book, to be copied."""
    folder = tmp_path_factory.mktemp("opened") / "book"
    cli = Cli(folder / "alluse.journal")
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2024-12-31")
    return folder


@pytest.fixture
def book(cli: Cli, opened: Path) -> Cli:
    shutil.copytree(opened, cli.journal.parent)
    return cli


def bring(cli: Cli, file: str, *arguments: str) -> dict[str, Any]:
    report: dict[str, Any] = cli.json("import", file, "--yes", *arguments)
    assert report["rows"] == report["imported"] + report["duplicates"] + len(report["ignored"])
    return report


def accounts(cli: Cli) -> str:
    return cli("accounts", "--json").stdout


def currencies(cli: Cli, code: str) -> dict[str, str]:
    found: dict[str, str] = cli.json("show", code)["currencies"]
    return found


def records(cli: Cli) -> int:
    return len(cli("log").stdout.splitlines())


def test_a_statement_is_booked_to_its_ending_cash(book: Cli) -> None:
    report = bring(book, YEAR, "--into", "gen-1")
    assert (report["format"], report["account"]) == ("ibkr-flex", "gen-1")
    assert (report["rows"], report["imported"], report["duplicates"]) == (25, 15, 0)
    assert all(set(row) == {"row", "why"} for row in report["ignored"])
    assert report["totals"] == {
        "option_net_cash": {"USD": "298.60"},
        "stock_net_cash": {"USD": "-10191.00"},
        "cash_by_type": {
            "Dividends": {"USD": "12.34"},
            "Withholding Tax": {"USD": "-1.85"},
            "Broker Interest Paid": {"EUR": "-0.17"},
            "Other Fees": {"USD": "-11.00"},
            "Deposits/Withdrawals": {"USD": "1000.00"},
            "Loyalty Points": {"USD": "0.50"},
        },
        "ending_cash": {"USD": "41050.09", "EUR": "149.83", "GBP": "0.00"},
    }
    assert currencies(book, "gen-1") == {"EUR": "149.83", "USD": "41050.09"}
    rows = book.json("query", "SELECT instrument, quantity FROM holding ORDER BY 1")["rows"]
    assert [(name, Decimal(quantity)) for name, quantity in rows] == [
        ("ABC", Decimal(10)),
        ("XYZ", Decimal(100)),
    ]
    assert book.json("verify")["ok"]


def test_an_unconfirmed_or_dry_import_books_nothing(book: Cli) -> None:
    before = accounts(book)
    done = book("import", YEAR, "--into", "gen-1")
    assert (done.returncode, "--yes" in done.stderr) == (2, True)
    shown = book.json("import", YEAR, "--into", "gen-1", "--dry-run")
    assert (shown["imported"], len(shown["plan"]["entries"])) == (15, 15)
    assert (accounts(book), records(book)) == (before, 1)


def test_the_same_statement_again_books_nothing_anywhere(book: Cli) -> None:
    bring(book, YEAR, "--into", "gen-1")
    before = accounts(book)
    for into in (["--into", "gen-1"], [], ["--into", "rev-1"]):
        report = bring(book, YEAR, *into)
        assert (report["imported"], report["duplicates"], len(report["ignored"])) == (0, 15, 10)
    assert (accounts(book), records(book)) == (before, 2)


def test_an_overlapping_statement_adds_only_what_is_new(book: Cli) -> None:
    bring(book, YEAR, "--into", "gen-1")
    report = bring(book, NEXT)
    assert report["account"] == "gen-1"
    assert (report["rows"], report["imported"], report["duplicates"]) == (5, 1, 2)
    starting, changed = report["ignored"]
    assert "starting cash" in starting["why"]
    assert "2025-01-01 to 2025-06-30 in gen-1" in starting["why"]
    assert currencies(book, "gen-1")["USD"] == "41070.09"
    assert "different content" in changed["why"]


def test_a_known_row_with_other_content_is_ignored_and_says_where_it_stands(book: Cli) -> None:
    bring(book, YEAR, "--into", "gen-1")
    report = bring(book, NEXT)
    line = next(
        i for i, text in enumerate(Path(NEXT).read_text().splitlines(), 1) if "-1.80" in text
    )
    changed = [row for row in report["ignored"] if "different content" in row["why"]]
    assert changed == [{"row": line, "why": "already recorded with different content in record 2"}]


def test_two_brokers_accounts_each_have_their_starting_cash_and_home(book: Cli) -> None:
    bring(book, YEAR, "--into", "gen-1")
    bring(book, COMPACT, "--into", "rev-1")
    assert currencies(book, "rev-1") == {"USD": "1101.00"}
    assert bring(book, COMPACT)["account"] == "rev-1"


def test_an_unknown_account_must_be_named_and_may_be_chosen_from_a_list(book: Cli) -> None:
    done = book("import", YEAR, "--yes")
    assert done.returncode == 2
    for part in ("--into", "…001", "gen-1", "rev-1", "com-1"):
        assert part in done.stderr
    done = book("import", YEAR, "--into", "gen-9", "--yes")
    assert (done.returncode, records(book)) == (2, 1)


@pytest.mark.parametrize("last", ['transactionID=""', 'transactionID="2001"'])
def test_a_row_that_cannot_be_read_is_left_out_and_the_others_are_booked(
    book: Cli, tmp_path: Path, last: str
) -> None:
    wrong = tmp_path / "wrong.xml"
    wrong.write_text(Path(YEAR).read_text().replace('transactionID="2005"', last))
    report = bring(book, str(wrong), "--into", "gen-1")
    assert (report["imported"], len(report["ignored"])) == (14, 11)
    (left_out,) = [row for row in report["ignored"] if "cannot be read" in row["why"]]
    assert "transactionID=" in wrong.read_text().splitlines()[left_out["row"] - 1]
    assert currencies(book, "gen-1")["USD"] == "40050.09"  # without the deposit of 1,000.00
    assert bring(book, YEAR)["imported"] == 1
    assert currencies(book, "gen-1")["USD"] == "41050.09"


def test_half_an_assignment_books_nothing(book: Cli, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.xml"
    wrong.write_text(Path(YEAR).read_text().replace('proceeds="-10000"', 'proceeds="?"'))
    before = accounts(book)
    done = book("import", str(wrong), "--into", "gen-1", "--yes")
    assert done.returncode == 2
    assert (accounts(book), records(book)) == (before, 1)


def test_a_row_beyond_the_bounds_of_the_book_books_nothing(book: Cli, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.xml"
    wrong.write_text(Path(YEAR).read_text().replace('amount="1,000"', 'amount="999999999999"'))
    before = accounts(book)
    done = book("import", str(wrong), "--into", "gen-1", "--yes")
    assert done.returncode == 2
    assert (accounts(book), records(book)) == (before, 1)


def test_a_statement_from_the_future_is_refused(book: Cli, tmp_path: Path) -> None:
    future = tmp_path / "future.xml"
    future.write_text(
        Path(YEAR).read_text().replace('dateTime="2025-05-07"', 'dateTime="2199-05-07"')
    )
    done = book("import", str(future), "--into", "gen-1", "--yes", "--json")
    assert done.returncode == 3
    reasons = json.loads(done.stdout)["error"]["reasons"]
    assert [r["rule"] for r in reasons if not r["ok"]] == ["date.future"]


def test_undo_takes_back_the_whole_import_and_frees_its_rows(book: Cli) -> None:
    before = accounts(book)
    bring(book, YEAR, "--into", "gen-1")
    book.json("undo", "--yes")
    assert accounts(book) == before
    assert book.json("query", "SELECT * FROM holding")["rows"] == []
    assert book.json("query", "SELECT * FROM rate")["rows"] == []
    assert book("import", YEAR, "--yes").returncode == 2
    assert bring(book, YEAR, "--into", "rev-1")["imported"] == 15
    assert currencies(book, "rev-1") == {"EUR": "149.83", "USD": "41050.09"}
    assert book.json("verify")["ok"]


def test_undoing_the_second_statement_leaves_the_first(book: Cli) -> None:
    bring(book, YEAR, "--into", "gen-1")
    before = accounts(book)
    bring(book, NEXT)
    book.json("undo", "--yes")
    assert accounts(book) == before
    assert bring(book, YEAR)["duplicates"] == 15
    assert bring(book, NEXT)["imported"] == 1


def test_an_import_into_a_named_portfolio_is_found_again_there(book: Cli) -> None:
    book.json("init", "--name", "Smith", "--capital", "0")
    bring(book, YEAR, "--into", "Smith/rev-1")
    report = bring(book, YEAR)
    assert (report["account"], report["duplicates"]) == ("rev-1", 15)
    assert currencies(book, "Smith/rev-1")["USD"] == "41050.09"
    assert currencies(book, "Main/rev-1") == {}


def test_importing_into_compounding_is_a_fact_and_accepted(book: Cli) -> None:
    assert bring(book, YEAR, "--into", "com-1")["imported"] == 15
