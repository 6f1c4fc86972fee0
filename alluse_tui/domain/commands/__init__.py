"""Commands, one class each, and the facts that a post or an import records.

Amounts are micros and dates are New York dates; `date` None means today. Parse typed amounts with
`amount`, prices and quantities with `exact`.
"""

from alluse_tui.domain.commands.accounts import Activate, Close, Edit, Init, OpenAccount, Suspend
from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.commands.comparisons import ExplainDifference, RecordComparison
from alluse_tui.domain.commands.facts import (
    AccountStatement,
    AdjustmentFact,
    CashFact,
    ConversionFact,
    Fact,
    FillFact,
    Import,
    Leg,
    MarkFact,
    Post,
    PriceFact,
    RateFact,
    StatementFacts,
    StatementMark,
    TradeFact,
    TransferFact,
    assignment,
    trade,
)
from alluse_tui.domain.commands.growth import Fork, Merge, Reinvest
from alluse_tui.domain.commands.market import ImportMarket, NoteClosure
from alluse_tui.domain.commands.movements import Deposit, Release, Transfer, Withdraw
from alluse_tui.domain.commands.old_system import (
    OLD_SYSTEM,
    ImportAccounts,
    OldAccount,
    OldTransaction,
)
from alluse_tui.domain.commands.safety import NoteVix, Pause, Resume
from alluse_tui.domain.commands.settings import AcknowledgeAlert, PolicySet, Undo
from alluse_tui.domain.commands.typed import (
    clock_minutes,
    currency_code,
    exact,
    exact_micros,
    exchange_rate,
    iso_date,
    rate_nanos,
    record_numbers,
)
from alluse_tui.domain.model.instrument import Instrument
from alluse_tui.domain.model.money import amount
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Kind, Right, Tier
from alluse_tui.domain.model.traits import Traits, traits_of

__all__ = [
    "OLD_SYSTEM",
    "AccountStatement",
    "AcknowledgeAlert",
    "Activate",
    "AdjustmentFact",
    "CashFact",
    "Close",
    "Command",
    "ConversionFact",
    "Deposit",
    "Edit",
    "ExplainDifference",
    "Fact",
    "FillFact",
    "Fork",
    "Import",
    "ImportAccounts",
    "ImportMarket",
    "Init",
    "Instrument",
    "Kind",
    "Leg",
    "MarkFact",
    "Merge",
    "NoteClosure",
    "NoteVix",
    "OldAccount",
    "OldTransaction",
    "OpenAccount",
    "Pause",
    "Policy",
    "PolicySet",
    "Post",
    "PriceFact",
    "RateFact",
    "RecordComparison",
    "Reinvest",
    "Release",
    "Resume",
    "Right",
    "StatementFacts",
    "StatementMark",
    "Suspend",
    "Tier",
    "TradeFact",
    "Traits",
    "Transfer",
    "TransferFact",
    "Undo",
    "Withdraw",
    "amount",
    "assignment",
    "clock_minutes",
    "currency_code",
    "exact",
    "exact_micros",
    "exchange_rate",
    "iso_date",
    "rate_nanos",
    "record_numbers",
    "trade",
    "traits_of",
]
