"""OFX and QFX investment statements into facts (market.md, OFX).

The key of a row is the broker's FITID. Cash is TOTAL, what the broker says after fees.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from alluse_tui.domain.commands import (
    CashFact,
    Fact,
    Instrument,
    Kind,
    Leg,
    Right,
    StatementFacts,
    StatementMark,
    TradeFact,
    currency_code,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import within
from alluse_tui.market.statements.csv_rows import decoded
from alluse_tui.market.statements.ofx_markup import Element, document, required
from alluse_tui.market.statements.ofx_values import Securities, Values
from alluse_tui.market.statements.reading_progress import row_read
from alluse_tui.market.statements.statement import (
    TRANSFERRED,
    Ignored,
    ReadStatement,
    SourceFile,
    row_digest,
)

TRADES = {
    **dict.fromkeys(("BUYSTOCK", "BUYOPT", "BUYMF", "BUYDEBT", "BUYOTHER"), 1),
    **dict.fromkeys(("SELLSTOCK", "SELLOPT", "SELLMF", "SELLDEBT", "SELLOTHER"), -1),
}
"""The sign of the quantity of a trade."""

INCOMES = {
    "DIV": Kind.DIVIDEND,
    "CGLONG": Kind.DIVIDEND,
    "CGSHORT": Kind.DIVIDEND,
    "MISC": Kind.DIVIDEND,
    "INTEREST": Kind.INTEREST,
}

BANKING = {
    "INT": Kind.INTEREST,
    "DIV": Kind.DIVIDEND,
    "FEE": Kind.FEE,
    "SRVCHG": Kind.FEE,
    **dict.fromkeys(
        (
            *("CREDIT", "DEBIT", "DEP", "ATM", "POS", "XFER", "CHECK", "PAYMENT", "CASH"),
            *("DIRECTDEP", "DIRECTDEBIT", "REPEATPMT", "OTHER"),
        ),
        Kind.DEPOSIT,
    ),
}
"""The kind of each TRNTYPE; for DEPOSIT the sign tells a deposit from a withdrawal."""

CASH = {"INVEXPENSE": Kind.FEE, "MARGININTEREST": Kind.INTEREST, "RETOFCAP": Kind.DIVIDEND}

UNREAD = {
    "TRANSFER": TRANSFERRED,
    "JRNLSEC": "moves a security within the account",
    "JRNLFUND": "moves cash within the account",
    "SPLIT": "corporate actions ('SPLIT') are not booked yet",
}

FEES = ("COMMISSION", "TAXES", "FEES", "LOAD")

_PERIOD = ("DTSTART", "DTEND")


def read_ofx(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The statement of every investment account in the file. Raises BadInput."""
    root = document(decoded(file.content, file.name), file.name)
    values = Values(file.name)
    securities = Securities(root, values)
    readings = [_Reading(each, values, securities) for each in root.named("INVSTMTRS")]
    if not readings:
        allowed = "has no investment statement (INVSTMTRS); download it from the broker again"
        raise BadInput("file", file.name, allowed)
    for banking in root.named("STMTRS", "CCSTMTRS"):
        for transaction in banking.named("STMTTRN"):
            readings[0].rows += 1
            readings[0].ignore(transaction, "a transaction of a bank account, which is not read")
    return tuple(reading.result(file.sha256) for reading in readings)


