"""What raises each kind of alert, and what resolves it: the text of docs/alerts.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertKind:
    """What raises an alert of a kind, and what resolves it: a sentence each."""

    raised_when: str
    resolved_by: str


ALERT_KINDS: Mapping[str, AlertKind] = {
    "unproven balance": AlertKind(
        "A recovery lost records, so the account's balances are no longer proven.",
        "Compare the account with the broker's statement, record what is missing, acknowledge.",
    ),
    "statement break": AlertKind(
        "The newest recorded comparison with a broker's statement has a difference that nobody has"
        " explained.",
        "Record what is missing and compare once more, or `alluse explain-difference`.",
    ),
    "trading paused": AlertKind(
        "Somebody, or a circuit breaker, paused the account or the whole portfolio.",
        "`alluse resume`, which shows first what it checked.",
    ),
    "size halved": AlertKind(
        "VIX has reached `breakers.vix_half`.",
        "Nothing to do; it ends when a lower value is known, or after five days without one.",
    ),
    "capital preserved": AlertKind(
        "With `drawdown.calls_only`, the account is further below its peak than the tier's"
        " `max_drawdown`, or a short put's underlying is more than 15 % below the strike.",
        "Roll or close the put, or wait; until then a new put asks for confirmation.",
    ),
    "overdraft": AlertKind(
        "Cash in a currency is below zero.",
        "Deposit; or record the conversion or sale that covered it.",
    ),
    "buffer short": AlertKind(
        "Cash is below the buffer.",
        "Transfer from an account with available cash; for Compounding, deposit.",
    ),
    "unvalued cash": AlertKind(
        "The account holds a currency for which no rate is known; equity leaves it out.",
        "`alluse post rate`.",
    ),
    "rule breach": AlertKind(
        "A recorded fact took money out of a Compounding account.",
        "Undo the fact if it was wrong, otherwise bring the money back and acknowledge.",
    ),
    "fork due": AlertKind(
        "A Generation account's surplus has reached `fork.threshold`.",
        "Fork; with `fork.auto` it happens without asking.",
    ),
    "fork near": AlertKind(
        "The surplus has reached `fork.near` of the threshold.",
        "Nothing to do; acknowledge.",
    ),
    "merge due": AlertKind(
        "A forked account's equity has reached `merge.threshold`.",
        "Merge; with `fork.auto` it happens without asking.",
    ),
    "merge near": AlertKind(
        "The equity of a forked account has reached `fork.near` of the merge threshold.",
        "Nothing to do; acknowledge.",
    ),
    "reinvest due": AlertKind(
        "The reinvestment window is open, and at least `reinvest.minimum` can be set aside.",
        "Reinvest, or let `alluse run-due` do it.",
    ),
    "window open": AlertKind(
        "The reinvestment window is open, but less than `reinvest.minimum` can be set aside.",
        "Nothing to do; acknowledge.",
    ),
    "drawdown near": AlertKind(
        "The unit value has fallen 80 % of the way to the tier's `max_drawdown`.",
        "Look at the account.",
    ),
    "drawdown over": AlertKind(
        "The unit value has fallen below its peak by more than the tier's `max_drawdown`.",
        "Look at the account.",
    ),
    "uncovered put": AlertKind(
        "Short puts (strike × deliverable) and short shares need more collateral than the account"
        " has in cash.",
        "Close them, or add cash.",
    ),
    "uncovered call": AlertKind(
        "Calls were sold on more shares of an underlying than the account holds.",
        "Buy the shares, or close calls.",
    ),
    "short shares": AlertKind(
        "An account holds fewer shares than it sold or delivered.",
        "Buy the shares, or record the purchase that is missing.",
    ),
    "over position size": AlertKind(
        "An underlying takes up more of the account's equity than `limits.position_size`; a short"
        " put takes up its collateral.",
        "Close part of the position.",
    ),
    "concentration": AlertKind(
        "An underlying takes up more of the account's equity than `limits.concentration`, though no"
        " more than `limits.position_size`.",
        "Nothing to do; acknowledge, or close part of the position.",
    ),
    "in the money": AlertKind(
        "A short option is in the money at the marked price of the shares that the account holds;"
        " critical within seven days of its expiry.",
        "Roll or close it, or let it be assigned.",
    ),
    "assigned": AlertKind(
        "A short option was assigned within the last seven days.",
        "Check its shares and cash, and acknowledge.",
    ),
    "expires soon": AlertKind(
        "Options expire within two days.",
        "Nothing to do; close or roll them if you do not want to be assigned.",
    ),
    "expired": AlertKind(
        "Options are past their expiry, and neither expiry, assignment nor exercise is recorded.",
        "Record what happened; until then they tie up collateral as if they were open.",
    ),
    "ATR level": AlertKind(
        "The newest close of an underlying is so many ATRs past a short option's strike that it is"
        " to be watched, considered for a roll or acted on (`atr.watch`, `atr.consider`,"
        " `limits.atr_act`). Needs bars.",
        "Roll or close the option, or acknowledge.",
    ),
    "earnings": AlertKind(
        "The account holds a symbol that reports earnings this week. Needs its earnings dates.",
        "Nothing to do; acknowledge.",
    ),
    "ex-dividend": AlertKind(
        "A short call is in the money, and the dividend of the next seven days is more than its"
        " time value, so it may be assigned early. Needs bars, dividends and a chain.",
        "Roll or close the call, or let the shares go.",
    ),
    "stale market data": AlertKind(
        "The account has a short option on a symbol whose stored bars end before the last trading"
        " day.",
        "`alluse market import` with newer bars.",
    ),
    "allocation drift": AlertKind(
        "A tier's share is further from its target than `limits.drift`.",
        "The transfer that the alert names, where one is possible.",
    ),
    "calendar ends": AlertKind(
        "The exchange's calendar of this release ends within 60 days, or has ended; days after its"
        " end are shown as trading days if they are weekdays.",
        "Install a newer release.",
    ),
    "approval waiting": AlertKind(
        "A proposal waits for you (dashboard only).",
        "Approve or reject it; it expires after 24 hours.",
    ),
    "user changed": AlertKind(
        "An admin added or enabled a user, gave a user more roles, or set a user's password.",
        "Another admin or an auditor acknowledges it.",
    ),
    "integrity failure": AlertKind(
        "A check found damage; writing is refused.",
        "`alluse recover --dry-run`, then `alluse recover` or `alluse restore`.",
    ),
}
"""Every kind of alert, also those that other modules raise."""
