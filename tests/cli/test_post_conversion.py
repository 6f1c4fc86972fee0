"""`alluse post conversion`: one currency for another at the rate that both amounts give."""

from __future__ import annotations

from books import Cli


def test_both_amounts_change_and_capital_does_not(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "1000", "--date", "2026-01-05")
    sides = ("--sold", "250", "--from", "USD", "--bought", "203.08", "--to", "CHF")
    before = cli.json("show", "gen-1")
    receipt = cli.json("post", "conversion", "gen-1", *sides, "--yes")
    (entry,) = receipt["plan"]["entries"]
    assert entry["kind"] == "conversion"
    after = cli.json("show", "gen-1")
    assert before["currencies"] == {"USD": "400.00"}
    assert after["currencies"] == {"CHF": "203.08", "USD": "150.00"}
    assert after["base"] == before["base"]


def test_a_conversion_needs_two_currencies(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "1000", "--date", "2026-01-05")
    sides = ("--sold", "250", "--from", "USD", "--bought", "250", "--to", "USD")
    done = cli("post", "conversion", "gen-1", *sides)
    assert (done.returncode, done.stderr) == (
        2,
        "alluse: --to 'USD': must be a different currency\n",
    )
    sides = ("--sold", "-1", "--from", "USD", "--bought", "250", "--to", "CHF")
    done = cli("post", "conversion", "gen-1", *sides)
    assert (done.returncode, done.stderr) == (2, "alluse: --sold '-1': must not be negative\n")