class _Reading:
    """Collects the rows of one account."""

    def __init__(self, statement: Element, values: Values, securities: Securities) -> None:
        self.values, self.securities = values, securities
        self.statement = statement
        self.account = values.needed(statement, "INVACCTFROM", "ACCTID")
        self.currency = self.code(statement, "CURDEF")
        self.as_of = values.day(statement, "DTASOF")
        self.facts: list[tuple[date, str, int, Fact]] = []
        self.marks: list[StatementMark] = []
        self.lines: dict[str, int] = {}
        self.ignored: list[Ignored] = []
        self.rows = 0
        self.option_net: defaultdict[str, int] = defaultdict(int)
        self.stock_net: defaultdict[str, int] = defaultdict(int)
        self.cash: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.held: dict[tuple[str, str], int] = {}
        self.splits: list[str] = []
        self.lists_positions = False
        self.delivered: defaultdict[tuple[date, str, bool, int], int] = defaultdict(int)
        self.long: defaultdict[Instrument, int] = defaultdict(int)
        listing = statement.child("INVTRANLIST")
        transactions = [] if listing is None else listing.children
        self.transactions = [each for each in transactions if each.name not in _PERIOD]
        for each in self.transactions:
            self.foresee(each)
        for each in self.transactions:
            self.rows += 1
            row_read()
            self.read(each)
        self.positions()

    def foresee(self, each: Element) -> None:
        """Note what another row needs to know: what options delivered, which were held."""
        if each.name in ("BUYOPT", "SELLOPT"):
            effects = self.values.text(each, "OPTBUYTYPE"), self.values.text(each, "OPTSELLTYPE")
            if "BUYTOOPEN" in effects or "SELLTOCLOSE" in effects:
                option, quantity = self.traded_option(each)
                self.long[option] += quantity
        if each.name != "CLOSUREOPT":
            return
        option = self.securities.instrument(each)
        action = self.values.text(each, "OPTACTION")
        if option.right is None or action not in ("ASSIGN", "EXERCISE"):
            return
        is_bought = (action == "EXERCISE") == (option.right is Right.CALL)
        day = self.values.day(each, "INVTRAN", "DTTRADE")
        shares = abs(self.values.exact(each, "UNITS")) * option.multiplier
        self.delivered[day, option.symbol, is_bought, option.strike_micros] += shares

    def traded_option(self, each: Element) -> tuple[Instrument, int]:
        """The option of a trade, and the signed quantity."""
        fill = self.fill(each)
        option = self.securities.instrument(fill, is_option=True)
        return option, TRADES[each.name] * abs(self.values.exact(fill, "UNITS"))

    def fill(self, each: Element) -> Element:
        """The INVBUY or INVSELL of a trade. Raises BadInput."""
        name = "INVBUY" if each.name.startswith("BUY") else "INVSELL"
        return required(each, (name,), self.values.file_name)

    def read(self, each: Element) -> None:
        """Read one transaction."""
        match each.name:
            case name if name in TRADES:
                self.trade(each)
            case "CLOSUREOPT":
                self.closure(each)
            case "INCOME":
                self.income(each)
            case "REINVEST":
                self.reinvestment(each)
            case "INVBANKTRAN":
                self.banking(required(each, ("STMTTRN",), self.values.file_name))
            case name if name in CASH:
                self.add_cash(each, CASH[name], name, self.paid(each), self.symbol(each))
            case name:
                if name == "SPLIT":
                    self.splits.append(self.symbol(each))
                if name not in UNREAD and (micros := self.values.micros(each, "TOTAL")):
                    self.cash[name][self.currency_of(each)] += micros
                self.ignore(each, UNREAD.get(name, f"transactions of type {name} are not known"))

    def trade(self, each: Element) -> None:
        """A fill, or shares that an option delivered."""
        fill = self.fill(each)
        where = self.values.where(fill, "TOTAL")
        net = self.paid(fill)
        fee = sum(self.values.micros(fill, name) for name in FEES)
        gross = within(net + fee, where)
        instrument = self.securities.instrument(fill, is_option=each.name.endswith("OPT"))
        units = self.values.exact(fill, "UNITS")
        if not units:
            raise BadInput(self.values.where(fill, "UNITS"), None, "must not be zero or missing")
        sign = TRADES[each.name]
        if gross and (gross > 0) == (sign > 0):
            if (units > 0) == (sign > 0):  # a reversed trade has both the other way round
                allowed = f"contradicts {each.name}: a purchase costs cash and a sale brings it"
                raise BadInput(where, self.values.text(fill, "TOTAL"), allowed)
            sign = -sign
        quantity = sign * abs(units)
        self.check_contracts(fill, instrument, quantity, gross)
        day = self.values.day(fill, "INVTRAN", "DTTRADE")
        price = self.values.micros(fill, "UNITPRICE")
        delivery = day, instrument.symbol, quantity > 0, price
        kind = Kind.TRADE
        if instrument.right is None and 0 < abs(quantity) <= self.delivered.get(delivery, 0):
            self.delivered[delivery] -= abs(quantity)
            kind = Kind.ASSIGNMENT
        self.add_trade(fill, kind, Leg(instrument, quantity, gross), fee)

    def check_contracts(self, fill: Element, option: Instrument, quantity: int, gross: int) -> None:
        """Check that an option's units are contracts, as some brokers count shares.

        Raises BadInput.
        """
        price = self.values.micros(fill, "UNITPRICE")
        value = abs(option.value_at(price, quantity))
        is_priced = option.right is not None and fill.child("UNITPRICE") is not None
        if is_priced and not value <= 2 * abs(gross) <= 4 * value:
            allowed = (
                f"do not give TOTAL before fees with UNITPRICE and {option.multiplier} shares"
                " for each contract"
            )
            units = self.values.text(fill, "UNITS")
            raise BadInput(self.values.where(fill, "UNITS"), units, allowed)

    def closure(self, each: Element) -> None:
        """An expiry, an assignment or an exercise."""
        option = self.securities.instrument(each)
        units = self.values.exact(each, "UNITS")
        if not units:
            raise BadInput(self.values.where(each, "UNITS"), None, "must not be zero or missing")
        action = self.values.needed(each, "OPTACTION")
        if option.right is None:
            self.ignore(each, "shares that an option delivered, without their cash")
        elif action == "EXPIRE":
            was_long = units < 0 or self.long.get(option, 0) > 0
            self.add_trade(each, Kind.EXPIRY, Leg(option, -abs(units) if was_long else units, 0))
        elif action in ("ASSIGN", "EXERCISE"):
            sign = 1 if action == "ASSIGN" else -1
            self.add_trade(each, Kind.ASSIGNMENT, Leg(option, sign * abs(units), 0))
        else:
            allowed = "must be ASSIGN, EXERCISE or EXPIRE"
            raise BadInput(self.values.where(each, "OPTACTION"), action, allowed)

    def income(self, each: Element) -> None:
        """A dividend, a distribution or interest."""
        name = f"INCOME {self.values.text(each, 'INCOMETYPE')}"
        self.add_cash(each, self.income_kind(each), name, self.paid(each), self.symbol(each))

    def income_kind(self, each: Element) -> Kind:
        """The kind of an INCOMETYPE. Raises BadInput."""
        name = self.values.needed(each, "INCOMETYPE")
        if name not in INCOMES:
            allowed = f"must be one of: {', '.join(INCOMES)}"
            raise BadInput(self.values.where(each, "INCOMETYPE"), name, allowed)
        return INCOMES[name]

    def reinvestment(self, each: Element) -> None:
        """Income and the shares that it bought, which count as two rows."""
        self.rows += 1
        row_read()
        paid = abs(self.paid(each))
        fee = sum(self.values.micros(each, name) for name in FEES)
        units = abs(self.values.exact(each, "UNITS"))
        if not units:
            raise BadInput(self.values.where(each, "UNITS"), None, "must not be zero or missing")
        self.add_cash(each, self.income_kind(each), "REINVEST", paid, self.symbol(each))
        leg = Leg(self.securities.instrument(each), units, fee - paid)
        self.add_trade(each, Kind.TRADE, leg, fee, part=":shares")

    def banking(self, each: Element) -> None:
        """Cash that came or went without a security."""
        name = self.values.needed(each, "TRNTYPE")
        micros = self.paid(each, "TRNAMT")
        kind = BANKING.get(name)
        if kind is None:
            self.cash[name][self.currency_of(each)] += micros
            self.ignore(each, f"cash of type '{name}' is not booked yet")
        else:
            self.add_cash(each, kind, name, micros)

    def paid(self, each: Element, name: str = "TOTAL") -> int:
        """A row's cash. Raises BadInput if it is missing."""
        self.values.needed(each, name)
        return self.values.micros(each, name)

    def symbol(self, each: Element) -> str:
        """The symbol that a row's cash belongs to; '' for none."""
        return self.securities.instrument(each).symbol if each.child("SECID") else ""

    def code(self, element: Element, *path: str) -> str:
        """A currency. Raises BadInput."""
        where = self.values.where(element, path[0])
        return currency_code(where, self.values.needed(element, *path))

    def currency_of(self, element: Element) -> str:
        """The currency of an element's amounts: of CURRENCY if it has one, else the account's."""
        own = element.child("CURRENCY")
        return self.currency if own is None else self.code(element, "CURRENCY", "CURSYM")

    def ignore(self, element: Element, why: str) -> None:
        """Leave a row out, with the reason."""
        self.ignored.append(Ignored(element.line, why))

    def add_cash(self, row: Element, kind: Kind, name: str, micros: int, symbol: str = "") -> None:
        """Cash that came (positive) or went; `name` is what the file calls it."""
        currency = self.currency_of(row)
        self.cash[name][currency] += micros
        if not micros:
            self.ignore(row, "moves nothing")
            return
        if kind is Kind.DEPOSIT and micros < 0:
            kind = Kind.WITHDRAWAL
        day, key, note, moment = self.identity(row)
        content = row_digest(name, day, symbol, micros, currency)
        fact = CashFact(
            kind=kind,
            micros=micros,
            currency=currency,
            effective=day,
            note=note,
            symbol=symbol,
            key=key,
            content=content,
        )
        self.add(fact, day, moment, row)

    def add_trade(
        self, row: Element, kind: Kind, leg: Leg, fee_micros: int = 0, part: str = ""
    ) -> None:
        """A fill, an expiry or an assignment; `part` tells rows of one FITID apart."""
        currency = self.currency_of(row)
        net = self.stock_net if leg.instrument.right is None else self.option_net
        net[currency] += leg.gross_micros - fee_micros
        day, key, note, moment = self.identity(row)
        content = row_digest(
            kind, day, leg.instrument.name, leg.quantity_micros, leg.gross_micros, fee_micros
        )
        fact = TradeFact(
            kind=kind,
            legs=(leg,),
            currency=currency,
            fee_micros=fee_micros,
            fee_currency=currency,
            effective=day,
            note=note,
            key=f"{key}{part}",
            content=content,
        )
        self.add(fact, day, moment, row)

    def identity(self, row: Element) -> tuple[date, str, str, str]:
        """(day, key, note, moment) of a row. Raises BadInput."""
        banking = row.name == "STMTTRN"
        head, dated = (row, "DTPOSTED") if banking else (row.child("INVTRAN") or row, "DTTRADE")
        fitid = self.values.needed(head, "FITID")
        note = self.values.text(head, "MEMO") or self.values.text(head, "NAME")
        moment = self.values.text(head, dated)[8:14]
        return self.values.day(head, dated), f"ofx:{self.account}:{fitid}", note, moment

    def add(self, fact: Fact, day: date, moment: str, row: Element) -> None:
        """A row to be booked; its key must be the only one in the file."""
        if fact.key in self.lines:
            allowed = f"is already the FITID of line {self.lines[fact.key]}"
            raise BadInput(self.values.where(row), fact.key.rpartition(":")[2], allowed)
        self.facts.append((day, moment, row.line, fact))
        self.lines[fact.key] = row.line

    def positions(self) -> None:
        """What is held on the statement's day, with its prices."""
        listing = self.statement.child("INVPOSLIST")
        self.lists_positions = listing is not None
        prices: dict[tuple[str, str], tuple[Element, Element]] = {}
        newest = max((day for day, *_ in self.facts), default=self.as_of)
        for position in [] if listing is None else listing.children:
            self.rows += 1
            row_read()
            if newest > self.as_of:
                self.lists_positions = False
                self.ignore(position, f"a position of {self.as_of}, before the newest transaction")
                continue
            held = required(position, ("INVPOS",), self.values.file_name)
            name = self.securities.instrument(held, is_option=position.name == "POSOPT").name
            units = self.values.exact(held, "UNITS")
            is_short = self.values.text(held, "POSTYPE") == "SHORT"
            item = name, self.currency_of(held)
            self.held[item] = self.held.get(item, 0) + (-abs(units) if is_short else units)
            if item in prices:
                self.ignore(position, f"is added to the position of line {prices[item][0].line}")
            else:
                prices[item] = position, held
        for (name, currency), (position, held) in prices.items():
            self.mark(name, currency, position, held)

    def mark(self, name: str, currency: str, position: Element, held: Element) -> None:
        """The price of a position on its own day."""
        price = self.values.micros(held, "UNITPRICE")
        day = self.values.day(held, "DTPRICEASOF")
        why = ""
        if position.name == "POSDEBT":
            why = f"{name} is not marked: the price of a bond is a percentage"
        elif not held.child("UNITPRICE"):
            why = f"{name} is not marked: the position has no price"
        elif day > self.as_of:
            why = f"{name} is not marked: its price of {day} is after {self.as_of}"
        if why:
            self.ignore(position, why)
            return
        quantity = self.held[name, currency]
        mark = StatementMark(
            instrument=name,
            price_micros=price,
            quantity_micros=quantity,
            currency=currency,
            effective=day,
            note=f"closing price of {name}",
            key=f"ofx:{self.account}:{day}:mark:{name}:{currency}",
            content=row_digest("mark", name, currency, day, quantity, price),
        )
        self.marks.append(mark)
        self.lines[mark.key] = position.line

    def result(self, sha256: str) -> ReadStatement:
        """The statement with its facts in the order of time."""
        days = [day for day, *_ in self.facts]
        listing = self.statement.child("INVTRANLIST")
        given = (
            [self.values.day(listing, "DTSTART")] if listing and listing.child("DTSTART") else []
        )
        last_day = max([self.as_of, *days])
        order = -1 if days and days[0] > days[-1] else 1  # newest first
        by_time = sorted(self.facts, key=lambda each: (each[0], each[1], order * each[2]))
        cash, not_compared = self.ending_cash()
        is_late = last_day > self.as_of
        if is_late:
            not_compared = f"the statement of {self.as_of}, which is before its newest row,"
        return ReadStatement(
            format="ofx",
            broker_account=self.account,
            facts=StatementFacts(
                source=f"ofx:{self.account}",
                first_day=min([*given, *days, last_day]),
                last_day=last_day,
                sha256=sha256,
                rates=(),
                opening=(),
                facts=tuple(fact for *_, fact in by_time),
                marks=tuple(self.marks),
            ),
            rows=self.rows,
            ignored=tuple(sorted(self.ignored, key=lambda ignored: ignored.row)),
            lines=self.lines,
            option_net_cash=dict(self.option_net),
            stock_net_cash=dict(self.stock_net),
            cash_by_type={kind: dict(sums) for kind, sums in self.cash.items()},
            ending_cash={} if is_late else cash,
            ending_positions=self.held if self.lists_positions else None,
            not_compared=(not_compared,) if not_compared else (),
            corporate_actions=tuple(self.splits),
        )

    def ending_cash(self) -> tuple[dict[str, int], str]:
        """The cash that the statement ends with, and what of it cannot be compared, in words.

        It is given as one sum in the account's currency. Raises BadInput.
        """
        balance = self.statement.child("INVBAL")
        if balance is None:
            return {}, ""
        if self.values.micros(balance, "MARGINBALANCE"):
            return {}, "cash, a part of which is the margin balance,"
        sums = (self.option_net, self.stock_net, *self.cash.values())
        if {currency for each in sums for currency in each} - {self.currency}:
            return {}, "cash, which is one sum over several currencies,"
        return {self.currency: self.values.micros(balance, "AVAILCASH")}, ""
