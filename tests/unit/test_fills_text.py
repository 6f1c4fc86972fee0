"""Pasted fills, one on each line (market.md, Fills)."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from statement_rows import booked_cents, keys, trades

from alluse_tui.domain.commands import Kind
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import read_statement

SAMPLE = Path(__file__).parents[1] / "data" / "composed-fills.txt"
CALL = "AAPL 2026-11-27 190 call"


def test_fills_are_read_with_their_days_and_fees() -> None:
    read = read_statement(SAMPLE)
    assert (read.format, read.rows, read.ignored) == ("fills-text", 5, ())
    assert trades(read) == [
        (Kind.TRADE, CALL, -1, 14_500, 65),
        (Kind.TRADE, CALL, -1, 14_500, 65),
        (Kind.TRADE, "KO", 100, -601_000, 0),
        (Kind.TRADE, "MSFT 2026-12-18 400 put", -2, 42_000, 0),
        (Kind.TRADE, CALL, 1, -4_000, 0),
    ]
    assert [fact.effective for fact in read.facts.facts] == [date(2026, 10, 20)] * 3 + [
        date(2026, 10, 21)
    ] * 2
    # 2 × (145 − 0.65) − 6,010 + 420 − 40
    assert booked_cents(read) == -534_130
    assert sorted(read.lines.values()) == [3, 4, 5, 7, 8]


def test_the_guide_s_fills_are_read(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text()
    _, _, example = guide.partition("```\n2026-11-24\n")
    file = tmp_path / "guide.txt"
    file.write_text(f"2026-11-24\n{example.partition('```')[0]}")
    assert [(name, n) for _, name, n, _, _ in trades(read_statement(file))] == [
        (CALL, -1),
        (CALL, -1),
        (CALL, 1),
    ]


def test_keys_do_not_depend_on_the_order_the_spelling_or_the_time(tmp_path: Path) -> None:
    lines = [
        "2026-10-20 -1 AAPL 27Nov26 190c @1.45 fee 0.65",
        "2026-10-20 16:00 SOLD -1 AAPL 100 27 NOV 26 190 CALL @1.45 ISE fees 0.65",
        "10/20/2026 buy 100 KO @60.1",
        "2026-10-21 btc 1 AAPL 11/27/26 190c @0.40",
        "2026-10-21 sto 2 MSFT 2026-12-18 400 puts @2.1",
    ]
    other = tmp_path / "other.txt"
    random.Random(5).shuffle(lines)
    other.write_text("\n".join(lines))
    assert keys(read_statement(other)).keys() == keys(read_statement(SAMPLE)).keys()


def test_fills_of_one_day_follow_their_times_or_the_order_of_lines(tmp_path: Path) -> None:
    day = tmp_path / "day.txt"
    day.write_text("2026-10-20\n-1 KO @60\n+1 KO @59\n")
    assert [quantity for _, _, quantity, _, _ in trades(read_statement(day))] == [-1, 1]
    day.write_text("2026-10-20\n10:31 +1 KO @59\n9:45 -1 KO @60\n")
    assert [quantity for _, _, quantity, _, _ in trades(read_statement(day))] == [-1, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "SOLD -1 AAPL 11/27/26 C190 @1.45",
            "line 1: fill 'SOLD -1 AAPL 11/27/26 C190 @1.45': must",
        ),
        ("2026-10-20\n\n-1 AAPL 27Nov26 190x @1.45", "line 3: strike '190x': must be a number"),
        ("2026-10-20\n-1 AAPL @1 fees x", "line 2: fees 'x': must be a number"),
        ("2026-13-20 -1 AAPL @1", "line 1: date '2026-13-20': must be a date"),
        ("2026-10-20\nhello", "line 2: price: is missing; end the line with @"),
        ("2026-10-20", "has no rows"),
    ],
)
def test_a_line_that_is_no_fill_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "wrong.txt"
    file.write_text(text)
    with pytest.raises(BadInput, match=r"wrong\.txt") as error:
        read_statement(file)
    assert message in str(error.value)
