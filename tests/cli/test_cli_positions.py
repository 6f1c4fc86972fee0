"""`alluse positions` and `alluse lots`, as tables and as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from books import Cli

NAME = "XYZ 2026-12-18 50 put"
PUT = ("--symbol", "XYZ", "--right", "put", "--strike", "50", "--expiry", "2026-12-18")


@pytest.fixture
def book(cli: Cli) -> Cli:
    """Two short puts of gen-1, one of which was assigned, and shares of rev-1."""
    cli.json("init", "--name", "Main", "--capital", "250000")
    trade(cli, "gen-1", "sell", *PUT, "--quantity", "2", "--price", "3.10", "--fees", "1.30")
    cli.json("post", "assignment", "gen-1", *PUT, "--quantity", "1", "--yes")
    trade(cli, "rev-1", "buy", "--symbol", "ABC", "--quantity", "10", "--price", "20")
    return cli


def trade(cli: Cli, code: str, side: str, *arguments: str) -> None:
    cli.json("post", "trade", code, "--side", side, *arguments, "--yes")


def positions(cli: Cli, *arguments: str) -> dict[str, dict[str, Any]]:
    return {p["instrument"]: p for p in cli.json("positions", *arguments)["positions"]}


def test_positions_as_json(book: Cli) -> None:
    held = positions(book)
    assert set(held) == {"XYZ", NAME, "ABC"}
    assert held[NAME] == {
        "account": "gen-1",
        "instrument": NAME,
        "symbol": "XYZ",
        "right": "put",
        "strike": "50.00",
        "expiry": "2026-12-18",
        "currency": "USD",
        "quantity": "-1",
        "deliverable": 100,
        "cost": "-310.00",
        "basis": "-310.00",
        "mark": None,
        "mark_date": None,
        "value": "-310.00",
        "unrealised": None,
        "realised": "310.00",
        "collateral": "5000.00",
        "dte": held[NAME]["dte"],
        "status": "open",
        "origin": "recorded",
        "contract": None,
        "underlying": None,
        "underlying_date": None,
        "moneyness": None,
        "in_the_money": None,
    }
    shares = held["XYZ"]
    assert (shares["cost"], shares["basis"], shares["quantity"]) == ("5000.00", "4690.00", "100")
    assert (shares["right"], shares["strike"], shares["expiry"], shares["dte"]) == (None,) * 4
    assert set(positions(book, "rev-1")) == {"ABC"}


def test_a_position_without_a_mark_is_at_cost(book: Cli) -> None:
    header, shares = book("positions", "rev-1").stdout.splitlines()
    assert header.split() == [
        *("position", "quantity", "cost", "basis", "value", "gain", "days", "moneyness")
    ]
    assert shares.split() == ["ABC", "10", "200.00", "200.00", "at", "cost"]
    book.json("post", "mark", "rev-1", "230", "--yes")
    shares = book("positions", "rev-1").stdout.splitlines()[1]
    assert shares.split() == ["ABC", "10", "200.00", "200.00", "230.00", "+30.00"]
    held = positions(book, "rev-1")["ABC"]
    assert (held["mark"], held["unrealised"]) == ("23.00", "30.00")
    assert held["mark_date"] is not None


def test_one_position_is_marked_by_its_words(book: Cli) -> None:
    receipt = book.json("post", "mark", "gen-1", "2.10", "--position", "XYZ 50p", "--yes")
    (account,) = receipt["plan"]["accounts"]
    assert (account["before"]["positions"], account["after"]["positions"]) == ("4690.00", "4790.00")
    held = positions(book, "gen-1")
    assert (held[NAME]["mark"], held[NAME]["value"]) == ("2.10", "-210.00")
    assert (held[NAME]["unrealised"], held["XYZ"]["mark"]) == ("100.00", None)
    for arguments, why in (
        (("2.10", "--position", "ABC"), "POSITION 'ABC': is not held; choose one of: 100 XYZ, −1"),
        (("2.10", "--position", "50p", "--currency", "USD"), "cannot be used with --position"),
        (("two", "--position", "50p"), "price 'two'"),
    ):
        refused = book("post", "mark", "gen-1", *arguments)
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
    refused = book("post", "mark", "gen-1", "-2.10", "--position", "50p")
    assert (refused.returncode, "below zero: confirm with --yes" in refused.stderr) == (3, True)


def test_an_option_is_in_or_out_of_the_money_by_the_newest_price_in_the_portfolio(
    book: Cli,
) -> None:
    assert book("positions", "gen-1").stdout.splitlines()[2].endswith(" –")
    trade(book, "rev-1", "buy", "--symbol", "XYZ", "--quantity", "1", "--price", "60")
    put = positions(book, "gen-1")[NAME]
    today = book.json("show", "gen-1")["recent"][0]["effective"]
    assert (put["underlying"], put["underlying_date"]) == ("60.00", today)
    assert (put["moneyness"], put["in_the_money"]) == ("-16.67", False)
    assert book("positions", "gen-1").stdout.splitlines()[2].endswith(" 16.7 % out")
    book.json("post", "mark", "rev-1", "49", "--position", "XYZ")
    put = positions(book, "gen-1")[NAME]
    assert (put["moneyness"], put["in_the_money"]) == ("2.04", True)
    shares = positions(book, "rev-1")["XYZ"]
    assert (shares["underlying"], shares["moneyness"]) == ("49.00", None)


def test_positions_of_several_accounts_name_them(book: Cli) -> None:
    lines = book("positions").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["account", "gen-1", "gen-1", "rev-1"]


def test_nothing_held(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "0")
    assert cli("positions").stdout == "nothing is held\n"
    assert cli.json("positions") == {"positions": []}
    assert cli("lots", "gen-1").stdout == "gen-1 has no open lots\n"
    assert cli.json("lots", "gen-1") == {"lots": []}


def test_lots_as_json(book: Cli) -> None:
    shares, put = book.json("lots", "gen-1")["lots"]
    assert (shares["instrument"], shares["basis"], shares["closed"]) == ("XYZ", "4690.00", None)
    assert (put["quantity"], put["cost"], put["fees"]) == ("-1", "-310.00", "0.65")
    closed = book.json("lots", "gen-1", NAME, "--closed")["lots"][-1]
    assert (closed["closed_by"], closed["proceeds"]) == ("assignment", "0.00")
    assert (closed["realised"], closed["adjusted_realised"]) == ("310.00", "0.00")


@pytest.mark.parametrize("words", [("XYZ put",), ("50p",), ("put", "50"), (NAME,)])
def test_some_words_name_a_position(book: Cli, words: tuple[str, ...]) -> None:
    (put,) = book.json("lots", "gen-1", *words)["lots"]
    assert put["instrument"] == NAME


def test_all_lots_that_match_are_listed(book: Cli) -> None:
    book.json("trade", "gen-1", "-1 XYZ 2026-12-18 60 put @2.00", "--yes")
    listed = [lot["instrument"] for lot in book.json("lots", "gen-1", "put")["lots"]]
    assert listed == [NAME, "XYZ 2026-12-18 60 put"]


def test_a_position_that_is_not_held(book: Cli) -> None:
    refused = book("lots", "gen-1", "ABC")
    assert refused.returncode == 2
    assert "position 'ABC': is not held; choose one of: 100 XYZ, −1 XYZ" in refused.stderr


def test_lots_as_a_table(book: Cli) -> None:
    header, shares, put = book("lots", "gen-1").stdout.splitlines()
    assert header.split()[:6] == ["position", "opened", "quantity", "cur", "cost", "basis"]
    assert "4,690.00" in shares and "−310.00" in put
    text = book("lots", "gen-1", "--closed").stdout
    assert "\nclosed\n" in text
    closed = text.splitlines()[-1]
    assert "assignment" in closed and "+310.00" in closed


def test_the_method_is_checked(book: Cli) -> None:
    trade(book, "rev-1", "buy", "--symbol", "ABC", "--quantity", "10", "--price", "30")
    trade(book, "rev-1", "sell", "--symbol", "ABC", "--quantity", "10", "--price", "25")
    assert positions(book, "rev-1")["ABC"]["cost"] == "300.00"
    assert positions(book, "rev-1", "--method", "lifo")["ABC"]["cost"] == "200.00"
    book.json("policy", "set", "lots.method", "lifo", "--account", "rev-1")
    assert positions(book, "rev-1")["ABC"]["cost"] == "200.00"
    assert positions(book, "rev-1", "--method", "fifo")["ABC"]["cost"] == "300.00"
    refused = book("positions", "--method", "best")
    assert refused.returncode == 2
    assert "--method 'best': must be one of: fifo, lifo, hifo, specific" in refused.stderr


def test_show_lists_the_positions_below_the_figures(book: Cli) -> None:
    output = book("show", "gen-1").stdout
    listed = book("positions", "gen-1").stdout
    assert f"\n\n{listed}\n" in output
    assert output.index("surplus") < output.index(listed)
    assert "moneyness" not in book("show", "com-1").stdout
