"""`alluse income` and `alluse cycles`: one wheel by command line, every figure worked by hand."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from books import Cli
from market import bars_file

from alluse_tui.engine import NewYorkCalendar

COLUMNS = ("premium", "dividends", "interest", "fees", "tax", "realised", "total")


@pytest.fixture
def book(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one wheel of gen-1 on XYZ: put, roll, assignment, call, dividend, called away.

    Cash: 150 − 1 + (140 − 100) − 2 − 4,900 + 80 − 1 + 25 + 5,200 − 0.50 = 590.50.
    """
    folder: Path = tmp_path_factory.mktemp("traded") / "book"
    book = Cli(folder / "alluse.journal")
    book.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    on = ("--yes", "--date")
    book.json("trade", "gen-1", "-1 XYZ 16Jan26 50p @1.50", "--fees", "1", *on, "2026-01-08")
    new = ("XYZ 23Jan26 49p", "--price", "0.40", "--close-price", "1.00", "--fees", "2")
    book.json("roll", "gen-1", "50p", *new, *on, "2026-01-15")
    book.json("assign", "gen-1", "49p", *on, "2026-01-23")
    book.json("trade", "gen-1", "-1 XYZ 20Feb26 52c @0.80", "--fees", "1", *on, "2026-02-02")
    book.json("post", "dividend", "gen-1", "25", "--symbol", "XYZ", *on, "2026-02-10")
    book.json("assign", "gen-1", "52c", "--fees", "0.50", *on, "2026-02-20")
    book.json("cycles")
    return folder


@pytest.fixture
def wheel(cli: Cli, traded: Path) -> Cli:
    """A copy of that book."""
    shutil.copytree(traded, cli.journal.parent)
    return cli


def rows(cli: Cli, *options: str) -> dict[str, dict[str, str]]:
    """Period or symbol → the amounts of its row that are not zero, as a person would write them."""
    document = cli.json("income", *options)
    listed = {row["period"] or row["symbol"]: row for row in document["rows"]}
    listed["total"] = document["total"]
    return {
        name: {c: row[c].removesuffix(".00") for c in COLUMNS if row[c] != "0.00"}
        for name, row in listed.items()
    }


def cash(cli: Cli, code: str = "gen-1") -> Decimal:
    return Decimal(cli.json("show", code)["cash"])


def test_a_wheel_is_one_closed_cycle(wheel: Cli) -> None:
    assert cash(wheel) == Decimal("100590.50")
    (cycle,) = wheel.json("cycles", "gen-1")["cycles"]
    assert cycle == {
        "account": "gen-1",
        "symbol": "XYZ",
        "currency": "USD",
        "opened": "2026-01-08",
        "closed": "2026-02-20",
        "premium": "270.00",  # 150 + 40 + 80
        "fees": "4.50",
        "dividends": "25.00",
        "realised": "590.50",  # 270 + (5,200 − 4,900) + 25 − 4.50
        "capital": "5000.00",  # the first put; the second, and the shares, are 4,900
        "days": 43,  # 23 in January, 20 in February
        "annual": "100.2",  # 590.50 / 5,000 × 365 / 43 = 1.00248
        "cost": None,
        "basis": None,
        "stock": None,
    }


def test_the_cash_view_counts_premium_and_fees_when_they_are_paid(wheel: Cli) -> None:
    assert rows(wheel, "gen-1", "--by", "week") == {
        "2026-W02": {"premium": "150", "fees": "-1", "total": "149"},
        "2026-W03": {"premium": "40", "fees": "-2", "total": "38"},
        "2026-W06": {"premium": "80", "fees": "-1", "total": "79"},
        "2026-W07": {"dividends": "25", "total": "25"},
        "2026-W08": {"fees": "-0.50", "realised": "300", "total": "299.50"},
        "total": WHOLE,
    }


def test_the_closed_view_counts_premium_and_fees_when_the_option_is_closed(wheel: Cli) -> None:
    assert rows(wheel, "gen-1", "--by", "week", "--view", "closed") == {
        # the first put: 150 − 100, with its fee and half of that of the roll
        "2026-W03": {"premium": "50", "fees": "-2", "total": "48"},
        "2026-W04": {"premium": "140", "fees": "-1", "total": "139"},
        "2026-W07": {"dividends": "25", "total": "25"},
        "2026-W08": {"premium": "80", "fees": "-1.50", "realised": "300", "total": "378.50"},
        "total": WHOLE,
    }


