"""The settings of the protocol: off by default, each bad value named, and a template of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from alluse_tui.config import load_policy, policy_file
from alluse_tui.domain.events.codec import canonical
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.policy import Policy, TierPolicy
from alluse_tui.domain.model.setting_forms import is_off
from alluse_tui.domain.model.settings import SETTINGS, texts, unit, with_setting
from alluse_tui.domain.model.terms import Tier

NOWHERE = Path("/nowhere")
MODERATE = load_policy("moderate", own=NOWHERE)
CONSTITUTION = load_policy("constitution-1.3", own=NOWHERE)
TABLE = {
    "tiers.gen.delta": "40-45",
    "tiers.rev.delta": "30-35",
    "tiers.com.delta": "20-25",
    "tiers.gen.entry_days": "thursday",
    "tiers.rev.entry_days": "wednesday",
    "tiers.com.entry_days": "monday",
    "tiers.gen.entry_hours": "09:45-11:00",
    "tiers.gen.dte": "0-1",
    "tiers.rev.dte": "3-5",
    "tiers.com.dte": "5",
    "tiers.gen.symbols": "AAPL,MSFT,AMZN,GOOG,SPY,QQQ,IWM",
    "tiers.rev.symbols": "NVDA,TSLA",
    "tiers.com.symbols": "AAPL,MSFT,AMZN,GOOGL,NVDA,TSLA,META",
    "tiers.com.sells": "covered_calls",
    "limits.position_size": "100",
    "exposure.symbol": "25",
    "liquidity.open_interest": "500",
    "liquidity.volume": "100",
    "liquidity.spread": "5",
    "liquidity.share_of_volume": "10",
    "earnings.puts": "none",
    "earnings.coverage": "50",
    "orders.slice": "50",
    "orders.slippage": "5",
    "orders.requote_seconds": "3",
    "margin.use": "60",
    "atr.period": "5",
    "atr.watch": "1",
    "atr.consider": "2",
    "limits.atr_act": "3",
    "roll.trigger_atr.gen": "1",
    "roll.trigger_atr.rev": "1.5",
    "roll.trigger_atr.com": "off",
    "roll.max_cost": "50",
    "roll.credit_only": "off",
    "exit.profit": "65",
    "exit.dte": "1",
    "after_assignment.delta": "20-25",
    "after_assignment.dte": "5",
    "after_assignment.until": "5",
    "drawdown.calls_only": "15",
    "drawdown.vix_below": "30",
    "drawdown.until": "5",
    "breakers.vix_half": "50",
    "breakers.vix_safe": "65",
    "breakers.vix_stop": "80",
    "reinvest.tax_reserve": "30",
    "fork.threshold": "100000.00",
    "merge.threshold": "500000.00",
}
"""The settings that Constitution 1.3 is known for."""


def test_the_constitution_is_as_in_the_table_and_valid() -> None:
    assert CONSTITUTION.problems() == []
    settings = texts(CONSTITUTION)
    assert {path: settings[path] for path in TABLE} == TABLE


def test_moderate_leaves_off_what_the_table_does_not_set() -> None:
    settings = texts(MODERATE)
    switched = {path for path, one in SETTINGS.items() if one.form.may_be_off}
    on = {path: settings[path] for path in switched if not is_off(settings[path])}
    assert on == {"atr.watch": "0.5", "atr.consider": "1", "exit.profit": "50-80"}
    assert (settings["atr.period"], settings["reinvest.tax_reserve"]) == ("14", "0")


def test_what_is_off_is_not_stored() -> None:
    tiers = {tier: TierPolicy(5_000, 40, 50, 1_500) for tier in Tier}
    stored = canonical(Policy(template="old", strategy="balanced", tiers=tiers)).decode()
    assert sorted(stored.partition('"tiers"')[0].split('"')[1::2]) == [
        *("balanced", "old", "strategy", "template"),
    ]
    assert stored.count("share_bps") == 3 and "dte" not in stored and "symbols" not in stored


@pytest.mark.parametrize(
    ("path", "typed", "kept"),
    [
        ("tiers.gen.entry_hours", "9:45 - 11:00", "09:45-11:00"),
        ("tiers.gen.entry_hours", "off", "off"),
        ("tiers.gen.entry_shift", "skip", "skip"),
        ("tiers.rev.dte", "3-5", "3-5"),
        ("tiers.rev.dte", "5-5", "5"),
        ("tiers.gen.symbols", "aapl, brk.b,AAPL", "AAPL,BRK.B"),
        ("tiers.gen.symbols", "off", "off"),
        ("tiers.com.sells", "covered_calls", "covered_calls"),
        ("exposure.symbol", "100", "100"),
        ("earnings.puts", "none", "none"),
        ("earnings.coverage", "0", "0"),
        ("exit.profit", "50-80", "50-80"),
        ("exit.profit", "65.5", "65.5"),
        ("breakers.vix_half", "49.50", "49.5"),
        ("roll.credit_only", "on", "on"),
        ("regime.red", "0", "0"),
    ],
)
def test_a_value_is_kept_as_it_would_be_typed(path: str, typed: str, kept: str) -> None:
    policy = with_setting(MODERATE, path, typed)
    assert (texts(policy)[path], policy.problems()) == (kept, [])


@pytest.mark.parametrize(
    ("path", "typed", "allowed"),
    [
        ("tiers.gen.entry_hours", "11:00-09:45", "the earlier one first, such as 09:45-11:00, or"),
        ("tiers.gen.entry_hours", "09:45-24:00", "two times in New York"),
        ("tiers.gen.entry_shift", "next", "must be one of: previous, skip"),
        ("tiers.gen.dte", "-1", "a number of days or a range, such as 5 or 3-5, or off"),
        ("tiers.gen.dte", "5-3", "must be min ≤ max"),
        ("tiers.gen.symbols", "AAPL,,MSFT", "words separated by commas, or off"),
        ("tiers.gen.symbols", "AA PL", "symbols separated by commas"),
        ("tiers.com.sells", "straddles", "must be of puts, calls, covered_calls"),
        ("exposure.symbol", "0", "above 0 and at most 100 %"),
        ("exposure.symbol", "none", "must be a percentage with at most two decimals, or off"),
        ("liquidity.volume", "0", "at least 1"),
        ("earnings.puts", "some", "must be one of: off, none"),
        ("earnings.coverage", "100.01", "within 0–100 %"),
        ("margin.use", "101", "above 0 and at most 100 %"),
        ("breakers.vix_half", "0", "above 0 and at most 1000"),
        ("atr.period", "1", "within 2–250"),
        ("atr.watch", "1.01", "watch ≤ consider ≤ limits.atr_act"),
        ("exit.profit", "80-50", "min ≤ max"),
        ("after_assignment.delta", "25-20", "min < max inside 10–70"),
        ("roll.credit_only", "yes", "must be one of: off, on"),
        ("regime.red_delta", "60", "less than 60"),
        ("reinvest.tax_reserve", "101", "within 0–100 %"),
    ],
)
def test_a_bad_value_has_one_clear_error(path: str, typed: str, allowed: str) -> None:
    try:
        problems = with_setting(MODERATE, path, typed).problems()
    except BadInput as error:
        problems = [(error.path, error.value, error.allowed)]
    ((named, _, why),) = problems
    assert path.rpartition(".")[0] in named
    assert allowed in why


def test_levels_of_breakers_and_drawdown_follow_each_other() -> None:
    stop_first = with_setting(CONSTITUTION, "breakers.vix_stop", "60")
    assert [p[0] for p in stop_first.problems()] == ["breakers.*"]
    never_ends = with_setting(CONSTITUTION, "drawdown.until", "15")
    assert [p[0] for p in never_ends.problems()] == ["drawdown.until"]


@pytest.mark.parametrize("path", ["hedge.budget", "ladder", "ladder.years"])
def test_hedge_and_ladder_come_later(path: str) -> None:
    with pytest.raises(BadInput, match="come later"):
        with_setting(MODERATE, path, "5")


def test_a_policy_file_names_what_is_wrong_and_takes_off(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "config" / "constitution-1.3.toml").read_text()
    for old, new in (
        ("dte = [0, 1]", 'dte = "off"'),
        ("slice = 50", 'slice = "off"'),
        ('symbols = ["NVDA", "TSLA"]', 'symbols = "NVDA"'),
        ("dte = [3, 5]", 'dte = "3-5"'),
        ("volume = 100", 'volume = "100"'),
        ("[lots]", '[hedge]\nbudget = "5"\n\n[lots]'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "mine.toml").write_text(text)
    policy, problems = policy_file(tmp_path / "mine.toml")
    assert {path: allowed for path, _, allowed in problems} == {
        "hedge.budget": "is not a setting yet; hedge rules come later",
        "tiers.rev.dte": "must be whole numbers, such as [5] or [3, 5], or off",
        "tiers.rev.symbols": "must be a list of quoted symbols, or off",
        "liquidity.volume": "must be a whole number without quotes, or off",
    }
    assert (policy.tiers[Tier.GEN].dte_min, policy.orders_slice) == (None, None)


def test_units_are_those_of_the_forms() -> None:
    assert unit("exposure.symbol", "USD") == unit("exit.profit", "USD") == "%"
    assert unit("liquidity.volume", "USD") == "contracts"
    assert unit("earnings.puts", "USD") == unit("breakers.vix_half", "USD") == ""


def test_what_no_rule_reads_yet_says_so() -> None:
    silent = ("orders.", "roll.", "exit.", "after_assignment.")
    said = {path for path, one in SETTINGS.items() if "No rule uses it yet" in one.explanation}
    assert said == {p for p in SETTINGS if p.startswith(silent)}
