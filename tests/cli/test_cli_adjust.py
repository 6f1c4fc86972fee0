"""`alluse adjust`: what it records, what it asks for, and what it says."""

from __future__ import annotations

import pytest
from here import Here


@pytest.fixture
def book(here: Here) -> Here:
    """105 shares of XYZ and a short put on it."""
    for line in ("+105 XYZ @5", "-1 XYZ 18Dec26 4p @1"):
        here.json("trade", "gen-1", line, "--yes")
    return here


def held(here: Here) -> dict[str, str]:
    positions = here.json("positions", "gen-1")["positions"]
    return {position["instrument"]: position["quantity"] for position in positions}


def test_a_split_of_the_symbol_adjusts_shares_and_options(book: Here) -> None:
    output = book("adjust", "gen-1", "XYZ", "--split", "1:10", "--cash", "24", code=0).out
    assert "Split 1:10: 105 XYZ → 10.5 XYZ, 1 XYZ 18 Dec 26 4 put → 1 XYZ 18 Dec 26 40 put" in (
        " ".join(output.split())
    )
    assert held(book) == {"XYZ": "10", "XYZ 2026-12-18 40 put x10": "-1"}


def test_all_adjusts_what_else_is_held_on_the_symbol(book: Here) -> None:
    book.json("adjust", "gen-1", "XYZ", "4p", "--rename", "XYZ1")
    assert held(book) == {"XYZ": "105", "XYZ1 2026-12-18 4 put": "-1"}
    book.json("undo", "--yes")
    book.json("adjust", "gen-1", "4p", "--rename", "XYZ1", "--all")
    assert held(book) == {"XYZ1": "105", "XYZ1 2026-12-18 4 put": "-1"}


def test_a_missing_cash_amount_is_named(book: Here) -> None:
    refused = book("adjust", "gen-1", "XYZ", "--split", "1:10", code=2)
    assert "cash: is missing: give what was paid for 0.5 XYZ" in refused.err
    assert held(book) == {"XYZ": "105", "XYZ 2026-12-18 4 put": "-1"}


def test_a_repeated_key_adjusts_once(book: Here) -> None:
    line = ("adjust", "gen-1", "XYZ", "--rename", "XYZ1", "--key", "a")
    first, second = book.json(*line), book.json(*line)
    assert (first["seq"], second["duplicate"]) == (second["seq"], True)
    assert held(book) == {"XYZ1": "105", "XYZ1 2026-12-18 4 put": "-1"}


def test_a_dry_run_records_nothing(book: Here) -> None:
    output = book("adjust", "gen-1", "XYZ", "--split", "3:1", "--dry-run", code=0)
    assert "105 XYZ → 315 XYZ" in " ".join(output.out.split())
    assert held(book)["XYZ"] == "105"
