"""What somebody wants: one class per command, and the facts that a post or an import brings.

Amounts are micros, dates are New York's; `date` None means today. Text that a person typed becomes
micros through `amount`, a price or a quantity through `exact`.
"""

from alluse_tui.domain.commands.accounts import Activate, Close, Edit, Init, OpenAccount, Suspend
from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.commands.facts import (
    CashFact,
    ConversionFact,
    Fact,
    Import,
    Leg,
    MarkFact,
    Post,
    RateFact,
    StatementFacts,
    TradeFact,
    assignment,
    trade,
)
from alluse_tui.domain.commands.growth import Fork, Merge, Reinvest
from alluse_tui.domain.commands.movements import Deposit, Release, Transfer, Withdraw
from alluse_tui.domain.commands.settings import AcknowledgeAlert, PolicySet, Undo
from alluse_tui.domain.commands.typed import (
    currency_code,
    exact,
    exchange_rate,
    iso_date,
    rate_nanos,
)
from alluse_tui.domain.model.instrument import Instrument
from alluse_tui.domain.model.money import amount
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Kind, Right, Tier
from alluse_tui.domain.model.traits import Traits, traits_of

__all__ = [
    "AcknowledgeAlert",
    "Activate",
    "CashFact",
    "Close",
    "Command",
    "ConversionFact",
    "Deposit",
    "Edit",
    "Fact",
    "Fork",
    "Import",
    "Init",
    "Instrument",
    "Kind",
    "Leg",
    "MarkFact",
    "Merge",
    "OpenAccount",
    "Policy",
    "PolicySet",
    "Post",
    "RateFact",
    "Reinvest",
    "Release",
    "Right",
    "StatementFacts",
    "Suspend",
    "Tier",
    "TradeFact",
    "Traits",
    "Transfer",
    "Undo",
    "Withdraw",
    "amount",
    "assignment",
    "currency_code",
    "exact",
    "exchange_rate",
    "iso_date",
    "rate_nanos",
    "trade",
    "traits_of",
]
