"""Facts: what happened at the broker, posted or imported from a statement. Amounts are micros."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date as Date
from typing import Any, ClassVar

from msgspec import field

from alluse_tui.domain.commands.command import Command
from alluse_tui.domain.commands.typed import positive
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.ignored_rows import IgnoredRows, by_reason
from alluse_tui.domain.model.instrument import ONE_MICROS, Instrument
from alluse_tui.domain.model.money import CENT_MICROS, divided, within
from alluse_tui.domain.model.terms import Kind, Right
from alluse_tui.domain.model.value import Value, repr_without


class Fact(Value, kw_only=True):
    """A fact. A broker row has a unique `key`, and `content` to detect changed rows."""

    effective: Date | None = None
    note: str = ""
    key: str = ""
    content: str = ""

    @property
    def evidence(self) -> tuple[tuple[str, str], ...]:
        """(key, content) under which the row may be recorded already."""
        return ((self.key, self.content),)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that recording the row concerns."""
        return (self.key,) if self.key else ()


class FillFact(Fact, kw_only=True):
    """A fill, which a broker may confirm before its statement has the final id of it.

    `fill` is the key of a fill without that id, by the trade's id, day, quantity and price;
    `fill_content` detects changes under it. Both are empty where the broker gives no trade id. A
    fill that has both keys is recorded under both.
    """

    fill: str = ""
    fill_content: str = ""

    @property
    def final_fill(self) -> str:
        """The key under which `fill` is recorded if the fill also has its final id.

        Fills with final ids are told apart by these alone, so two may have the same `fill`.
        """
        return f"{self.fill}:final"

    @property
    def evidence(self) -> tuple[tuple[str, str], ...]:
        """(key, content) under which the fill may be recorded already."""
        own = (self.key, self.content)
        if not self.fill:
            return (own,)
        other = self.final_fill if self.key == self.fill else self.fill
        return (own, (other, self.fill_content))

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that recording the fill concerns."""
        if not self.fill:
            return (self.key,) if self.key else ()
        return tuple(dict.fromkeys((self.key, self.fill, self.final_fill)))


class CashFact(Fact, kw_only=True):
    """Cash that came from outside (positive) or went there (negative).

    `symbol`: the underlying that it belongs to, such as that of a dividend; empty for none.
    """

    kind: Kind
    micros: int
    currency: str = ""
    symbol: str = ""


class Leg(Value):
    """A fill: signed quantity in millionths, and its effect on cash before fees.

    `contract` is the broker's id of the instrument; empty if the broker gave none.
    """

    instrument: Instrument
    quantity_micros: int
    gross_micros: int
    contract: str = ""


class TradeFact(FillFact, kw_only=True):
    """A trade, expiry or assignment in one currency; `fee_micros` is positive when paid.

    `lots`: the records that opened the lots which it closes; empty if the lot method decides.
    """

    kind: Kind = Kind.TRADE
    legs: tuple[Leg, ...]
    currency: str = ""
    fee_micros: int = 0
    fee_currency: str = ""
    lots: tuple[int, ...] = ()


class TransferFact(Fact, kw_only=True):
    """A position that came to the account from elsewhere, or left it, without being traded.

    The gross of each leg is the cash of trading it at its value of that day. `came`: whether its
    value is a deposit, otherwise a withdrawal.
    """

    legs: tuple[Leg, ...]
    came: bool
    currency: str = ""


class ConversionFact(FillFact, kw_only=True):
    """A currency conversion; `fee_micros` is positive when paid."""

    bought: str
    bought_micros: int
    sold: str
    sold_micros: int
    fee_micros: int = 0
    fee_currency: str = ""


class AdjustmentFact(Fact, kw_only=True):
    """A corporate action on a position, as typed: a split, a rename, another deliverable.

    `position` are words of its name, or a symbol for all positions on it; `is_whole`: all on the
    symbol of the named one. `split` is new:old shares ('3:2'). `deliverable`: shares per contract
    (0: by the split). `cash_micros` was paid for a fraction of a share.
    """

    position: str
    is_whole: bool = False
    split: str = ""
    rename: str = ""
    deliverable: int = 0
    cash_micros: int | None = None


class MarkFact(Fact, kw_only=True):
    """The current value of an account's positions in one currency."""

    value_micros: int
    currency: str = ""


class PriceFact(Fact, kw_only=True):
    """The current price per share of one holding, which becomes its carried value.

    `instrument` is as in Instrument.name; a price below zero is possible, but must be confirmed.
    `contract` is as in Leg.
    """

    instrument: str
    price_micros: int
    currency: str = ""
    contract: str = ""


class StatementMark(PriceFact, kw_only=True):
    """A price at which a statement ends, with the quantity that it holds at that price."""

    quantity_micros: int


