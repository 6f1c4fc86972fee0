"""All policy settings by path, and how each is parsed, formatted and applied."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.model.book import Account, Portfolio
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.policy import (
    ALONE,
    AUTO,
    EARNINGS_PUTS,
    ENTRY_SHIFT,
    HASHES,
    SELLS,
    SWITCH,
    Policy,
)
from alluse_tui.domain.model.setting_forms import (
    COUNT,
    DAYS,
    DELTAS,
    HOURS,
    HUNDREDTHS,
    LIMIT,
    LISTED,
    MONEY,
    OF_CURRENCY,
    PERCENT,
    PERCENTS,
    PROPOSAL_NAMES,
    SYMBOL,
    SYMBOLS,
    WORD,
    WORDS,
    Form,
    Values,
    is_off,
    or_off,
)
from alluse_tui.domain.model.setting_texts import TEXTS, TIER_TEXTS
from alluse_tui.domain.model.terms import LotMethod, Tier
from alluse_tui.domain.model.value import Value


class Setting(Value):
    """One setting: its fields in the policy (or in a tier's part of it) and its text form.

    `own`: an account may override it. `explanation` is a sentence on its meaning, `allowed` its
    range or choices.
    """

    path: str
    fields: tuple[str, ...]
    form: Form
    own: bool
    tier: Tier | None = None
    explanation: str = ""
    allowed: str = ""

    def read(self, path: str, text: str) -> Values:
        """The values that the text stands for; errors name `path`. Raises BadInput."""
        return self.form.read(path, text)

    def written(self, values: Values) -> str:
        """The values as a user would type them."""
        return self.form.written(values)

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
        group = path.partition(".")[0]
        if group in LATER:
            raise BadInput(path, None, f"is not a setting yet; {group} rules come later")
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
    of_form = SETTINGS[path].form.unit
    return currency if of_form == OF_CURRENCY else of_form or _UNITS.get(path, "")


def units(policy: Policy, currency: str) -> Mapping[str, str]:
    """The units of the policy's settings by path, without settings that are off or have none."""
    units_by_path = {
        path: unit(path, currency)
        for path, known in SETTINGS.items()
        if not is_off(known.text(policy))
    }
    return {path: name for path, name in units_by_path.items() if name}


def texts(policy: Policy) -> Mapping[str, str]:
    """The text of every setting, by path."""
    return {path: known.text(policy) for path, known in SETTINGS.items()}


_UNITS: Mapping[str, str] = {
    "fork.cooling_hours": "hours",
    "fork.daily_limit": "a day",
    "approval.delay_minutes": "minutes",
    "liquidity.open_interest": "contracts",
    "liquidity.volume": "contracts",
    "orders.slice": "contracts",
    "orders.requote_seconds": "seconds",
    "atr.period": "days",
    "market.stale_seconds": "seconds",
    "exit.dte": "days",
    "after_assignment.dte": "days",
}

_OWN, _WHOLE = True, False
"""Whether an account may override the setting, or only the portfolio has it."""

_Row = tuple[str, tuple[str, ...], Form, bool]

_TABLE: tuple[_Row, ...] = (
    ("template", ("template",), WORD, _WHOLE),
    ("strategy", ("strategy",), WORD, _WHOLE),
    ("limits.buffer", ("buffer_bps",), PERCENT, _OWN),
    ("limits.drift", ("drift_bps",), PERCENT, _WHOLE),
    ("limits.outsized", ("outsized_bps",), PERCENT, _OWN),
    ("limits.position_size", ("position_size_bps",), PERCENT, _OWN),
    ("limits.concentration", ("concentration_bps",), PERCENT, _OWN),
    ("limits.atr_act", ("atr_act_hundredths",), HUNDREDTHS, _OWN),
    ("lots.method", ("lot_method",), WORD, _OWN),
    ("fork.threshold", ("fork_threshold_micros",), MONEY, _OWN),
    ("fork.near", ("fork_near_bps",), PERCENT, _OWN),
    ("fork.cooling_hours", ("fork_cooling_hours",), COUNT, _OWN),
    ("fork.daily_limit", ("fork_daily_limit",), COUNT, _WHOLE),
    ("fork.auto", ("fork_auto",), WORD, _WHOLE),
    ("import.auto", ("import_auto",), WORD, _WHOLE),
    ("merge.threshold", ("merge_threshold_micros",), MONEY, _OWN),
    ("reinvest.minimum", ("reinvest_minimum_micros",), MONEY, _OWN),
    ("reinvest.contracts", ("reinvest_contracts_bps",), PERCENT, _OWN),
    ("reinvest.leaps", ("reinvest_leaps_bps",), PERCENT, _OWN),
    ("reinvest.tax_reserve", ("reinvest_tax_reserve_bps",), PERCENT, _OWN),
    ("exposure.symbol", ("exposure_symbol_bps",), or_off(PERCENT), _OWN),
    ("liquidity.open_interest", ("liquidity_open_interest",), or_off(COUNT), _OWN),
    ("liquidity.volume", ("liquidity_volume",), or_off(COUNT), _OWN),
    ("liquidity.spread", ("liquidity_spread_bps",), or_off(PERCENT), _OWN),
    ("liquidity.share_of_volume", ("liquidity_share_bps",), or_off(PERCENT), _OWN),
    ("earnings.puts", ("earnings_puts",), WORD, _OWN),
    ("earnings.coverage", ("earnings_coverage_bps",), or_off(PERCENT), _OWN),
    ("margin.use", ("margin_use_bps",), or_off(PERCENT), _OWN),
    ("regime.benchmark", ("regime_benchmark",), SYMBOL, _WHOLE),
    ("market.stale_seconds", ("market_stale_seconds",), COUNT, _WHOLE),
    ("regime.red", ("regime_red_bps",), or_off(PERCENT), _OWN),
    ("regime.red_delta", ("regime_red_delta",), or_off(COUNT), _OWN),
    ("regime.chop", ("regime_chop_bps",), or_off(PERCENT), _OWN),
    ("regime.chop_delta", ("regime_chop_delta",), or_off(COUNT), _OWN),
    ("vix.above_mean", ("vix_above_mean_bps",), or_off(PERCENT), _OWN),
    ("vix.high", ("vix_high_bps",), or_off(PERCENT), _OWN),
    ("breakers.vix_half", ("breaker_half_hundredths",), or_off(HUNDREDTHS), _OWN),
    ("breakers.vix_safe", ("breaker_safe_hundredths",), or_off(HUNDREDTHS), _OWN),
    ("breakers.vix_stop", ("breaker_stop_hundredths",), or_off(HUNDREDTHS), _WHOLE),
    ("drawdown.calls_only", ("drawdown_calls_only_bps",), or_off(PERCENT), _OWN),
    ("drawdown.vix_below", ("drawdown_vix_hundredths",), or_off(HUNDREDTHS), _OWN),
    ("drawdown.until", ("drawdown_until_bps",), or_off(PERCENT), _OWN),
    ("orders.slice", ("orders_slice",), or_off(COUNT), _OWN),
    ("orders.slippage", ("orders_slippage_bps",), or_off(PERCENT), _OWN),
    ("orders.requote_seconds", ("orders_requote_seconds",), or_off(COUNT), _OWN),
    ("atr.period", ("atr_period",), COUNT, _OWN),
    ("atr.watch", ("atr_watch_hundredths",), or_off(HUNDREDTHS), _OWN),
    ("atr.consider", ("atr_consider_hundredths",), or_off(HUNDREDTHS), _OWN),
    ("roll.max_cost", ("roll_max_cost_bps",), or_off(PERCENT), _OWN),
    ("roll.credit_only", ("roll_credit_only",), WORD, _OWN),
    ("exit.profit", ("exit_profit_min_bps", "exit_profit_max_bps"), or_off(PERCENTS), _OWN),
    ("exit.dte", ("exit_dte",), or_off(COUNT), _OWN),
    (
        "after_assignment.delta",
        ("after_assignment_delta_min", "after_assignment_delta_max"),
        or_off(DELTAS),
        _OWN,
    ),
    ("after_assignment.dte", ("after_assignment_dte",), or_off(COUNT), _OWN),
    ("after_assignment.until", ("after_assignment_until_bps",), or_off(PERCENT), _OWN),
    ("approval.commands", ("approval_commands",), PROPOSAL_NAMES, _WHOLE),
    ("approval.above", ("approval_above_micros",), MONEY, _WHOLE),
    ("approval.facts_above", ("approval_facts_above_micros",), LIMIT, _WHOLE),
    ("approval.alone", ("approval_alone",), WORD, _WHOLE),
    ("approval.delay_minutes", ("approval_delay_minutes",), COUNT, _WHOLE),
    ("security.password_hash", ("password_hash",), WORD, _WHOLE),
)

_TIER_TABLE: tuple[_Row, ...] = (
    ("tiers.{tier}.share", ("share_bps",), PERCENT, _WHOLE),
    ("tiers.{tier}.delta", ("delta_min", "delta_max"), DELTAS, _OWN),
    ("tiers.{tier}.max_drawdown", ("max_drawdown_bps",), PERCENT, _OWN),
    ("tiers.{tier}.entry_days", ("entry_days",), WORDS, _OWN),
    ("tiers.{tier}.entry_shift", ("entry_shift",), WORD, _OWN),
    (
        "tiers.{tier}.entry_hours",
        ("entry_from_minutes", "entry_until_minutes"),
        or_off(HOURS),
        _OWN,
    ),
    ("tiers.{tier}.dte", ("dte_min", "dte_max"), or_off(DAYS), _OWN),
    ("tiers.{tier}.symbols", ("symbols",), SYMBOLS, _OWN),
    ("tiers.{tier}.sells", ("sells",), LISTED, _OWN),
    ("roll.trigger_atr.{tier}", ("roll_trigger_atr_hundredths",), or_off(HUNDREDTHS), _OWN),
)

LATER = ("hedge", "ladder")
"""Groups of settings that a later version will have."""


def _worded(text: tuple[str, str]) -> tuple[str, str]:
    explanation, allowed = text
    choices = {name: ", ".join(words) for name, words in _CHOICES.items()}
    return explanation, allowed.format(**choices)


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "auto": AUTO,
    "alone": ALONE,
    "hashes": HASHES,
    "methods": tuple(LotMethod),
    "earnings_puts": EARNINGS_PUTS,
    "switch": SWITCH,
    "sells": SELLS,
    "shifts": ENTRY_SHIFT,
}

SETTINGS: dict[str, Setting] = {
    one.path: one
    for one in (
        *(
            Setting(path.format(tier=tier), fields, form, own, tier, *_worded(TIER_TEXTS[path]))
            for tier in Tier
            for path, fields, form, own in _TIER_TABLE
        ),
        *(
            Setting(path, fields, form, own, None, *_worded(TEXTS[path]))
            for path, fields, form, own in _TABLE
        ),
    )
}
"""Every setting, tiers first."""
