"""A CSV file of any layout into facts, by a mapping of its columns (market.md, Mapped CSV)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import Instrument, Kind, Right, currency_code
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import CONTRACT_SHARES, ONE_MICROS
from alluse_tui.domain.model.money import within
from alluse_tui.market.statements.csv_mapping import CsvMapping, dated
from alluse_tui.market.statements.csv_rows import Row, Table
from alluse_tui.market.statements.csv_statement import CsvStatement
from alluse_tui.market.statements.option_symbols import option_of, share_of
from alluse_tui.market.statements.statement import ReadStatement, SourceFile

NUMBERS = ("amount", "quantity", "price", "fees", "strike", "deliverable")

CASH = {
    "deposit": Kind.DEPOSIT,
    "dividend": Kind.DIVIDEND,
    "interest": Kind.INTEREST,
    "fee": Kind.FEE,
    "tax": Kind.TAX,
}

PAID = ("buy", "fee", "tax")
"""Actions that cost cash where amounts have no sign."""

RIGHTS = {"C": Right.CALL, "CALL": Right.CALL, "P": Right.PUT, "PUT": Right.PUT}


def read_generic(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The rows of the file by its mapping; it names no account. Raises BadInput."""
    if file.mapping is None:
        allowed = "is needed for generic-csv: the name of a saved mapping, or a TOML file"
        raise BadInput("--mapping", None, allowed)
    mapping = file.mapping
    columns = mapping.columns.given
    numbers = [columns[key] for key in NUMBERS if key in columns]
    table = Table(
        file.content,
        file.name,
        tuple(columns.values()),
        numbers=numbers,
        decimal_mark=mapping.decimal_mark,
    )
    statement = CsvStatement("generic-csv", mapping.broker, "", file.name, file.sha256)
    ids: dict[str, int] = {}
    for row in table.rows():
        _Reading(mapping, statement, ids, row).read()
    return (statement.result(),)


