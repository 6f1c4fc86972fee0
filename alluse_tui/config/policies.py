"""Reading policy templates and strategies (TOML), with an error for every bad value."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.policy import OFF, Policy, TierPolicy
from alluse_tui.domain.model.setting_forms import NONE_OF_THEM
from alluse_tui.domain.model.settings import SETTINGS, Setting, setting
from alluse_tui.domain.model.terms import Tier
from alluse_tui.files import read_text

LIMIT_BYTES = 1024 * 1024
"""The largest size of a policy or strategy file."""

STRATEGIES = "strategies"
DEFAULT_STRATEGY = "balanced"

Problem = tuple[str, object, str]
"""Path of the setting, bad value, allowed values."""

_NAMES = ("template", "strategy")
"""Settings that a file must not contain, as its name and the command define them."""

_REQUIRED = {
    *(f"tiers.{tier}.{name}" for tier in Tier for name in ("share", "delta", "max_drawdown")),
    *(f"limits.{name}" for name in ("buffer", "drift", "outsized", "position_size", "atr_act")),
    *(f"fork.{name}" for name in ("threshold", "near", "cooling_hours", "daily_limit")),
    "merge.threshold",
    *(f"reinvest.{name}" for name in ("minimum", "contracts", "leaps")),
}
"""Settings that every file must contain; the others have defaults."""


def load_policy(template: str, strategy: str = "", own: Path | None = None) -> Policy:
    """The policy of a template, with the split of a strategy if one is given.

    The operator's files (in `own`, by default `policies/` in the XDG configuration directory of
    alluse) take precedence over the shipped ones. Raises BadInput with the path, value and allowed
    values of every problem.
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
    """The policy of one file, named after it, and all its problems. Raises BadInput."""
    problems: list[Problem] = []
    policy = _blank(path.stem)
    flat = dict(_flat("", _toml(path)))
    for at, value in flat.items():
        try:
            file_setting = setting(at) if at not in _NAMES else None
            if file_setting is None:
                raise BadInput(at, value, "is not a setting of a policy file")
            text = _as_typed(file_setting, at, value)
            policy = file_setting.put(policy, file_setting.read(at, text))
        except BadInput as error:
            problems.append((error.path, value, error.allowed))
    for at in _REQUIRED - flat.keys():
        problems.append((at, None, "is missing"))
    problems.sort(key=lambda p: (list(SETTINGS).index(p[0]) if p[0] in SETTINGS else -1, p[0]))
    named = [p[0] for p in problems]
    problems += [p for p in policy.problems() if not fnmatch.filter(named, p[0])]
    return policy, problems


def _blank(template: str) -> Policy:
    tiers = {tier: TierPolicy(0, 0, 0, 0) for tier in Tier}
    return Policy(template=template, strategy=DEFAULT_STRATEGY, tiers=tiers)


def _flat(above: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every value that is not a table, with its dotted path."""
    for name, value in table.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, dict) and value:
            yield from _flat(path, value)
        else:
            yield path, value


def _as_typed(target: Setting, path: str, value: Any) -> str:
    """The TOML value as text, as a user would type it. Raises BadInput for a wrong type."""
    if value == OFF and target.form.may_be_off:
        return OFF
    kind = _kind_of(target)
    parts = value if isinstance(value, list) else [value]
    if isinstance(value, list) != kind.is_list or any(type(p) is not kind.element for p in parts):
        raise BadInput(path, value, f"{kind.allowed}{', or off' * target.form.may_be_off}")
    return kind.text(value)


@dataclass(frozen=True, slots=True)
class _Kind:
    """The TOML form of a setting: its type, or that of its list's elements."""

    element: type
    is_list: bool
    allowed: str
    text: Callable[[Any], str]


def _range_text(ends: list[int]) -> str:
    return "-".join(map(str, ends))


def _list_text(words: list[str]) -> str:
    return ",".join(words) or NONE_OF_THEM


_QUOTED = _Kind(str, False, "must be quoted, such as '5' or '50000.00'", str)
_WHOLE = _Kind(int, False, "must be a whole number without quotes", str)
_DELTAS = _Kind(int, True, "must be two whole numbers, such as [40, 50]", _range_text)
_DAYS = _Kind(int, True, "must be whole numbers, such as [5] or [3, 5]", _range_text)
_KINDS: Mapping[str, _Kind] = {
    "entry_days": _Kind(str, True, "must be a list of quoted days", _list_text),
    "commands": _Kind(str, True, "must be a list of quoted commands", _list_text),
    "symbols": _Kind(str, True, "must be a list of quoted symbols", _list_text),
    "sells": _Kind(str, True, "must be a list of quoted words", _list_text),
}
"""By the last word of the path, where the form of the setting does not decide."""


def _kind_of(target: Setting) -> _Kind:
    name = target.path.rpartition(".")[2]
    if target.form.is_whole and target.form.fields == 1:
        return _WHOLE
    if target.form.is_whole:
        return _DELTAS if name == "delta" else _DAYS
    return _KINDS.get(name, _QUOTED)


def _with_strategy(policy: Policy, strategy: str, path: Path) -> Policy:
    known = _toml(path)
    if strategy not in known:
        raise BadInput("strategy", strategy, f"must be one of: {', '.join(sorted(known))}")
    shares = known[strategy]
    if not isinstance(shares, dict) or shares.keys() != set(Tier):
        raise BadInput(f"{path}: {strategy}", shares, f"must hold {', '.join(Tier)}")
    for tier in Tier:
        share = SETTINGS[f"tiers.{tier}.share"]
        at = f"{path}: {strategy}.{tier}"
        policy = share.put(policy, share.read(at, _as_typed(share, at, shares[tier])))
    return SETTINGS["strategy"].put(policy, (strategy,))


def _find(folders: list[Path], name: str, kind: str) -> Path:
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) and (kind != "template" or name != STRATEGIES):
        for folder in folders:
            path = folder / f"{name}.toml"
            if path.is_file():
                return path
    known = {p.stem for f in folders if f.is_dir() for p in f.glob("*.toml")} - {STRATEGIES}
    raise BadInput(kind, name, f"must be one of: {', '.join(sorted(known))}")


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
    """The folder of shipped templates: in the wheel, or at the top of a source tree."""
    here = Path(__file__).parent
    packaged = here / "shipped"
    return packaged if packaged.is_dir() else here.parent.parent / "config"
