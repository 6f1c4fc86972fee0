"""Schwab's transaction history in CSV into facts (market.md, CSV files)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from alluse_tui.domain.commands import Instrument, Kind, Right
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import plain
from alluse_tui.market.statements.csv_columns import SCHWAB_COLUMNS
from alluse_tui.market.statements.csv_rows import Row, Table, day_of
from alluse_tui.market.statements.csv_statement import ADJUSTED_OPTION, CsvStatement
from alluse_tui.market.statements.option_symbols import is_adjusted, option_of, share_of
from alluse_tui.market.statements.statement import TRANSFERRED, ReadStatement, SourceFile

BROKER = "schwab"
"""The broker in the keys of rows."""

NUMBERS = ("Quantity", "Price", "Fees & Comm", "Amount")

TOTAL = "Transactions Total"

TRADES = {
    "Buy": 1,
    "Buy to Open": 1,
    "Buy to Close": 1,
    "Buy to Cover": 1,
    "Reinvest Shares": 1,
    "Sell": -1,
    "Sell Short": -1,
    "Sell to Open": -1,
    "Sell to Close": -1,
}
"""The sign of the quantity of a trade."""

CASH_KINDS = {
    Kind.DIVIDEND: (
        "Cash Dividend",
        "Qualified Dividend",
        "Non-Qualified Div",
        "Special Dividend",
        "Special Qual Div",
        "Special Non Qual Div",
        "Pr Yr Cash Div",
        "Pr Yr Div Reinvest",
        "Pr Yr Non Qual Div",
        "Pr Yr Special Div",
        "Reinvest Dividend",
        "Qual Div Reinvest",
        "Div Adjustment",
        "Dividend Adjustment",
        "Cash In Lieu Of Dividend",
        "Substitute Payment",
        "Long Term Cap Gain",
        "Long Term Cap Gain Reinvest",
        "Short Term Cap Gain",
        "Short Term Cap Gain Reinvest",
        "Return Of Capital",
    ),
    Kind.INTEREST: (
        "Bank Interest",
        "Bond Interest",
        "CD Interest",
        "Credit Interest",
        "Margin Interest",
        "Short Interest",
    ),
    Kind.TAX: ("Foreign Tax Paid", "Foreign Tax Reclaim", "NRA Tax Adj", "NRA Withholding"),
    Kind.FEE: (
        "ADR Mgmt Fee",
        "Advisor Fee",
        "ATM Fee",
        "Misc Cash Entry",
        "Schwab ATM Rebate",
        "Service Fee",
    ),
    Kind.DEPOSIT: (
        "ATM Withdrawal",
        "Bill Pay",
        "Funds Paid",
        "Funds Received",
        "Internal Transfer",
        "Journal",
        "Misc Credits",
        "MoneyLink Deposit",
        "MoneyLink Transfer",
        "Security Transfer",
        "Visa Purchase",
        "Wire Funds",
        "Wire Funds Received",
        "Wire Received",
        "Wire Sent",
    ),
}
"""The actions of each kind of cash; for DEPOSIT the sign tells a deposit from a withdrawal."""

CASH = {action: kind for kind, actions in CASH_KINDS.items() for action in actions}

SECURITIES = ("Journal", "Journaled Shares", "Security Transfer", "Internal Transfer")
"""Actions that move securities if they have a quantity."""

CORPORATE = (
    "Cash In Lieu",
    "Cash Merger",
    "Cash Merger Adj",
    "Exchange or Exercise",
    "Mandatory Reorg Exc",
    "Name Change",
    "Reverse Split",
    "Spin-off",
    "Stock Merger",
    "Stock Split",
)

REDEEMED, REDEMPTION_PAID = "Full Redemption", "Full Redemption Adj"
"""A bond is redeemed in two rows: one with its quantity, one with its cash."""

_TITLE = re.compile(r"Transactions\s+for account (?P<name>.{1,200}?)\s+as of ")
_REMOVAL = re.compile(r"REMOVAL OF OPTION DUE TO (EXPIRATION|ASSIGNMENT|EXERCISE)", re.I)


def read_schwab(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The transactions in the file. Raises BadInput."""
    table = Table(file.content, file.name, SCHWAB_COLUMNS, numbers=NUMBERS)
    title = _TITLE.search(table.title)
    named = title["name"].split()[-1] if title else ""
    account = named if len(named) > 2 else ""
    statement = CsvStatement("schwab-csv", BROKER, account, file.name, file.sha256)
    collect(statement, lambda: _transactions(table))
    totals = (row for row in table.rows() if row.text("Date") == TOTAL)
    if (total := next(totals, None)) is not None:
        check_total(statement, total, "Amount")
        statement.ignore(total, "the sum of the other rows")
    return (statement.result(),)


