"""Every setting of a policy by its path: how it is written, read, and put into a policy."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.model.book import Account, Portfolio
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import amount, exact_decimal, plain
from alluse_tui.domain.model.policy import ALONE, AUTO, HASHES, PROPOSALS, Policy
from alluse_tui.domain.model.setting_texts import TEXTS, TIER_TEXTS
from alluse_tui.domain.model.terms import Tier
from alluse_tui.domain.model.value import Value

Values = tuple[Any, ...]
"""The values of a setting's fields, in their order."""


class Setting(Value):
    """One setting: which fields of the policy (or of one tier's part) it is, and its text.

    `own`: an account may carry it over the portfolio's. `read` raises BadInput. `explanation` and
    `allowed` are a sentence on its meaning and its range or choices.
    """

    path: str
    fields: tuple[str, ...]
    read: Callable[[str, str], Values]
    written: Callable[[Values], str]
    own: bool
    tier: Tier | None = None
    explanation: str = ""
    allowed: str = ""

    def values(self, policy: Policy) -> Values:
        """What the policy has."""
        place = policy if self.tier is None else policy.tiers[self.tier]
        return tuple(getattr(place, name) for name in self.fields)

    def text(self, policy: Policy) -> str:
        """What the policy has, as it would be typed."""
        return self.written(self.values(policy))

    def put(self, policy: Policy, values: Values) -> Policy:
        """The policy with these values."""
        changes: dict[str, Any] = dict(zip(self.fields, values, strict=True))
        if self.tier is None:
            return replace(policy, **changes)
        tiers = {**policy.tiers, self.tier: replace(policy.tiers[self.tier], **changes)}
        return replace(policy, tiers=tiers)


def setting(path: str) -> Setting:
    """The setting at `path`. Raises BadInput with the nearest known one."""
    found = SETTINGS.get(path)
    if found is None:
        raise BadInput(path, None, f"is no setting; {_hint(path)}")
    return found


def _hint(path: str) -> str:
    """The nearest path, table of paths, or path that ends in such a name."""
    inside = [one for one in SETTINGS if one.startswith(f"{path}.")]
    if inside:
        return f"it holds {', '.join(inside)}"
    known = {one: one for one in SETTINGS}
    known |= {one.rpartition(".")[0]: one.rpartition(".")[0] for one in SETTINGS if "." in one}
    near = difflib.get_close_matches(path, list(known), 1)
    if not near:
        known = {one.rpartition(".")[2]: one for one in reversed(SETTINGS)}
        near = difflib.get_close_matches(path, list(known), 1)
    return f"did you mean '{known[near[0]]}'?" if near else f"known: {', '.join(SETTINGS)}"


def with_setting(policy: Policy, path: str, text: str) -> Policy:
    """The policy with the setting at `path` as typed. Raises BadInput."""
    found = setting(path)
    return found.put(policy, found.read(path, text))


def policy_of(account: Account, home: Portfolio) -> Policy:
    """The policy that holds for the account: the portfolio's under its own settings."""
    policy = home.policy
    for path, text in account.settings.items():
        policy = with_setting(policy, path, text)
    return policy


def unit(path: str, currency: str) -> str:
    """What the setting at `path` is counted in: '%', 'USD', 'hours'; empty where in nothing."""
    read = SETTINGS[path].read
    if read is _percent:
        return "%"
    return currency if read in (_money, _limit) else _COUNTED_IN.get(path, "")


def units(policy: Policy, currency: str) -> Mapping[str, str]:
    """The unit of every setting of the policy that has one, by path; 'none' has none."""
    found = {path: "" if is_off(one.text(policy)) else unit(path, currency)
             for path, one in SETTINGS.items()}  # fmt: skip
    return {path: counted for path, counted in found.items() if counted}


def is_off(text: str) -> bool:
    """Whether a setting's text says that there is none of it."""
    return text == NONE_OF_THEM


def texts(policy: Policy) -> Mapping[str, str]:
    """Every setting as it would be typed, by path."""
    return {path: one.text(policy) for path, one in SETTINGS.items()}


def _percent(path: str, text: str) -> Values:
    return (_scaled(path, text, "must be a percentage with at most two decimals"),)


def _hundredths(path: str, text: str) -> Values:
    return (_scaled(path, text, "must be a number with at most two decimals"),)


def _scaled(path: str, text: str, allowed: str) -> int:
    try:
        scaled = exact_decimal(text, path) * Decimal(100)
    except BadInput:
        raise BadInput(path, text, allowed) from None
    if scaled != int(scaled) or abs(scaled) > 10_000_000:
        raise BadInput(path, text, allowed)
    return int(scaled)


def _money(path: str, text: str) -> Values:
    return (amount(text, path, zero=True),)


def _limit(path: str, text: str) -> Values:
    return (0,) if is_off(text.strip()) else _money(path, text)


def _count(path: str, text: str) -> Values:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise BadInput(path, text, "must be a whole number, not negative")
    return (int(text),)


def _deltas(path: str, text: str) -> Values:
    low, dash, high = text.partition("-")
    if not dash or not all(t.isascii() and t.isdigit() and len(t) <= 3 for t in (low, high)):
        raise BadInput(path, text, "must be two deltas in hundredths, such as 40-50")
    return int(low), int(high)


