"""IBKR Flex XML into facts (market.md, Statements).

Cash rows come twice, as DETAIL and as SUMMARY: DETAIL is booked. The key of a row is the broker's
transaction id. Nothing is taken from the broker's own profit figures, which fold an assigned
option's premium into the shares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TypeVar

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Fact,
    FillFact,
    Kind,
    Leg,
    RateFact,
    StatementFacts,
    StatementMark,
    TradeFact,
    TransferFact,
    currency_code,
    exact_micros,
    rate_nanos,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import micros_of
from alluse_tui.market.statements.flex_accounts import AccountRows, accounts_in
from alluse_tui.market.statements.flex_confirms import as_trade
from alluse_tui.market.statements.flex_kinds import (
    CASH_KINDS,
    SHOWN,
    SUMMARIES,
    assets_of,
    parts_of,
    unread_reason,
)
from alluse_tui.market.statements.flex_rows import (
    CashReportRow,
    CashRow,
    HeldRow,
    PositionRow,
    TradeRow,
    parsed,
    traded_instrument,
)
from alluse_tui.market.statements.flex_transfers import (
    TransferRow,
    transfer_fact,
    why_not_booked,
)
from alluse_tui.market.statements.flex_xml import Element, elements
from alluse_tui.market.statements.reading_progress import row_read
from alluse_tui.market.statements.statement import Ignored, ReadStatement, SourceFile, row_digest

COMMISSIONS = ("commission", "ibCommission", "netCash")
"""The attributes of a confirmation, one of which tells its fees."""

LAST = "~"
"""Sorts after every time of a day."""

CASH_SUM = "a sum of DETAIL rows that are read one by one"
ONLY_CASH_SUM = "a sum, and the file has no DETAIL rows: choose Detail in the Flex query"

AnyFill = TypeVar("AnyFill", bound=FillFact)


def read_flex(file: SourceFile) -> tuple[ReadStatement, ...]:
    """The statement of each broker account in the file, in the file's order. Raises BadInput."""
    accounts = accounts_in(elements(file.content, file.name), file)
    return tuple(_Reading(file, each).result() for each in accounts)


