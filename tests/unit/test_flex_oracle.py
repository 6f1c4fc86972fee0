"""Our reading of every Flex file against that of ibflex: each fill, cash row and position."""

from __future__ import annotations

import warnings
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from books import STATEMENTS

from alluse_tui.domain.commands import CashFact, ConversionFact, TradeFact
from alluse_tui.market.statements import ReadStatement, read_statements

ibflex = pytest.importorskip("ibflex", reason="ibflex is not installed")

REAL = tuple(sorted(STATEMENTS.glob("*.xml"))) or (STATEMENTS / "ibkr-flex.xml",)
COMPOSED = tuple(sorted((Path(__file__).parents[1] / "data").glob("composed-*.xml")))

UNKNOWN_TO_IT = {
    "Loyalty Points": "Other Fees",
    "BrandNewSection": "ClientFees",
    "BrandNewRow": "ClientFee",
}
"""A type of cash, a section and a row on which ibflex gives up, and what they are read as."""

BOOKED = ("OPT", "STK", "CASH")

Row = tuple[object, ...]


def micros(value: Decimal) -> int:
    return int((value * 1_000_000).to_integral_value())


def parsed(file: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of attributes that it does not know
        return ibflex.parser.parse(str(file)).FlexStatements


def executions(statement: Any) -> list[Any]:
    rows = (*(statement.Trades or ()), *(statement.TradeConfirms or ()))
    names = ("Trade", "TradeConfirm")
    return [t for t in rows if type(t).__name__ in names and t.levelOfDetail == "EXECUTION"]


def their_fills(statement: Any) -> set[Row]:
    """(id, day, quantity, cash before fees) of shares, options and currencies."""
    fills: set[Row] = set()
    for t in executions(statement):
        if t.assetCategory.value not in BOOKED:
            continue
        price = t.tradePrice if t.tradePrice is not None else t.price
        gross = t.proceeds if t.proceeds is not None else -t.quantity * price * (t.multiplier or 1)
        fills.add((t.transactionID or t.tradeID, t.tradeDate, micros(t.quantity), micros(gross)))
    return fills


def our_fills(read: ReadStatement) -> set[Row]:
    fills: set[Row] = set()
    for fact in read.facts.facts:
        parts = fact.key.split(":")
        number = parts[2] if parts[1] == "fill" else parts[1]
        if isinstance(fact, TradeFact):
            (leg,) = fact.legs
            fills.add((number, fact.effective, leg.quantity_micros, leg.gross_micros))
        elif isinstance(fact, ConversionFact):
            base = fact.note.partition(".")[0]
            amounts = (fact.bought_micros, -fact.sold_micros)
            quantity, gross = amounts if fact.bought == base else amounts[::-1]
            fills.add((number, fact.effective, quantity, gross))
    return fills


def their_cash(statement: Any) -> set[Row]:
    rows = [c for c in statement.CashTransactions or () if c.levelOfDetail == "DETAIL"]
    return {(c.transactionID, day(c.dateTime), micros(c.amount), c.currency) for c in rows}


def our_cash(read: ReadStatement) -> set[Row]:
    return {
        (fact.key.rpartition(":")[2], fact.effective, fact.micros, fact.currency)
        for fact in read.facts.facts
        if isinstance(fact, CashFact)
    }


def their_positions(statement: Any) -> dict[Row, int]:
    """(instrument, currency) → quantity of shares and options on the last day."""
    positions: dict[Row, int] = {}
    for p in statement.OpenPositions or ():
        is_booked = p.assetCategory.value in BOOKED and p.levelOfDetail == "SUMMARY"
        if is_booked and p.reportDate == statement.toDate:
            name = p.symbol
            if p.putCall is not None:
                right = {"C": "call", "P": "put"}[p.putCall.value]
                strike = f"{p.strike.normalize():f}"
                name = f"{p.underlyingSymbol} {p.expiry} {strike} {right}"
            positions.setdefault((name, p.currency), micros(p.position))
    return positions


def day(moment: Any) -> date:
    at: date = moment.date() if isinstance(moment, datetime) else moment
    return at


@pytest.mark.parametrize("file", (*REAL, *COMPOSED), ids=lambda file: file.name)
def test_every_fill_cash_row_and_position_is_read_alike(file: Path, tmp_path: Path) -> None:
    if not file.exists():
        pytest.skip("the real statements are not on this machine")
    same = tmp_path / file.name
    text = file.read_text()
    for unknown, known in UNKNOWN_TO_IT.items():
        text = text.replace(unknown, known)
    same.write_text(text)
    has_base = "AccountInformation" in text or "fxRateToBase" not in text
    reads = read_statements(same, currency="" if has_base else "CHF")
    statements = parsed(same)
    assert [s.accountId for s in statements] == [read.broker_account for read in reads]
    for theirs, ours in zip(statements, reads, strict=True):
        assert our_fills(ours) == their_fills(theirs)
        assert our_cash(ours) == their_cash(theirs)
        assert (ours.ending_positions or {}) == their_positions(theirs)
