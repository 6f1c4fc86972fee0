"""Fills of a Trade Confirmation Flex file, under the names that Activity files have for them."""

from __future__ import annotations

from decimal import Decimal

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import exact_decimal
from alluse_tui.market.statements.flex_xml import Element

SAME = {
    "tradePrice": ("price",),
    "ibCommission": ("commission",),
    "ibCommissionCurrency": ("commissionCurrency",),
    "taxes": ("tax",),
    "notes": ("code",),
    "tradeDate": ("dateTime",),
}
"""The name in an Activity file → the names in a confirmation for the same value."""


def as_trade(confirmed: Element) -> Element:
    """The fill with the attributes of a Trade.

    A confirmation gives `amount`, which is positive for what was bought, where a Trade has
    `proceeds`; without it, proceeds are quantity × price × multiplier. `netCash` is what is left of
    them after commission and taxes. A number that cannot be read is left out.
    """
    given = {name: value for name, value in confirmed.attributes.items() if value}
    trade = dict(given)
    for name, others in SAME.items():
        trade.setdefault(name, next((given[other] for other in others if other in given), ""))
    try:
        if "proceeds" not in trade:
            trade["proceeds"] = _proceeds(trade)
        if "netCash" not in trade:
            parts = (trade["proceeds"], trade["ibCommission"], trade["taxes"])
            trade["netCash"] = f"{sum(map(_number, parts)):f}"
    except BadInput:
        pass  # reading the trade tells which number is missing or wrong
    trade["ibCommission"] = trade["ibCommission"] or "0"
    return Element("Trade", confirmed.parent, trade, confirmed.line)


def _proceeds(trade: dict[str, str]) -> str:
    if "amount" in trade:
        return f"{-_number(trade['amount']):f}"
    factors = (trade.get("quantity", "?"), trade["tradePrice"] or "?", trade.get("multiplier", "1"))
    quantity, price, multiplier = map(_number, factors)
    return f"{-quantity * price * multiplier:f}"


def _number(text: str) -> Decimal:
    return exact_decimal(text.replace(",", "") or "0", "")
