"""Reads policy templates and strategies (TOML) and says exactly what is wrong with one."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

import platformdirs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.money import amount, exact_decimal
from alluse_tui.domain.policy import Policy, TierPolicy
from alluse_tui.domain.terms import Tier

STRATEGIES = "strategies"
DEFAULT_STRATEGY = "balanced"


def _percent(text: Any) -> int:
    """A quoted percentage as basis points."""
    return _scaled(text, 100, "a quoted percentage with at most two decimals")


def _hundredths(text: Any) -> int:
    return _scaled(text, 100, "a quoted number with at most two decimals")


def _scaled(text: Any, scale: int, allowed: str) -> int:
    if not isinstance(text, str):
        raise ValueError(f"must be {allowed}")
    try:
        scaled = exact_decimal(text, "") * Decimal(scale)
    except BadInput:
        raise ValueError(f"must be {allowed}") from None
    if scaled != int(scaled):
        raise ValueError(f"must be {allowed}")
    return int(scaled)


def _money(text: Any) -> int:
    if not isinstance(text, str):
        raise ValueError("must be a quoted amount such as '50000.00'")
    try:
        return amount(text)
    except BadInput as error:
        raise ValueError(error.allowed) from None


Percent = Annotated[int, BeforeValidator(_percent)]
Hundredths = Annotated[int, BeforeValidator(_hundredths)]
Money = Annotated[int, BeforeValidator(_money)]


M = TypeVar("M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Tier(_Strict):
    share: Percent
    delta: Annotated[list[int], Field(min_length=2, max_length=2)]
    max_drawdown: Percent
    entry_days: list[str] = []


class _Tiers(_Strict):
    gen: _Tier
    rev: _Tier
    com: _Tier


class _Limits(_Strict):
    buffer: Percent
    drift: Percent
    outsized: Percent
    position_size: Percent
    atr_act: Hundredths


class _Fork(_Strict):
    threshold: Money
    near: Percent
    cooling_hours: Annotated[int, Field(ge=0)]
    daily_limit: Annotated[int, Field(ge=1)]


class _Merge(_Strict):
    threshold: Money


class _Reinvest(_Strict):
    minimum: Money
    contracts: Percent
    leaps: Percent


class _Template(_Strict):
    tiers: _Tiers
    limits: _Limits
    fork: _Fork
    merge: _Merge
    reinvest: _Reinvest


class _Shares(_Strict):
    gen: Percent
    rev: Percent
    com: Percent


def load_policy(template: str, strategy: str = "", own: Path | None = None) -> Policy:
    """The policy of a template, its split overridden by a strategy when one is named.

    An operator's files (`own`, by default `policies/` in the XDG configuration directory of
    alluse) come before the shipped ones. Raises BadInput naming path, value and what is allowed.
    """
    folders = [own or Path(platformdirs.user_config_dir("alluse")) / "policies", _shipped()]
    path = _find(folders, template, "template")
    policy = _policy(_checked(_Template, _toml(path), path), template)
    if strategy:
        policy = _with_strategy(policy, strategy, _find(folders, STRATEGIES, "strategies"))
    problems = policy.problems()
    if problems:
        at, value, allowed = problems[0]
        raise BadInput(f"{path}: {at}", value, allowed)
    return policy


def _policy(read: _Template, template: str) -> Policy:
    tiers = {
        tier: TierPolicy(
            one.share, one.delta[0], one.delta[1], one.max_drawdown, tuple(one.entry_days)
        )
        for tier, one in zip(Tier, (read.tiers.gen, read.tiers.rev, read.tiers.com), strict=True)
    }
    return Policy(
        template=template,
        strategy=DEFAULT_STRATEGY,
        tiers=tiers,
        buffer_bps=read.limits.buffer,
        drift_bps=read.limits.drift,
        outsized_bps=read.limits.outsized,
        position_size_bps=read.limits.position_size,
        atr_act_hundredths=read.limits.atr_act,
        fork_threshold_micros=read.fork.threshold,
        fork_near_bps=read.fork.near,
        fork_cooling_hours=read.fork.cooling_hours,
        fork_daily_limit=read.fork.daily_limit,
        merge_threshold_micros=read.merge.threshold,
        reinvest_minimum_micros=read.reinvest.minimum,
        reinvest_contracts_bps=read.reinvest.contracts,
        reinvest_leaps_bps=read.reinvest.leaps,
    )


def _with_strategy(policy: Policy, strategy: str, path: Path) -> Policy:
    known = _toml(path)
    if strategy not in known:
        raise BadInput("strategy", strategy, f"must be one of: {', '.join(sorted(known))}")
    shares = _checked(_Shares, known[strategy], path)
    split = {Tier.GEN: shares.gen, Tier.REV: shares.rev, Tier.COM: shares.com}
    tiers = {tier: replace(one, share_bps=split[tier]) for tier, one in policy.tiers.items()}
    return replace(policy, strategy=strategy, tiers=tiers)


def _checked(model: type[M], data: Any, path: Path) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        at = ".".join(str(p) for p in first["loc"])
        if first["type"] == "extra_forbidden":
            near = _nearest(model, first["loc"])
            raise BadInput(f"{path}: {at}", first["input"], f"is no setting{near}") from None
        raise BadInput(f"{path}: {at}", first["input"], first["msg"]) from None


def _nearest(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    fields = model.model_fields
    for step in loc[:-1]:
        inner = fields[str(step)].annotation
        fields = inner.model_fields if isinstance(inner, type) else {}
    near = difflib.get_close_matches(str(loc[-1]), list(fields), 1)
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(fields)}"


def _find(folders: list[Path], name: str, what: str) -> Path:
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        for folder in folders:
            path = folder / f"{name}.toml"
            if path.is_file():
                return path
    known = {p.stem for f in folders if f.is_dir() for p in f.glob("*.toml")} - {STRATEGIES}
    raise BadInput(what, name, f"must be one of: {', '.join(sorted(known))}")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("file", path, f"is not valid TOML: {error}") from None


def _shipped() -> Path:
    """The templates inside the wheel, or at the top of a source tree."""
    here = Path(__file__).parent
    packaged = here / "shipped"
    return packaged if packaged.is_dir() else here.parent.parent / "config"
