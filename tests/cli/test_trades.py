"""A trader's week by command: one line per trade, whole positions by a few words."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from books import Cli
from click.shell_completion import ShellComplete

from alluse_tui.cli.main import alluse
from alluse_tui.domain.views import AccountView
from alluse_tui.engine import LocalEngine

GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"
PUT = "AAPL 2026-01-16 190 put:USD"


@pytest.fixture
def main(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    return cli


@pytest.fixture
def short_puts(main: Cli) -> Cli:
    """gen-1 has sold two puts."""
    main.json("trade", "gen-1", "-2 AAPL 16Jan26 190p @1.45", "--date", "2026-01-08")
    return main


def account(cli: Cli) -> AccountView:
    with LocalEngine(cli.journal, actor="dana", read_only=True) as engine:
        return engine.queries.account("gen-1")


def held(cli: Cli) -> dict[str, float]:
    return {key: h.quantity_micros / 1e6 for key, h in account(cli).holdings.items()}


def cash(cli: Cli) -> str:
    text: str = cli.json("show", "gen-1")["cash"]
    return text


def error(cli: Cli, code: int, *arguments: str) -> str:
    """The message of a command that ends with `code` and records nothing."""
    before = held(cli)
    done = cli(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert held(cli) == before
    return done.stderr


def lines_of_the_guide() -> list[list[str]]:
    section = GUIDE.read_text("utf-8").partition("## Record a week of trades")[2]
    block = section.partition("```sh\n")[2].partition("```")[0]
    return [shlex.split(line)[1:] for line in block.splitlines()]


def test_the_wheel_of_the_guide_ends_with_its_cash_to_the_cent(main: Cli) -> None:
    sold, rolled, assigned, covered, called = lines_of_the_guide()
    steps = [
        (sold, "100288.70", {PUT: -2}),
        (rolled, "100356.10", {"AAPL 2026-01-23 185 put:USD": -2}),
        (assigned, "63356.10", {"AAPL:USD": 200}),
        (covered, "63594.80", {"AAPL:USD": 200, "AAPL 2026-02-06 195 call:USD": -2}),
        (called, "102594.80", {}),
    ]
    for arguments, after, positions in steps:
        main.json(*arguments)
        assert (cash(main), held(main)) == (after, positions), arguments
    show = main.json("show", "gen-1")
    assert (show["equity"], show["collateral"]) == ("102594.80", "0.00")
    assert main.json("verify")["ok"]


def test_the_line_needs_no_quotes(main: Cli) -> None:
    for line in (
        "trade gen-1 -2 AAPL 16Jan26 190p @ 1.45 --fees 1.30 --date 2026-01-08",
        "trade gen-1 sell 1 AAPL 16 Jan 26 190 put @1.45 --date 2026-01-08",
        "expire gen-1 AAPL 190 put --quantity 1 --date 2026-01-16",
    ):
        main.json(*line.split())
    assert held(main) == {PUT: -2}


def test_each_command_takes_the_whole_position_or_a_part(short_puts: Cli) -> None:
    day = ("--date", "2026-01-16")
    for arguments in (
        ("expire", "gen-1", "190p"),
        ("assign", "gen-1", "AAPL jan", "--yes"),
        ("close-position", "gen-1", "aapl 190", "--price", "0.05"),
        ("roll", "gen-1", "190p", "23Jan26 185p", "--price", "0.1"),
    ):
        short_puts.json(*arguments, "--quantity", "1", *day)
        assert held(short_puts)[PUT] == -1
        short_puts.json("undo", "--yes")
        short_puts.json(*arguments, *day)
        assert PUT not in held(short_puts)
        short_puts.json("undo", "--yes")
    assert cash(short_puts) == "100290.00"


def test_a_long_option_is_exercised(main: Cli) -> None:
    main.json("trade", "gen-1", "+2 AAPL 16Jan26 190c @3", "--date", "2026-01-08")
    assert "must be a short option" in error(main, 2, "assign", "gen-1", "AAPL")
    main.json("exercise", "gen-1", "190c", "--quantity", "1", "--fees", "1", "--date", "2026-01-16")
    assert held(main) == {"AAPL 2026-01-16 190 call:USD": 1, "AAPL:USD": 100}
    assert cash(main) == "80399.00"
    main.json("close-position", "gen-1", "AAPL", "--price", "191.20", "--yes")
    assert cash(main) == "99519.00"
    assert main.json("verify")["ok"]


def entries(document: Any) -> list[tuple[str, str]]:
    (entry,) = document["plan"]["entries"]
    return [(p["bucket"], p["amount"]) for p in entry["postings"] if p["account"] == "gen-1"]


@pytest.mark.parametrize("close_price", [[], ["--close-price", "2.10"]])
def test_a_roll_is_one_entry_whose_cash_is_the_net_price(
    short_puts: Cli, close_price: list[str]
) -> None:
    arguments = ["roll", "gen-1", "AAPL 190p", "AAPL 23Jan26 185p", "--price", "-0.35"]
    arguments += ["--date", "2026-01-08"]
    document = short_puts.json(*arguments, *close_price, "--dry-run")
    assert entries(document)[0] == ("cash", "-70.00")


def test_a_rule_that_a_trade_breaks_asks(short_puts: Cli) -> None:
    line = ("trade", "gen-1", "-1 AAPL 16Jan26 190p @1.45")
    message = error(short_puts, 3, *line, "--date", "2026-01-09")
    assert "Friday 2026-01-09 is not an entry day of Generation" in message
    message = error(short_puts, 3, *line, "--date", "2026-01-08", "--delta", "0.51")
    assert "delta 51 is outside 40–50: confirm with --yes" in message
    message = error(short_puts, 3, "expire", "gen-1", "190p", "--date", "2026-01-15", "--yes")
    assert "AAPL 2026-01-16 190 put expires on 2026-01-16" in message
    short_puts.json(*line, "--date", "2026-01-09", "--yes")
    assert held(short_puts) == {PUT: -3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("trade gen-9 +1 AAPL @1", "account 'gen-9': is not in Main"),
        ("trade gen-1 +1 AAPL @1 --currency usd", "--currency 'usd': must be a currency code"),
        ("trade gen-1 +1 AAPL @1 --delta 0", "--delta '0': must be from 0.01 to 1.00"),
        ("trade gen-1 +1 AAPL @1 --fees x", "--fees 'x': must be a number"),
        ("trade gen-1 +1 AAPL @1 --fee 2", "no such option '--fee' (see `alluse trade --help`)"),
        ("trade gen-1 -1 AAPL 31Feb26 190p @1", "expiry '31Feb26': is not a date"),
        ("trade gen-1", "missing argument"),
        ("trade gen-1 BTC 3 AAPL 16Jan26 190p @1", "trade 'BTC': closes a short position, but −2"),
        ("assign gen-1 TSLA", "POSITION 'TSLA': is not held; choose one of: −2 AAPL 2026-01-16"),
        ("assign gen-9 AAPL", "account 'gen-9': is not in Main"),
        ("assign rev-1 AAPL", "must be a short option, but rev-1 does not hold one"),
        ("exercise gen-1 AAPL", "must be a long option, but gen-1 does not hold one"),
        ("expire gen-1 AAPL --quantity 3", "quantity '3': is more than the position, −2 AAPL"),
        ("close-position gen-1 AAPL --price x", "price 'x': must be a decimal number"),
        ("close-position gen-1 AAPL", "missing option '--price'"),
        ("roll gen-1 AAPL AAPL --price 1", "option 'AAPL': is not an option; add expiry"),
        ("roll gen-1 AAPL 190p --price 1", "option '190p': is not an option; add expiry"),
        ("roll gen-1 AAPL 24Jan26 --price 1", "is a Saturday"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    short_puts: Cli, arguments: str, message: str
) -> None:
    text = error(short_puts, 2, *arguments.split())
    assert message in text
    assert len(text.splitlines()) == 1


def test_a_repeated_key_records_nothing_twice(short_puts: Cli) -> None:
    for arguments in (
        ["roll", "gen-1", "190p", "23Jan26 185p", "--price", "0.35", "--key", "roll"],
        ["assign", "gen-1", "185p", "--key", "assign", "--quantity", "1"],
        ["expire", "gen-1", "185p", "--key", "expire"],
        ["close-position", "gen-1", "AAPL", "--price", "180", "--key", "close"],
        ["trade", "gen-1", "BTO 1 AAPL 30Jan26 200c @1", "--key", "opened"],
        ["trade", "gen-1", "STC 1 AAPL 30Jan26 200c @1", "--key", "closed"],
    ):
        day = "2026-01-16" if arguments[0] == "roll" else "2026-01-23"
        arguments += ["--date", day, "--yes"]
        first = short_puts.json(*arguments)
        again = short_puts.json(*arguments)
        assert (first["duplicate"], again["duplicate"]) == (False, True)
        assert first["seq"] == again["seq"]
    done = short_puts("trade", "gen-1", "+1 AAPL @1", "--key", "roll", "--json")
    assert json.loads(done.stdout)["error"]["reasons"][-1]["rule"] == "key.content"


def test_post_trade_takes_a_delta(main: Cli) -> None:
    option = ["--symbol", "XYZ", "--right", "put", "--strike", "100", "--expiry", "2026-01-16"]
    typed = ["--side", "sell", *option, "--quantity", "1", "--price", "1.50", "--delta", "0.45"]
    plan = main.json("post", "trade", "gen-1", *typed, "--date", "2026-01-08")["plan"]
    assert {r["rule"]: r["message"] for r in plan["rules"]}["trade.delta"] == (
        "delta 45 is within 40–50"
    )


def completed(*words: str, typed: str = "") -> list[str]:
    shell = ShellComplete(alluse, {}, "alluse", "_ALLUSE_COMPLETE")
    return [item.value for item in shell.get_completions([*words], typed)]


def test_positions_are_completed_from_what_the_account_holds(
    short_puts: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_puts.json("trade", "gen-1", "+100 AAPL @190")
    monkeypatch.setenv("ALLUSE_DB", str(short_puts.journal))
    put = "AAPL 2026-01-16 190 put"
    assert completed("close-position", "gen-1") == ["AAPL", put]
    assert completed("roll", "gen-1", typed="aa") == [put]
    assert completed("assign", "gen-1", "AAPL") == ["2026-01-16 190 put"]
    assert completed("exercise", "gen-1") == completed("expire", "rev-1") == []
    assert completed("expire", "gen-9") == []
    monkeypatch.setenv("_ALLUSE_COMPLETE", "bash_complete")
    assert completed("close-position", "gen-1") == ["AAPL", f"'{put}'"]
    monkeypatch.setenv("COMP_WORDS", "alluse close-position gen-1 'AAPL 2")
    assert completed("close-position", "gen-1", typed="AAPL 2") == [put]


@pytest.mark.parametrize("name", ["trade", "roll", "assign", "exercise", "expire"])
def test_the_help_shows_a_line_to_copy(cli: Cli, name: str) -> None:
    assert re.search(rf"^    alluse {name} gen-1 \S", cli(name, "--help").stdout, re.MULTILINE)