class RateFact(Fact, kw_only=True):
    """An exchange rate: one unit of `currency` is worth `nanos` billionths of `against`."""

    currency: str
    against: str
    nanos: int


class Post(Command, kw_only=True):
    """Record one typed fact; an unusual one needs `confirmed`. A rate has no account.

    `delta`: the delta, in hundredths, at which an option was traded; 0 if it was not given.
    `at_minutes`: when it was traded, in minutes after midnight in New York; None if not given.
    """

    NAME: ClassVar[str] = "post"
    account: str = ""
    fact: Fact
    confirmed: bool = False
    delta: int = 0
    at_minutes: int | None = None


class StatementFacts(Value, kw_only=True):
    """The contents of a broker's statement and the identity of its file.

    `marks` are the positions of its last day, as the broker values them. `source` identifies the
    broker account, by a pseudonym if `sealed` holds its encrypted number. `ignored`: the rows of
    the file that are not facts, by reason. `lines`: the key of each row → its line in the file.
    `fills_only`: it confirms fills, and has neither cash nor positions.
    """

    source: str
    first_day: Date
    last_day: Date
    sha256: str
    rates: tuple[RateFact, ...]
    opening: tuple[CashFact, ...]
    facts: tuple[Fact, ...]
    sealed: str = ""
    marks: tuple[StatementMark, ...] = ()
    ignored: tuple[IgnoredRows, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    fills_only: bool = False

    @property
    def rows(self) -> tuple[Fact, ...]:
        """Every fact that is a row of the file with a key of its own."""
        return (*self.opening, *self.facts, *self.marks)

    def not_recorded(self, planned: Iterable[tuple[str, str]]) -> tuple[IgnoredRows, ...]:
        """The file's ignored rows by reason, with those that the plan ignores as (key, reason)."""
        rows = ((self.lines.get(key, 0), why) for key, why in planned)
        return (*self.ignored, *by_reason(rows))


class AccountStatement(Value):
    """A broker's statement and the account that it belongs to."""

    account: str
    statement: StatementFacts


class Import(Command, kw_only=True):
    """Import a broker's statement into an account, each row once.

    `more`: the statements of the other accounts in the same file.
    """

    NAME: ClassVar[str] = "import"
    account: str
    statement: StatementFacts
    more: tuple[AccountStatement, ...] = ()

    @property
    def statements(self) -> tuple[AccountStatement, ...]:
        """Every statement of the file with its account, in the file's order."""
        return (AccountStatement(self.account, self.statement), *self.more)

    @property
    def rows(self) -> tuple[Fact, ...]:
        """Every fact that is a row of the file with a key of its own."""
        return tuple(row for each in self.statements for row in each.statement.rows)

    def __repr__(self) -> str:
        """Without the statements' rows."""
        return repr_without(self, "statement", "more")

    def content(self) -> dict[str, Any]:
        """The file and its target accounts; the rows are recorded as events."""
        more = [{"account": each.account, "source": each.statement.source} for each in self.more]
        return {
            "account": self.account,
            "source": self.statement.source,
            "sha256": self.statement.sha256,
            **({"more": more} if more else {}),
            **({"portfolio": self.portfolio} if self.portfolio else {}),
            **({"note": self.note} if self.note else {}),
        }


def trade(
    instrument: Instrument, *, buy: bool, quantity: str, price: str, fees: int, currency: str = ""
) -> TradeFact:
    """A trade of `quantity` shares or contracts at `price` per share. Raises BadInput."""
    count = positive("quantity", quantity)
    each = positive("price", price, zero=True)
    gross = within(divided(count * each * instrument.multiplier, ONE_MICROS), "amount")
    sign = 1 if buy else -1
    leg = Leg(instrument, sign * count, -sign * gross)
    return TradeFact(legs=(leg,), currency=currency, fee_micros=fees, fee_currency=currency)


def assignment(option: Instrument, *, quantity: str, fees: int, currency: str = "") -> TradeFact:
    """A short option closed at zero while its shares are traded at the strike. Raises BadInput."""
    if option.right is None:
        allowed = "an assignment needs an option: give --right, --strike and --expiry"
        raise BadInput("--right", None, allowed)
    count = positive("quantity", quantity)
    shares = within(count * option.multiplier, "quantity", quantity)
    cents = divided(shares * option.strike_micros, ONE_MICROS * CENT_MICROS)
    cash = within(cents * CENT_MICROS, "amount")  # a strike after a split may be rounded
    sign = -1 if option.right is Right.CALL else 1
    legs = (
        Leg(option, count, 0),
        Leg(Instrument(option.symbol), sign * shares, -sign * cash),
    )
    return TradeFact(
        kind=Kind.ASSIGNMENT, legs=legs, currency=currency, fee_micros=fees, fee_currency=currency
    )
