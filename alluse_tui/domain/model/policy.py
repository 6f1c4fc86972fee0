"""A portfolio's policy: the parameters of every rule (rules.md, Policy)."""

from __future__ import annotations

from collections.abc import Mapping

from alluse_tui.domain.model.money import ONE_BPS, UNIT_MICROS, plain
from alluse_tui.domain.model.terms import Tier
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
    atr_act_hundredths: int = 150
    fork_threshold_micros: int = 50_000 * UNIT_MICROS
    fork_near_bps: int = 8_000
    fork_cooling_hours: int = 24
    fork_daily_limit: int = 5
    fork_auto: str = "off"
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

    def problems(self) -> list[tuple[str, object, str]]:
        """All invalid values, each as (path, value, allowed)."""
        problems: list[tuple[str, object, str]] = []

        def check(ok: bool, path: str, value: object, allowed: str) -> None:
            if not ok:
                problems.append((path, value, allowed))

        total = sum(t.share_bps for t in self.tiers.values())
        check(total == ONE_BPS, "tiers.*.share", f"{total / 100:g} %", "must add up to 100 %")
        for tier, limits in self.tiers.items():
            share = f"{limits.share_bps / 100:g} %"
            inside = 0 <= limits.share_bps <= ONE_BPS
            check(inside, f"tiers.{tier}.share", share, "must be within 0–100 %")
            deltas = f"{limits.delta_min}–{limits.delta_max}"
            ok = 10 <= limits.delta_min < limits.delta_max <= 70
            check(ok, f"tiers.{tier}.delta", deltas, "must be min < max inside 10–70")
            ok = 0 < limits.max_drawdown_bps <= ONE_BPS
            drawdown = f"{limits.max_drawdown_bps / 100:g} %"
            check(ok, f"tiers.{tier}.max_drawdown", drawdown, "must be above 0 and at most 100 %")
            for day in limits.entry_days:
                known = day in WEEKDAYS
                check(known, f"tiers.{tier}.entry_days", day, f"must be of {', '.join(WEEKDAYS)}")
        buffer = f"{self.buffer_bps / 100:g} %"
        ok = 0 <= self.buffer_bps <= 2_000
        check(ok, "limits.buffer", buffer, "must be within 0–20 %")
        shares = {
            "limits.drift": self.drift_bps,
            "limits.outsized": self.outsized_bps,
            "limits.position_size": self.position_size_bps,
            "fork.near": self.fork_near_bps,
        }
        for path, bps in shares.items():
            percent = f"{bps / 100:g} %"
            check(0 < bps <= ONE_BPS, path, percent, "must be above 0 and at most 100 %")
        atr = f"{self.atr_act_hundredths / 100:g}"
        ok = 0 < self.atr_act_hundredths <= 10_000
        check(ok, "limits.atr_act", atr, "must be above 0 and at most 100")
        once = self.fork_daily_limit >= 1
        check(once, "fork.daily_limit", self.fork_daily_limit, "must be at least 1")
        known = self.fork_auto in AUTO
        check(known, "fork.auto", self.fork_auto, f"must be one of: {', '.join(AUTO)}")
        above = self.fork_threshold_micros > 0
        fork = plain(self.fork_threshold_micros)
        check(above, "fork.threshold", fork, "must be more than zero")
        parts = self.reinvest_contracts_bps, self.reinvest_leaps_bps
        whole = f"{sum(parts) / 100:g} %"
        ok = sum(parts) == ONE_BPS and min(parts) >= 0
        check(ok, "reinvest.*", whole, "contracts + leaps must be 100 %, neither below 0")
        merge = plain(self.merge_threshold_micros)
        ok = self.merge_threshold_micros > self.fork_threshold_micros
        check(
            ok,
            "merge.threshold",
            merge,
            f"must be above the fork threshold {plain(self.fork_threshold_micros)}",
        )
        for name in self.approval_commands:
            known = name in PROPOSALS
            check(known, "approval.commands", name, f"must be of {', '.join(PROPOSALS)}")
        ok = self.approval_alone in ALONE
        check(ok, "approval.alone", self.approval_alone, f"must be one of: {', '.join(ALONE)}")
        ok = 1 <= self.approval_delay_minutes <= 12 * 60
        delay = self.approval_delay_minutes
        check(ok, "approval.delay_minutes", delay, "must be within 1–720")
        ok = self.password_hash in HASHES
        allowed = f"must be one of: {', '.join(HASHES)}"
        check(ok, "security.password_hash", self.password_hash, allowed)
        return problems


AUTO = ("off", "originals", "all")
"""Accounts whose due actions need no confirmation: none, accounts that were not forked, all."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
