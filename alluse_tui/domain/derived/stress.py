"""What accounts would be worth if prices or volatility moved, or puts were assigned at once.

Nothing is recorded. An option is repriced with the volatility that its own mark implies, where the
price of its underlying is known as well; otherwise it keeps the value that it has beyond what it is
in the money. Without a price of the underlying the strike is taken for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.derived.underlying_prices import Prices, UnderlyingPrice
from alluse_tui.domain.model.book import Account, balance_key
from alluse_tui.domain.model.instrument import ONE_MICROS, Holding, Instrument, holding_key
from alluse_tui.domain.model.money import divided
from alluse_tui.domain.model.terms import Bucket, Right
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.option_math import NoVolatility, implied_volatility, option_price

DAYS_A_YEAR = 365

SAME_TIME_DAYS = 5
"""A mark and a price of the underlying further apart imply no volatility."""


class Scenario(Value):
    """What happens to every underlying, in percent of its price, to puts or to volatility."""

    name: str
    percent: int = 0
    assigns_puts: bool = False
    doubles_volatility: bool = False


NOW = Scenario("now")
"""The account as the book carries it."""

NEWEST = Scenario("newest prices")
"""Nothing moves, but what is held is valued at the newest prices; all others start from there."""

SCENARIOS = (
    NEWEST,
    Scenario("-10 %", percent=-10),
    Scenario("-20 %", percent=-20),
    Scenario("+10 %", percent=10),
    Scenario("all short puts assigned", assigns_puts=True),
    Scenario("VIX x 2", doubles_volatility=True),
)

BEFORE_ENTRY = (NEWEST, SCENARIOS[1], SCENARIOS[2], SCENARIOS[4])
"""The scenarios that the plan of an option trade shows."""

NO_PRICE = "without a price"
NO_VOLATILITY = "without a volatility"


class StressView(Value, kw_only=True):
    """The figures of an account, or the sums of a portfolio, in a scenario; micros.

    `estimated`: what was estimated and for how many positions, such as '2 positions without a
    price'; empty if nothing was.
    """

    name: str
    equity: int
    cash: int
    available: int
    collateral: int
    rules: tuple[Verdict, ...]
    estimated: tuple[str, ...] = ()


Estimates = Counter[str]
"""Why positions were estimated → how many."""


def estimates_text(estimates: Estimates) -> tuple[str, ...]:
    """'2 positions without a price', '1 position without a volatility'."""
    return tuple(
        f"{count} position{'' if count == 1 else 's'} {why}"
        for why, count in sorted(estimates.items())
    )


def estimates_of(scenarios: Sequence[StressView]) -> Iterator[str]:
    """Each estimate once, with its scenarios unless it is made in all of them.

    '2 positions without a price', '1 position without a volatility (VIX × 2)'.
    """
    names: dict[str, list[str]] = {}
    for view in scenarios:
        for estimate in view.estimated:
            names.setdefault(estimate, []).append(scenario_text(view.name))
    for estimate, of_scenarios in names.items():
        is_in_all = len(of_scenarios) == len(scenarios)
        yield estimate if is_in_all else f"{estimate} ({', '.join(of_scenarios)})"


def starting_view(views: Sequence[StressView]) -> StressView:
    """The view from which the scenarios' changes count: that at the newest prices."""
    return next(view for view in views if view.name == NEWEST.name)


def without_repetition(views: Sequence[StressView]) -> tuple[StressView, ...]:
    """The views without that at the newest prices, where the book carries the same equity."""
    equal = {view.name for view in views if view.equity == views[0].equity} & {NEWEST.name}
    return tuple(view for view in views if view.name not in equal)


def scenario_text(name: str) -> str:
    """The name of a scenario as people read it: '−10 %', 'VIX × 2'."""
    return name.replace("-", "−").replace(" x ", " × ")


def stressed(
    account: Account, scenario: Scenario, prices: Prices, today: date
) -> tuple[Account, Estimates]:
    """The account as it would be in the scenario, and which of its positions were estimated."""
    stress = _Stress(account, scenario, prices, today)
    for position in positions(account.holdings):
        stress.apply(position)
    return replace(account, balances=stress.balances, holdings=stress.holdings), stress.estimates