NONE_OF_THEM = "none"
ALL_OF_THEM = "all"


def _words(path: str, text: str) -> Values:
    if text.strip() == NONE_OF_THEM:
        return ((),)
    return (tuple(word.strip() for word in text.split(",")),)


def _proposals(path: str, text: str) -> Values:
    if text.strip() == ALL_OF_THEM:
        return (PROPOSALS,)
    named = _words(path, text)[0]
    return (
        tuple(p for p in PROPOSALS if p in named) + tuple(n for n in named if n not in PROPOSALS),
    )


def _word(path: str, text: str) -> Values:
    if not 0 < len(text) <= 64 or not text.isprintable():
        raise BadInput(path, text, "must be 1 to 64 printable characters")
    return (text,)


def _in_hundredths(values: Values) -> str:
    whole, rest = divmod(abs(values[0]), 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)
    return f"-{text}" if values[0] < 0 else text


_WRITTEN: Mapping[Callable[[str, str], Values], Callable[[Values], str]] = {
    _percent: _in_hundredths,
    _hundredths: _in_hundredths,
    _money: lambda v: plain(v[0]),
    _limit: lambda v: plain(v[0]) if v[0] else NONE_OF_THEM,
    _count: lambda v: str(v[0]),
    _deltas: lambda v: f"{v[0]}-{v[1]}",
    _words: lambda v: ",".join(v[0]) or NONE_OF_THEM,
    _proposals: lambda v: ALL_OF_THEM if v[0] == PROPOSALS else ",".join(v[0]) or NONE_OF_THEM,
    _word: lambda v: str(v[0]),
}

_COUNTED_IN: Mapping[str, str] = {
    "fork.cooling_hours": "hours",
    "fork.daily_limit": "a day",
    "approval.delay_minutes": "minutes",
}

_OWN, _WHOLE = True, False
"""Whether an account may carry the setting, or it is the portfolio's as a whole."""

_TABLE: tuple[tuple[str, tuple[str, ...], Callable[[str, str], Values], bool], ...] = (
    ("template", ("template",), _word, _WHOLE),
    ("strategy", ("strategy",), _word, _WHOLE),
    ("limits.buffer", ("buffer_bps",), _percent, _OWN),
    ("limits.drift", ("drift_bps",), _percent, _WHOLE),
    ("limits.outsized", ("outsized_bps",), _percent, _OWN),
    ("limits.position_size", ("position_size_bps",), _percent, _OWN),
    ("limits.atr_act", ("atr_act_hundredths",), _hundredths, _OWN),
    ("fork.threshold", ("fork_threshold_micros",), _money, _OWN),
    ("fork.near", ("fork_near_bps",), _percent, _OWN),
    ("fork.cooling_hours", ("fork_cooling_hours",), _count, _OWN),
    ("fork.daily_limit", ("fork_daily_limit",), _count, _WHOLE),
    ("fork.auto", ("fork_auto",), _word, _WHOLE),
    ("merge.threshold", ("merge_threshold_micros",), _money, _OWN),
    ("reinvest.minimum", ("reinvest_minimum_micros",), _money, _OWN),
    ("reinvest.contracts", ("reinvest_contracts_bps",), _percent, _OWN),
    ("reinvest.leaps", ("reinvest_leaps_bps",), _percent, _OWN),
    ("approval.commands", ("approval_commands",), _proposals, _WHOLE),
    ("approval.above", ("approval_above_micros",), _money, _WHOLE),
    ("approval.facts_above", ("approval_facts_above_micros",), _limit, _WHOLE),
    ("approval.alone", ("approval_alone",), _word, _WHOLE),
    ("approval.delay_minutes", ("approval_delay_minutes",), _count, _WHOLE),
    ("security.password_hash", ("password_hash",), _word, _WHOLE),
)

_TIER_TABLE: tuple[tuple[str, tuple[str, ...], Callable[[str, str], Values], bool], ...] = (
    ("share", ("share_bps",), _percent, _WHOLE),
    ("delta", ("delta_min", "delta_max"), _deltas, _OWN),
    ("max_drawdown", ("max_drawdown_bps",), _percent, _OWN),
    ("entry_days", ("entry_days",), _words, _OWN),
)


def _texts_of(path: str) -> tuple[str, str]:
    explanation, allowed = TEXTS[path]
    choices = {name: ", ".join(words) for name, words in _CHOICES.items()}
    return explanation, allowed.format(**choices)


_CHOICES: Mapping[str, tuple[str, ...]] = {"auto": AUTO, "alone": ALONE, "hashes": HASHES}

SETTINGS: dict[str, Setting] = {
    one.path: one
    for one in (
        *(
            Setting(
                f"tiers.{tier}.{name}", fields, read, _WRITTEN[read], own, tier, *TIER_TEXTS[name]
            )
            for tier in Tier
            for name, fields, read, own in _TIER_TABLE
        ),
        *(
            Setting(path, fields, read, _WRITTEN[read], own, None, *_texts_of(path))
            for path, fields, read, own in _TABLE
        ),
    )
}
"""Every setting, tiers first."""
