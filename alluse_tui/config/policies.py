"""Reads policy templates and strategies (TOML) and says exactly what is wrong with one."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import platformdirs

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.policy import Policy, TierPolicy
from alluse_tui.domain.model.settings import NONE_OF_THEM, SETTINGS, Setting, setting
from alluse_tui.domain.model.terms import Tier
from alluse_tui.files import read_text

LIMIT_BYTES = 1024 * 1024
"""A file of policies or strategies is not larger."""

STRATEGIES = "strategies"
DEFAULT_STRATEGY = "balanced"

Problem = tuple[str, object, str]
"""Path, value, what is allowed."""

_NAMES = ("template", "strategy")
"""Settings that a file does not hold: it is named, it does not name itself."""

_OPTIONAL = {
    "fork.auto",
    *(path for path in SETTINGS if path.startswith(("approval.", "security."))),
    *(f"tiers.{tier}.entry_days" for tier in Tier),
}


def load_policy(template: str, strategy: str = "", own: Path | None = None) -> Policy:
    """The policy of a template, its split overridden by a strategy when one is named.

    An operator's files (`own`, by default `policies/` in the XDG configuration directory of
    alluse) come before the shipped ones. Raises BadInput that names every bad value with its
    path and what is allowed.
    """
    folders = [own or Path(platformdirs.user_config_dir("alluse")) / "policies", _shipped()]
    path = _find(folders, template, "template")
    policy, problems = policy_file(path)
    if strategy and not problems:
        strategies = _find(folders, STRATEGIES, "strategies")
        policy = _with_strategy(policy, strategy, strategies)
        problems = policy.problems()
        path = strategies if problems else path
    if problems:
        raise BadInput.of([(f"{path}: {at}", value, allowed) for at, value, allowed in problems])
    return policy


def policy_file(path: Path) -> tuple[Policy, list[Problem]]:
    """The policy of one file, named after it, and every problem it has. Raises BadInput."""
    problems: list[Problem] = []
    policy = _blank(path.stem)
    flat = dict(_flat("", _toml(path)))
    for at, value in flat.items():
        try:
            one = setting(at) if at not in _NAMES else None
            if one is None:
                raise BadInput(at, value, "is not a setting of a policy file")
            policy = one.put(policy, one.read(at, _typed(one, at, value)))
        except BadInput as error:
            problems.append((error.path, value, error.allowed))
    for at in SETTINGS.keys() - flat.keys() - _OPTIONAL - set(_NAMES):
        problems.append((at, None, "is missing"))
    problems.sort(key=lambda p: (list(SETTINGS).index(p[0]) if p[0] in SETTINGS else -1, p[0]))
    named = [p[0] for p in problems]
    problems += [p for p in policy.problems() if not fnmatch.filter(named, p[0])]
    return policy, problems


def _blank(template: str) -> Policy:
    tiers = {tier: TierPolicy(0, 0, 0, 0) for tier in Tier}
    return Policy(template=template, strategy=DEFAULT_STRATEGY, tiers=tiers)


def _flat(above: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value that is not a table, by its dotted path."""
    for name, value in table.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, dict) and value:
            yield from _flat(path, value)
        else:
            yield path, value


def _typed(one: Setting, path: str, value: Any) -> str:
    """The value as it would be typed. Raises BadInput for another kind than the setting's."""
    kind, allowed, text = _KINDS.get(one.path.rpartition(".")[2], _QUOTED)
    parts = value if isinstance(value, list) else [value]
    if isinstance(value, list) == (kind is not list) or any(
        type(p) is not _inner(one) for p in parts
    ):
        raise BadInput(path, value, allowed)
    return text(value)


def _inner(one: Setting) -> type:
    name = one.path.rpartition(".")[2]
    return int if name in ("delta", "cooling_hours", "daily_limit", "delay_minutes") else str


_Kind = tuple[type, str, Callable[[Any], str]]
_QUOTED: _Kind = (str, "must be quoted, such as '5' or '50000.00'", str)
_WHOLE: _Kind = (int, "must be a whole number without quotes", str)
_KINDS: Mapping[str, _Kind] = {
    "delta": (list, "must be two whole numbers, such as [40, 50]", lambda v: "-".join(map(str, v))),
    "entry_days": (list, "must be a list of quoted days", lambda v: ",".join(v) or NONE_OF_THEM),
    "cooling_hours": _WHOLE,
    "daily_limit": _WHOLE,
    "delay_minutes": _WHOLE,
    "commands": (list, "must be a list of quoted commands", lambda v: ",".join(v) or NONE_OF_THEM),
}


def _with_strategy(policy: Policy, strategy: str, path: Path) -> Policy:
    known = _toml(path)
    if strategy not in known:
        raise BadInput("strategy", strategy, f"must be one of: {', '.join(sorted(known))}")
    shares = known[strategy]
    if not isinstance(shares, dict) or shares.keys() != set(Tier):
        raise BadInput(f"{path}: {strategy}", shares, f"must hold {', '.join(Tier)}")
    for tier in Tier:
        one = SETTINGS[f"tiers.{tier}.share"]
        at = f"{path}: {strategy}.{tier}"
        policy = one.put(policy, one.read(at, _typed(one, at, shares[tier])))
    return SETTINGS["strategy"].put(policy, (strategy,))


def _find(folders: list[Path], name: str, what: str) -> Path:
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) and (what != "template" or name != STRATEGIES):
        for folder in folders:
            path = folder / f"{name}.toml"
            if path.is_file():
                return path
    known = {p.stem for f in folders if f.is_dir() for p in f.glob("*.toml")} - {STRATEGIES}
    raise BadInput(what, name, f"must be one of: {', '.join(sorted(known))}")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path, LIMIT_BYTES))
    except OSError as error:
        raise BadInput("file", path, f"cannot be read: {error.strerror}") from None
    except ValueError as error:  # also of a number with thousands of digits
        raise BadInput("file", path, f"is not valid TOML: {error}") from None
    except RecursionError:
        raise BadInput("file", path, "is not valid TOML: nested too deeply") from None


def _shipped() -> Path:
    """The templates inside the wheel, or at the top of a source tree."""
    here = Path(__file__).parent
    packaged = here / "shipped"
    return packaged if packaged.is_dir() else here.parent.parent / "config"
