"""What somebody wants: the commands, and the facts that a post or an import brings.

Amounts are micros, dates are New York's; `date` None means today. Text that a person typed
becomes micros through `amount`, a price or a quantity through `exact`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date as Date
from decimal import Decimal
from typing import Any, ClassVar

from alluse_tui.domain.events.codec import to_plain
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import ONE_MICROS, Instrument
from alluse_tui.domain.model.money import amount, divided, exact_decimal, micros_of, within
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import MAX_NANOS, ONE_NANOS
from alluse_tui.domain.model.terms import Kind, Right, Tier

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
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command carries. `key` makes a repeated submit harmless."""

    NAME: ClassVar[str] = ""
    portfolio: str = ""
    date: Date | None = None
    note: str = ""
    key: str = ""

    def content(self) -> dict[str, Any]:
        """The typed command as plain data, without its key: what a reused key must equal."""
        plain: dict[str, Any] = to_plain(self)
        plain.pop("key", None)
        plain.pop("confirmed", None)
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Init(Command):
    """Open a portfolio with its three accounts."""

    NAME: ClassVar[str] = "init"
    capital: int
    policy: Policy
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit(Command):
    """Bring money into an account."""

    NAME: ClassVar[str] = "deposit"
    account: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """Take money out of an account; never out of Compounding."""

    NAME: ClassVar[str] = "withdraw"
    account: str
    amount: int
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Command):
    """Move money between two accounts of a portfolio; never out of Compounding."""

    NAME: ClassVar[str] = "transfer"
    source: str
    target: str
    amount: int
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount(Command):
    """Open an account under `parent` (a code, or the portfolio's name for the top).

    Empty, with `amount` of the account `source`, or with a `deposit`.
    """

    NAME: ClassVar[str] = "open"
    parent: str
    tier: Tier
    name: str = ""
    amount: int = 0
    source: str = ""
    deposit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Command):
    """Another name or other notes for an account; None leaves one as it is."""

    NAME: ClassVar[str] = "edit"
    account: str
    name: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(Command):
    """Stop all decisions on an account."""

    NAME: ClassVar[str] = "suspend"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate(Command):
    """Let a suspended account take decisions again."""

    NAME: ClassVar[str] = "activate"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """End an empty account."""

    NAME: ClassVar[str] = "close"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Move an earmark (`bucket` contracts or leaps) back to free cash."""

    NAME: ClassVar[str] = "release"
    account: str
    bucket: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork(Command):
    """Let a Gen account's surplus seed a new account and raise Compounding."""

    NAME: ClassVar[str] = "fork"
    account: str
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    """Fold a forked account that has grown up into Compounding."""

    NAME: ClassVar[str] = "merge"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinvest(Command):
    """Set aside what was earned; `amount` None: all of it that is available."""

    NAME: ClassVar[str] = "reinvest"
    account: str
    amount: int | None = None
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlert(Command):
    """Acknowledge an alert, or silence it until a day."""

    NAME: ClassVar[str] = "ack"
    alert: str
    until: Date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet(Command):
    """Change settings, each (path, text), of a portfolio or of one account over it."""

    NAME: ClassVar[str] = "policy"
    changes: tuple[tuple[str, str], ...]
    account: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo(Command):
    """Take back what record `seq` did (0: the actor's newest act that can be)."""

    NAME: ClassVar[str] = "undo"
    seq: int = 0


def trade(
    instrument: Instrument, *, buy: bool, quantity: str, price: str, fees: int, currency: str = ""
) -> TradeFact:
    """A typed trade: `quantity` shares or contracts at `price` per share. Raises BadInput."""
    count = _positive("quantity", quantity)
    each = _positive("price", price, zero=True)
    gross = within(divided(count * each * instrument.multiplier, ONE_MICROS), "amount")
    sign = 1 if buy else -1
    leg = Leg(instrument, sign * count, -sign * gross)
    return TradeFact(legs=(leg,), currency=currency, fee_micros=fees, fee_currency=currency)


def assignment(option: Instrument, *, quantity: str, fees: int, currency: str = "") -> TradeFact:
    """A short option assigned: it closes at nothing, its shares change hands at the strike."""
    if option.right is None:
        raise BadInput("--right", "", "an assignment is of an option: --right, --strike, --expiry")
    count = _positive("quantity", quantity)
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


def exact(path: str, text: str) -> int:
    """A price, strike or quantity in millionths, exactly. Raises BadInput."""
    value = exact_decimal(text, path)
    micros = micros_of(value, path)
    numerator, denominator = value.as_integer_ratio()
    if numerator * ONE_MICROS != micros * denominator:
        raise BadInput(path, text, "at most six decimals")
    return micros


def exchange_rate(text: str) -> int:
    """A typed rate in nanos. Raises BadInput."""
    return rate_nanos(exact_decimal(text, "rate"), "rate")


def rate_nanos(rate: Decimal, path: str) -> int:
    """A rate in nanos, exactly. Raises BadInput."""
    numerator, denominator = rate.as_integer_ratio()
    nanos, rest = divmod(numerator * ONE_NANOS, denominator)
    if rest or not 0 < nanos <= MAX_NANOS:
        most = f"{MAX_NANOS // ONE_NANOS:,}"
        raise BadInput(path, rate, f"must be above 0, at most {most}, with up to nine decimals")
    return nanos


def currency_code(path: str, text: str) -> str:
    """An ISO 4217 style code. Raises BadInput."""
    if not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        raise BadInput(path, text, "must be a currency code of three capital letters, such as USD")
    return text


def iso_date(path: str, text: str) -> Date:
    """A typed date. Raises BadInput."""
    try:
        day = Date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadInput(path, text, "must be a date as YYYY-MM-DD")
    if not 1970 <= day.year <= 2199:
        raise BadInput(path, text, "must lie between 1970 and 2199")
    return day


def _positive(path: str, text: str, *, zero: bool = False) -> int:
    micros = exact(path, text)
    if micros < 0 or (micros == 0 and not zero):
        raise BadInput(path, text, "must be more than zero" if not zero else "must not be negative")
    return micros
