"""Transfers in a Flex file: cash and positions that came to the account or left it.

The section has what the cash transactions and the trades do not: transfers between accounts of the
same owner, and positions that moved to or from another broker (ACATS, ATON, FOP).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from alluse_tui.domain.commands import CashFact, Kind, Leg, TradeFact, exact_micros
from alluse_tui.domain.model.money import micros_of
from alluse_tui.market.statements.flex_kinds import SHOWN, assets_of
from alluse_tui.market.statements.flex_rows import (
    ContractRow,
    OptionalDay,
    OptionalNumber,
    traded_instrument,
)
from alluse_tui.market.statements.statement import row_digest

BOOKED = ("STK", "OPT")
"""The assets of which positions are booked."""


class TransferRow(ContractRow):
    """Cash, or a position with its value on that day: the changes of the account, signed."""

    asset: str = Field("", alias="assetCategory")
    symbol: str = ""
    rate_to_base: OptionalNumber = Field(Decimal(0), alias="fxRateToBase")
    type: str = ""
    direction: str = ""
    when: OptionalDay = Field(None, alias="dateTime")
    on: OptionalDay = Field(None, alias="date")
    report_date: OptionalDay = Field(None, alias="reportDate")
    quantity: OptionalNumber = Decimal(0)
    value: OptionalNumber = Field(Decimal(0), alias="positionAmount")
    cash: OptionalNumber = Field(Decimal(0), alias="cashTransfer")
    transaction_id: str = Field("", alias="transactionID")

    @property
    def day(self) -> date | None:
        """The day of the transfer; None if the row has no date."""
        return self.when or self.on or self.report_date

    @property
    def way(self) -> str:
        """'ACATS in', 'INTERNAL out'."""
        direction = self.direction.lower() if self.direction in ("IN", "OUT") else ""
        return f"{self.type[:SHOWN]} {direction}".strip() or "unnamed"

    @property
    def kind(self) -> Kind:
        """A deposit or a withdrawal: by its direction, otherwise by what moved."""
        came = self.direction == "IN" if self.direction in ("IN", "OUT") else self.moved > 0
        return Kind.DEPOSIT if came else Kind.WITHDRAWAL

    @property
    def moved(self) -> Decimal:
        """The cash or the quantity, signed."""
        return self.cash or self.quantity


def why_not_booked(row: TransferRow) -> str:
    """Why a transfer is left to the operator, and what to do; '' if it can be booked."""
    symbol = row.symbol[:SHOWN]
    what = f"{row.quantity.normalize():f} {symbol}"
    if not row.moved:
        return f"a transfer ({row.way}) that moves nothing"
    if row.cash and row.quantity:
        missing = f"{what} and {row.cash} {row.currency} in one row; record both yourself"
    elif row.cash:
        return ""
    elif not row.asset:
        missing = f"{what} without an asset class: add Asset Class to the Flex query"
    elif row.asset not in BOOKED:
        missing = f"{what}: {assets_of(row.asset)} are not booked"
    elif not row.value:
        missing = f"{what} without a value: add Position Amount to the Flex query"
    else:
        return ""
    return f"a transfer ({row.way}) of {missing}"


def cash_transfer(row: TransferRow, day: date, account: str, where: str) -> CashFact:
    """The cash as a deposit or a withdrawal."""
    return CashFact(
        kind=Kind.DEPOSIT if row.cash > 0 else Kind.WITHDRAWAL,
        micros=micros_of(row.cash, f"{where}cashTransfer"),
        currency=row.currency,
        effective=day,
        note=f"transfer ({row.way})",
        key=_key(row, day, account),
        content=_content(row, day),
    )


def position_transfer(row: TransferRow, day: date, account: str, where: str) -> TradeFact:
    """The position at its value, which the broker gives without a sign or with that of the side."""
    quantity = exact_micros(f"{where}quantity", row.quantity)
    value = abs(micros_of(row.value, f"{where}positionAmount"))
    gross = -value if quantity > 0 else value
    return TradeFact(
        kind=row.kind,
        legs=(Leg(traded_instrument(row, where), quantity, gross, row.contract),),
        currency=row.currency,
        effective=day,
        note=f"transfer ({row.way})",
        key=_key(row, day, account),
        content=_content(row, day),
    )


def _key(row: TransferRow, day: date, account: str) -> str:
    return f"{account}:{row.transaction_id or f'transfer:{_content(row, day)}'}"


def _content(row: TransferRow, day: date) -> str:
    moved = (row.quantity, row.value, row.cash)
    return row_digest("transfer", row.symbol, row.currency, day, row.direction, *moved)
