"""Policy show, set, check: settings of a portfolio and of an account, and each taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accounts import TODAY, opened
from books import Cli, init
from growth import earned
from refusals import bad, refused

from alluse_tui.domain.commands import (
    CashFact,
    Close,
    Kind,
    MarkFact,
    PolicySet,
    Post,
    Tier,
    Undo,
    Withdraw,
    amount,
)
from alluse_tui.engine import LocalEngine, settings_of

MODERATE = (Path(__file__).parents[2] / "config" / "moderate.toml").read_text()
BUFFER = 'buffer = "5"'
SPLIT = ("tiers.gen.share", "tiers.rev.share", "tiers.com.share")


def setting(*pairs: str, account: str = "", **more: Any) -> PolicySet:
    """`policy set PATH VALUE [PATH VALUE]...`"""
    changes = tuple(zip(pairs[::2], pairs[1::2], strict=True))
    return PolicySet(changes=changes, account=account, **more)


# -- of a portfolio -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "typed", "stands"),
    [
        ("limits.buffer", "0", "0"),
        ("limits.buffer", "020.00", "20"),
        ("limits.buffer", "7.25", "7.25"),
        ("limits.atr_act", "100", "100"),
        ("fork.threshold", "499999.99", "499999.99"),
        ("fork.cooling_hours", "0", "0"),
        ("merge.threshold", "999999999999.99", "999999999999.99"),
        ("tiers.gen.delta", "10-70", "10-70"),
        ("tiers.gen.entry_days", "none", "none"),
        ("tiers.rev.entry_days", "friday, monday", "friday,monday"),
    ],
)
def test_a_setting_is_kept_as_it_would_be_typed_and_taken_back(
    engine: LocalEngine, path: str, typed: str, stands: str
) -> None:
    before = engine.queries.policy()
    receipt = engine.commands.submit(setting(path, typed, key="k"))
    assert engine.queries.policy().settings == {**before.settings, path: stands}
    assert "already" in bad(engine, setting(path, stands)).allowed
    assert engine.commands.submit(setting(path, typed, key="k")).duplicate
    engine.commands.submit(Undo(seq=receipt.seq))
    assert engine.queries.policy() == before
    assert "undo.once" in refused(engine, Undo(seq=receipt.seq))
    assert not engine.commands.submit(setting(path, typed, key="k")).duplicate
    assert engine.operations.verify().ok


BAD_VALUES = [
    ("limits.buffer", "20.01", "20.01", "0–20 %"),
    ("limits.buffer", "-0.01", "-0.01", "0–20 %"),
    ("limits.buffer", "5.005", "5.005", "two decimals"),
    ("limits.buffer", "5 %", "5 %", "percentage"),
    ("limits.buffer", "٥", "٥", "percentage"),
    ("limits.buffer", "", "", "percentage"),
    ("limits.buffer", "1e99", "", "percentage"),
    ("limits.drift", "0", "0 %", "above 0"),
    ("limits.outsized", "100.01", "100.01 %", "at most 100 %"),
    ("limits.atr_act", "100.01", "100.01", "at most 100"),
    ("fork.threshold", "50000.001", "50000.001", "two decimals"),
    ("fork.threshold", "-1", "-1", "must not be negative"),
    ("fork.threshold", "1,00", "1,00", "number"),
    ("fork.threshold", "500000", "500000.00", "above the fork threshold 500000.00"),
    ("merge.threshold", "50000", "50000.00", "above the fork threshold 50000.00"),
    ("merge.threshold", "1000000000000", "1000000000000", "too large"),
    ("fork.daily_limit", "0", "0", "at least 1"),
    ("fork.cooling_hours", "1.5", "1.5", "whole number"),
    ("fork.cooling_hours", "-1", "-1", "whole number"),
    ("tiers.gen.delta", "50-50", "50–50", "min < max inside 10–70"),
    ("tiers.gen.delta", "9-70", "9–70", "min < max inside 10–70"),
    ("tiers.gen.delta", "40", "40", "40-50"),
    ("tiers.com.max_drawdown", "0", "0 %", "above 0"),
    ("tiers.com.entry_days", "Thursday", "Thursday", "monday"),
    ("tiers.gen.share", "41", "101 %", "100 %"),
    ("reinvest.leaps", "26", "101 %", "100 %"),
    ("template", "conservative", "", "set together"),
    ("limits.bufer", "5", "limits.bufer", "'limits.buffer'"),
    ("bufer", "5", "bufer", "'limits.buffer'"),
    ("Limits.Buffer", "5", "Limits.Buffer", "limits"),
    ("limits", "5", "limits", "limits.buffer"),
    ("", "5", "", "is not a setting"),
]


@pytest.mark.parametrize(("path", "typed", "value", "allowed"), BAD_VALUES)
def test_a_bad_value_is_named_with_what_is_allowed(
    engine: LocalEngine, path: str, typed: str, value: str, allowed: str
) -> None:
    before = engine.queries.policy()
    said = str(bad(engine, setting(path, typed)))
    assert path.rpartition(".")[0].partition(".")[0] in said
    assert value in said
    assert allowed in said
    assert engine.queries.policy() == before


def test_every_bad_value_is_named_at_once(engine: LocalEngine) -> None:
    said = str(bad(engine, setting("limits.buffer", "21", "tiers.gen.delta", "5-9")))
    assert "limits.buffer '21 %'" in said
    assert "tiers.gen.delta '5–9'" in said
    said = str(bad(engine, setting("limits.buffer", "x", "limits.bufer", "5", "fork.near", "y")))
    for part in ("limits.buffer 'x'", "limits.bufer", "fork.near 'y'"):
        assert part in said


def test_what_must_add_up_is_set_together(engine: LocalEngine) -> None:
    engine.commands.submit(setting("reinvest.contracts", "85", "reinvest.leaps", "15"))
    engine.commands.submit(setting("fork.threshold", "600000", "merge.threshold", "700000"))
    engine.commands.submit(setting(SPLIT[0], "33.34", SPLIT[1], "33.33", SPLIT[2], "33.33"))
    now = engine.queries.policy().settings
    assert [now[p] for p in SPLIT] == ["33.34", "33.33", "33.33"]
    assert now["strategy"] == "custom"
    assert [s.target_bps for s in engine.queries.portfolio().allocation] == [3334, 3333, 3333]


def test_a_strategy_by_name_sets_its_split_and_undo_takes_all_of_it_back(
    engine: LocalEngine,
) -> None:
    before = engine.queries.policy()
    receipt = engine.commands.submit(PolicySet(changes=tuple(settings_of("strategy", "income"))))
    assert [engine.queries.policy().settings[p] for p in SPLIT] == ["25", "50", "25"]
    assert (engine.queries.portfolio().strategy, engine.queries.portfolio().template) == (
        "income",
        "moderate",
    )
    assert [a.kind for a in engine.queries.alerts()] == ["allocation drift"]
    engine.commands.submit(Undo(seq=receipt.seq))
    assert (engine.queries.policy(), engine.queries.alerts()) == (before, ())


def test_a_share_that_does_not_change_leaves_the_strategys_name(engine: LocalEngine) -> None:
    assert "already" in bad(engine, setting("tiers.gen.share", "40")).allowed
    assert engine.queries.portfolio().strategy == "balanced"


def test_a_strategys_name_is_not_kept_over_another_split(engine: LocalEngine) -> None:
    mixed = [*settings_of("strategy", "growth"), (SPLIT[0], "40"), (SPLIT[1], "35")]
    assert "given twice" in str(bad(engine, PolicySet(changes=tuple(mixed))))
    assert engine.queries.portfolio().strategy == "balanced"


@pytest.mark.parametrize("path", ["template", "strategy"])
def test_a_name_alone_is_not_set_without_what_it_stands_for(engine: LocalEngine, path: str) -> None:
    name = {"template": "conservative", "strategy": "growth"}[path]
    bad(engine, setting(path, name))


def test_a_path_twice_a_date_and_nothing_are_bad_input(engine: LocalEngine) -> None:
    assert bad(engine, setting("limits.buffer", "6", date=TODAY)).path == "--date"
    assert bad(engine, PolicySet(changes=())).path == "policy"
    assert bad(engine, setting("limits.buffer", "6", "limits.buffer", "7")).path == "limits.buffer"


# -- of an account --------------------------------------------------------------------------------


def test_an_own_buffer_takes_effect_in_figures_rules_and_alerts(engine: LocalEngine) -> None:
    before = engine.queries.accounts()
    receipt = engine.commands.submit(setting("limits.buffer", "20", account="gen-1"))
    gen = engine.queries.account("gen-1")
    assert (gen.buffer, gen.available) == (amount("20000"), amount("80000"))
    assert (gen.settings, engine.queries.account("rev-1")) == ({"limits.buffer": "20"}, before[1])
    over = Withdraw(account="gen-1", amount=amount("80000.01"))
    assert refused(engine, over) == {
        "buffer.available": "80000.01 is more than the 80000.00 available (cash 100000.00, buffer"
        " 20000.00)"
    }
    engine.commands.submit(Undo(seq=receipt.seq))
    assert engine.queries.accounts() == before
    fee = CashFact(kind=Kind.FEE, micros=-amount("90000"))
    mark = MarkFact(value_micros=amount("90000"))
    for fact in (fee, mark):
        engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True))
    assert engine.queries.alerts() == ()
    engine.commands.submit(setting("limits.buffer", "20", account="gen-1"))
    (alert,) = engine.queries.alerts()
    assert (alert.kind, alert.verdict.message) == (
        "buffer short",
        "cash 10000.00 is below the 20000.00 buffer: add 12500.00 to gen-1",
    )
    broken = {r.rule for r in engine.queries.rules_of("gen-1") if not r.ok}
    assert broken == {"buffer.required", "fork.threshold"}


def test_an_own_fork_threshold_takes_effect_in_rules_and_alerts(engine: LocalEngine) -> None:
    code = opened(engine, deposit=amount("100000"))
    for one in ("gen-1", code):
        earned(engine, one, "1000")
    assert [a for a in engine.queries.alerts() if a.kind.startswith("fork")] == []
    engine.commands.submit(setting("fork.threshold", "1000", account=code))
    engine.commands.submit(setting("fork.threshold", "1250", account="gen-1"))
    said = {a.account: (a.kind, a.verdict.message) for a in engine.queries.alerts() if a.account}
    assert said == {
        code: (
            "fork due",
            f"surplus 1000.00 has reached the 1000.00 threshold: fork {code}",
        ),
        "gen-1": ("fork near", "surplus 1000.00 of gen-1 is near the 1250.00 threshold"),
    }
    rules = {r.rule: r for r in engine.queries.rules_of(code)}
    assert rules["fork.threshold"].ok
    engine.commands.submit(setting("fork.near", "81", account="gen-1"))
    assert [a.account for a in engine.queries.alerts() if a.account] == [code]


def test_an_own_limit_says_which_fact_is_outsized(engine: LocalEngine) -> None:
    engine.commands.submit(setting("limits.outsized", "1", account="gen-1"))
    fact = CashFact(kind=Kind.PREMIUM, micros=amount("1000.01"))
    said = refused(engine, Post(account="gen-1", fact=fact))["amount.outsized"]
    assert said == "1000.01 is more than 1 % of the 100000.00 equity: confirm with --yes"
    engine.commands.submit(Post(account="rev-1", fact=fact))


def test_an_empty_value_removes_an_accounts_own_setting(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    before = engine.queries.accounts()
    engine.commands.submit(
        setting("limits.buffer", "5", "tiers.gen.delta", "41-49", account="gen-1")
    )
    own = engine.queries.policy(code="gen-1")
    assert own.own == {"limits.buffer": "5", "tiers.gen.delta": "41-49"}
    assert engine.queries.policy().settings["tiers.gen.delta"] == "40-50"
    engine.commands.submit(setting("limits.buffer", "7"))  # the account's own 5 stays
    assert engine.queries.account("gen-1").buffer == amount("5000")
    assert engine.queries.account("rev-1").buffer == amount("5250")
    removed = engine.commands.submit(setting("limits.buffer", "", account="Main/gen-1"))
    assert engine.queries.account("gen-1").buffer == amount("7000")
    assert "already" in bad(engine, setting("limits.buffer", "", account="gen-1")).allowed
    engine.commands.submit(Undo(seq=removed.seq))
    assert engine.queries.account("gen-1").buffer == amount("5000")
    assert open_engine().queries.policy(code="gen-1") == engine.queries.policy(code="gen-1")
    for seq in (3, 2):
        engine.commands.submit(Undo(seq=seq))
    assert engine.queries.accounts() == before
    assert engine.operations.verify().ok


@pytest.mark.parametrize(
    "path", ["strategy", "template", "limits.drift", "fork.daily_limit", "tiers.gen.share"]
)
@pytest.mark.parametrize("value", ["10", ""])
def test_what_is_the_portfolios_is_not_an_accounts(
    engine: LocalEngine, path: str, value: str
) -> None:
    error = bad(engine, setting(path, value, account="gen-1"))
    assert (error.path, error.allowed[:30]) == (path, "applies to the whole portfolio")


def test_an_account_carries_its_own_tiers_settings_only(engine: LocalEngine) -> None:
    error = bad(engine, setting("tiers.rev.delta", "41-49", account="gen-1"))
    assert (error.path, error.allowed) == (
        "tiers.rev.delta",
        "does not apply to gen-1, a Generation account",
    )
    for code in ("gen-9", "Smith/gen-1", "\udc80", "gen-1/"):
        bad(engine, setting("limits.buffer", "5", account=code))


def test_a_setting_that_breaks_the_policy_of_one_account_is_refused(engine: LocalEngine) -> None:
    said = str(bad(engine, setting("fork.threshold", "500000", account="gen-1")))
    assert said == "merge.threshold '500000.00': must be above the fork threshold 500000.00"
    engine.commands.submit(setting("fork.threshold", "400000", account="gen-1"))
    said = str(bad(engine, setting("merge.threshold", "300000")))
    assert "gen-1: merge.threshold '300000.00'" in said
    assert "above the fork threshold 400000.00" in said
    engine.commands.submit(setting("fork.threshold", "", account="gen-1"))
    engine.commands.submit(setting("merge.threshold", "300000"))


def test_a_closed_accounts_settings_do_not_bind_the_portfolio(engine: LocalEngine) -> None:
    code = opened(engine)
    engine.commands.submit(setting("fork.threshold", "400000", account=code))
    engine.commands.submit(Close(account=code))
    said = refused(engine, setting("fork.threshold", "", account=code))
    assert said == {"status.closed": "gen-2 is closed"}
    engine.commands.submit(setting("merge.threshold", "300000"))


def test_settings_of_portfolios_and_their_undo_keep_apart(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith"))
    assert bad(engine, setting("limits.buffer", "6")).path == "portfolio"
    engine.commands.submit(setting("limits.buffer", "6", portfolio="Smith", key="k"))
    engine.commands.submit(setting("limits.buffer", "8", account="Main/gen-1", key="k"))
    found = {a.id: a.buffer for a in engine.queries.accounts() if a.tier is Tier.GEN}
    assert found == {"Main/gen-1": amount("8000"), "Smith/gen-1": amount("6000")}
    engine.commands.submit(Undo(portfolio="Smith"))
    assert engine.queries.account("Smith/gen-1").buffer == amount("5000")
    assert engine.queries.account("Main/gen-1").buffer == amount("8000")


# -- undo -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["", "gen-1"])
def test_undo_of_a_setting_is_refused_once_it_was_set_again(
    engine: LocalEngine, account: str
) -> None:
    first = engine.commands.submit(
        setting("limits.buffer", "6", "fork.near", "70", account=account)
    )
    engine.commands.submit(setting("limits.buffer", "7", account=account))
    assert refused(engine, Undo(seq=first.seq))["undo.policy"] == "limits.buffer is 7"


@pytest.mark.parametrize("account", ["", "gen-1"])
def test_undo_never_leaves_a_policy_that_is_not_allowed(engine: LocalEngine, account: str) -> None:
    first = engine.commands.submit(setting("merge.threshold", "900000"))
    engine.commands.submit(setting("fork.threshold", "600000", account=account))
    said = refused(engine, Undo(seq=first.seq))
    assert "600000.00" in " ".join(said.values())


# -- the command line -----------------------------------------------------------------------------


def test_the_command_line_sets_shows_and_takes_back(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    assert cli.json("policy", "set", "strategy", "growth", "limits.buffer", "4")["seq"] == 2
    shown = cli.json("policy", "show")
    assert (shown["portfolio"], shown["account"], shown["own"]) == ("Main", None, {})
    assert (shown["strategy"], shown["settings"]["tiers.gen.share"]) == ("growth", "50")
    cli.json("policy", "set", "limits.buffer", "8", "--account", "gen-1")
    shown = cli.json("policy", "show", "--account", "gen-1")
    assert (shown["own"], shown["settings"]["limits.buffer"]) == ({"limits.buffer": "8"}, "8")
    lines = cli("policy", "show", "--account", "gen-1").stdout.splitlines()
    (buffer,) = [line.split() for line in lines if line.startswith("limits.buffer")]
    assert buffer[-2:] == ["account", "buffer.available"]
    assert cli.json("show", "gen-1")["buffer"] == "8000.00"
    cli.json("policy", "set", "limits.buffer", "", "--account", "gen-1")
    cli.json("undo", "2", "--yes")
    assert cli.json("show", "gen-1")["buffer"] == "5000.00"


def test_the_command_line_names_a_bad_setting(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    before = cli.json("policy", "show")
    for arguments, part in (
        (["limits.buffer"], "needs a value"),
        (["limits.buffer", "-5"], "limits.buffer '-5 %': must be within 0–20 %"),
        (["strategy", "grow"], "strategy 'grow': must be one of: balanced, compound"),
        (["strategy", "growth", "--account", "gen-1"], "applies to the whole portfolio"),
        (["\x1b[2J", "5"], "is not a setting"),
    ):
        done = cli("policy", "set", *arguments, "--json")
        assert done.returncode == 2, arguments
        assert part in json.loads(done.stdout)["error"]["message"]
    assert cli.json("policy", "show") == before


def test_check_names_everything_that_is_wrong_with_a_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MODERATE)
    assert cli.json("policy", "check", str(file)) == {"problems": []}
    file.write_text(MODERATE.replace(BUFFER, 'buffer = "25"').replace("[40, 50]", "[50, 40]"))
    done = cli("policy", "check", str(file), "--json")
    problems = json.loads(done.stdout)["problems"]
    assert (done.returncode, problems[0]["path"]) == (2, "tiers.gen.delta")
    assert list(problems[1].values()) == ["limits.buffer", "25 %", "must be within 0–20 %"]
    assert cli("policy", "check", str(tmp_path)).returncode == 2


def test_check_names_bad_values_beside_an_unknown_key_and_sends_nothing_raw(
    cli: Cli, tmp_path: Path
) -> None:
    text = MODERATE.replace(BUFFER, 'buffer = "25"')
    (tmp_path / "mine.toml").write_text(f'"\\u0007\\u009b2J" = 1\n{text}')
    done = cli("policy", "check", str(tmp_path / "mine.toml"))
    assert (done.returncode, {c for c in done.stdout if not c.isprintable()}) == (2, {"\n"})
    assert "limits.buffer '25 %'" in done.stdout
