"""Policies: what the shipped ones say, and how a bad one is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from books import NOON
from people import proposed

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import Init, Withdraw
from alluse_tui.domain.commands.user_commands import Approve
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.money import amount
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Tier
from alluse_tui.engine import FixedClock, LocalEngine

SHIPPED = Path(__file__).parents[2] / "config"


def shares(policy: Policy) -> tuple[int, ...]:
    return tuple(policy.tiers[t].share_bps // 100 for t in Tier)


@pytest.mark.parametrize(
    ("template", "split", "buffer", "drawdown", "size", "atr"),
    [
        ("conservative", (30, 50, 20), 7, (5, 5, 5), 70, 200),
        ("moderate", (40, 30, 30), 5, (15, 10, 7), 90, 150),
        ("aggressive", (50, 20, 30), 3, (15, 15, 15), 95, 100),
    ],
)
def test_templates_are_as_in_the_table(
    template: str,
    split: tuple[int, ...],
    buffer: int,
    drawdown: tuple[int, ...],
    size: int,
    atr: int,
) -> None:
    policy = load_policy(template, own=Path("/nowhere"))
    assert policy.template == template
    assert shares(policy) == split
    assert policy.buffer_bps == buffer * 100
    assert tuple(policy.tiers[t].max_drawdown_bps // 100 for t in Tier) == drawdown
    assert policy.position_size_bps == size * 100
    assert policy.atr_act_hundredths == atr
    assert policy.problems() == []


@pytest.mark.parametrize("template", ["conservative", "moderate", "aggressive"])
def test_templates_share_what_the_table_does_not_name(template: str) -> None:
    policy = load_policy(template, own=Path("/nowhere"))
    gen, rev, com = (policy.tiers[t] for t in Tier)
    assert (gen.delta_min, gen.delta_max, gen.entry_days) == (40, 50, ("thursday",))
    assert (rev.delta_min, rev.delta_max) == (30, 40)
    assert rev.entry_days == ("monday", "tuesday", "wednesday")
    assert (com.delta_min, com.delta_max) == (20, 30)
    assert policy.fork_threshold_micros == amount("50000")
    assert policy.fork_near_bps == 8_000
    assert (policy.fork_cooling_hours, policy.fork_daily_limit) == (24, 5)
    assert policy.merge_threshold_micros == amount("500000")
    assert policy.reinvest_minimum_micros == amount("10000")
    assert (policy.reinvest_contracts_bps, policy.reinvest_leaps_bps) == (7_500, 2_500)
    assert (policy.drift_bps, policy.outsized_bps) == (500, 2_500)


@pytest.mark.parametrize(
    ("strategy", "split"),
    [
        ("balanced", (40, 30, 30)),
        ("growth", (50, 25, 25)),
        ("income", (25, 50, 25)),
        ("compound", (30, 20, 50)),
    ],
)
def test_a_strategy_overrides_the_split_and_nothing_else(
    strategy: str, split: tuple[int, ...]
) -> None:
    plain = load_policy("conservative", own=Path("/nowhere"))
    policy = load_policy("conservative", strategy, own=Path("/nowhere"))
    assert (shares(policy), policy.strategy) == (split, strategy)
    assert policy.buffer_bps == plain.buffer_bps
    for tier in Tier:
        assert policy.tiers[tier].max_drawdown_bps == plain.tiers[tier].max_drawdown_bps


def own_template(folder: Path, *changes: tuple[str, str]) -> Policy:
    """`moderate` with each first `old` replaced by `new`, loaded as the operator's own."""
    text = (SHIPPED / "moderate.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "mine.toml").write_text(text)
    return load_policy("mine", own=folder)


def test_an_operators_own_template_is_found_by_its_name(tmp_path: Path) -> None:
    policy = own_template(tmp_path, ('buffer = "5"', 'buffer = "20"'))
    assert (policy.template, policy.buffer_bps) == ("mine", 2_000)


def test_without_a_delay_in_the_file_cooling_off_takes_an_hour(
    tmp_path: Path, open_engine: Callable[..., LocalEngine], clock: FixedClock
) -> None:
    policy = own_template(tmp_path, ("[approval]", '[approval]\nalone = "cooling_off"'))
    assert "delay_minutes" not in (tmp_path / "mine.toml").read_text()
    assert policy.approval_delay_minutes == 60
    engine = open_engine()
    engine.commands.submit(Init(portfolio="Main", capital=amount("250000"), policy=policy))
    number = proposed(engine, Withdraw(account="gen-1", amount=amount("100")))
    yes = Approve(approval=number, amount=amount("100"))
    clock.set(NOON + timedelta(minutes=60) - timedelta(microseconds=1))
    with pytest.raises(Refused, match="in 1 min"):
        engine.commands.submit(yes)
    clock.set(NOON + timedelta(minutes=60))
    engine.commands.submit(yes)


def test_an_operators_file_comes_before_the_shipped_one(tmp_path: Path) -> None:
    own_template(tmp_path, ('buffer = "5"', 'buffer = "12.5"'))
    (tmp_path / "mine.toml").rename(tmp_path / "moderate.toml")
    assert load_policy("moderate", own=tmp_path).buffer_bps == 1_250


@pytest.mark.parametrize(
    ("old", "new", "path", "value", "allowed"),
    [
        ('share = "40"', 'share = "41"', "tiers.*.share", "101 %", "100 %"),
        ('buffer = "5"', 'buffer = "20.01"', "limits.buffer", "20.01 %", "0–20 %"),
        ('buffer = "5"', 'buffer = "-1"', "limits.buffer", "-1 %", "0–20 %"),
        ("[40, 50]", "[50, 50]", "tiers.gen.delta", "50–50", "min < max"),
        ("[40, 50]", "[50, 40]", "tiers.gen.delta", "50–40", "min < max"),
        ("[40, 50]", "[9, 50]", "tiers.gen.delta", "9–50", "10–70"),
        ("[20, 30]", "[20, 71]", "tiers.com.delta", "20–71", "10–70"),
        ('contracts = "75"', 'contracts = "74"', "reinvest.*", "99 %", "100 %"),
        ('"500000"', '"50000"', "merge.threshold", "50000.00", "above the fork threshold"),
        ('"thursday"', '"thorsday"', "tiers.gen.entry_days", "thorsday", "monday"),
        ('"15"', '"0"', "tiers.gen.max_drawdown", "0 %", "above 0"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(
    tmp_path: Path, old: str, new: str, path: str, value: str, allowed: str
) -> None:
    with pytest.raises(BadInput) as refused:
        own_template(tmp_path, (old, new))
    assert refused.value.path == f"{tmp_path / 'mine.toml'}: {path}"
    assert refused.value.value == value
    assert allowed in refused.value.allowed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('buffer = "5"', 'buffer = "20"'),
        ('buffer = "5"', 'buffer = "0"'),
        ("[20, 30]", "[10, 70]"),
        ('"500000"', '"50000.01"'),
    ],
)
def test_the_edges_are_allowed(tmp_path: Path, old: str, new: str) -> None:
    assert own_template(tmp_path, (old, new)).problems() == []


def test_a_negative_share_is_refused_even_when_the_sum_is_right(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        own_template(tmp_path, ('share = "40"', 'share = "-10"'), ('share = "30"', 'share = "80"'))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('share = "40"', "share = 40", "tiers.gen.share"),
        ('share = "40"', "share = 40.0", "tiers.gen.share"),
        ('share = "40"', 'share = "40.005"', "tiers.gen.share"),
        ('share = "40"', 'share = "NaN"', "tiers.gen.share"),
        ('share = "40"', 'share = "４０"', "tiers.gen.share"),
        ('atr_act = "1.5"', "atr_act = 1.5", "limits.atr_act"),
        ('threshold = "50000"', "threshold = 50000", "fork.threshold"),
        ('threshold = "50000"', 'threshold = "50000.001"', "fork.threshold"),
        ("[40, 50]", '["40", "50"]', "tiers.gen.delta"),
        ("[40, 50]", "[40.0, 50]", "tiers.gen.delta"),
        ("[40, 50]", "[40]", "tiers.gen.delta"),
        ("cooling_hours = 24", 'cooling_hours = "24"', "fork.cooling_hours"),
        ("cooling_hours = 24", "cooling_hours = -1", "fork.cooling_hours"),
        ("daily_limit = 5", "daily_limit = 0", "fork.daily_limit"),
    ],
)
def test_a_value_of_another_kind_is_named(tmp_path: Path, old: str, new: str, path: str) -> None:
    with pytest.raises(BadInput) as refused:
        own_template(tmp_path, (old, new))
    assert refused.value.path == f"{tmp_path / 'mine.toml'}: {path}"


@pytest.mark.parametrize(
    ("old", "new", "path", "nearest"),
    [
        ("buffer =", "bufer =", "limits.bufer", "'limits.buffer'"),
        ("share =", "shares =", "tiers.gen.shares", "'tiers.gen.share'"),
        ("[merge]", "[merges]", "merges", "'merge'"),
        ("near =", "nearly =", "fork.nearly", "'fork.near'"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest(
    tmp_path: Path, old: str, new: str, path: str, nearest: str
) -> None:
    with pytest.raises(BadInput) as refused:
        own_template(tmp_path, (old, f"{new} 1\n{old}" if "=" in new else f"{new}\n{old}"))
    assert refused.value.path.endswith(f": {path}")
    assert nearest in refused.value.allowed


def test_a_misspelt_key_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        own_template(tmp_path, ("buffer =", "bufer ="))
    assert "bufer" in refused.value.path
    assert "'limits.buffer'" in refused.value.allowed


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        own_template(tmp_path, ('minimum = "10000"\n', ""))
    assert refused.value.path.endswith(": reinvest.minimum")


@pytest.mark.parametrize("name", ["modrate", "../moderate", ""])
def test_an_unknown_template_names_the_known_ones(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        load_policy(name, own=tmp_path)
    assert (refused.value.path, refused.value.value) == ("template", name)
    assert "aggressive, conservative, constitution-1.3, moderate" in refused.value.allowed


def test_an_unknown_strategy_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        load_policy("moderate", "balance", own=tmp_path)
    assert (refused.value.path, refused.value.value) == ("strategy", "balance")
    assert "balanced, compound, growth, income" in refused.value.allowed


def test_a_strategy_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    (tmp_path / "strategies.toml").write_text('[odd]\ngen = "50"\nrev = "50"\ncom = "1"\n')
    with pytest.raises(BadInput) as refused:
        load_policy("moderate", "odd", own=tmp_path)
    assert (refused.value.value, refused.value.allowed) == ("101 %", "must add up to 100 %")


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[limits\n")
    with pytest.raises(BadInput, match="not valid TOML") as refused:
        load_policy("mine", own=tmp_path)
    assert refused.value.value == tmp_path / "mine.toml"
