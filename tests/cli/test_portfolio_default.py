"""Several portfolios in one file: which is meant, and what is never added up."""

from __future__ import annotations

from books import Cli


def test_the_environment_names_the_portfolio_that_plain_codes_mean(cli: Cli) -> None:
    for name in ("Main", "Smith"):
        assert cli("init", "--name", name, "--capital", "1000").returncode == 0
    ambiguous = cli("deposit", "gen-1", "5")
    assert (ambiguous.returncode, "must be one of: Main, Smith" in ambiguous.stderr) == (2, True)
    assert cli("deposit", "gen-1", "5", ALLUSE_PORTFOLIO="Smith").returncode == 0
    assert cli.json("show", "Smith/gen-1")["cash"] == "405.00"
    assert (
        cli("init", "--name", "Third", "--capital", "0", ALLUSE_PORTFOLIO="Smith").returncode == 0
    )
    said = cli("deposit", "gen-1", "5", "--portfolio", "Main", ALLUSE_PORTFOLIO="Smith")
    assert (said.returncode, cli.json("show", "Main/gen-1")["cash"]) == (0, "405.00")


def test_different_currencies_are_never_added_up(cli: Cli) -> None:
    for name, currency in (("Main", "USD"), ("Smith", "CHF")):
        done = cli("init", "--name", name, "--capital", "1000", "--currency", currency)
        assert done.returncode == 0
    said = cli.json("accounts")
    assert said["totals"] is None
    sums = {c: t["equity"] for c, t in said["totals_by_currency"].items()}
    assert sums == {"CHF": "1000.00", "USD": "1000.00"}
    shown = cli("accounts").stdout
    assert "total CHF" in shown and "total USD" in shown and "2,000.00" not in shown
    assert cli.json("accounts", "--portfolio", "Main")["totals"]["equity"] == "1000.00"
