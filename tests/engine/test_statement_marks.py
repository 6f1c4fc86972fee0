"""A statement's closing positions mark what the book holds in the same quantity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from books import Cli

DATA = Path(__file__).parents[1] / "data"
JANUARY = str(DATA / "composed-positions.xml")
LINES = Path(JANUARY).read_text().splitlines()
PUT = "XYZ 2026-03-20 45 put"


def line_of(*texts: str) -> int:
    (line,) = [n for n, text in enumerate(LINES, 1) if all(part in text for part in texts)]
    return line


def bring(cli: Cli, file: str = JANUARY) -> dict[str, Any]:
    report: dict[str, Any] = cli.json("import", file, "--yes", "--into", "gen-1")
    assert report["rows"] == report["imported"] + report["duplicates"] + len(report["ignored"])
    return report


def held(cli: Cli) -> dict[str, dict[str, Any]]:
    return {p["instrument"]: p for p in cli.json("positions", "gen-1")["positions"]}


@pytest.fixture
def book(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2025-12-31")
    return cli


def test_positions_of_the_last_day_are_marked_and_the_rest_is_accounted_for(book: Cli) -> None:
    report = bring(book)
    assert (report["rows"], report["imported"], report["duplicates"]) == (12, 6, 0)
    whys = {row["row"]: row["why"] for row in report["ignored"]}
    assert whys == {
        line_of('"LOT"'): "a lot of a position that is read as a whole",
        line_of("ABC", 'markPrice="21"'): "ABC is not marked: statement 5, book 4",
        line_of("OLD"): "OLD is not marked: statement 7, book 0",
        line_of("2026-01-29"): "a position of 2026-01-29, not of 2026-01-30",
        line_of("BOND"): "positions in BOND are not marked yet",
        line_of("ABC", 'position="5" side'): whys[line_of("ABC", 'position="5" side')],
    }
    assert "markPrice: Field required" in whys[line_of("ABC", 'position="5" side')]
    shares, put, other = (held(book)[name] for name in ("XYZ", PUT, "ABC"))
    assert (shares["mark"], shares["mark_date"], shares["value"]) == (
        "52.50",
        "2026-01-30",
        "5250.00",
    )
    assert (put["mark"], put["value"], put["unrealised"]) == ("0.8125", "-162.50", "17.50")
    assert (other["mark"], other["value"]) == (None, "80.00")
    account = book.json("show", "gen-1")
    assert (account["cash"], account["equity"]) == ("15295.00", "20462.50")


def test_the_same_statement_again_marks_nothing(book: Cli) -> None:
    bring(book)
    before = book("accounts", "--json").stdout
    again = bring(book)
    assert (again["imported"], again["duplicates"], len(again["ignored"])) == (0, 6, 6)
    assert book("accounts", "--json").stdout == before


def test_undo_takes_the_marks_back_with_the_import(book: Cli) -> None:
    before = book("accounts", "--json").stdout
    bring(book)
    book.json("undo", "--yes")
    assert book("accounts", "--json").stdout == before
    assert held(book) == {}
    assert bring(book)["imported"] == 6
    assert book.json("verify")["ok"]


def test_a_price_of_an_earlier_day_does_not_replace_a_later_one(book: Cli, tmp_path: Path) -> None:
    """The put was not marked at first, since the book held another quantity of it."""
    without_put = tmp_path / "january.xml"
    text = Path(JANUARY).read_text()
    without_put.write_text(text.replace('position="-2"', 'position="-3"'))
    assert bring(book, str(without_put))["imported"] == 5
    args = ("post", "mark", "gen-1", "0.5", "--position", PUT, "--date", "2026-02-02")
    book.json(*args)
    why = next(row["why"] for row in bring(book)["ignored"] if PUT in row["why"])
    assert why == f"{PUT} is already marked on 2026-02-02"
    assert held(book)[PUT]["mark"] == "0.50"


def test_the_broker_s_account_number_is_not_in_the_key(book: Cli) -> None:
    bring(book)
    assert "U0000003" not in book("log", "--json").stdout
