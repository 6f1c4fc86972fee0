"""The newest known price of each underlying: a mark of its shares, or a trade in them.

A strike at which shares were assigned is not a market price, so it does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum

from alluse_tui.domain.model.book import Account
from alluse_tui.domain.model.instrument import ONE_MICROS, Instrument, instrument_named
from alluse_tui.domain.model.money import ONE_BPS, divided
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value


class PriceSource(StrEnum):
    """What a price was taken from."""

    TRADE = "trade"
    MARK = "mark"


class UnderlyingPrice(Value):
    """A price per share, in micros, with its day and source."""

    price_micros: int
    day: date
    source: PriceSource


Underlying = tuple[str, str]
"""A symbol and the currency that it is traded in."""

Prices = Mapping[Underlying, UnderlyingPrice]

Seen = tuple[Underlying, UnderlyingPrice]


def marked_prices(accounts: Iterable[Account]) -> Iterator[Seen]:
    """The prices at which accounts carry shares that were marked one by one."""
    for account in accounts:
        for key, marks in account.marks.items():
            name, _, currency = key.rpartition(":")
            instrument, held = instrument_named(name), account.holdings[key]
            if instrument.right is None:
                price = divided(
                    _signed(held.value_micros, held.quantity_micros) * ONE_MICROS,
                    abs(held.quantity_micros),
                )
                seen = UnderlyingPrice(price, marks[-1].day, PriceSource.MARK)
                yield (instrument.symbol, currency), seen


def traded_price(quantity_micros: int, gross_micros: int, day: date) -> UnderlyingPrice:
    """The price of a trade in shares, from its quantity and its cash before fees."""
    price = divided(_signed(-gross_micros, quantity_micros) * ONE_MICROS, abs(quantity_micros))
    return UnderlyingPrice(price, day, PriceSource.TRADE)


def _signed(micros: int, quantity_micros: int) -> int:
    return micros if quantity_micros > 0 else -micros


def newest_prices(seen: Iterable[Seen]) -> Prices:
    """The newest price of each underlying; on the same day, a mark rather than a trade.

    Prices of zero or less say nothing about an option, so they are left out.
    """
    newest: dict[Underlying, UnderlyingPrice] = {}
    for key, price in seen:
        known = newest.get(key)
        if price.price_micros > 0 and (known is None or _rank(price) > _rank(known)):
            newest[key] = price
    return newest


def _rank(price: UnderlyingPrice) -> tuple[date, bool]:
    return price.day, price.source is PriceSource.MARK


def moneyness_bps(option: Instrument, price_micros: int) -> int:
    """How far an option is in the money, in basis points of the underlying's price.

    Negative if it is out of the money.
    """
    above = price_micros - option.strike_micros
    return divided((above if option.right is Right.CALL else -above) * ONE_BPS, price_micros)


def is_in_the_money(option: Instrument, price_micros: int) -> bool:
    """Whether exercising the option would be worth anything."""
    if option.right is Right.CALL:
        return price_micros > option.strike_micros
    return option.right is Right.PUT and price_micros < option.strike_micros


def moneyness_text(bps: int | None) -> str:
    """'5.0 % out' or '2.1 % in' the money; '–' if it is not known."""
    if bps is None:
        return "–"
    return f"{abs(bps) / 100:.1f} % {'in' if bps > 0 else 'out'}"
