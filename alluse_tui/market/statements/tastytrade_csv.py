"""tastytrade's transaction history into facts (market.md, CSV files).

The file names no account, and a row about an option that ended does not say whether the option
was held or written: its opening or closing trades in the same file do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from alluse_tui.domain.commands import Instrument, Kind, currency_code
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import CONTRACT_SHARES, ONE_MICROS
from alluse_tui.market.statements.csv_columns import TASTYTRADE_COLUMNS
from alluse_tui.market.statements.csv_rows import Row, Table
from alluse_tui.market.statements.csv_statement import CsvStatement
from alluse_tui.market.statements.option_symbols import option_of, share_of
from alluse_tui.market.statements.statement import TRANSFERRED, ReadStatement, SourceFile

NUMBERS = ("Value", "Quantity", "Average Price", "Commissions", "Fees", "Multiplier")

_REMOVAL = re.compile(r"Removal of .{1,200} due to (expiration|assignment|exercise)\.?", re.I)

NEW_YORK = ZoneInfo("America/New_York")

CASH_KINDS = {
    "Deposit": Kind.DEPOSIT,
    "Withdrawal": Kind.WITHDRAWAL,
    "Transfer": Kind.DEPOSIT,
    "Credit Interest": Kind.INTEREST,
    "Debit Interest": Kind.INTEREST,
    "Fully Paid Stock Lending Income": Kind.INTEREST,
    "Dividend": Kind.DIVIDEND,
    "Withholding": Kind.TAX,
    "Fee": Kind.FEE,
    "Balance Adjustment": Kind.FEE,
}

ACTIONS = {
    "BUY_TO_OPEN": (1, True),
    "SELL_TO_OPEN": (-1, True),
    "BUY_TO_CLOSE": (1, False),
    "SELL_TO_CLOSE": (-1, False),
}
"""(sign of the quantity, whether it opens) of an action."""

ENDINGS = {
    "Expiration": Kind.EXPIRY,
    "Assignment": Kind.ASSIGNMENT,
    "Exercise": Kind.ASSIGNMENT,
    "Cash Settled Assignment": Kind.ASSIGNMENT,
    "Cash Settled Exercise": Kind.ASSIGNMENT,
}
"""Kinds of the rows that remove an option."""

UNCLEAR_EXPIRY = (
    "the file does not say whether the expired option was held or written: import one with its"
    " trades, or use `alluse expire`"
)

WRITTEN, HELD = 1, -1
"""The sign of the quantity that ends an option which was written, and one which was held."""


def read_tastytrade(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The transactions in the file. Raises BadInput."""
    table = Table(file.content, file.name, TASTYTRADE_COLUMNS, numbers=NUMBERS)
    reading = _Reading(CsvStatement("tastytrade-csv", "tastytrade", "", file.name, file.sha256))
    for row in table.rows():
        reading.foresee(_Transaction(row))
    for row in table.rows():
        reading.read(_Transaction(row))
    return (reading.statement.result(),)


