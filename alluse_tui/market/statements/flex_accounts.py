"""Which rows of a Flex file belong to which broker account, and the currency and days of each.

A file has one FlexStatement for each account, one for each day, or a consolidated one whose rows
name their accounts (market.md, IBKR Flex).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from alluse_tui.domain.commands import currency_code
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import exact_decimal
from alluse_tui.market.statements.flex_rows import day_in
from alluse_tui.market.statements.flex_xml import Element
from alluse_tui.market.statements.statement import SourceFile, account_digits

CONTAINERS = ("", "FlexQueryResponse", "FlexStatements", "FlexStatement")
"""The elements whose children are no rows; '' for the root's parent."""

NO_ACCOUNT = ("", "-")
"""What accountId is where a row has none: sums over accounts have a dash."""

DAYS = ("fromDate", "toDate", "tradeDate", "dateTime", "date", "reportDate")
"""The attributes of rows that bound the period of a statement that does not give it."""


@dataclass(frozen=True, slots=True)
class AccountRows:
    """The rows of one broker account, statement by statement, oldest first.

    `unowned`: rows of a consolidated statement that name no account; they are counted here.
    `base`: the currency that the rates are to; empty if the rows have no rates. `notes`: what of
    this was concluded from the rows, in words.
    """

    account: str
    rows: tuple[Element, ...]
    unowned: tuple[Element, ...]
    base: str
    first_day: date
    last_day: date
    lists_positions: bool
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Statement:
    """One FlexStatement: its sections, its rows and its AccountInformation elements."""

    element: Element
    sections: set[str] = field(default_factory=set)
    rows: list[Element] = field(default_factory=list)
    informed: list[Element] = field(default_factory=list)

    def day(self, name: str, file_name: str) -> date | None:
        """The day in the attribute; None if it is empty. Raises BadInput."""
        text = self.element.attributes.get(name, "")
        try:
            return day_in(text)
        except ValueError:
            where = f"{file_name} line {self.element.line}: {name}"
            raise BadInput(where, text, "must be a date") from None


@dataclass(slots=True)
class _Part:
    """What one statement has of one account."""

    statement: _Statement
    rows: list[Element] = field(default_factory=list)
    unowned: list[Element] = field(default_factory=list)
    base: str = ""


def accounts_in(parsed_elements: Iterable[Element], file: SourceFile) -> list[AccountRows]:
    """The rows of each broker account, in the order in which the file names the accounts.

    Raises BadInput if there is no statement, or an account or its base currency is not known.
    """
    parts: dict[str, list[_Part]] = {}
    statements = list(_statements(parsed_elements))
    if not statements:
        raise BadInput("file", file.name, "has no FlexStatement")
    for statement in statements:
        for account, part in _split(statement, file.name).items():
            parts.setdefault(account, []).append(part)
    accounts = [_account_rows(account, each, file) for account, each in parts.items()]
    _require_base(accounts, file)
    return accounts


def _statements(parsed_elements: Iterable[Element]) -> Iterator[_Statement]:
    statement: _Statement | None = None
    for element in parsed_elements:
        if element.name == "FlexStatement":
            if statement is not None:
                yield statement
            statement = _Statement(element)
        elif statement is not None and element.parent not in CONTAINERS:
            statement.rows.append(element)
        elif statement is not None and element.name == "AccountInformation":
            statement.informed.append(element)
        elif statement is not None:
            statement.sections.add(element.name)
    if statement is not None:
        yield statement


def _split(statement: _Statement, file_name: str) -> dict[str, _Part]:
    """The statement's rows by account. Raises BadInput if neither it nor a row names one."""
    own = _account_of(statement.element)
    named = dict.fromkeys(filter(None, map(_account_of, statement.rows)))
    accounts = list(named) or [own]
    if not accounts[0]:
        where = f"{file_name} line {statement.element.line}: FlexStatement accountId"
        raise BadInput(where, None, "is missing: it names the account")
    home = own if own in accounts else accounts[0]
    is_known = len(accounts) == 1 or own in accounts
    parts = {account: _Part(statement) for account in accounts}
    for row in statement.rows:
        account = _account_of(row)
        (parts[account or home].rows if account or is_known else parts[home].unowned).append(row)
    for element in statement.informed:
        part = parts.get(_account_of(element) or home)
        if part is not None and element.attributes.get("currency"):
            where = f"{file_name} line {element.line}: currency"
            part.base = part.base or currency_code(where, element.attributes["currency"])
    return parts


