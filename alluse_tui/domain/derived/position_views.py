"""Positions with what they cost, are worth and have earned, from holdings and lots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.derived.fills import EMPTY, Carried, Key, Origin
from alluse_tui.domain.derived.lots import Lot, Lots
from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.derived.underlying_prices import (
    Prices,
    UnderlyingPrice,
    is_in_the_money,
    moneyness_bps,
)
from alluse_tui.domain.model.book import Account
from alluse_tui.domain.model.instrument import ONE_MICROS, Instrument, holding_key
from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.value import Value

NO_PRICES: Prices = {}


class PositionView(Value, kw_only=True):
    """One position of an account. Amounts are micros of its `currency`, negative if short.

    `cost` and `basis` are those of its open lots, `realised` is the gain before fees of its closed
    lots (rules.md, Lots). `value` is what the book carries. `mark` is the marked price per share;
    without one, `mark_date` and `unrealised` are None as well. `is_at_cost`: it was never marked.
    `collateral`: the cash that it ties up. `dte`: calendar days to the expiry, None for
    shares. `origin` is not `recorded` if the cost of a part is not known. `underlying`: the newest
    known price of its symbol; None if no price is known. `contract`: the broker's id of the
    instrument; '' if unknown.
    """

    portfolio: str
    account: str
    instrument: Instrument
    currency: str
    quantity_micros: int
    cost: int
    basis: int
    value: int
    mark: int | None
    mark_date: date | None
    is_at_cost: bool
    realised: int
    collateral: int
    dte: int | None
    origin: Origin
    underlying: UnderlyingPrice | None = None
    contract: str = ""

    @property
    def moneyness_bps(self) -> int | None:
        """How far an option is in the money, in basis points; None for shares or if unknown."""
        if self.instrument.right is None or self.underlying is None:
            return None
        return moneyness_bps(self.instrument, self.underlying.price_micros)

    @property
    def in_the_money(self) -> bool | None:
        """Whether an option is in the money; None for shares or if no price is known."""
        if self.instrument.right is None or self.underlying is None:
            return None
        return is_in_the_money(self.instrument, self.underlying.price_micros)

    @property
    def key(self) -> Key:
        """The holding that it is."""
        return self.account, self.instrument.name, self.currency

    @property
    def unrealised(self) -> int | None:
        """The marked value minus the cost; None without a mark or if the cost is not known."""
        is_known = self.mark_date is not None and self.origin is Origin.RECORDED
        return self.value - self.cost if is_known else None

    @property
    def status(self) -> str:
        """'open', or 'expired' after the expiry until its end is recorded."""
        return "expired" if self.dte is not None and self.dte < 0 else "open"


def position_views(
    accounts: Iterable[Account], derived: Lots, today: date, prices: Prices = NO_PRICES
) -> Iterator[PositionView]:
    """The positions of some accounts; `derived` has their lots, `prices` their underlyings'."""
    open_lots: defaultdict[Key, list[Lot]] = defaultdict(list)
    for lot in derived.open:
        open_lots[lot.key].append(lot)
    realised: defaultdict[Key, int] = defaultdict(int)
    for closed in derived.closed:
        realised[closed.key] += closed.realised_micros
    for account in accounts:
        for position in positions(account.holdings):
            key = (account.code, position.instrument.name, position.currency)
            carried = derived.carried.get(key, EMPTY)
            view = _view(account, position, open_lots[key], realised[key], carried, today)
            price = prices.get((position.instrument.symbol, position.currency))
            yield view if price is None else replace(view, underlying=price)


def _view(
    account: Account,
    position: Position,
    open_lots: list[Lot],
    realised: int,
    carried: Carried,
    today: date,
) -> PositionView:
    known = account.contracts.get(holding_key(position.instrument.name, position.currency))
    origins = {lot.origin for lot in open_lots} - {Origin.RECORDED}
    return PositionView(
        portfolio=account.portfolio,
        account=account.code,
        instrument=position.instrument,
        currency=position.currency,
        quantity_micros=position.quantity_micros,
        cost=sum(lot.cost_micros for lot in open_lots),
        basis=sum(lot.basis_micros for lot in open_lots),
        value=position.value_micros,
        mark=_price(position.value_micros, position.shares_micros, carried.marked_on),
        mark_date=carried.marked_on,
        is_at_cost=carried.is_at_cost,
        realised=realised,
        collateral=position.collateral_micros,
        dte=position.days_to_expiry(today),
        origin=min(origins, default=Origin.RECORDED),
        contract=known.id if known else "",
    )


def _price(value_micros: int, shares_micros: int, marked_on: date | None) -> int | None:
    """The price per share; None if it was not marked, or for the value of unnamed positions."""
    if marked_on is None or not shares_micros:
        return None
    sign = 1 if shares_micros > 0 else -1
    return divided(sign * value_micros * ONE_MICROS, abs(shares_micros))