class _Reading:
    """Collects the rows of one broker account."""

    def __init__(self, file: SourceFile, account: AccountRows) -> None:
        self.file_name, self.sha256 = file.name, file.sha256
        self.account, self.base = account.account, account.base
        self.first_day, self.last_day = account.first_day, account.last_day
        self.lists_positions = account.lists_positions
        self.rates: dict[tuple[date, str], RateFact] = {}
        self.opening: list[CashFact] = []
        self.facts: list[tuple[tuple[date, str], Fact]] = []
        self.marks: list[StatementMark] = []
        self.lines: dict[str, int] = {}
        self.given: dict[str, tuple[int, str]] = {}
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
        self.notes = list(account.notes)
        self.not_booked: dict[str, dict[str, None]] = {}
        self.without_commission: list[int] = []
        self.trades: list[Element] = []
        self.unreadable: list[tuple[Element, BadInput]] = []
        self.has_activity = self.has_detail = False
        for element in account.rows:
            self.has_activity |= element.parent != "TradeConfirms"
            self.has_detail |= element.attributes.get("levelOfDetail") == "DETAIL"
        for element in account.unowned:
            self.rows += 1
            self.ignore(element, "names no account")
        for element in account.rows:
            self.rows += 1
            row_read()
            try:
                self.read(element)
            except BadInput as error:
                self.unread(element, error)
        self.require_whole_fills()

    def read(self, element: Element) -> None:
        """Read one row. Raises BadInput for one that cannot be read."""
        level = element.attributes.get("levelOfDetail", "")
        match element.name:
            case "Trade" | "TradeConfirm" if level in SUMMARIES:
                self.ignore(element, "a sum of fills that are read one by one")
            case "Trade":
                self.trades.append(element)
                self.trade(parsed(TradeRow, element, self.file_name), element)
            case "TradeConfirm":
                self.trades.append(element)
                if not any(map(element.attributes.get, COMMISSIONS)):
                    self.without_commission.append(element.line)
                self.trade(parsed(TradeRow, as_trade(element), self.file_name), element)
            case "CashTransaction" if level == "SUMMARY":
                self.ignore(element, CASH_SUM if self.has_detail else ONLY_CASH_SUM)
            case "CashTransaction":
                self.cash_row(parsed(CashRow, element, self.file_name), element)
            case "OpenPosition" if level != "SUMMARY":
                self.ignore(element, "a lot of a position that is read as a whole")
            case "OpenPosition":
                self.position(element)
            case "CashReportCurrency":
                self.cash_report(parsed(CashReportRow, element, self.file_name), element)
            case "Transfer":
                self.transfer(parsed(TransferRow, element, self.file_name), element)
            case name:
                if name == "CorporateAction":
                    self.corporate_actions.append(element.attributes.get("symbol", ""))
                self.ignore(element, unread_reason(element))

    def unread(self, element: Element, error: BadInput) -> None:
        """Leave out a row that cannot be read."""
        self.ignore(element, f"cannot be read: {error}")
        if element.name in ("Trade", "TradeConfirm"):
            self.unreadable.append((element, error))
        if element.name == "CashReportCurrency":
            self.not_compared.append(f"the unreadable cash report of line {element.line}")

    def require_whole_fills(self) -> None:
        """Raises BadInput if a trade cannot be read and others belong to it."""
        if not self.unreadable:
            return
        lines: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for trade in self.trades:
            for part in parts_of(trade):
                lines[part].append(trade.line)
        for element, error in self.unreadable:
            sharing = (line for part in parts_of(element) for line in lines[part])
            other = next((line for line in sharing if line != element.line), 0)
            if other:
                why = f"{error.allowed}; the trade in line {other} belongs to it"
                raise BadInput(error.path, error.value, why)

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
        micros, ending = micros_of(row.starting, where), micros_of(row.ending, where)
        self.ending[currency] = ending
        if currency in self.starting:
            self.ignore(element, "starting cash follows from the day before in the same file")
            return
        self.starting[currency] = micros
        if not micros:
            self.ignore(element, f"no starting cash in {currency}; ending cash is for reconciling")
            return
        first_day = row.from_date or self.first_day
        key = f"{self.account}:{first_day}:starting:{currency}"
        fact = CashFact(
            kind=Kind.OPENING,
            micros=micros,
            currency=currency,
            effective=first_day,
            note="starting cash",
            key=key,
            content=row_digest("starting", currency, first_day, row.starting),
        )
        self.opening.append(fact)
        self.lines[key] = element.line

    def cash_row(self, row: CashRow, element: Element) -> None:
        """A dividend, interest, a fee, a tax, a deposit or a withdrawal."""
        day = row.when or row.report_date
        where = f"{self.file_name} line {element.line}: "
        if day is None:
            raise BadInput(f"{where}dateTime", None, "is missing")
        micros = micros_of(row.amount, f"{where}amount")
        kind = CASH_KINDS.get(row.type)
        if kind is None or not micros:
            self.cash[row.type][row.currency] += micros
            unknown = f"cash of type '{row.type[:SHOWN]}' is not booked yet"
            self.ignore(element, "moves nothing" if kind else unknown)
            return
        if kind is Kind.DEPOSIT and micros < 0:
            kind = Kind.WITHDRAWAL
        fact = CashFact(
            kind=kind,
            micros=micros,
            currency=row.currency,
            effective=day,
            note=row.description,
            key=self.key(row.transaction_id),
            content=row_digest(row.type, row.currency, day, row.amount),
            symbol=row.symbol,
        )
        if self.is_repeated(fact, row.transaction_id, element):
            return
        self.rate(row.report_date or day, row.currency, row.rate_to_base, element)
        self.cash[row.type][row.currency] += micros
        self.add(fact, element)

    def transfer(self, row: TransferRow, element: Element) -> None:
        """Cash or a position that came to the account or left it."""
        if why := why_not_booked(row):
            self.ignore(element, why)
            return
        fact = transfer_fact(row, self.account, f"{self.file_name} line {element.line}: ")
        if self.is_repeated(fact, row.transaction_id, element):
            return
        day = fact.effective or self.first_day
        self.rate(row.report_date or day, row.currency, row.rate_to_base, element)
        if isinstance(fact, CashFact):
            self.cash["Transfers"][row.currency] += fact.micros
        self.add(fact, element)

    def trade(self, row: TradeRow, element: Element) -> None:
        """A fill of shares or options, an expiry, an assignment, or a conversion."""
        where = f"{self.file_name} line {element.line}: "
        net = micros_of(row.net_cash, f"{where}netCash")
        if row.asset != "CASH" and row.asset not in self.net:
            self.rate(row.report_date or row.trade_date, row.currency, row.rate_to_base, element)
            self.not_booked.setdefault(row.asset, {})[row.symbol] = None
            assets = assets_of(row.asset)
            if net:
                self.cash[f"Trades of {assets}"][row.currency] += net
            self.ignore(element, f"trades of {assets} are not booked: {row.symbol[:SHOWN]}")
            return
        fact: ConversionFact | TradeFact
        if row.asset == "CASH":
            fact = self.conversion(row, element)
        else:
            gross = micros_of(row.proceeds, f"{where}proceeds")
            notes = row.notes.split(";")
            quantity = exact_micros(f"{where}quantity", row.quantity)
            fact = TradeFact(
                kind=Kind.EXPIRY
                if "Ep" in notes
                else Kind.ASSIGNMENT
                if "A" in notes
                else Kind.TRADE,
                legs=(Leg(traded_instrument(row, where), quantity, gross, row.contract),),
                currency=row.currency,
                fee_micros=gross - net,
                fee_currency=row.currency,
                effective=row.trade_date,
                note=row.description,
                content=row_digest(
                    row.transaction_type,
                    row.symbol,
                    row.currency,
                    row.trade_date,
                    row.quantity,
                    row.net_cash,
                ),
            )
        fact = self.identified(fact, row, net, where)
        if self.is_repeated(fact, row.transaction_id or row.trade_id, element):
            return
        self.rate(row.report_date or row.trade_date, row.currency, row.rate_to_base, element)
        if row.asset != "CASH":
            self.net[row.asset][row.currency] += net
        self.add(fact, element)

    def identified(self, fact: AnyFill, row: TradeRow, net: int, where: str) -> AnyFill:
        """The fill with its keys: the transaction's id, and what a confirmation identifies it by.

        Raises BadInput if it has neither a transaction's nor a trade's id.
        """
        fill = content = ""
        if row.trade_id:
            quantity, price = micros_of(row.quantity, where), micros_of(row.price, where)
            commission = micros_of(row.commission, where)
            fill = self.key(f"fill:{row.trade_id}:{row.trade_date}:{quantity}:{price}")
            content = row_digest("fill", row.currency, net, commission)
        if row.transaction_id:
            return replace(fact, key=self.key(row.transaction_id), fill=fill, fill_content=content)
        if not fill:
            raise BadInput(f"{where}transactionID", row.transaction_id, "is missing, as is tradeID")
        return replace(fact, key=fill, content=content, fill=fill, fill_content=content)

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
            name = traded_instrument(held, where).name
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
            content=row_digest("mark", name, row.currency, row.report_date, quantity, price),
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
            content=row_digest(
                row.symbol, row.trade_date, row.quantity, row.proceeds, row.commission
            ),
        )

    def rate(self, day: date, currency: str, to_base: Decimal, element: Element) -> None:
        """The file's own rate to its base currency on the day it reports."""
        if currency == self.base or to_base <= 0:
            return
        nanos = rate_nanos(to_base, f"{self.file_name} line {element.line}: fxRateToBase")
        fact = RateFact(currency=currency, against=self.base, nanos=nanos, effective=day)
        self.rates[day, currency] = fact

    def is_repeated(self, fact: Fact, row_id: str, element: Element) -> bool:
        """Whether the row was given before in the file; if so, it is ignored.

        Raises BadInput if it has the id of a row that says something else.
        """
        for key, content in fact.evidence:
            if key not in self.given:
                continue
            line, given = self.given[key]
            if content != given:
                where = f"{self.file_name} line {element.line}: {element.name} id"
                raise BadInput(where, row_id, f"is already used in line {line}")
            self.ignore(element, f"repeats line {line}")
            return True
        return False

    def add(self, fact: Fact, element: Element) -> None:
        """A row to be booked."""
        self.facts.append(((fact.effective or self.first_day, _moment(fact, element)), fact))
        self.lines[fact.key] = element.line
        self.given[fact.key] = (element.line, fact.content)
        if isinstance(fact, FillFact) and fact.fill and fact.fill != fact.key:
            self.given.setdefault(fact.final_fill, (element.line, fact.fill_content))

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
            fills_only=not self.has_activity and self.rows > 0,
        )
        return ReadStatement(
            format="ibkr-flex",
            broker_account=self.account,
            facts=facts,
            rows=self.rows,
            ignored=tuple(sorted(self.ignored, key=lambda ignored: ignored.row)),
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
            notes=tuple(self.all_notes()),
        )

    def all_notes(self) -> Iterator[str]:
        """What was concluded, and what is not booked."""
        yield from self.notes
        for asset, symbols in self.not_booked.items():
            names = ", ".join(symbol[:SHOWN] for symbol in symbols)
            yield f"trades of {assets_of(asset)} are not booked: {names}"
        if self.without_commission:
            count = len(self.without_commission)
            fills = "1 fill was" if count == 1 else f"{count} fills were"
            yield f"{fills} booked without fees: the file gives neither commission nor net cash"


def _moment(fact: Fact, element: Element) -> str:
    """What sorts the rows of a day: their time; what left without a time leaves last."""
    moment = element.attributes.get("dateTime", "")
    has_time = any(sign in moment for sign in ";,T ")
    return moment if has_time or not isinstance(fact, TransferFact) or fact.came else LAST