class _Stress:
    """One account in one scenario."""

    def __init__(self, account: Account, scenario: Scenario, prices: Prices, today: date) -> None:
        self._account, self._scenario = account, scenario
        self._prices, self._today = prices, today
        self.balances = dict(account.balances)
        self.holdings = dict(account.holdings)
        self.estimates = Estimates()

    def apply(self, position: Position) -> None:
        """Change the balances and holdings by what becomes of the position."""
        if self._scenario.assigns_puts and position.obligation_micros:
            self._assign(position)
        else:
            self._carry(position, self._value(position))

    def _carry(self, position: Position, value_micros: int) -> None:
        key = holding_key(position.instrument.name, position.currency)
        held = self.holdings[key]
        change = value_micros - position.value_micros
        self.holdings[key] = Holding(held.quantity_micros, held.value_micros + change)
        self._add(Bucket.POSITIONS, position.currency, change)

    def _add(self, bucket: Bucket, currency: str, micros: int) -> None:
        key = balance_key(bucket, currency)
        self.balances[key] = self.balances.get(key, 0) + micros

    def _assign(self, position: Position) -> None:
        """Buy a put's shares at its strike; they are worth the market's price, but no more."""
        option, currency = position.instrument, position.currency
        price = min(self._price_of(position), option.strike_micros)
        shares = Instrument(option.symbol)
        quantity = -position.shares_micros
        worth = shares.value_at(price, quantity)
        key = holding_key(shares.name, currency)
        held = self.holdings.get(key, Holding(0, 0))
        del self.holdings[holding_key(option.name, currency)]
        self.holdings[key] = Holding(held.quantity_micros + quantity, held.value_micros + worth)
        self._add(Bucket.CASH, currency, -position.obligation_micros)
        self._add(Bucket.POSITIONS, currency, worth - position.value_micros)

    def _price_of(self, position: Position) -> int:
        """The price of an option's underlying, or its strike where none is known."""
        option = position.instrument
        known = self._prices.get((option.symbol, position.currency))
        if known is not None:
            return known.price_micros
        self.estimates[NO_PRICE] += 1
        return option.strike_micros

    def _moved(self, micros: int) -> int:
        return divided(micros * (100 + self._scenario.percent), 100)

    def _value(self, position: Position) -> int:
        """What the position would be worth, in micros of its currency."""
        if self._scenario == NOW:
            return position.value_micros
        if position.instrument.right is not None and position.quantity_micros:
            return self._option_value(position)
        known = self._prices.get((position.instrument.symbol, position.currency))
        if known is None or not position.quantity_micros:
            if self._scenario.percent:
                self.estimates[NO_PRICE] += 1
            return self._moved(position.value_micros)
        price = self._moved(known.price_micros)
        return position.instrument.value_at(price, position.quantity_micros)

    def _option_value(self, position: Position) -> int:
        option = position.instrument
        known = self._prices.get((option.symbol, position.currency))
        if known is None and self._scenario == NEWEST:
            return position.value_micros
        price = self._price_of(position)
        sign = -1 if position.is_short else 1
        carried = divided(sign * position.value_micros * ONE_MICROS, abs(position.shares_micros))
        each = self._modelled(position, known, carried) if known is not None else None
        if each is None:
            if known is not None and not position.has_expired(self._today):
                self.estimates[NO_VOLATILITY] += 1
            beyond = max(0, carried - intrinsic_micros(option, price))
            if position.has_expired(self._today):
                beyond = 0
            elif self._scenario.doubles_volatility:
                beyond *= 2
            each = intrinsic_micros(option, self._moved(price)) + beyond
        return option.value_at(each, position.quantity_micros)

    def _modelled(self, position: Position, price: UnderlyingPrice, mark_micros: int) -> int | None:
        """The price per share by the volatility that the option's mark implies; None without one.

        The time to the expiry is that of the mark, so that the scenario alone changes the price.
        """
        option = position.instrument
        marks = self._account.marks.get(holding_key(option.name, position.currency))
        if not marks or option.expiry is None or option.right is None:
            return None
        if abs((price.day - marks[-1].day).days) > SAME_TIME_DAYS:
            return None
        years = (option.expiry - marks[-1].day).days / DAYS_A_YEAR
        strike = option.strike_micros / ONE_MICROS
        try:
            volatility = implied_volatility(
                option.right,
                mark_micros / ONE_MICROS,
                price.price_micros / ONE_MICROS,
                strike,
                years,
            )
        except NoVolatility:
            return None
        if self._scenario.doubles_volatility:
            volatility *= 2
        spot = self._moved(price.price_micros) / ONE_MICROS
        return round(option_price(option.right, spot, strike, years, volatility) * ONE_MICROS)


def intrinsic_micros(option: Instrument, price_micros: int) -> int:
    """What an option is in the money, per share."""
    above = price_micros - option.strike_micros
    return max(0, above if option.right is Right.CALL else -above)
