"""The rule trade.expiry on the command line, and imported rows, which it never refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from books import Cli


@pytest.fixture
def book(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


def _post(book: Cli, expiry: str) -> tuple[int, str]:
    option = ("--symbol", "AAPL", "--right", "put", "--strike", "190", "--expiry", expiry)
    sale = ("--side", "sell", *option, "--quantity", "1", "--price", "1.45", "--fees", "0")
    done = book("post", "trade", "gen-1", *sale, "--date", "2026-01-08", "--yes")
    return done.returncode, done.stdout + done.stderr


def test_the_trade_line_takes_wednesdays_and_no_saturdays(book: Cli) -> None:
    sold = ("--date", "2026-01-08", "--yes")
    before = book("log", "--json").stdout
    done = book("trade", "gen-1", "-1 AAPL 17Jan26 190p @1.45", *sold)
    assert done.returncode == 2
    assert "the nearest are Friday 2026-01-16 and Tuesday 2026-01-20" in done.stderr
    assert book("log", "--json").stdout == before
    assert book("trade", "gen-1", "-1 AAPL 14Jan26 190p @1.45", *sold).returncode == 0
    done = book("roll", "gen-1", "AAPL 190p", "17Jan26 185p", "--price", "0.35", *sold)
    assert done.returncode == 2
    assert "Friday 2026-01-16" in done.stderr
    done = book("roll", "gen-1", "AAPL 190p", "Jun2026 185p", "--price", "0.35", *sold)
    assert done.returncode == 0, done.stderr
    (position,) = book.json("positions")["positions"]
    assert position["instrument"] == "AAPL 2026-06-18 185 put"


def test_a_posted_trade_is_refused_by_the_rule(book: Cli) -> None:
    code, message = _post(book, "2026-01-17")
    assert code == 3
    assert (
        "AAPL 2026-01-17 190 put expires on a Saturday that is not a trading day;"
        " the nearest are Friday 2026-01-16 and Tuesday 2026-01-20" in message
    )
    assert _post(book, "2026-01-14")[0] == 0


def test_an_imported_option_may_expire_on_any_day(book: Cli, tmp_path: Path) -> None:
    rows = (
        '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"\n'
        '"01/08/2026","Sell to Open","AAPL 01/17/2026 190.00 P","PUT","1","$1.45","","$145.00"\n'
    )
    file = tmp_path / "schwab.csv"
    file.write_text(rows, encoding="utf-8")
    done = book("import", str(file), "--into", "gen-1", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    (position,) = book.json("positions")["positions"]
    assert position["instrument"] == "AAPL 2026-01-17 190 put"
    code, message = _post(book, "2026-01-17")
    assert code == 0, message  # one more of what is held


def test_an_option_past_its_expiry_ended_on_that_day(book: Cli) -> None:
    """Friday's expiry is often recorded on Monday."""
    for strike in ("190p", "180p", "170p"):
        line = f"-1 AAPL 16Jan26 {strike} @1.45"
        assert book("trade", "gen-1", line, "--date", "2026-01-08", "--yes").returncode == 0
    book.json("expire", "gen-1", "AAPL", "190p", "--key", "friday")
    book.json("expire", "gen-1", "AAPL", "190p", "--key", "friday")
    book.json("assign", "gen-1", "AAPL", "180p", "--yes")
    book.json("expire", "gen-1", "AAPL", "170p", "--date", "2026-01-20")
    days = [e["effective"] for e in book.json("show", "gen-1")["recent"] if e["kind"] != "trade"]
    assert days == ["2026-01-20", "2026-01-16", "2026-01-16", "2026-01-05"]


def test_an_assignment_after_a_split_pays_whole_cents(book: Cli) -> None:
    line = "-1 AAPL 18Dec26 190p @1.45"
    assert book("trade", "gen-1", line, "--date", "2026-01-08", "--yes").returncode == 0
    split = ("--split", "3:2", "--date", "2026-01-09")
    assert book("adjust", "gen-1", "AAPL", *split, "--yes").returncode == 0
    assert book("assign", "gen-1", "AAPL", "--date", "2026-01-12", "--yes").returncode == 0
    assert book.json("show", "gen-1")["cash"] == "81145.00"