def _account_of(element: Element) -> str:
    account = element.attributes.get("accountId", "").strip()
    return "" if account in NO_ACCOUNT else account


def _account_rows(account: str, parts: list[_Part], file: SourceFile) -> AccountRows:
    firsts = {id(part): part.statement.day("fromDate", file.name) for part in parts}
    lasts = [part.statement.day("toDate", file.name) for part in parts]
    parts = sorted(parts, key=lambda part: firsts[id(part)] or date.min)
    rows = [row for part in parts for row in part.rows]
    notes: list[str] = []
    first_days = [day for day in firsts.values() if day]
    last_days = [day for day in lasts if day]
    if len(first_days) < len(parts) or len(last_days) < len(parts):
        days = list(_days(rows))
        if not days and not (first_days and last_days):
            where = f"{file.name} line {parts[0].statement.element.line}: fromDate"
            raise BadInput(where, None, "is missing, and no row has a date")
        first_days, last_days = first_days + days, last_days + days
        notes.append(
            f"the statement does not give its whole period: {min(first_days)} to {max(last_days)}"
            " are the first and the last day of its rows"
        )
    base, note = _base(parts, rows, file)
    return AccountRows(
        account=account,
        rows=tuple(rows),
        unowned=tuple(row for part in parts for row in part.unowned),
        base=base,
        first_day=min(first_days),
        last_day=max(last_days),
        lists_positions=any("OpenPositions" in part.statement.sections for part in parts),
        notes=(*notes, *([note] if note else [])),
    )


def _days(rows: Iterable[Element]) -> Iterator[date]:
    for row in rows:
        for name in DAYS:
            try:
                day = day_in(row.attributes.get(name, ""))
            except ValueError:
                continue  # reading the row tells what is wrong with it
            if day is not None:
                yield day


def _base(parts: Sequence[_Part], rows: Sequence[Element], file: SourceFile) -> tuple[str, str]:
    """The base currency, '?' if rates need one that is not known; and what it was taken from."""
    for part in parts:
        if part.base:
            return part.base, ""
    is_one: defaultdict[str, list[bool]] = defaultdict(list)
    for row in rows:
        currency, rate = (row.attributes.get(name) for name in ("currency", "fxRateToBase"))
        if currency and rate:
            is_one[currency].append(_is_one(rate))
    always = [currency for currency, ones in is_one.items() if all(ones)]
    if len(always) == 1:
        why = "the only one whose rate is 1 on every row"
        return currency_code(
            f"{file.name}: currency", always[0]
        ), f"base currency {always[0]}: {why}"
    return file.currency or ("?" if is_one else ""), ""


def _is_one(rate: str) -> bool:
    try:
        return exact_decimal(rate, "") == Decimal(1)
    except BadInput:
        return False  # reading the row tells what is wrong with it


def _require_base(accounts: Sequence[AccountRows], file: SourceFile) -> None:
    """Raises BadInput if --currency is missing, or contradicts the file."""
    without = [account_digits(each.account) for each in accounts if each.base == "?"]
    if without:
        whose = f"of broker account {' and '.join(without)}"
        allowed = (
            f"the file does not give the base currency {whose}: give it, such as --currency USD"
        )
        raise BadInput("--currency", None, allowed)
    bases = sorted({each.base for each in accounts})
    if file.currency and file.currency not in bases:
        allowed = f"must be {' or '.join(bases)}, the base currency that the file gives"
        raise BadInput("--currency", file.currency, allowed)