WHOLE = {
    "premium": "270",
    "dividends": "25",
    "fees": "-4.50",
    "realised": "300",
    "total": "590.50",
}


@pytest.mark.parametrize("view", ["cash", "closed"])
def test_both_views_of_a_closed_cycle_add_up_to_the_same(wheel: Cli, view: str) -> None:
    january = {"premium": "190", "fees": "-3", "total": "187"}
    february = {
        "premium": "80",
        "dividends": "25",
        "fees": "-1.50",
        "realised": "300",
        "total": "403.50",
    }
    assert rows(wheel, "--view", view) == {
        "2026-01": january,
        "2026-02": february,
        "total": WHOLE,
    }
    assert rows(wheel, "--view", view, "--by", "year") == {"2026": WHOLE, "total": WHOLE}
    assert rows(wheel, "--view", view, "--by", "symbol") == {"XYZ": WHOLE, "total": WHOLE}
    assert rows(wheel, "rev-1", "--view", view) == {"total": {}}


def test_what_belongs_to_no_symbol_has_a_row_without_one(wheel: Cli) -> None:
    wheel.json("post", "interest", "gen-1", "12.34", "--date", "2026-02-27")
    wheel.json("post", "tax", "gen-1", "3.34", "--date", "2026-02-27")
    wheel.json("post", "fee", "gen-1", "5", "--date", "2026-02-27")
    wheel.json("post", "premium", "gen-1", "100", "--date", "2026-02-27")
    own = rows(wheel, "--by", "symbol", "--view", "closed")[""]
    assert own == {
        "premium": "100",
        "interest": "12.34",
        "fees": "-5",
        "tax": "-3.34",
        "total": "104",
    }
    assert "(account)" in wheel("income", "--by", "symbol").stdout


def test_an_undone_record_is_in_no_view_and_no_cycle(wheel: Cli) -> None:
    wheel.json("undo", "--yes")  # the calling away
    (cycle,) = wheel.json("cycles")["cycles"]
    assert (cycle["closed"], cycle["premium"], cycle["dividends"]) == (None, "270.00", "25.00")
    wheel.json("undo", "--yes")  # the dividend
    (cycle,) = wheel.json("cycles")["cycles"]
    assert cycle["dividends"] == "0.00"
    assert rows(wheel)["total"] == {"premium": "270", "fees": "-4", "total": "266"}


def test_an_open_cycle_has_earned_what_is_closed(wheel: Cli) -> None:
    for _ in range(2):
        wheel.json("undo", "--yes")
    (cycle,) = wheel.json("cycles")["cycles"]
    # the puts 50 + 140, less 4.00 of fees; the call is not closed, the shares are not sold
    assert (cycle["realised"], cycle["annual"]) == ("186.00", None)
    assert (cycle["cost"], cycle["basis"]) == ("49.00", "47.60")  # less the put's 1.40
    assert cycle["capital"] == "5000.00"


def test_amounts_are_converted_at_the_rate_of_their_day(book: Cli) -> None:
    for day, rate in (("2026-01-07", "1.10"), ("2026-01-14", "1.20")):
        book.json("post", "rate", "EUR", "--against", "USD", "--rate", rate, "--date", day)
    for day in ("2026-01-08", "2026-01-15"):
        book.json("post", "interest", "gen-1", "0.33", "--currency", "EUR", "--date", day)
    unknown = ("--currency", "JPY", "--yes", "--date", "2026-01-15")
    book.json("post", "interest", "gen-1", "500", *unknown)
    document = book.json("income", "--by", "week")
    # 0.33 × 1.10 = 0.363, 0.33 × 1.20 = 0.396: together 0.759, of which 0.36 came first
    assert [row["interest"] for row in document["rows"]] == ["0.36", "0.40"]
    assert document["total"]["total"] == "0.76"
    assert document["unvalued"] == {"JPY": "500.00"}
    assert document["notes"] == ["no exchange rate for 500.00 JPY; not included"]
    done = book("income")
    assert done.stderr == "note: no exchange rate for 500.00 JPY; not included\n"


