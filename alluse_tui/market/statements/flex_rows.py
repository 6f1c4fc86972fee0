"""The relevant rows of a Flex statement, validated while they are read."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from alluse_tui.domain.commands import Instrument, Right, currency_code, exact_micros
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import CONTRACT_SHARES
from alluse_tui.domain.model.money import exact_decimal
from alluse_tui.market.statements.flex_xml import Element

RIGHTS = {"C": Right.CALL, "P": Right.PUT}
"""What the broker calls the rights of an option."""

DAYS_KEPT = 400
"""How many texts of days are kept: a year has few, and each is on many rows."""

NUMBERS_KEPT = 4_096
"""How many texts of numbers are kept: most quantities, strikes and fees are on many rows."""


@lru_cache(maxsize=NUMBERS_KEPT)
def _number(text: str) -> Decimal:
    try:
        return exact_decimal(text.replace(",", ""), "")
    except BadInput as error:
        raise ValueError(error.allowed) from None


@lru_cache(maxsize=NUMBERS_KEPT)
def _number_or_zero(text: str) -> Decimal:
    """A number; 0 for empty text, as in attributes that do not apply (a share's strike)."""
    return _number(text) if text else Decimal(0)


@lru_cache(maxsize=DAYS_KEPT)
def day_in(text: str) -> date | None:
    """The date in '2025-10-17' or '20251017', with or without a time; None if empty.

    The time follows ';', ',', 'T' or a space. Raises ValueError.
    """
    day = re.split("[;,T ]", text.strip(), maxsplit=1)[0]
    try:
        return date.fromisoformat(day) if day else None
    except ValueError:
        raise ValueError("must be a date such as 2025-10-17") from None


@lru_cache(maxsize=100)
def _currency(text: str) -> str:
    try:
        return currency_code("", text)
    except BadInput as error:
        raise ValueError(error.allowed) from None


Number = Annotated[Decimal, BeforeValidator(_number)]
OptionalNumber = Annotated[Decimal, BeforeValidator(_number_or_zero)]
Day = Annotated[date, BeforeValidator(day_in)]
OptionalDay = Annotated[date | None, BeforeValidator(day_in)]
Currency = Annotated[str, BeforeValidator(_currency)]


class _Row(BaseModel):
    """A row that ignores unknown attributes, as brokers add new ones at any time."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ContractRow(_Row):
    """What a row is about: shares, an option, or a pair of currencies."""

    asset: str = Field(alias="assetCategory")
    currency: Currency
    symbol: Annotated[str, Field(min_length=1)]
    contract: str = Field("", alias="conid")
    underlying: str = Field("", alias="underlyingSymbol")
    multiplier: OptionalNumber = Decimal(0)
    strike: OptionalNumber = Decimal(0)
    expiry: OptionalDay = None
    put_call: str = Field("", alias="putCall")


class HeldRow(ContractRow):
    """A position at the end of a day."""

    report_date: Day = Field(alias="reportDate")
    quantity: Number = Field(alias="position")


class PositionRow(HeldRow):
    """A position at the end of a day, with the broker's price of it."""

    price: Number = Field(alias="markPrice")


class TradeRow(ContractRow):
    """A fill, an expiry, an assignment or a currency conversion."""

    rate_to_base: OptionalNumber = Field(Decimal(0), alias="fxRateToBase")
    description: str = ""
    trade_date: Day = Field(alias="tradeDate")
    report_date: OptionalDay = Field(None, alias="reportDate")
    transaction_type: str = Field("", alias="transactionType")
    notes: str = ""
    quantity: Number
    price: OptionalNumber = Field(Decimal(0), alias="tradePrice")
    proceeds: Number
    commission: Number = Field(alias="ibCommission")
    commission_currency: str = Field("", alias="ibCommissionCurrency")
    net_cash: Number = Field(alias="netCash")
    transaction_id: str = Field("", alias="transactionID")
    trade_id: str = Field("", alias="tradeID")


class CashRow(_Row):
    """A cash transaction: a dividend, interest, a fee, a tax, a deposit or a withdrawal."""

    currency: Currency
    rate_to_base: OptionalNumber = Field(Decimal(0), alias="fxRateToBase")
    symbol: str = ""
    description: str = ""
    when: OptionalDay = Field(None, alias="dateTime")
    report_date: OptionalDay = Field(None, alias="reportDate")
    amount: Number
    type: str
    transaction_id: Annotated[str, Field(min_length=1)] = Field(alias="transactionID")


class CashReportRow(_Row):
    """The cash in one currency at the start and the end of the period."""

    currency: str
    from_date: OptionalDay = Field(None, alias="fromDate")
    starting: Number = Field(alias="startingCash")
    ending: Number = Field(alias="endingCash")


R = TypeVar("R", bound=_Row)


def traded_instrument(row: ContractRow, where: str) -> Instrument:
    """The shares or the option of a row. Raises BadInput."""
    if not row.symbol.split():
        raise BadInput(f"{where}symbol", row.symbol, "must name what was traded")
    if row.asset == "STK":
        return Instrument(row.symbol)
    if row.put_call not in RIGHTS or row.expiry is None:
        raise BadInput(f"{where}putCall", row.put_call, "an option needs C or P and an expiry")
    if row.strike <= 0:
        raise BadInput(f"{where}strike", str(row.strike), "must be above zero")
    if row.multiplier < 0 or row.multiplier % 1:
        allowed = "must be a whole number of shares"
        raise BadInput(f"{where}multiplier", str(row.multiplier), allowed)
    return Instrument(
        row.underlying or row.symbol.split()[0],
        RIGHTS[row.put_call],
        exact_micros(f"{where}strike", row.strike),
        row.expiry,
        int(row.multiplier) or CONTRACT_SHARES,
    )


def parsed(model: type[R], element: Element, file_name: str) -> R:
    """The element as a row. Raises BadInput with line, attribute, value and allowed values."""
    try:
        return model.model_validate(element.attributes)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(p) for p in first["loc"])
        where = f"{file_name} line {element.line}: {element.name} {at}"
        value = first["input"] if isinstance(first["input"], str) else None
        raise BadInput(where, value, first["msg"].removeprefix("Value error, ")) from None
