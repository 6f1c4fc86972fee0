"""The enumerations of ALL-USE (rules.md, Words)."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """An account's tier: Generation, Revenue or Compounding."""

    GEN = "gen"
    REV = "rev"
    COM = "com"

    @property
    def full_name(self) -> str:
        """The tier's full name."""
        return {"gen": "Generation", "rev": "Revenue", "com": "Compounding"}[self.value]


class Status(StrEnum):
    """An account's status."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    MERGED = "merged"


class Bucket(StrEnum):
    """The part of an account's money that a balance belongs to."""

    CASH = "cash"
    CONTRACTS = "contracts"
    LEAPS = "leaps"
    POSITIONS = "positions"
    TAXES = "taxes"


EARMARKS = (Bucket.CONTRACTS, Bucket.LEAPS, Bucket.TAXES)
"""Buckets of cash that is set aside; a release turns it back into free cash."""


class Kind(StrEnum):
    """The kind of an entry."""

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
    ADJUSTMENT = "adjustment"
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
"""The external counterparty of each kind of entry that brings cash in or takes it out."""

RECOVERED_WORLD = "world:recovered"
"""The external counterparty of balances that a recovery took from the state."""

FLOWS = frozenset(
    {
        Kind.OPENING,
        Kind.DEPOSIT,
        Kind.WITHDRAWAL,
        Kind.TRANSFER,
        Kind.FORK,
        Kind.MERGE,
        Kind.RECOVERED,
    }
)
"""Kinds of entries that move capital in or out, and do not change an account's unit value."""

CAPITAL_WORLDS = frozenset(
    {"world:opening", "world:deposits", "world:withdrawals", RECOVERED_WORLD}
)
"""Counterparties whose entries are not net income: capital flows and recovered balances."""


class LotMethod(StrEnum):
    """Which lot a closing fill takes: the first opened, the last opened, or the dearest.

    `specific`: those that the trade names, then the first opened.
    """

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    SPECIFIC = "specific"


class Right(StrEnum):
    """An option's right."""

    CALL = "call"
    PUT = "put"
