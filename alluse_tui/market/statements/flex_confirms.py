"""Fills of a Trade Confirmation Flex file, under the names that Activity files have for them."""

from __future__ import annotations

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
        trade.setdefault("proceeds", _proceeds(trade))
        if "netCash" not in trade:
            charged = [exact_decimal(trade[name] or "0", "") for name in ("ibCommission", "taxes")]
            trade["netCash"] = f"{exact_decimal(trade['proceeds'], '') + sum(charged):f}"
    except BadInput:
        pass  # reading the trade tells which number is missing or wrong
    trade["ibCommission"] = trade["ibCommission"] or "0"
    return Element("Trade", confirmed.parent, trade, confirmed.line)


def _proceeds(trade: dict[str, str]) -> str:
    if "amount" in trade:
        return f"{-exact_decimal(trade['amount'].replace(',', ''), ''):f}"
    factors = (trade.get("quantity", ""), trade["tradePrice"], trade.get("multiplier", "1"))
    quantity, price, multiplier = (exact_decimal(text.replace(",", ""), "") for text in factors)
    return f"{-quantity * price * multiplier:f}"
