"""`alluse stress`, of an account and of a portfolio."""

from __future__ import annotations

from typing import Any

import pytest
from books import Cli

PUT = "AAPL 2199-12-20 190 put"
NAMES = ["newest prices", "-10 %", "-20 %", "+10 %", "all short puts assigned", "VIX x 2"]


@pytest.fixture
def book(cli: Cli) -> Cli:
    """gen-1 has 100,000 in cash and a put of 190 that was sold at 1.45."""
    cli.json("init", "--name", "Main", "--capital", "250000")
    option = ("--right", "put", "--strike", "190", "--expiry", "2199-12-20")
    sale = ("--symbol", "AAPL", *option, "--quantity", "1", "--price", "1.45", "--fees", "145")
    cli.json("post", "trade", "gen-1", "--side", "sell", *sale, "--yes")
    return cli


def scenarios(cli: Cli, *arguments: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in cli.json("stress", *arguments)["scenarios"]}


def test_an_account_as_json(book: Cli) -> None:
    before = book("log", "--json").stdout
    document = book.json("stress", "gen-1")
    assert [one["name"] for one in document["scenarios"]] == NAMES
    assert document["scenarios"][1] == {
        "name": "-10 %",
        "equity": "97955.00",
        "cash": "100000.00",
        "available": "76102.25",
        "collateral": "19000.00",
        "rules": [
            {
                "rule": "buffer.required",
                "ok": True,
                "message": "cash 100000.00 covers the 4897.75 buffer",
            },
            {
                "rule": "collateral.cash",
                "ok": True,
                "message": "collateral 19000.00 is covered by 100000.00 in cash",
            },
            {
                "rule": "trade.size",
                "ok": True,
                "message": "AAPL takes up 19000.00, within 90 % of the 97955.00 equity",
            },
        ],
        "estimated": ["1 position without a price"],
    }
    assert (document["now"]["equity"], document["now"]["estimated"]) == ("99855.00", [])
    assert book("log", "--json").stdout == before


def test_a_portfolio_is_summed(book: Cli) -> None:
    crash = scenarios(book)["-20 %"]
    assert (crash["equity"], crash["cash"]) == ("246055.00", "250000.00")
    assert crash["rules"][0]["message"].startswith("gen-1: cash 100000.00 covers")


def test_a_price_in_another_account_is_used(book: Cli) -> None:
    shares = ("--symbol", "AAPL", "--quantity", "1", "--price", "250")
    book.json("post", "trade", "rev-1", "--side", "buy", *shares, "--yes")
    down = scenarios(book, "gen-1")["-10 %"]
    assert (down["equity"], down["estimated"]) == (
        "99855.00",
        ["1 position without a volatility"],
    )
    book.json("post", "mark", "gen-1", "2.10", "--position", PUT)
    assert scenarios(book, "gen-1")["-10 %"]["estimated"] == []


def test_changes_count_from_the_newest_prices_where_the_book_has_others(book: Cli) -> None:
    for account, price in (("gen-1", "150"), ("rev-1", "200")):
        shares = ("--symbol", "KO", "--quantity", "100", "--price", price)
        book.json("post", "trade", account, "--side", "buy", *shares, "--yes")
    rows = {
        line.split("  ")[0]: line.split() for line in book("stress", "gen-1").stdout.splitlines()
    }
    # 100 shares bought at 150 are worth 200 each; the put of 190 loses 19 a share
    assert rows["now"][1:3] == ["99,855.00", "85,000.00"]
    assert rows["newest prices"][2:4] == ["104,855.00", "85,000.00"]
    assert rows["−10 %"][2:4] == ["100,955.00", "−3,900.00"]


def test_a_table_names_failed_rules_and_estimates(book: Cli) -> None:
    book.json("post", "fee", "gen-1", "85000", "--yes")
    lines = book("stress", "gen-1").stdout.splitlines()
    assert lines[0].split() == [
        *("scenario", "equity", "change", "cash", "available", "collateral", "rules")
    ]
    assert [line.split("  ")[0] for line in lines[1:7]] == [
        *("now", "−10 %", "−20 %", "+10 %", "all short puts assigned", "VIX × 2")
    ]
    assert lines[2].split()[2:] == [
        "12,955.00",
        "−1,900.00",
        "15,000.00",
        "0.00",
        "19,000.00",
        "✗",
        "2",
    ]
    assert "✗ −10 %: collateral 19,000.00 is more than the 15,000.00 in cash" in lines
    assert lines[-1] == "estimated: 1 position without a price"


def test_an_unknown_account_is_refused(book: Cli) -> None:
    refused = book("stress", "gen-9")
    assert refused.returncode == 2 and "gen-9" in refused.stderr


def test_a_dry_run_of_an_option_trade_shows_scenarios_and_its_json_does_not(book: Cli) -> None:
    line = ("trade", "gen-1", "-1 AAPL 18Dec2198 180p @2", "--dry-run", "--yes")
    done = book(*line)
    rows = {text.split("  ")[0]: text.split() for text in done.stdout.splitlines()}
    # 100,200 of cash; 190 → 171 costs 2,045 and 180 → 162 costs 18 + 2 a share
    assert rows["−10 %"][2] == "96,155.00"
    # 37,000 of cash become shares
    assert rows["all short puts assigned"][4:7] == ["100,200.00", "+345.00", "63,200.00"]
    assert "VIX × 2" not in rows and "estimated: 2 positions without a price" in done.stdout
    assert set(book.json(*line)["plan"]) == {"digest", "command", "entries", "accounts", "rules"}
    shares = book("trade", "gen-1", "+1 AAPL @190", "--dry-run", "--yes").stdout
    assert "scenario" not in shares


def test_closing_an_option_shows_them_too(book: Cli) -> None:
    done = book("close-position", "gen-1", "190p", "--price", "0.15", "--dry-run")
    assert "−10 %" in done.stdout, done.stderr
