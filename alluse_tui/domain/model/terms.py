"""The closed sets of words that ALL-USE uses (rules.md, Words)."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """Where capital sits: Generation, Revenue, Compounding."""

    GEN = "gen"
    REV = "rev"
    COM = "com"

    @property
    def full_name(self) -> str:
        """The tier's full name."""
        return {"gen": "Generation", "rev": "Revenue", "com": "Compounding"}[self.value]


class Status(StrEnum):
    """What may happen to an account."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    MERGED = "merged"


class Bucket(StrEnum):
    """What an account's money is doing."""

    CASH = "cash"
    CONTRACTS = "contracts"
    LEAPS = "leaps"
    POSITIONS = "positions"


class Kind(StrEnum):
    """What an entry records."""

    OPENING = "opening"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    PREMIUM = "premium"
    FEE = "fee"
    INTEREST = "interest"
    DIVIDEND = "dividend"
    TAX = "tax"
    TRADE = "trade"
    EXPIRY = "expiry"
    ASSIGNMENT = "assignment"
    CONVERSION = "conversion"
    MARK = "mark"
    RELEASE = "release"
    FORK = "fork"
    MERGE = "merge"
    REINVEST = "reinvest"
    RECOVERED = "recovered"


WORLD: dict[Kind, str] = {
    Kind.OPENING: "world:opening",
    Kind.DEPOSIT: "world:deposits",
    Kind.WITHDRAWAL: "world:withdrawals",
    Kind.PREMIUM: "world:premium",
    Kind.FEE: "world:fees",
    Kind.INTEREST: "world:interest",
    Kind.DIVIDEND: "world:dividends",
    Kind.TAX: "world:tax",
    Kind.MARK: "world:market",
    Kind.CONVERSION: "world:conversions",
}
"""The outside account on the other side of each kind of cash that comes or goes."""

RECOVERED_WORLD = "world:recovered"
"""The outside account on the other side of what a recovery took from the state."""

FLOWS = frozenset(
    {
        Kind.OPENING, Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.TRANSFER, Kind.FORK, Kind.MERGE,
        Kind.RECOVERED,
    }
)  # fmt: skip
"""Entries that bring value or take it away: they do not move an account's unit value."""

CAPITAL_WORLDS = frozenset(
    {"world:opening", "world:deposits", "world:withdrawals", RECOVERED_WORLD}
)
"""Not net income: capital that was brought or taken, and what nobody knows the nature of."""


class Right(StrEnum):
    """An option's right."""

    CALL = "call"
    PUT = "put"
