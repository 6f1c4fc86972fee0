"""`alluse market sessions`: trading days with hours and entry days."""

from __future__ import annotations

import pytest
from books import Cli


@pytest.fixture
def book(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000")
    return cli


def test_the_week_of_thanksgiving_as_json(book: Cli) -> None:
    before = book("log", "--json").stdout
    document = book.json("market", "sessions", "--from", "2026-11-23", "--to", "2026-11-29")
    whole = {"open": "09:30", "close": "16:00", "half": False}
    assert document == {
        "sessions": [
            {"date": "2026-11-23", **whole, "entry": ["rev"]},
            {"date": "2026-11-24", **whole, "entry": ["rev"]},
            {"date": "2026-11-25", **whole, "entry": ["gen", "rev"]},
            {
                "date": "2026-11-27",
                "open": "09:30",
                "close": "13:00",
                "half": True,
                "entry": [],
            },
        ],
        "closed": [{"date": "2026-11-26", "why": "Thanksgiving Day"}],
    }
    assert book("log", "--json").stdout == before


def test_an_unscheduled_closure_is_listed_with_its_reason(book: Cli) -> None:
    document = book.json("market", "sessions", "--from", "2025-01-09", "--to", "2025-01-09")
    why = "Day of mourning for Jimmy Carter"
    assert document == {"sessions": [], "closed": [{"date": "2025-01-09", "why": why}]}


def test_the_table_says_half_days_and_holidays(book: Cli) -> None:
    shown = book("market", "sessions", "--from", "2026-11-26", "--to", "2026-11-30").stdout
    assert "2026-11-26 Thu  closed       Thanksgiving Day" in shown
    assert "2026-11-27 Fri  09:30-13:00  half day" in shown
    assert "Sat" not in shown


def test_without_a_range_it_is_six_weeks(book: Cli) -> None:
    document = book.json("market", "sessions", "--from", "2027-02-01")
    assert [day["date"] for day in document["closed"]] == ["2027-02-15"]  # Washington's birthday
    assert len(document["sessions"]) == 29
    assert book.json("market", "sessions")["sessions"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--from", "2026-11-31"), "--from: must be a date in the form YYYY-MM-DD"),
        (("--from", "1989-12-31"), "--from: must be between 1990-01-01 and 2100-12-31"),
        (("--from", "2100-12-01"), "--to: must be between 1990-01-01 and 2100-12-31"),
        (
            ("--from", "2026-11-27", "--to", "2026-11-26"),
            "--to: must not be before 2026-11-27",
        ),
    ],
    ids=str,
)
def test_a_range_that_the_calendar_does_not_know_is_refused(
    book: Cli, options: tuple[str, ...], message: str
) -> None:
    done = book("market", "sessions", *options)
    assert done.returncode == 2
    path, _, allowed = message.partition(": ")
    assert path in done.stderr, done.stderr
    assert allowed in done.stderr, done.stderr