class _Transaction:
    """One row, with its common columns parsed. Raises BadInput."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.type = row.text("Type")
        self.action = row.text("Action").upper().replace(" ", "_")
        self.asset = row.text("Instrument Type")
        self.note = row.text("Description")
        self.sub_type = row.text("Sub Type") if "Sub Type" in row.cells else self._older_sub_type
        moment = _moment(row)
        self.day = moment.astimezone(NEW_YORK).date()
        self.moment = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        currency = row.text("Currency") or "USD"
        self.currency = currency_code(row.where("Currency"), currency)
        self.quantity = abs(row.exact_micros("Quantity"))
        self.fee = -(row.micros("Commissions") + row.micros("Fees"))
        self.net = row.micros("Value") - self.fee
        self.name = f"{self.type}: {self.sub_type}" if self.sub_type else self.type
        self.identity = (
            self.moment,
            self.type,
            self.sub_type,
            self.action,
            row.text("Symbol").replace(" ", ""),
            self.quantity,
            row.exact_micros("Average Price"),
            row.micros("Value"),
            row.text("Order #"),
            self.currency,
        )

    @property
    def _older_sub_type(self) -> str:
        """The sub type of a row in a file from before there was such a column."""
        if self.type == "Money Movement":
            return _sub_type_of_cash(self.note)
        removal = _REMOVAL.fullmatch(self.note)
        return (removal[1] if removal else self.action.replace("_", " ")).title()

    @property
    def instrument(self) -> Instrument:
        """The share or option of this row. Raises BadInput."""
        row, where = self.row, self.row.where("Symbol")
        symbol = row.text("Symbol")
        if self.asset == "Equity":
            return share_of(symbol, where)
        shares = row.exact_micros("Multiplier")
        if shares % ONE_MICROS or shares < 0:
            allowed = "must be a whole number of shares"
            raise BadInput(row.where("Multiplier"), row.text("Multiplier"), allowed)
        option = option_of(symbol, where, shares // ONE_MICROS or CONTRACT_SHARES)
        if option is None:
            allowed = "must be an option's symbol such as AAPL  261127P00190000"
            raise BadInput(where, symbol, allowed)
        return option


@dataclass(slots=True)
class _Sides:
    """How much of an option the file opens minus what it closes; None: no such trades."""

    written: int | None = None
    held: int | None = None

    def add(self, sign: int, opens: bool, quantity: int) -> None:
        """Count a trade."""
        change = quantity if opens else -quantity
        if (sign < 0) == opens:
            self.written = (self.written or 0) + change
        else:
            self.held = (self.held or 0) + change

    @property
    def ending(self) -> int:
        """WRITTEN or HELD; 0 if the trades do not tell."""
        if self.held is None or self.written is None:
            return 0 if self.held == self.written else WRITTEN if self.held is None else HELD
        if (self.held > 0) == (self.written > 0):
            return 0
        return WRITTEN if self.written > 0 else HELD


@dataclass(slots=True)
class _Reading:
    """Reads the rows, after having seen those that belong together."""

    statement: CsvStatement
    sides: defaultdict[str, _Sides] = field(default_factory=lambda: defaultdict(_Sides))
    delivered: set[tuple[str, date]] = field(default_factory=set)
    """(symbol, day) of the shares that options delivered."""

    def foresee(self, each: _Transaction) -> None:
        """Note what another row needs to know: a side of an option, or a delivery."""
        if each.asset != "Equity Option":
            return
        if each.type == "Trade" and each.action in ACTIONS:
            self.sides[each.instrument.name].add(*ACTIONS[each.action], each.quantity)
        elif ENDINGS.get(each.sub_type) is Kind.ASSIGNMENT:
            self.delivered.add((each.instrument.symbol, each.day))

    def read(self, each: _Transaction) -> None:
        """Read one row."""
        if each.type == "Money Movement":
            self.cash(each)
        elif each.type not in ("Trade", "Receive Deliver"):
            self.ignore(each, f"rows of type '{each.type}' are not known")
        elif each.asset not in ("Equity", "Equity Option"):
            asset = each.asset or "an unnamed asset"
            self.ignore(each, f"trades of {asset} are not booked yet")
        elif each.type == "Trade":
            self.trade(each)
        elif each.sub_type in ENDINGS and each.asset == "Equity Option":
            self.ended(each)
        elif each.action in ACTIONS and each.sub_type.upper().replace(" ", "_") == each.action:
            self.trade(each)
        elif "Transfer" in each.sub_type or "ACAT" in each.sub_type:
            self.ignore(each, TRANSFERRED)
        else:
            self.ignore(each, f"corporate actions ('{each.sub_type}') are not booked yet")

    def cash(self, each: _Transaction) -> None:
        """A deposit or withdrawal, a dividend, interest or a fee."""
        kind = CASH_KINDS.get(each.sub_type)
        if kind is None:
            self.ignore(each, f"cash of type '{each.sub_type or each.note}' is not booked yet")
            return
        self.statement.add_cash(
            each.row,
            each.identity,
            kind=kind,
            name=each.name,
            micros=each.net,
            day=each.day,
            note=each.note,
            symbol=each.row.text("Symbol") if kind in (Kind.DIVIDEND, Kind.TAX) else "",
            currency=each.currency,
            moment=each.moment,
        )

    def trade(self, each: _Transaction) -> None:
        """A fill, or shares that an option delivered."""
        if each.action not in ACTIONS:
            allowed = f"must be one of {', '.join(ACTIONS)}"
            raise BadInput(each.row.where("Action"), each.row.text("Action"), allowed)
        shares = each.row.text("Symbol"), each.day
        is_delivery = each.type == "Receive Deliver" and shares in self.delivered
        sign, _ = ACTIONS[each.action]
        self.add(each, Kind.ASSIGNMENT if is_delivery else Kind.TRADE, sign)

    def ended(self, each: _Transaction) -> None:
        """An expiry, an assignment or an exercise."""
        if each.action in ACTIONS:
            sign, _ = ACTIONS[each.action]
        elif "Assignment" in each.sub_type:
            sign = WRITTEN
        elif "Exercise" in each.sub_type:
            sign = HELD
        else:
            sign = self.sides[each.instrument.name].ending
        if sign:
            self.add(each, ENDINGS[each.sub_type], sign)
        else:
            self.ignore(each, UNCLEAR_EXPIRY)

    def add(self, each: _Transaction, kind: Kind, sign: int) -> None:
        """Book a quantity that was bought (1) or sold (-1)."""
        if not each.quantity:
            raise BadInput(each.row.where("Quantity"), None, "must be more than zero")
        self.statement.add_trade(
            each.row,
            each.identity,
            instrument=each.instrument,
            quantity_micros=sign * each.quantity,
            net_micros=each.net,
            fee_micros=each.fee,
            day=each.day,
            note=each.note,
            kind=kind,
            currency=each.currency,
            moment=each.moment,
        )

    def ignore(self, each: _Transaction, why: str) -> None:
        """Leave a row out, with the reason."""
        self.statement.ignore(each.row, why, each.name, each.net, each.currency)


def _moment(row: Row) -> datetime:
    text = row.text("Date")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 <= moment.year <= 2199:
        allowed = "must be a moment with its time zone, such as 2026-11-27T16:00:00-0500"
        raise BadInput(row.where("Date"), text, allowed)
    return moment


def _sub_type_of_cash(note: str) -> str:
    words = note.upper()
    if "INTEREST" in words:
        return "Credit Interest"
    if "DIVIDEND" in words:
        return "Dividend"
    if words.startswith(("WIRE FUNDS", "ACH ")):
        return "Deposit"
    return "Fee" if words.endswith(" FEE") else ""
