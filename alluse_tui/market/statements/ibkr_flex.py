"""IBKR Flex XML into facts (market.md, Statements).

Cash rows come twice, as DETAIL and as SUMMARY: DETAIL is booked. The key of a row is the broker's
transaction id. Nothing is taken from the broker's own profit figures, which fold an assigned
option's premium into the shares.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date
from decimal import Decimal

from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Fact,
    Instrument,
    Kind,
    Leg,
    RateFact,
    Right,
    StatementFacts,
    StatementMark,
    TradeFact,
    currency_code,
    exact,
    rate_nanos,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import micros_of
from alluse_tui.market.statements.flex_rows import (
    CashReportRow,
    CashRow,
    ContractRow,
    HeldRow,
    PositionRow,
    TradeRow,
    parsed,
)
from alluse_tui.market.statements.flex_xml import Element, elements
from alluse_tui.market.statements.statement import Ignored, ReadStatement, SourceFile

SUMMARIES = ("SYMBOL_SUMMARY", "ASSET_SUMMARY", "SUMMARY", "ORDER", "CLOSED_LOT", "WASH_SALE")

CASH_KINDS = {
    "Deposits/Withdrawals": Kind.DEPOSIT,
    "Deposits & Withdrawals": Kind.DEPOSIT,
    "Dividends": Kind.DIVIDEND,
    "Payment In Lieu Of Dividends": Kind.DIVIDEND,
    "Withholding Tax": Kind.TAX,
    "871(m) Withholding": Kind.TAX,
    "Broker Interest Paid": Kind.INTEREST,
    "Broker Interest Received": Kind.INTEREST,
    "Bond Interest Paid": Kind.INTEREST,
    "Bond Interest Received": Kind.INTEREST,
    "Broker Fees": Kind.FEE,
    "Other Fees": Kind.FEE,
    "Advisor Fees": Kind.FEE,
    "Commission Adjustments": Kind.FEE,
}

UNREAD = {
    "SecurityInfo": "describes a security, moves nothing",
    "CorporateAction": "corporate actions are not booked yet",
    "Transfer": "transfers of securities are not booked yet",
    "SymbolSummary": "a sum of rows that are read one by one",
    "AssetSummary": "a sum of rows that are read one by one",
    "Order": "a sum of fills that are read one by one",
    "Lot": "a closed lot of a trade that is read itself",
}


def read_flex(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The one statement in the file. Raises BadInput."""
    parsed_elements = elements(file.content, file.name)
    statements = [e for e in parsed_elements if e.name == "FlexStatement"]
    if len(statements) != 1:
        count = len(statements)
        raise BadInput("file", file.name, f"must contain one FlexStatement, not {count} statements")
    return (_Reading(file.name, file.sha256, statements[0], parsed_elements).result(),)


