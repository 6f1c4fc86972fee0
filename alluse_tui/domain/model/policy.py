"""A portfolio's policy: the parameters of every rule (rules.md, Policy)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from alluse_tui.domain.model.money import ONE_BPS, UNIT_MICROS, plain
from alluse_tui.domain.model.terms import LotMethod, Tier
from alluse_tui.domain.model.traits import commands_with
from alluse_tui.domain.model.value import Value, share_defaults

PROPOSALS = commands_with(lambda t: t.second_person)
"""Commands that can require a second person."""

ARGON2ID, PBKDF2 = "argon2id", "pbkdf2"
HASHES = (ARGON2ID, PBKDF2)
"""Password hash algorithms; PBKDF2 is for FIPS 140."""

ALONE_NONE, ALONE_COOLING_OFF = "none", "cooling_off"
ALONE = (ALONE_NONE, ALONE_COOLING_OFF)
"""The protections of a book with a single user, without a second person (engine.md)."""


Problem = tuple[str, object, str]
"""An invalid value: its path, the value, and what is allowed."""

Check = tuple[bool, str, object, str]
"""Whether a value is valid, and the problem where it is not."""


class TierPolicy(Value):
    """One tier's parameters: shares and limits in basis points, deltas in hundredths."""

    share_bps: int
    delta_min: int
    delta_max: int
    max_drawdown_bps: int
    entry_days: tuple[str, ...] = ()


class Policy(Value):
    """All parameters. The defaults are rules.md's; templates in `config/` set the rest."""

    template: str
    strategy: str
    tiers: Mapping[Tier, TierPolicy]
    buffer_bps: int = 500
    drift_bps: int = 500
    outsized_bps: int = 2_500
    position_size_bps: int = 9_000
    concentration_bps: int = 4_000
    atr_act_hundredths: int = 150
    lot_method: str = LotMethod.FIFO.value
    fork_threshold_micros: int = 50_000 * UNIT_MICROS
    fork_near_bps: int = 8_000
    fork_cooling_hours: int = 24
    fork_daily_limit: int = 5
    fork_auto: str = "off"
    import_auto: str = "off"
    merge_threshold_micros: int = 500_000 * UNIT_MICROS
    reinvest_minimum_micros: int = 10_000 * UNIT_MICROS
    reinvest_contracts_bps: int = 7_500
    reinvest_leaps_bps: int = 2_500
    approval_commands: tuple[str, ...] = PROPOSALS
    approval_above_micros: int = 0
    approval_facts_above_micros: int = 0
    approval_alone: str = ALONE_NONE
    approval_delay_minutes: int = 60
    password_hash: str = ARGON2ID

    def __post_init__(self) -> None:
        """Leave defaults out of the policy's JSON."""
        share_defaults(self)

    def problems(self) -> list[Problem]:
        """All invalid values, each as (path, value, allowed)."""
        return [(path, value, allowed) for ok, path, value, allowed in self._checks() if not ok]

    def _checks(self) -> Iterator[Check]:
        yield from self._tier_checks()
        yield from self._limit_checks()
        yield from self._growth_checks()
        yield from self._approval_checks()

    def _tier_checks(self) -> Iterator[Check]:
        total = sum(t.share_bps for t in self.tiers.values())
        yield total == ONE_BPS, "tiers.*.share", _percent(total), "must add up to 100 %"
        for tier, limits in self.tiers.items():
            share = limits.share_bps
            ok = 0 <= share <= ONE_BPS
            yield ok, f"tiers.{tier}.share", _percent(share), "must be within 0–100 %"
            deltas = f"{limits.delta_min}–{limits.delta_max}"
            ok = 10 <= limits.delta_min < limits.delta_max <= 70
            yield ok, f"tiers.{tier}.delta", deltas, "must be min < max inside 10–70"
            yield _above_zero(f"tiers.{tier}.max_drawdown", limits.max_drawdown_bps)
            for day in limits.entry_days:
                yield _one_of(f"tiers.{tier}.entry_days", day, WEEKDAYS, "must be of")

    def _limit_checks(self) -> Iterator[Check]:
        buffer = self.buffer_bps
        yield 0 <= buffer <= 2_000, "limits.buffer", _percent(buffer), "must be within 0–20 %"
        yield _above_zero("limits.drift", self.drift_bps)
        yield _above_zero("limits.outsized", self.outsized_bps)
        yield _above_zero("limits.position_size", self.position_size_bps)
        yield _above_zero("limits.concentration", self.concentration_bps)
        yield _above_zero("fork.near", self.fork_near_bps)
        ok = 0 < self.atr_act_hundredths <= 10_000
        atr = f"{self.atr_act_hundredths / 100:g}"
        yield ok, "limits.atr_act", atr, "must be above 0 and at most 100"
        yield _one_of("lots.method", self.lot_method, tuple(LotMethod))

    def _growth_checks(self) -> Iterator[Check]:
        fork, merge = self.fork_threshold_micros, self.merge_threshold_micros
        daily = self.fork_daily_limit
        yield daily >= 1, "fork.daily_limit", daily, "must be at least 1"
        yield _one_of("fork.auto", self.fork_auto, AUTO)
        yield _one_of("import.auto", self.import_auto, IMPORT_AUTO)
        yield fork > 0, "fork.threshold", plain(fork), "must be more than zero"
        parts = self.reinvest_contracts_bps, self.reinvest_leaps_bps
        ok = sum(parts) == ONE_BPS and min(parts) >= 0
        allowed = "contracts + leaps must be 100 %, neither below 0"
        yield ok, "reinvest.*", _percent(sum(parts)), allowed
        allowed = f"must be above the fork threshold {plain(fork)}"
        yield merge > fork, "merge.threshold", plain(merge), allowed

    def _approval_checks(self) -> Iterator[Check]:
        for name in self.approval_commands:
            yield _one_of("approval.commands", name, PROPOSALS, "must be of")
        yield _one_of("approval.alone", self.approval_alone, ALONE)
        delay = self.approval_delay_minutes
        ok = 1 <= delay <= 12 * 60
        yield ok, "approval.delay_minutes", delay, "must be within 1–720"
        yield _one_of("security.password_hash", self.password_hash, HASHES)


def _percent(bps: int) -> str:
    return f"{bps / 100:g} %"


def _above_zero(path: str, bps: int) -> Check:
    return 0 < bps <= ONE_BPS, path, _percent(bps), "must be above 0 and at most 100 %"


def _one_of(path: str, value: str, allowed: Sequence[str], must: str = "must be one of:") -> Check:
    return value in allowed, path, value, f"{must} {', '.join(allowed)}"


AUTO = ("off", "originals", "all")
"""Accounts whose due actions need no confirmation: none, accounts that were not forked, all."""

IMPORT_AUTO = ("off", "on")
"""Whether the morning close imports statements without asking."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
