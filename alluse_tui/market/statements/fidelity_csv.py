"""Fidelity's account history in CSV into facts (market.md, CSV files)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from alluse_tui.domain.commands import Instrument, Kind, currency_code
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import CONTRACT_SHARES
from alluse_tui.market.statements.csv_columns import FIDELITY_COLUMNS
from alluse_tui.market.statements.csv_rows import Row, Table, day_of
from alluse_tui.market.statements.csv_statement import ADJUSTED_OPTION, CsvStatement
from alluse_tui.market.statements.option_symbols import is_adjusted, option_of, share_of
from alluse_tui.market.statements.statement import TRANSFERRED, ReadStatement, SourceFile

NUMBERS = ("Quantity", "Price", "Commission", "Fees", "Accrued Interest", "Amount")

END = "Date downloaded"
"""The last line of every file begins with it."""

ENDINGS = {"EXPIRED": Kind.EXPIRY, "ASSIGNED": Kind.ASSIGNMENT, "EXERCISED": Kind.ASSIGNMENT}
"""Kinds of the rows that remove an option, by the first word of the action."""

CASH_KINDS = {
    "DIVIDEND": Kind.DIVIDEND,
    "REVERSE DIVIDEND": Kind.DIVIDEND,
    "LONG-TERM CAP GAIN": Kind.DIVIDEND,
    "SHORT-TERM CAP GAIN": Kind.DIVIDEND,
    "RETURN OF CAPITAL": Kind.DIVIDEND,
    "PAYMENT IN LIEU": Kind.DIVIDEND,
    "INTEREST": Kind.INTEREST,
    "MARGIN INTEREST": Kind.INTEREST,
    "FOREIGN TAX": Kind.TAX,
    "ADJ FOREIGN TAX": Kind.TAX,
    "NON-RESIDENT TAX": Kind.TAX,
    "ADJ NON-RESIDENT TAX": Kind.TAX,
    "FED TAX W/H": Kind.TAX,
    "STATE TAX W/H": Kind.TAX,
    "FEE CHARGED": Kind.FEE,
    "ADVISORY FEE": Kind.FEE,
    "FOREIGN CUSTODY FEE": Kind.FEE,
    "TRANSFER OF ASSETS FEE": Kind.FEE,
    "ELECTRONIC FUNDS TRANSFER": Kind.DEPOSIT,
    "WIRE TRANS": Kind.DEPOSIT,
    "DIRECT DEPOSIT": Kind.DEPOSIT,
    "DIRECT DEBIT": Kind.DEPOSIT,
    "CHECK RECEIVED": Kind.DEPOSIT,
    "CHECK PAID": Kind.DEPOSIT,
    "BILL PAYMENT": Kind.DEPOSIT,
    "CASH ADVANCE": Kind.DEPOSIT,
    "CASH CONTRIBUTION": Kind.DEPOSIT,
    "DEBIT CARD PURCHASE": Kind.DEPOSIT,
    "JOURNALED": Kind.DEPOSIT,
    "TRANSFERRED": Kind.DEPOSIT,
}
"""The kind of cash of an action that begins so; for DEPOSIT the sign tells it from a withdrawal."""

SECURITIES = ("TRANSFERRED", "JOURNALED", "TRANSFER OF ASSETS")
"""Actions that move securities if they have a quantity."""

CORPORATE = (
    "CASH MERGER",
    "DISTRIBUTION",
    "IN LIEU OF FRX SHARE",
    "MERGER",
    "NAME CHANGE",
    "REVERSE SPLIT",
    "SPIN-OFF",
    "STOCK SPLIT",
)

CORE_ACTIONS = ("REDEMPTION FROM CORE", "PURCHASE INTO CORE")
CORE_NAMES = ("CASH", "CORE", "FCASH", "FDRXX", "FZFXX", "SPAXX")
"""Symbols and descriptions of the core position, which is the account's cash."""

_ACCOUNT = re.compile(r"[A-Z0-9]{3,32}", re.A)
_AS_OF = re.compile(r" AS OF (?P<day>[A-Z]{3}-[0-9]{2}-[0-9]{4}|[0-9/-]{6,10})\b", re.A)
_DELIVERY = re.compile(r"YOU (BOUGHT|SOLD) (ASSIGNED|EXERCISED) (PUTS|CALLS) ", re.A)
_SHARES = re.compile(r"\((?P<shares>[0-9]{1,5}) SHS\)", re.A)
_ROW = re.compile(
    r"^(?!\"?Date downloaded)(.*[,;\t])?[\s\"]*[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{2,4}[\"\s]*[,;\t]",
    re.A | re.M,
)
_OTHER_ACCOUNT = re.compile(r"\b[A-Z]?[0-9]{2,3}-?[0-9]{3}([0-9]{3})(-[0-9])?\b", re.A)
"""The number of the account that a transfer came from or went to."""