def test_income_as_a_table(wheel: Cli) -> None:
    header, january, _, total = wheel("income").stdout.splitlines()
    assert header.split() == ["month", *COLUMNS]
    assert january.split() == [
        "2026-01",
        "+190.00",
        "0.00",
        "0.00",
        "−3.00",
        "0.00",
        "0.00",
        "+187.00",
    ]
    assert total.split()[0] == "total" and total.split()[-1] == "+590.50"


def with_closes(cli: Cli, folder: Path, first: date, closes: dict[date, str]) -> None:
    """Imports bars of XYZ on each trading day from `first` to the last of `closes`."""
    calendar, rows, close = NewYorkCalendar(), [], "50"
    for number in range((max(closes) - first).days + 1):
        day = first + timedelta(days=number)
        close = closes.get(day, close)
        if calendar.is_session(day):
            rows.append(f"{day},{close},{close},{close},{close},100")
    cli.json("market", "import", bars_file(folder / "xyz.csv", rows), "--symbol", "XYZ", "--yes")


def test_a_cycle_is_compared_with_its_capital_in_the_stock(wheel: Cli, tmp_path: Path) -> None:
    closes = {date(2026, 1, 8): "50", date(2026, 2, 20): "49.97777"}
    with_closes(wheel, tmp_path, date(2026, 1, 5), closes)
    (cycle,) = wheel.json("cycles")["cycles"]
    assert (cycle["capital"], cycle["stock"]) == ("5000.00", "-2.22")  # −5,000 × 0.02223 / 50
    header, line = wheel("cycles").stdout.splitlines()
    assert header.split()[-4:] == ["stock", "capital", "days", "annual"]
    assert line.split()[-5:] == ["−2.22", "5,000.00", "43", "100.2", "%"]


@pytest.mark.parametrize(
    ("first", "last"), [("2026-01-09", "2026-02-20"), ("2026-01-05", "2026-02-12")]
)
def test_without_a_close_of_either_end_there_is_no_comparison(
    wheel: Cli, tmp_path: Path, first: str, last: str
) -> None:
    with_closes(wheel, tmp_path, date.fromisoformat(first), {date.fromisoformat(last): "52"})
    (cycle,) = wheel.json("cycles")["cycles"]
    assert cycle["stock"] is None
    assert "stock" not in wheel("cycles").stdout


def test_cycles_as_a_table(wheel: Cli) -> None:
    header, cycle = wheel("cycles").stdout.splitlines()
    assert header.split()[:4] == ["account", "symbol", "opened", "closed"]
    assert "basis" not in header
    assert cycle.split()[-5:] == ["+590.50", "5,000.00", "43", "100.2", "%"]


def test_without_all_only_the_newest_closed_cycles_are_listed(book: Cli) -> None:
    for day in range(1, 23):
        on = ("--yes", "--date", f"2026-03-{day:02d}")
        book.json("trade", "gen-1", "+1 ABC @10", *on)
        book.json("trade", "gen-1", "-1 ABC @11", *on)
    document = book.json("cycles")
    assert [c["closed"] for c in document["cycles"]][:1] == ["2026-03-22"]
    assert len(document["cycles"]) == 20
    assert document["notes"] == ["older closed cycles are left out; --all lists them"]
    every: dict[str, Any] = book.json("cycles", "--all")
    assert len(every["cycles"]) == 22 and every["notes"] == []


def test_nothing_yet(book: Cli) -> None:
    assert book("income").stdout == "no income yet\n"
    assert book("cycles").stdout == "no cycles yet\n"
    assert book.json("cycles") == {"cycles": [], "notes": []}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("income", "--by", "day"), "--by 'day': must be one of: week, month, year, symbol"),
        (("income", "--view", "tax"), "--view 'tax': must be one of: cash, closed"),
        (("cycles", "gen-9"), "gen-9"),
    ],
)
def test_a_bad_choice_is_named(book: Cli, arguments: tuple[str, ...], message: str) -> None:
    refused = book(*arguments)
    assert refused.returncode == 2
    assert message in refused.stderr
