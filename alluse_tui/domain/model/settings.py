"""All policy settings by path, and how each is parsed, formatted and applied."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.model.book import Account, Portfolio
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import amount, exact_decimal, plain
from alluse_tui.domain.model.policy import ALONE, AUTO, HASHES, IMPORT_AUTO, PROPOSALS, Policy
from alluse_tui.domain.model.setting_texts import TEXTS, TIER_TEXTS
from alluse_tui.domain.model.terms import LotMethod, Tier
from alluse_tui.domain.model.value import Value

Values = tuple[Any, ...]
"""The values of a setting's fields, in their order."""


class Setting(Value):
    """One setting: its fields in the policy (or in a tier's part of it) and its text form.

    `read` parses the text and raises BadInput, `written` formats the values. `own`: an account may
    override it. `explanation` is a sentence on its meaning, `allowed` its range or choices.
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
        """The setting's values in the policy."""
        place = policy if self.tier is None else policy.tiers[self.tier]
        return tuple(getattr(place, name) for name in self.fields)

    def text(self, policy: Policy) -> str:
        """The setting's values in the policy, as a user would type them."""
        return self.written(self.values(policy))

    def put(self, policy: Policy, values: Values) -> Policy:
        """The policy with this setting changed to `values`."""
        changes: dict[str, Any] = dict(zip(self.fields, values, strict=True))
        if self.tier is None:
            return replace(policy, **changes)
        tiers = {**policy.tiers, self.tier: replace(policy.tiers[self.tier], **changes)}
        return replace(policy, tiers=tiers)


def setting(path: str) -> Setting:
    """The setting at `path`. Raises BadInput that suggests the nearest one."""
    known = SETTINGS.get(path)
    if known is None:
        raise BadInput(path, None, f"is not a setting; {_hint(path)}")
    return known


def _hint(path: str) -> str:
    """A suggestion: the settings below `path`, or the nearest path, table or last name."""
    inside = [name for name in SETTINGS if name.startswith(f"{path}.")]
    if inside:
        return f"it contains {', '.join(inside)}"
    known = {name: name for name in SETTINGS}
    known |= {name.rpartition(".")[0]: name.rpartition(".")[0] for name in SETTINGS if "." in name}
    near = difflib.get_close_matches(path, list(known), 1)
    if not near:
        known = {name.rpartition(".")[2]: name for name in reversed(SETTINGS)}
        near = difflib.get_close_matches(path, list(known), 1)
    return f"did you mean '{known[near[0]]}'?" if near else f"known: {', '.join(SETTINGS)}"


def with_setting(policy: Policy, path: str, text: str) -> Policy:
    """The policy with the setting at `path` changed to the typed `text`. Raises BadInput."""
    changed = setting(path)
    return changed.put(policy, changed.read(path, text))


def policy_of(account: Account, portfolio: Portfolio) -> Policy:
    """The account's policy: the portfolio's, overridden by the account's settings."""
    policy = portfolio.policy
    for path, text in account.settings.items():
        policy = with_setting(policy, path, text)
    return policy


def unit(path: str, currency: str) -> str:
    """The unit of the setting at `path`: '%', 'USD', 'hours'; empty if it has none."""
    read = SETTINGS[path].read
    if read is _percent:
        return "%"
    return currency if read in (_money, _limit) else _UNITS.get(path, "")


def units(policy: Policy, currency: str) -> Mapping[str, str]:
    """The units of the policy's settings by path, without settings that are off or have none."""
    units_by_path = {
        path: unit(path, currency)
        for path, known in SETTINGS.items()
        if not is_off(known.text(policy))
    }
    return {path: name for path, name in units_by_path.items() if name}


def is_off(text: str) -> bool:
    """Whether a setting's text is 'none'."""
    return text == NONE_OF_THEM


def texts(policy: Policy) -> Mapping[str, str]:
    """The text of every setting, by path."""
    return {path: known.text(policy) for path, known in SETTINGS.items()}


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

_UNITS: Mapping[str, str] = {
    "fork.cooling_hours": "hours",
    "fork.daily_limit": "a day",
    "approval.delay_minutes": "minutes",
}

_OWN, _WHOLE = True, False
"""Whether an account may override the setting, or only the portfolio has it."""

_TABLE: tuple[tuple[str, tuple[str, ...], Callable[[str, str], Values], bool], ...] = (
    ("template", ("template",), _word, _WHOLE),
    ("strategy", ("strategy",), _word, _WHOLE),
    ("limits.buffer", ("buffer_bps",), _percent, _OWN),
    ("limits.drift", ("drift_bps",), _percent, _WHOLE),
    ("limits.outsized", ("outsized_bps",), _percent, _OWN),
    ("limits.position_size", ("position_size_bps",), _percent, _OWN),
    ("limits.concentration", ("concentration_bps",), _percent, _OWN),
    ("limits.atr_act", ("atr_act_hundredths",), _hundredths, _OWN),
    ("lots.method", ("lot_method",), _word, _OWN),
    ("fork.threshold", ("fork_threshold_micros",), _money, _OWN),
    ("fork.near", ("fork_near_bps",), _percent, _OWN),
    ("fork.cooling_hours", ("fork_cooling_hours",), _count, _OWN),
    ("fork.daily_limit", ("fork_daily_limit",), _count, _WHOLE),
    ("fork.auto", ("fork_auto",), _word, _WHOLE),
    ("import.auto", ("import_auto",), _word, _WHOLE),
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


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "auto": AUTO,
    "import_auto": IMPORT_AUTO,
    "alone": ALONE,
    "hashes": HASHES,
    "methods": tuple(LotMethod),
}

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