class _Reading:
    """Collects the rows of one statement."""

    def __init__(
        self, file_name: str, sha256: str, statement: Element, parsed_elements: list[Element]
    ) -> None:
        self.file_name = file_name
        self.sha256 = sha256
        self.account = statement.attributes.get("accountId", "")
        if not self.account:
            where = f"{file_name} line {statement.line}: FlexStatement accountId"
            raise BadInput(where, None, "is missing: it names the account")
        self.base = _base_currency(parsed_elements, file_name)
        self.first_day = _statement_day(statement, "fromDate", file_name)
        self.last_day = _statement_day(statement, "toDate", file_name)
        self.rates: dict[tuple[date, str], RateFact] = {}
        self.opening: list[CashFact] = []
        self.facts: list[tuple[tuple[date, str], Fact]] = []
        self.marks: list[StatementMark] = []
        self.lines: dict[str, int] = {}
        self.ignored: list[Ignored] = []
        self.rows = 0
        self.net: dict[str, defaultdict[str, int]] = {
            "OPT": defaultdict(int),
            "STK": defaultdict(int),
        }
        self.cash: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.starting: dict[str, int] = {}
        self.ending: dict[str, int] = {}
        self.held: dict[tuple[str, str], int] = {}
        self.contracts: dict[tuple[str, str], str] = {}
        self.not_compared: list[str] = []
        self.corporate_actions: list[str] = []
        self.lists_positions = any(e.name == "OpenPositions" for e in parsed_elements)
        for element in parsed_elements:
            if element.parent not in ("", "FlexQueryResponse", "FlexStatements", "FlexStatement"):
                self.rows += 1
                self.read(element)

    def read(self, element: Element) -> None:
        """Read one row."""
        level = element.attributes.get("levelOfDetail", "")
        match element.name:
            case "Trade" if level in SUMMARIES:
                self.ignore(element, "a sum of fills that are read one by one")
            case "Trade":
                self.trade(parsed(TradeRow, element, self.file_name), element)
            case "CashTransaction" if level == "SUMMARY":
                self.ignore(element, "a sum of DETAIL rows that are read one by one")
            case "CashTransaction":
                self.cash_row(parsed(CashRow, element, self.file_name), element)
            case "OpenPosition" if level != "SUMMARY":
                self.ignore(element, "a lot of a position that is read as a whole")
            case "OpenPosition":
                self.position(element)
            case "CashReportCurrency":
                self.cash_report(parsed(CashReportRow, element, self.file_name), element)
            case name:
                if name == "CorporateAction":
                    self.corporate_actions.append(element.attributes.get("symbol", ""))
                why = UNREAD.get(name, f"rows of {element.parent or name} are not read")
                self.ignore(element, why)

    def ignore(self, element: Element, why: str) -> None:
        """Leave a row out, with the reason."""
        self.ignored.append(Ignored(element.line, why))

    def cash_report(self, row: CashReportRow, element: Element) -> None:
        """Starting cash becomes an opening; ending cash is only compared."""
        if row.currency == "BASE_SUMMARY":
            self.ignore(element, "the sum of the other currencies in the base currency")
            return
        where = f"{self.file_name} line {element.line}: currency"
        currency = currency_code(where, row.currency)
        self.ending[currency] = micros_of(row.ending, where)
        self.starting[currency] = micros = micros_of(row.starting, where)
        if not micros:
            self.ignore(element, f"no starting cash in {currency}; ending cash is for reconciling")
            return
        key = f"{self.account}:{row.from_date}:starting:{currency}"
        fact = CashFact(
            kind=Kind.OPENING,
            micros=micros,
            currency=currency,
            effective=row.from_date,
            note="starting cash",
            key=key,
            content=_content("starting", currency, row.from_date, row.starting),
        )
        self.opening.append(fact)
        self.lines[key] = element.line

    def cash_row(self, row: CashRow, element: Element) -> None:
        """A dividend, interest, a fee, a tax, a deposit or a withdrawal."""
        self.rate(row.report_date, row.currency, row.rate_to_base, element)
        micros = micros_of(row.amount, f"{self.file_name} line {element.line}: amount")
        self.cash[row.type][row.currency] += micros
        kind = CASH_KINDS.get(row.type)
        if kind is None:
            self.ignore(element, f"cash of type '{row.type}' is not booked yet")
            return
        if kind is Kind.DEPOSIT and micros < 0:
            kind = Kind.WITHDRAWAL
        if not micros:
            self.ignore(element, "moves nothing")
            return
        fact = CashFact(
            kind=kind,
            micros=micros,
            currency=row.currency,
            effective=row.when,
            note=row.description,
            key=self.key(row.transaction_id),
            content=_content(row.type, row.currency, row.when, row.amount),
            symbol=row.symbol,
        )
        self.add(fact, element)

    def trade(self, row: TradeRow, element: Element) -> None:
        """A fill of shares or options, an expiry, an assignment, or a conversion."""
        self.rate(row.report_date, row.currency, row.rate_to_base, element)
        if row.asset == "CASH":
            self.add(self.conversion(row, element), element)
            return
        if row.asset not in self.net:
            self.ignore(element, f"trades of {row.asset or 'an unnamed asset'} are not booked yet")
            return
        where = f"{self.file_name} line {element.line}: "
        net = micros_of(row.net_cash, f"{where}netCash")
        gross = micros_of(row.proceeds, f"{where}proceeds")
        self.net[row.asset][row.currency] += net
        notes = row.notes.split(";")
        kind = Kind.EXPIRY if "Ep" in notes else Kind.ASSIGNMENT if "A" in notes else Kind.TRADE
        quantity = exact(f"{where}quantity", str(row.quantity))
        leg = Leg(self.instrument(row, where), quantity, gross, row.contract)
        fact = TradeFact(
            kind=kind,
            legs=(leg,),
            currency=row.currency,
            fee_micros=gross - net,
            fee_currency=row.currency,
            effective=row.trade_date,
            note=row.description,
            key=self.key(row.transaction_id),
            content=_content(
                row.transaction_type,
                row.symbol,
                row.currency,
                row.trade_date,
                row.quantity,
                row.net_cash,
            ),
        )
        self.add(fact, element)

    def position(self, element: Element) -> None:
        """A position of the statement's last day becomes a mark; any other is left out."""
        name = ""
        try:
            held = parsed(HeldRow, element, self.file_name)
            where = f"{self.file_name} line {element.line}: "
            if held.asset not in self.net:
                asset = held.asset or "an unnamed asset"
                self.ignore(element, f"positions in {asset} are not marked yet")
                self.not_compared.append(f"{held.symbol} ({asset}) of line {element.line}")
                return
            if held.report_date != self.last_day:
                self.ignore(element, f"a position of {held.report_date}, not of {self.last_day}")
                return
            name = self.instrument(held, where).name
            quantity = micros_of(held.quantity, f"{where}position")
            self.held.setdefault((name, held.currency), quantity)
            self.contracts[name, held.currency] = held.contract
            row = parsed(PositionRow, element, self.file_name)
            price = micros_of(row.price, f"{where}markPrice")
        except BadInput as error:  # only a price is lost, so the other rows are booked
            self.ignore(element, f"a position that cannot be marked: {error}")
            if not name:
                self.not_compared.append(f"an unreadable position of line {element.line}")
            return
        key = self.key(f"{row.report_date}:mark:{name}:{row.currency}")
        if key in self.lines:
            self.ignore(element, f"{name} was already given in line {self.lines[key]}")
            return
        mark = StatementMark(
            instrument=name,
            price_micros=price,
            quantity_micros=quantity,
            currency=row.currency,
            contract=row.contract,
            effective=row.report_date,
            note=f"closing price of {name}",
            key=key,
            content=_content("mark", name, row.currency, row.report_date, quantity, price),
        )
        self.marks.append(mark)
        self.lines[key] = element.line

    def conversion(self, row: TradeRow, element: Element) -> ConversionFact:
        """'EUR.CHF': a quantity of EUR against proceeds in CHF; commission in its own currency."""
        where = f"{self.file_name} line {element.line}: "
        base, _, quote = row.symbol.partition(".")
        base, quote = currency_code(f"{where}symbol", base), currency_code(f"{where}symbol", quote)
        quantity = micros_of(row.quantity, f"{where}quantity")
        proceeds = micros_of(row.proceeds, f"{where}proceeds")
        bought, sold = ((base, quantity), (quote, -proceeds))
        if quantity < 0:
            bought, sold = (quote, proceeds), (base, -quantity)
        return ConversionFact(
            bought=bought[0],
            bought_micros=bought[1],
            sold=sold[0],
            sold_micros=sold[1],
            fee_micros=-micros_of(row.commission, f"{where}ibCommission"),
            fee_currency=row.commission_currency or row.currency,
            effective=row.trade_date,
            note=f"{row.symbol} at {row.price}",
            key=self.key(row.transaction_id),
            content=_content(
                row.symbol, row.trade_date, row.quantity, row.proceeds, row.commission
            ),
        )

    def instrument(self, row: ContractRow, where: str) -> Instrument:
        """The traded instrument."""
        if row.asset == "STK":
            return Instrument(row.symbol)
        rights = {"C": Right.CALL, "P": Right.PUT}
        if not row.symbol.split():
            raise BadInput(f"{where}symbol", row.symbol, "must name what was traded")
        if row.put_call not in rights or row.expiry is None:
            raise BadInput(f"{where}putCall", row.put_call, "an option needs C or P and an expiry")
        return Instrument(
            row.underlying or row.symbol.split()[0],
            rights[row.put_call],
            exact(f"{where}strike", str(row.strike)),
            row.expiry,
            int(row.multiplier) or 100,
        )

    def rate(self, day: date, currency: str, to_base: Decimal, element: Element) -> None:
        """The file's own rate to its base currency on the day it reports."""
        if currency == self.base or to_base <= 0:
            return
        nanos = rate_nanos(to_base, f"{self.file_name} line {element.line}: fxRateToBase")
        fact = RateFact(currency=currency, against=self.base, nanos=nanos, effective=day)
        self.rates[day, currency] = fact

    def add(self, fact: Fact, element: Element) -> None:
        """A row to be booked; its key must be the only one in the file."""
        if fact.key in self.lines:
            where = f"{self.file_name} line {element.line}: transactionID"
            raise BadInput(where, fact.key, f"is already used in line {self.lines[fact.key]}")
        moment = element.attributes.get("dateTime", "")
        self.facts.append(((fact.effective or self.first_day, moment), fact))
        self.lines[fact.key] = element.line

    def key(self, transaction_id: str) -> str:
        """The broker's transaction id, prefixed with the broker's account."""
        return f"{self.account}:{transaction_id}"

    def result(self) -> ReadStatement:
        """The statement: rates, starting cash, then rows by time."""
        facts = StatementFacts(
            source=f"ibkr:{self.account}",
            first_day=self.first_day,
            last_day=self.last_day,
            sha256=self.sha256,
            rates=tuple(fact for _, fact in sorted(self.rates.items())),
            opening=tuple(self.opening),
            facts=tuple(fact for _, fact in sorted(self.facts, key=lambda pair: pair[0])),
            marks=tuple(self.marks),
        )
        return ReadStatement(
            format="ibkr-flex",
            broker_account=self.account,
            facts=facts,
            rows=self.rows,
            ignored=tuple(self.ignored),
            lines=self.lines,
            option_net_cash=dict(self.net["OPT"]),
            stock_net_cash=dict(self.net["STK"]),
            cash_by_type={kind: dict(sums) for kind, sums in self.cash.items()},
            ending_cash=self.ending,
            starting_cash=self.starting,
            ending_positions=self.held if self.lists_positions else None,
            contracts=self.contracts,
            not_compared=tuple(self.not_compared),
            corporate_actions=tuple(self.corporate_actions),
        )


def _content(*values: object) -> str:
    """A digest that identifies a broker's row besides its id."""
    return hashlib.sha256("\x1f".join(str(v) for v in values).encode()).hexdigest()[:32]


def _base_currency(parsed_elements: list[Element], file_name: str) -> str:
    for element in parsed_elements:
        if element.name == "AccountInformation" and element.attributes.get("currency"):
            where = f"{file_name} line {element.line}: currency"
            return currency_code(where, element.attributes["currency"])
    raise BadInput("file", file_name, "has no AccountInformation with a currency; add the section")


def _statement_day(statement: Element, name: str, file_name: str) -> date:
    text = statement.attributes.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        where = f"{file_name} line {statement.line}: {name}"
        raise BadInput(where, text, "must be a date") from None