def read_fidelity(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The history of the one account in the file. Raises BadInput."""
    table = Table(file.content, file.name, FIDELITY_COLUMNS, numbers=NUMBERS, has_footer=True)
    if END not in table.footer:
        allowed = f"has no line '{END} …' at its end: it is cut off; download it again"
        raise BadInput("file", file.name, allowed)
    if _ROW.search(table.footer):
        raise BadInput("file", file.name, "has a blank line between its rows; download it again")
    account = _account(table.rows(), file.name)
    statement = CsvStatement("fidelity-csv", "fidelity", account, file.name, file.sha256)
    for row in table.rows():
        _read(_Transaction(row), statement)
    return (statement.result(),)


class _Transaction:
    """One row, with its columns parsed. Raises BadInput."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.note = row.text("Action")
        self.action = self.note.upper()
        self.symbol = row.text("Symbol")
        self.description = row.text("Description") or row.text("Security Description")
        run = row.day("Run Date")
        as_of = _AS_OF.search(self.action)
        self.day = run
        if as_of:  # never after it was recorded
            self.day = min(run, day_of(as_of["day"].title(), row.where("Action")))
        self.currency = currency_code(row.where("Currency"), row.text("Currency") or "USD")
        self.quantity = row.exact_micros("Quantity")
        self.fee = row.micros("Commission") + row.micros("Fees")
        self.net = row.micros("Amount")
        self.identity = (
            run,
            self.action,
            self.symbol,
            row.text("Type") or row.text("Security Type"),
            self.quantity,
            row.exact_micros("Price"),
            self.net,
            self.currency,
        )

    @property
    def option(self) -> Instrument | None:
        """The option of this row, with the deliverable that its text gives. Raises BadInput."""
        shares = self.shares or CONTRACT_SHARES
        return option_of(self.symbol, self.row.where("Symbol"), shares)

    @property
    def shares(self) -> int:
        """The deliverable that the text gives ('(100 SHS)'); 0 if it gives none."""
        shares = _SHARES.search(f"{self.description} {self.action}".upper())
        return int(shares["shares"]) if shares else 0

    @property
    def name(self) -> str:
        """What the action is called, without the security."""
        if self.is_core:
            return "core position"
        known = (*CASH_KINDS, *CORPORATE, *SECURITIES)
        begun = (words for words in known if self.action.startswith(words))
        return next(begun, self.action[:60])

    @property
    def is_core(self) -> bool:
        """Whether it moves cash into or out of the core position, which is the account's cash."""
        if self.action.startswith(CORE_ACTIONS):
            return True
        is_trade = self.action.startswith(("REINVESTMENT", "YOU BOUGHT", "YOU SOLD"))
        return is_trade and (self.symbol in CORE_NAMES or self.description in CORE_NAMES)


def _account(rows: Iterable[Row], file_name: str) -> str:
    """The broker's number of the only account of the rows; '' if they name none."""
    numbers: dict[str, int] = {}
    for row in rows:
        words = (row.text("Account Number") or row.text("Account")).upper().split()
        number = words[-1] if words and _ACCOUNT.fullmatch(words[-1]) else ""
        numbers.setdefault(number, row.line)
        if len(numbers) == 2:
            first, second = (f"…{each[-3:]}" if each else "no account" for each in numbers)
            allowed = f"has rows of {first} and of {second}: export each account separately"
            raise BadInput(f"{file_name} line {row.line}", None, allowed)
    return next(iter(numbers), "")


def _read(each: _Transaction, statement: CsvStatement) -> None:
    """Read one row into the statement. Raises BadInput."""
    option, action = each.option, each.action
    first_word = action.partition(" ")[0]
    kind = next((k for words, k in CASH_KINDS.items() if action.startswith(words)), None)
    if option is not None and not each.shares and is_adjusted(option):
        _ignore(each, statement, ADJUSTED_OPTION)
    elif each.is_core:
        _ignore(each, statement, "moves cash within the account: the core position is its cash")
    elif first_word in ENDINGS and option is not None:
        _add(each, statement, option, _ended(first_word, each.quantity), ENDINGS[first_word])
    elif action.startswith(("YOU BOUGHT", "REINVESTMENT")):
        _trade(each, statement, abs(each.quantity))
    elif action.startswith(("YOU SOLD", "REDEMPTION PAYOUT")):
        _trade(each, statement, -abs(each.quantity))
    elif action.startswith(SECURITIES) and each.quantity:
        _ignore(each, statement, TRANSFERRED)
    elif kind is not None:
        statement.add_cash(
            each.row,
            each.identity,
            kind=kind,
            name=each.name,
            micros=each.net,
            day=each.day,
            note=_OTHER_ACCOUNT.sub(r"…\1", each.note) if kind is Kind.DEPOSIT else each.note,
            symbol=each.symbol if kind in (Kind.DIVIDEND, Kind.TAX) else "",
            currency=each.currency,
        )
    elif action.startswith(CORPORATE):
        _ignore(each, statement, f"corporate actions ('{each.name}') are not booked yet")
    else:
        _ignore(each, statement, f"the action '{each.name}' is not known")


def _ended(word: str, quantity: int) -> int:
    """The signed quantity that ends an option."""
    if word == "EXPIRED":
        return quantity
    return abs(quantity) if word == "ASSIGNED" else -abs(quantity)


def _trade(each: _Transaction, statement: CsvStatement, quantity: int) -> None:
    """A fill, or shares that an option delivered. Raises BadInput."""
    if each.row.number("Amount") is None:
        raise BadInput(each.row.where("Amount"), None, "a trade needs an amount")
    is_delivery = each.option is None and _DELIVERY.match(each.action) is not None
    instrument = each.option or share_of(each.symbol, each.row.where("Symbol"))
    kind = Kind.ASSIGNMENT if is_delivery else Kind.TRADE
    _add(each, statement, instrument, quantity, kind)


def _add(
    each: _Transaction, statement: CsvStatement, instrument: Instrument, quantity: int, kind: Kind
) -> None:
    """Book a signed quantity. Raises BadInput."""
    if not quantity:
        raise BadInput(each.row.where("Quantity"), None, "must not be zero or missing")
    statement.add_trade(
        each.row,
        each.identity,
        instrument=instrument,
        quantity_micros=quantity,
        net_micros=each.net,
        fee_micros=each.fee,
        day=each.day,
        note=each.note,
        kind=kind,
        currency=each.currency,
    )


def _ignore(each: _Transaction, statement: CsvStatement, why: str) -> None:
    statement.ignore(each.row, why, each.name, each.net, each.currency)
