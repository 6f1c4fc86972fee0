"""Something that happened: what a post or a statement brings. Amounts are micros."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date as Date
from typing import Any, ClassVar

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.commands.typed import positive
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import ONE_MICROS, Instrument
from alluse_tui.domain.model.money import divided, within
from alluse_tui.domain.model.terms import Kind, Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened. A broker's row has a `key`, and `content` to compare it by."""

    effective: Date | None = None
    note: str = ""
    key: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFact(Fact):
    """Cash that came from the outside (positive) or went there."""

    kind: Kind
    micros: int
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """A fill: signed quantity in millionths, and what it did to cash before fees."""

    instrument: Instrument
    quantity_micros: int
    gross_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFact(Fact):
    """A trade, an expiry or an assignment in one currency; `fee_micros` positive when paid."""

    kind: Kind = Kind.TRADE
    legs: tuple[Leg, ...]
    currency: str = ""
    fee_micros: int = 0
    fee_currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionFact(Fact):
    """One currency turned into another; `fee_micros` positive when paid."""

    bought: str
    bought_micros: int
    sold: str
    sold_micros: int
    fee_micros: int = 0
    fee_currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFact(Fact):
    """The positions bucket, in one currency, is now worth `value_micros`."""

    value_micros: int
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFact(Fact):
    """One unit of `currency` was worth `nanos` billionths of `against`."""

    currency: str
    against: str
    nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Command):
    """Record one typed fact; `confirmed` lets an outsized one through. A rate has no account."""

    NAME: ClassVar[str] = "post"
    account: str = ""
    fact: Fact
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """A statement as read: facts in order, rates first, and what identifies the file.

    `source` names the broker's account, by a pseudonym where `sealed` holds its number.
    """

    source: str
    first_day: Date
    last_day: Date
    sha256: str
    rates: tuple[RateFact, ...]
    opening: tuple[CashFact, ...]
    facts: tuple[Fact, ...]
    sealed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Command):
    """Bring a broker's statement into an account, each row once."""

    NAME: ClassVar[str] = "import"
    account: str
    statement: StatementFacts = field(repr=False)

    def content(self) -> dict[str, Any]:
        """The file and where it goes; its rows stand in the events."""
        return {
            "account": self.account,
            "source": self.statement.source,
            "sha256": self.statement.sha256,
            **({"portfolio": self.portfolio} if self.portfolio else {}),
            **({"note": self.note} if self.note else {}),
        }


def trade(
    instrument: Instrument, *, buy: bool, quantity: str, price: str, fees: int, currency: str = ""
) -> TradeFact:
    """A typed trade: `quantity` shares or contracts at `price` per share. Raises BadInput."""
    count = positive("quantity", quantity)
    each = positive("price", price, zero=True)
    gross = within(divided(count * each * instrument.multiplier, ONE_MICROS), "amount")
    sign = 1 if buy else -1
    leg = Leg(instrument, sign * count, -sign * gross)
    return TradeFact(legs=(leg,), currency=currency, fee_micros=fees, fee_currency=currency)


def assignment(option: Instrument, *, quantity: str, fees: int, currency: str = "") -> TradeFact:
    """A short option assigned: it closes at nothing, its shares change hands at the strike."""
    if option.right is None:
        raise BadInput("--right", "", "an assignment is of an option: --right, --strike, --expiry")
    count = positive("quantity", quantity)
    shares = within(count * option.multiplier, "quantity", quantity)
    cash = within(divided(shares * option.strike_micros, ONE_MICROS), "amount")
    sign = -1 if option.right is Right.CALL else 1
    legs = (
        Leg(option, count, 0),
        Leg(Instrument(option.symbol), sign * shares, -sign * cash),
    )
    return TradeFact(
        kind=Kind.ASSIGNMENT, legs=legs, currency=currency, fee_micros=fees, fee_currency=currency
    )