def _transactions(table: Table) -> Iterator[Row]:
    """The rows before the sum of all rows, which must be the last. Raises BadInput."""
    rows = table.rows()
    for row in rows:
        if row.text("Date") != TOTAL:
            yield row
        elif (after := next(rows, None)) is not None:
            where = f"{table.file_name} line {after.line}"
            raise BadInput(where, None, f"no row may follow '{TOTAL}'")


def collect(statement: CsvStatement, rows: Callable[[], Iterable[Row]]) -> None:
    """Book the transactions in `rows`, which is called twice. Raises BadInput.

    Rows have the columns SCHWAB_COLUMNS.
    """
    reading = _Reading(statement)
    for row in rows():
        reading.foresee(_Transaction(row))
    for row in rows():
        reading.read(_Transaction(row))


def check_total(statement: CsvStatement, row: Row, column: str) -> None:
    """Check the sum of all amounts that a file gives. Raises BadInput if rows are missing."""
    given, sums = row.micros(column), statement.sum_micros
    if given != sums:
        allowed = f"must be {plain(sums)}, the sum of its transactions; rows are missing"
        raise BadInput(row.where(column), row.text(column), allowed)


class _Transaction:
    """One row, with its columns parsed. Raises BadInput."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.action = row.text("Action")
        self.symbol = row.text("Symbol")
        self.note = row.text("Description")
        posted, _, as_of = row.text("Date").partition(" as of ")
        where = row.where("Date")
        self.posted = day_of(posted, where)
        self.day = day_of(as_of, where) if as_of else self.posted
        self.quantity = row.exact_micros("Quantity")
        self.price = row.exact_micros("Price")
        self.fee = row.micros("Fees & Comm")
        self.net = row.micros("Amount")
        self.identity = (
            self.posted,
            self.day,
            self.action,
            self.symbol,
            self.quantity,
            self.price,
            self.net,
        )

    @property
    def option(self) -> Instrument | None:
        """The option of this row. Raises BadInput."""
        return option_of(self.symbol, self.row.where("Symbol"))

    @property
    def ending(self) -> tuple[Kind, int] | None:
        """How an option ended, and the signed quantity that ends it."""
        removal = _REMOVAL.search(self.note) if self.action == "Journaled Shares" else None
        match removal[1].upper() if removal else self.action:
            case "Expired" | "EXPIRATION":
                return Kind.EXPIRY, self.quantity
            case "Assigned" | "ASSIGNMENT":
                return Kind.ASSIGNMENT, abs(self.quantity)
            case "Exchange or Exercise" | "EXERCISE" if self.option is not None:
                return Kind.ASSIGNMENT, -abs(self.quantity)
        return None


@dataclass(slots=True)
class _Redemption:
    """The rows of one bond's redemption on one day."""

    quantities: list[int] = field(default_factory=list)
    payments: int = 0

    @property
    def is_pair(self) -> bool:
        """Whether it has one row with its quantity and one with its cash."""
        return len(self.quantities) == 1 and self.payments == 1


Delivery = tuple[date, date, str, bool, int]
"""(posted, day, symbol, whether shares are bought, price) of shares that an option delivered."""


