"""`ALLUSE_PORTFOLIO` names the portfolio that is mostly meant."""

from __future__ import annotations

from tests.conftest import Cli


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
