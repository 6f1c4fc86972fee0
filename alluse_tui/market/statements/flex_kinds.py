"""What the rows of a Flex file are called, and why some are not booked."""

from __future__ import annotations

from alluse_tui.domain.commands import Kind
from alluse_tui.market.statements.flex_xml import Element

SUMMARIES = ("SYMBOL_SUMMARY", "ASSET_SUMMARY", "SUMMARY", "ORDER", "CLOSED_LOT", "WASH_SALE")
"""The levels of detail of trades that are sums, or belong to fills that are read themselves."""

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

NOT_BOOKED = {
    "FUT": "futures",
    "FOP": "options on futures",
    "BOND": "bonds",
    "BILL": "bills",
    "FUND": "funds",
    "CFD": "contracts for difference",
    "WAR": "warrants",
    "CMDTY": "metals",
    "CRYPTO": "cryptocurrencies",
}
"""Asset categories that are reported and not booked, in words."""

UNREAD = {
    "SecurityInfo": "describes a security, moves nothing",
    "CorporateAction": "corporate actions are not booked yet",
    "OptionEAE": "exercises, assignments and expiries are read from the trades",
    "SymbolSummary": "a sum of rows that are read one by one",
    "AssetSummary": "a sum of rows that are read one by one",
    "TransferLot": "a lot of a transfer that is read as a whole",
    "Order": "a sum of fills that are read one by one",
    "Lot": "a closed lot of a trade that is read itself",
}

SHOWN = 40
"""The most characters of a value that a reason quotes."""


def assets_of(category: str) -> str:
    """'FUT (futures)'; 'an unnamed asset'."""
    words = NOT_BOOKED.get(category)
    return f"{category} ({words})" if words else category[:SHOWN] or "an unnamed asset"


def unread_reason(element: Element) -> str:
    """Why a row of a section that is not booked is ignored."""
    return UNREAD.get(element.name, f"rows of {element.parent or element.name} are not read")


def parts_of(trade: Element) -> set[tuple[str, ...]]:
    """What a trade shares with others that belong to it: an order, a correction, an exercise."""
    value = trade.attributes
    parts: set[tuple[str, ...]] = {("order", value.get(n, "")) for n in ("ibOrderID", "orderID")}
    parts |= {("trade", value.get(n, "")) for n in ("tradeID", "origTradeID", "relatedTradeID")}
    parts -= {(name, text) for name in ("order", "trade") for text in ("", "0")}
    if value.get("transactionType") == "BookTrade":
        underlying = value.get("underlyingSymbol") or value.get("symbol", "")
        days = (value.get(name, "")[:10] for name in ("tradeDate", "reportDate", "dateTime"))
        parts |= {("exercise", underlying, day.partition(";")[0]) for day in days if day}
    return parts
