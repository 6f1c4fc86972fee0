"""The explanation and the allowed values of each setting, one line each."""

from __future__ import annotations

from collections.abc import Mapping

NOT_YET = " No rule uses it yet."

TIER_TEXTS: Mapping[str, tuple[str, str]] = {
    "tiers.{tier}.share": (
        "Target share of this tier in the portfolio's equity.",
        "0 to 100 %; the three shares add up to 100 %",
    ),
    "tiers.{tier}.delta": (
        "Deltas at which options of this tier are sold, in hundredths.",
        "two whole numbers from 10 to 70, such as 40-50",
    ),
    "tiers.{tier}.max_drawdown": (
        "Fall below an account's peak equity that raises an alert.",
        "above 0 and at most 100 %",
    ),
    "tiers.{tier}.entry_days": (
        "Weekdays on which this tier opens positions.",
        "weekdays separated by commas, such as monday,thursday, or none",
    ),
    "tiers.{tier}.entry_shift": (
        "If the exchange is closed on an entry day: enter on the trading day before, or not.",
        "{shifts}",
    ),
    "tiers.{tier}.entry_hours": (
        "Hours in which this tier opens positions, in New York; two hours earlier on half days.",
        "two times, such as 09:45-11:00, or off",
    ),
    "tiers.{tier}.dte": (
        "Calendar days to expiry of the options that this tier sells.",
        "a number of days or a range, such as 5 or 3-5, or off",
    ),
    "tiers.{tier}.symbols": (
        "Underlyings in which this tier opens positions.",
        "symbols separated by commas, or off",
    ),
    "tiers.{tier}.sells": (
        "Options that this tier sells.",
        "{sells} separated by commas, or off",
    ),
    "roll.trigger_atr.{tier}": (
        "Move against an option of this tier, in average true ranges, at which it is rolled."
        + NOT_YET,
        "above 0 and at most 100, or off",
    ),
}
"""Explanation and allowed values by path, with `{tier}` for the tier."""

TEXTS: Mapping[str, tuple[str, str]] = {
    "template": (
        "Template that the settings started from.",
        "aggressive, conservative, constitution-1.3, moderate",
    ),
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
        "Move, in average true ranges, at which to act on a position.",
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
        "{switch}",
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
    "reinvest.tax_reserve": (
        "Share of reinvested income that is set aside for taxes first.",
        "0 to 100 %",
    ),
    "exposure.symbol": (
        "Largest share of an account's equity in one underlying if all puts were assigned.",
        "above 0 and at most 100 %, or off",
    ),
    "liquidity.open_interest": (
        "Minimum open interest of an option that is sold.",
        "a whole number, at least 1, or off",
    ),
    "liquidity.volume": (
        "Minimum volume, on the day, of an option that is sold.",
        "a whole number, at least 1, or off",
    ),
    "liquidity.spread": (
        "Widest spread between bid and ask, in percent of the mid.",
        "above 0 and at most 100 %, or off",
    ),
    "liquidity.share_of_volume": (
        "Largest share of the day's volume that one trade may be.",
        "above 0 and at most 100 %, or off",
    ),
    "earnings.puts": (
        "Puts sold in a week with an earnings report of their underlying.",
        "{earnings_puts}",
    ),
    "earnings.coverage": (
        "Largest share of the shares held that calls may cover in a week with an earnings report.",
        "0 to 100 %, or off",
    ),
    "margin.use": (
        "Largest share of equity that margin requirements may use; off is cash-secured only.",
        "above 0 and at most 100 %, or off",
    ),
    "market.stale_seconds": (
        "Age from which a quote is out of date, so that rules treat it as missing.",
        "a whole number of seconds, at least 1",
    ),
    "regime.benchmark": (
        "Symbol whose bars decide the regime of a week.",
        "a symbol such as SPY",
    ),
    "regime.red": ("Share of the standard position size in a Red week.", "0 to 100 %, or off"),
    "regime.red_delta": (
        "Deltas by which the tiers' bands are lower in a Red week.",
        "a whole number below 60, or off",
    ),
    "regime.chop": ("Share of the standard position size in a Chop week.", "0 to 100 %, or off"),
    "regime.chop_delta": (
        "Deltas by which the tiers' bands are lower in a Chop week.",
        "a whole number below 60, or off",
    ),
    "vix.above_mean": (
        "Share of the standard position size while VIX is above its one-year mean.",
        "0 to 100 %, or off",
    ),
    "vix.high": (
        "Share of the standard position size while VIX is above 1.5 times its one-year mean.",
        "0 to 100 %, or off",
    ),
    "breakers.vix_half": (
        "VIX from which the position size is halved.",
        "above 0 and at most 1000, or off",
    ),
    "breakers.vix_safe": (
        "VIX from which an account is paused (`run-due`), and a trade check fails.",
        "above 0 and at most 1000, or off",
    ),
    "breakers.vix_stop": (
        "VIX from which the whole portfolio is paused (`run-due`), and a trade check fails.",
        "above 0 and at most 1000, or off",
    ),
    "drawdown.calls_only": (
        "Fall below an account's peak from which it sells no puts.",
        "above 0 and at most 100 %, or off",
    ),
    "drawdown.vix_below": (
        "VIX from which drawdown.calls_only does not apply; off applies it always.",
        "above 0 and at most 1000, or off",
    ),
    "drawdown.until": (
        "Fall below the peak up to which an account that stopped selling puts may sell them again.",
        "0 to 100 %, below drawdown.calls_only, or off",
    ),
    "orders.slice": (
        "Most contracts in one order." + NOT_YET,
        "a whole number, at least 1, or off",
    ),
    "orders.slippage": (
        "Furthest that a limit may move from the mid, in percent." + NOT_YET,
        "0 to 100 %, or off",
    ),
    "orders.requote_seconds": (
        "Time after which an order that was not filled is priced again." + NOT_YET,
        "a whole number of seconds, at least 1, or off",
    ),
    "atr.period": ("Days of the average true range.", "2 to 250 days"),
    "atr.watch": (
        "Move, in average true ranges, from which a position is watched.",
        "above 0 and at most atr.consider, or off",
    ),
    "atr.consider": (
        "Move, in average true ranges, from which to consider a roll.",
        "atr.watch to limits.atr_act, or off",
    ),
    "roll.max_cost": (
        "Most that a roll may cost, in percent of the first credit." + NOT_YET,
        "0 to 100 %, or off",
    ),
    "roll.credit_only": ("Whether a roll must bring a credit." + NOT_YET, "{switch}"),
    "exit.profit": (
        "Share of the credit at which an option is bought back." + NOT_YET,
        "a percentage or a range, such as 65 or 50-80, or off",
    ),
    "exit.dte": (
        "Calendar days to expiry at which an option is bought back." + NOT_YET,
        "a whole number of days, or off",
    ),
    "after_assignment.delta": (
        "Deltas of the calls sold on assigned shares." + NOT_YET,
        "two whole numbers from 10 to 70, such as 20-25, or off",
    ),
    "after_assignment.dte": (
        "Calendar days to expiry of the calls sold on assigned shares." + NOT_YET,
        "a whole number of days, or off",
    ),
    "after_assignment.until": (
        "Distance from break-even, in percent, at which these calls end." + NOT_YET,
        "0 to 100 %, or off",
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