class _Reading:
    """Reads one row by the keys of the mapping."""

    def __init__(
        self, mapping: CsvMapping, statement: CsvStatement, ids: dict[str, int], row: Row
    ) -> None:
        self.mapping, self.statement, self.ids, self.row = mapping, statement, ids, row
        self.columns = mapping.columns.given

    def where(self, key: str) -> str:
        """The place of a key's cell, for an error."""
        return f"{self.row.where(self.columns[key])} (mapping: columns.{key})"

    def text(self, key: str) -> str:
        """The text in a key's column; '' without one."""
        return self.row.text(self.columns[key]) if key in self.columns else ""

    def micros(self, key: str) -> int:
        """The amount in a key's column; 0 without one. Raises BadInput."""
        return self.row.micros(self.columns[key]) if key in self.columns else 0

    def exact(self, key: str) -> int:
        """The quantity or price in a key's column in millionths; 0 without one. Raises BadInput."""
        return self.row.exact_micros(self.columns[key]) if key in self.columns else 0

    def read(self) -> None:
        """Book the row, or ignore it with the reason. Raises BadInput."""
        action = self.mapping.words.get(self.text("action").lower())
        if action == "ignore":
            self.statement.ignore(self.row, "the mapping ignores it")
        elif action is None:
            why = f"the action '{self.text('action')}' is not in the mapping"
            self.statement.ignore(self.row, why)
        elif action in CASH:
            self.cash(action)
        else:
            self.trade(action)

    def cash(self, action: str) -> None:
        """Cash without a trade."""
        micros = self.micros("amount")
        if "amount" not in self.columns:
            raise BadInput(f"mapping: columns.amount of {self.row.file_name}", None, "is missing")
        if not self.mapping.amount_is_signed and action in PAID:
            micros = -abs(micros)
        day, moment = self.day("date", self.mapping.date_format)
        symbol = self.text("symbol") if action in ("dividend", "tax") else ""
        currency = self.currency()
        content = (self.text("action"), day, moment, symbol, 0, 0, micros, currency)
        self.statement.add_cash(
            self.row,
            self.identity(content),
            said=content if "id" in self.columns else (),
            kind=CASH[action],
            name=action,
            micros=micros,
            day=day,
            note=self.text("note"),
            symbol=symbol,
            currency=currency,
            moment=moment,
        )

    def trade(self, action: str) -> None:
        """A fill, an expiry, an assignment or an exercise."""
        instrument = self.instrument()
        size = self.exact("quantity")
        if not size:
            raise BadInput(self.where("quantity"), None, "must not be zero or missing")
        match action:
            case "buy" | "assignment":
                quantity, kind = abs(size), Kind.ASSIGNMENT
            case "sell" | "exercise":
                quantity, kind = -abs(size), Kind.ASSIGNMENT
            case _:
                quantity, kind = size, Kind.EXPIRY
        kind = Kind.TRADE if action in ("buy", "sell") else kind
        fee = abs(self.micros("fees"))
        net = self.net(action, instrument, quantity, fee)
        day, moment = self.day("date", self.mapping.date_format)
        price, currency = self.micros("price"), self.currency()
        content = (
            *(self.text("action"), day, moment),
            *(instrument.name, quantity, price, net, currency),
        )
        self.statement.add_trade(
            self.row,
            self.identity(content),
            said=content if "id" in self.columns else (),
            instrument=instrument,
            quantity_micros=quantity,
            net_micros=net,
            fee_micros=fee,
            day=day,
            note=self.text("note"),
            kind=kind,
            currency=currency,
            moment=moment,
        )

    def net(self, action: str, instrument: Instrument, quantity: int, fee: int) -> int:
        """The cash of a trade after fees. Raises BadInput."""
        is_fill = action in ("buy", "sell")
        if "amount" not in self.columns:
            value = instrument.value_at(self.exact("price"), quantity) if is_fill else 0
            return within(-value - fee, self.row.where(self.columns["price"]))
        if is_fill and not self.text("amount"):
            raise BadInput(self.where("amount"), None, "a trade needs an amount")
        amount = self.micros("amount")
        if not self.mapping.amount_is_signed:
            amount = -abs(amount) if action == "buy" else abs(amount)
        net = amount if self.mapping.amount_is_after_fees else amount - fee
        gross = net + fee
        if is_fill and gross and (gross > 0) == (quantity > 0):
            sign = "negative" if action == "buy" else "positive"
            allowed = f"must be {sign}, as the action is {action}; set amount_is_signed = false"
            raise BadInput(self.where("amount"), self.text("amount"), f"{allowed} if none has one")
        return net

    def instrument(self) -> Instrument:
        """What was traded. Raises BadInput."""
        symbol, where = self.text("symbol").upper(), self.where("symbol")
        shares, rest = divmod(self.exact("deliverable"), ONE_MICROS)
        if rest or not 0 <= shares <= 100_000:
            value = self.text("deliverable")
            raise BadInput(self.where("deliverable"), value, "must be a whole number of shares")
        deliverable = shares or CONTRACT_SHARES
        right = self.text("right").upper()
        if not right:
            return option_of(symbol, where, deliverable) or share_of(symbol, where)
        if right not in RIGHTS:
            raise BadInput(self.where("right"), right, "must be C, P, CALL or PUT")
        strike = self.exact("strike")
        if strike <= 0:
            raise BadInput(self.where("strike"), self.text("strike"), "must be more than zero")
        form = self.mapping.expiry_format or self.mapping.date_format
        expiry, _ = self.day("expiry", form)
        root = share_of(symbol.partition(" ")[0], where).symbol
        return Instrument(root, RIGHTS[right], strike, expiry, deliverable)

    def day(self, key: str, form: str) -> tuple[date, str]:
        """The day and the time in a key's column. Raises BadInput."""
        text = self.text(key)
        typed = dated(text, form)
        if typed is None:
            name = (
                "expiry_format" if key == "expiry" and self.mapping.expiry_format else "date_format"
            )
            raise BadInput(
                self.where(key), text, f"must be a date in the mapping's {name} '{form}'"
            )
        return typed

    def currency(self) -> str:
        """The row's currency. Raises BadInput."""
        given = self.mapping.currency
        return given or currency_code(self.where("currency"), self.text("currency"))

    def identity(self, content: tuple[object, ...]) -> tuple[object, ...]:
        """The broker's id of the row if there is one, else what the row says. Raises BadInput."""
        if "id" not in self.columns:
            return content
        row_id = self.text("id")
        if not row_id:
            raise BadInput(
                self.where("id"), None, "is empty; leave out columns.id if rows have none"
            )
        if row_id in self.ids:
            raise BadInput(
                self.where("id"), row_id, f"is already the id of line {self.ids[row_id]}"
            )
        self.ids[row_id] = self.row.line
        return ("id", row_id)
