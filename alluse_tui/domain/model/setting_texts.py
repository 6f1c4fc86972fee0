"""The explanation and the allowed values of each setting, one line each."""

from __future__ import annotations

from collections.abc import Mapping

NOT_YET = " No rule uses it yet."

TIER_TEXTS: Mapping[str, tuple[str, str]] = {
    "share": (
        "Target share of this tier in the portfolio's equity.",
        "0 to 100 %; the three shares add up to 100 %",
    ),
    "delta": (
        "Deltas at which options of this tier are sold, in hundredths.",
        "two whole numbers from 10 to 70, such as 40-50",
    ),
    "max_drawdown": (
        "Fall below an account's peak equity that raises an alert.",
        "above 0 and at most 100 %",
    ),
    "entry_days": (
        "Weekdays on which this tier opens positions.",
        "weekdays separated by commas, such as monday,thursday, or none",
    ),
}
"""Explanation and allowed values by the last word of `tiers.TIER.NAME`."""

TEXTS: Mapping[str, tuple[str, str]] = {
    "template": ("Template that the settings started from.", "aggressive, conservative, moderate"),
    "strategy": ("Strategy that set the three shares.", "a strategy's name, such as balanced"),
    "limits.buffer": (
        "Share of an account's equity that stays in cash.",
        "0 to 20 %",
    ),
    "limits.drift": (
        "Distance of a tier's share from its target that raises an alert.",
        "above 0 and at most 100 %",
    ),
    "limits.outsized": (
        "Share of an account's equity above which a typed fact must be confirmed.",
        "above 0 and at most 100 %",
    ),
    "limits.position_size": (
        "Largest share of an account's equity in one underlying.",
        "above 0 and at most 100 %",
    ),
    "limits.concentration": (
        "Share of an account's equity in one underlying that raises an alert.",
        "above 0 and at most 100 %",
    ),
    "limits.atr_act": (
        "Move, in average true ranges, at which to act on a position." + NOT_YET,
        "above 0 and at most 100",
    ),
    "lots.method": (
        "Lots that a sale closes: first opened, last opened, dearest, or those that it names.",
        "{methods}",
    ),
    "fork.threshold": ("Surplus at which a Generation account forks.", "an amount above zero"),
    "fork.near": (
        "Share of the fork threshold at which an alert announces the fork.",
        "above 0 and at most 100 %",
    ),
    "fork.cooling_hours": ("Hours between two forks of one account.", "a whole number of hours"),
    "fork.daily_limit": ("Most forks in one day.", "a whole number, at least 1"),
    "fork.auto": ("Due actions that are executed without asking.", "{auto}"),
    "import.auto": (
        "Whether the morning close imports statements of known accounts without asking.",
        "{import_auto}",
    ),
    "merge.threshold": (
        "Equity at which a forked account merges into Compounding.",
        "an amount above fork.threshold",
    ),
    "reinvest.minimum": ("Smallest income that is reinvested.", "an amount, or 0"),
    "reinvest.contracts": (
        "Share of reinvested income for contracts.",
        "0 to 100 %; contracts and leaps add up to 100 %",
    ),
    "reinvest.leaps": (
        "Share of reinvested income for LEAPS.",
        "0 to 100 %; contracts and leaps add up to 100 %",
    ),
    "approval.commands": (
        "Commands that need a second person.",
        "command names separated by commas, all, or none",
    ),
    "approval.above": (
        "Amount above which those commands need a second person.",
        "an amount; 0 for every amount",
    ),
    "approval.facts_above": (
        "Amount above which a typed fact needs a second person.",
        "an amount, or none",
    ),
    "approval.alone": ("What protects a book with a single user.", "{alone}"),
    "approval.delay_minutes": (
        "Cooling-off period before a single user can approve their own proposal.",
        "a whole number of minutes",
    ),
    "security.password_hash": ("How new passwords are hashed.", "{hashes}"),
}
"""Explanation and allowed values by path; names in braces stand for lists of the policy."""