@dataclass(slots=True)
class _Reading:
    """Reads the rows, after having seen those that belong together."""

    statement: CsvStatement
    delivered: defaultdict[Delivery, int] = field(default_factory=lambda: defaultdict(int))
    redemptions: defaultdict[tuple[date, str], _Redemption] = field(
        default_factory=lambda: defaultdict(_Redemption)
    )

    def foresee(self, each: _Transaction) -> None:
        """Note what another row needs to know: a delivery, or half of a redemption."""
        if each.action == REDEEMED:
            self.redemptions[each.day, each.symbol].quantities.append(each.quantity)
        elif each.action == REDEMPTION_PAID:
            self.redemptions[each.day, each.symbol].payments += 1
        ending, option = each.ending, each.option
        if ending is not None and option is not None and ending[0] is Kind.ASSIGNMENT:
            is_bought = (ending[1] < 0) == (option.right is Right.CALL)
            delivery = each.posted, each.day, option.symbol, is_bought, option.strike_micros
            self.delivered[delivery] += abs(ending[1]) * option.multiplier

    def read(self, each: _Transaction) -> None:
        """Read one row."""
        option = each.option
        if option is not None and is_adjusted(option):
            self.ignore(each, ADJUSTED_OPTION)
        elif each.ending is not None:
            self.ended(each, *each.ending)
        elif each.action in TRADES:
            self.trade(each, TRADES[each.action] * abs(each.quantity))
        elif each.action in (REDEEMED, REDEMPTION_PAID):
            self.redemption(each)
        elif each.action in SECURITIES and each.quantity:
            self.ignore(each, TRANSFERRED)
        elif each.action in CASH:
            self.cash(each, CASH[each.action])
        elif each.action in CORPORATE:
            self.ignore(each, f"corporate actions ('{each.action}') are not booked yet")
        else:
            self.ignore(each, f"the action '{each.action}' is not known")

    def cash(self, each: _Transaction, kind: Kind) -> None:
        """A dividend, interest, a fee, a tax, a deposit or a withdrawal."""
        self.statement.add_cash(
            each.row,
            each.identity,
            kind=kind,
            name=each.action,
            micros=each.net,
            day=each.day,
            note=each.note,
            symbol=each.symbol if kind in (Kind.DIVIDEND, Kind.TAX) else "",
        )

    def ended(self, each: _Transaction, kind: Kind, quantity: int) -> None:
        """An expiry, an assignment or an exercise."""
        option = each.option
        if option is None:
            allowed = "must be an option's symbol such as AAPL 11/27/2026 190.00 P"
            raise BadInput(each.row.where("Symbol"), each.symbol, allowed)
        self.add(each, option, quantity, kind)

    def trade(self, each: _Transaction, quantity: int, kind: Kind = Kind.TRADE) -> None:
        """A fill, or shares that an option delivered."""
        if each.row.number("Amount") is None:
            raise BadInput(each.row.where("Amount"), None, "a trade needs an amount")
        instrument = each.option or share_of(each.symbol, each.row.where("Symbol"))
        delivery = each.posted, each.day, each.symbol, quantity > 0, each.price
        if 0 < abs(quantity) <= self.delivered.get(delivery, 0):
            self.delivered[delivery] -= abs(quantity)
            kind = Kind.ASSIGNMENT
        self.add(each, instrument, quantity, kind)

    def redemption(self, each: _Transaction) -> None:
        """A bond's redemption, booked with its cash."""
        pair = self.redemptions[each.day, each.symbol]
        if not pair.is_pair:
            self.ignore(each, "a redemption without exactly one row for its quantity and its cash")
        elif each.action == REDEEMED:
            self.ignore(each, f"its quantity is booked with the row '{REDEMPTION_PAID}'")
        else:
            self.trade(each, -abs(pair.quantities[0]))

    def add(self, each: _Transaction, instrument: Instrument, quantity: int, kind: Kind) -> None:
        """Book a signed quantity."""
        if not quantity:
            raise BadInput(each.row.where("Quantity"), None, "must not be zero or missing")
        self.statement.add_trade(
            each.row,
            each.identity,
            instrument=instrument,
            quantity_micros=quantity,
            net_micros=each.net,
            fee_micros=each.fee,
            day=each.day,
            note=each.note,
            kind=kind,
        )

    def ignore(self, each: _Transaction, why: str) -> None:
        """Leave a row out, with the reason."""
        self.statement.ignore(each.row, why, each.action, each.net)
