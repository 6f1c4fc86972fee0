"""Transfers in a Flex file: cash and positions that came to the account or left it.

The section has what the cash transactions and the trades do not: transfers between accounts of the
same owner, and positions that moved to or from another broker (ACATS, ATON, FOP).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from alluse_tui.domain.commands import CashFact, Kind, Leg, TransferFact, exact_micros
from alluse_tui.domain.model.money import micros_of
from alluse_tui.market.statements.flex_kinds import SHOWN, assets_of
from alluse_tui.market.statements.flex_rows import (
    ContractRow,
    Number,
    OptionalDay,
    OptionalNumber,
    traded_instrument,
)
from alluse_tui.market.statements.statement import row_digest

BOOKED = ("STK", "OPT")
"""The assets of which positions are booked."""

IN, OUT = "IN", "OUT"
"""The directions of a transfer; some rows have none."""

_TYPE = re.compile("[A-Za-z ]{1,20}")
"""A type is a word; anything else may contain an account number."""


class TransferRow(ContractRow):
    """Cash, or a position with its value on that day: the changes of the account, signed."""

    asset: str = Field("", alias="assetCategory")
    symbol: Annotated[str, Field(max_length=200)] = ""
    rate_to_base: OptionalNumber = Field(Decimal(0), alias="fxRateToBase")
    type: str = ""
    direction: str = ""
    when: OptionalDay = Field(None, alias="dateTime")
    on: OptionalDay = Field(None, alias="date")
    report_date: OptionalDay = Field(None, alias="reportDate")
    quantity: OptionalNumber = Decimal(0)
    value: Number | None = Field(None, alias="positionAmount")
    cash: OptionalNumber = Field(Decimal(0), alias="cashTransfer")
    transaction_id: str = Field("", alias="transactionID")

    @property
    def day(self) -> date | None:
        """The day of the transfer; None if the row has no date."""
        return self.when or self.on or self.report_date

    @property
    def way(self) -> str:
        """'ACATS in', 'INTERNAL out'."""
        named = self.type.strip() if _TYPE.fullmatch(self.type) else ""
        direction = self.direction.lower() if self.direction.upper() in (IN, OUT) else ""
        return f"{named} {direction}".strip() or "unnamed"

    @property
    def came(self) -> bool:
        """Whether it came: by its direction, otherwise by the sign of what moved."""
        direction = self.direction.upper()
        return direction == IN if direction in (IN, OUT) else (self.cash or self.quantity) > 0

    @property
    def contradicts_itself(self) -> bool:
        """Whether cash or shares have the sign of the other direction; options may be short."""
        amount = self.cash or self.quantity
        return self.asset != "OPT" and (amount > 0) != self.came


def why_not_booked(row: TransferRow) -> str:
    """Why a transfer is left to the operator, and what to do; '' if it can be booked."""
    cash = f"{row.cash:f} {row.currency}"
    position = f"{row.quantity.normalize():f} {' '.join(row.symbol[:SHOWN].split())}"
    moved = cash if row.cash else position
    if not (row.cash or row.quantity):
        return f"a transfer ({row.way}) that moves nothing"
    if row.cash and row.quantity:
        reason = f"{position} and {cash} in one row: record both yourself"
    elif row.contradicts_itself:
        reason = f"{moved}, whose sign contradicts its direction: record it yourself"
    elif not row.transaction_id:
        reason = f"{moved} without an id: add Transaction ID to the Flex query"
    elif row.day is None:
        reason = f"{moved} without a date: add Date/Time to the Flex query"
    elif row.cash:
        return ""
    elif not row.asset:
        reason = f"{moved} without an asset class: add Asset Class to the Flex query"
    elif row.asset not in BOOKED:
        reason = f"{moved}: {assets_of(row.asset)} are not booked"
    elif row.value is None:
        reason = f"{moved} without a value: add Position Amount to the Flex query"
    else:
        return ""
    return f"a transfer ({row.way}) of {reason}"


def transfer_fact(row: TransferRow, account: str, where: str) -> CashFact | TransferFact:
    """What a row that can be booked moved. Raises BadInput.

    The broker gives the value of a position without a sign, or with that of its side.
    """
    cash = micros_of(row.cash, f"{where}cashTransfer")
    quantity = exact_micros(f"{where}quantity", row.quantity)
    value = abs(micros_of(row.value or Decimal(0), f"{where}positionAmount"))
    moved = ("transfer", row.symbol, row.currency, row.day, row.came, quantity, value, cash)
    key, content = f"{account}:{row.transaction_id}", row_digest(*moved)
    note = f"transfer ({row.way})"
    if cash:
        return CashFact(
            kind=Kind.DEPOSIT if row.came else Kind.WITHDRAWAL,
            micros=cash,
            currency=row.currency,
            effective=row.day,
            note=note,
            key=key,
            content=content,
        )
    gross = -value if quantity > 0 else value
    return TransferFact(
        legs=(Leg(traded_instrument(row, where), quantity, gross, row.contract),),
        came=row.came,
        currency=row.currency,
        effective=row.day,
        note=note,
        key=key,
        content=content,
    )
