"""`alluse log --json`: one document per record, its values in the form of the other commands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from books import Cli

from alluse_tui.cli.record_json import converted


@pytest.fixture
def main(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


def records(cli: Cli) -> list[dict[str, Any]]:
    return [json.loads(line) for line in cli("log", "--json").stdout.splitlines()]


def test_money_is_a_string_as_in_show(main: Cli) -> None:
    main.json("deposit", "gen-1", "5.25")
    record = records(main)[-1]
    assert record["content"] == {"account": "gen-1", "amount": "5.25"}
    postings = record["events"][0]["postings"]
    assert [p["amount"] for p in postings] == ["5.25", "-5.25"]
    assert record["events"][0]["base"][0]["amount"] == "5.25"
    assert main.json("show", "gen-1")["recent"][0]["amount"] == "5.25"


def test_shares_are_percentages_and_rates_are_decimals(main: Cli) -> None:
    main.json("post", "rate", "USD", "--against", "CHF", "--rate", "0.8123")
    opened, rate = records(main)
    assert opened["content"]["capital"] == "250000.00"
    assert opened["content"]["policy"]["tiers"]["gen"]["share"] == "40"
    assert rate["events"][0]["rate"] == "0.8123"


def test_no_stored_unit_is_left(main: Cli) -> None:
    main.json("post", "premium", "gen-1", "52000", "--yes")
    main.json("fork", "gen-1", "--yes")
    option = ["--right", "put", "--strike", "100", "--expiry", "2199-01-16"]
    sold = ["--side", "sell", "--symbol", "XYZ", "--quantity", "1", "--price", "1.5"]
    main.json("post", "trade", "gen-1", *sold, *option, "--yes")
    text = main("log", "--json").stdout
    assert not [unit for unit in ("micros", "_bps", "nanos", "_ns") if f'{unit}"' in text]


def test_amounts_by_currency_and_times_are_converted() -> None:
    stored = {"events": [{"income": {"USD": 1_500_000}, "at_ns": 0, "seq": 7}]}
    assert converted(stored) == {
        "events": [{"income": {"USD": "1.50"}, "at": "1970-01-01T00:00:00.000000000Z", "seq": 7}]
    }
