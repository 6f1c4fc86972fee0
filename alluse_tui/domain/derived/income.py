"""Income: premium, gains of shares, dividends and interest, less fees and tax (rules.md, Income).

The cash view counts an option's premium when it is paid, the closed view when the option is closed.
Both count each amount once, so over what was opened and closed they are equal to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum

from msgspec import convert

from alluse_tui.domain.derived.fills import FILLS, Fill, Fills, Origin
from alluse_tui.domain.derived.lots import Lots
from alluse_tui.domain.model.instrument import instrument_named
from alluse_tui.domain.model.money import CENT_MICROS, divided
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.model.terms import Kind
from alluse_tui.domain.model.value import Value


class IncomeView(StrEnum):
    """When the premium of an option counts: with its cash, or when the option is closed."""

    CASH = "cash"
    CLOSED = "closed"


class IncomeGroup(StrEnum):
    """What a row of income sums up."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    SYMBOL = "symbol"


class IncomeSource(StrEnum):
    """Where an amount came from: the columns of income."""

    PREMIUM = "premium"
    DIVIDENDS = "dividends"
    INTEREST = "interest"
    FEES = "fees"
    TAX = "tax"
    REALISED = "realised"


SOURCES: Mapping[Kind, IncomeSource] = {
    Kind.PREMIUM: IncomeSource.PREMIUM,
    Kind.DIVIDEND: IncomeSource.DIVIDENDS,
    Kind.INTEREST: IncomeSource.INTEREST,
    Kind.FEE: IncomeSource.FEES,
    Kind.TAX: IncomeSource.TAX,
}
"""The column of each kind of cash entry."""


class IncomeAmount(Value, kw_only=True):
    """One amount in micros of its currency, negative when paid.

    `instrument` is the option or the shares that it belongs to, or the symbol that was given.
    """

    account: str
    day: date
    source: IncomeSource
    instrument: str
    currency: str
    micros: int

    @property
    def symbol(self) -> str:
        """The underlying; empty for what belongs to the whole account."""
        return instrument_named(self.instrument).symbol


class IncomeRow(Value, kw_only=True):
    """Sums of whole cents, in micros of the portfolio's currency; paid fees and tax are negative.

    `period` is '2026-W48', '2026-11' or '2026'; empty in a row for a `symbol` and in the total.
    """

    period: str = ""
    symbol: str = ""
    premium: int = 0
    dividends: int = 0
    interest: int = 0
    fees: int = 0
    tax: int = 0
    realised: int = 0

    @property
    def total(self) -> int:
        """The sum of all columns."""
        return self.premium + self.dividends + self.interest + self.fees + self.tax + self.realised


class UnknownCost(Value):
    """Lots of an instrument whose gain is left out, because their cost is not known."""

    account: str
    instrument: str
    origin: Origin


class Income(Value, kw_only=True):
    """Rows in order, and their total.

    `unvalued`: sums without an exchange rate, which are in no row, by currency. `unknown`: lots
    whose gain is in no row.
    """

    currency: str
    rows: tuple[IncomeRow, ...]
    total: IncomeRow
    unvalued: Mapping[str, int]
    unknown: tuple[UnknownCost, ...]


def cash_view(read: Fills, derived: Lots) -> Iterator[IncomeAmount]:
    """Premium and fees on the day of the fill, gains of shares on the day they are closed."""
    for fill in read.steps:
        if not isinstance(fill, Fill):
            continue
        if fill.instrument.right is not None and fill.kind in FILLS:
            yield _of_fill(fill, IncomeSource.PREMIUM, fill.gross_micros)
        yield _of_fill(fill, IncomeSource.FEES, -fill.fee_micros)
    yield from _gains(derived, (IncomeSource.REALISED,))


def closed_view(derived: Lots) -> Iterator[IncomeAmount]:
    """Gains of options and of shares on the day they are closed, with the fees of their lots."""
    yield from _gains(derived, (IncomeSource.PREMIUM, IncomeSource.REALISED))
    for lot in derived.closed:
        yield IncomeAmount(
            account=lot.account,
            day=lot.closed,
            source=IncomeSource.FEES,
            instrument=lot.instrument,
            currency=lot.currency,
            micros=-lot.fees_micros,
        )


def unknown_costs(derived: Lots) -> tuple[UnknownCost, ...]:
    """What neither view counts: lots sold without a known opening, and lots of a recovery."""
    unsold = (lot for lot in derived.open if lot.origin is Origin.MISSING)
    sold = (lot for lot in derived.closed if lot.origin is not Origin.RECORDED)
    named = {
        *((lot.account, lot.instrument, lot.origin) for lot in unsold),
        *((lot.account, lot.instrument, lot.origin) for lot in sold),
    }
    return tuple(UnknownCost(*name) for name in sorted(named))


def income(
    amounts: Iterable[IncomeAmount],
    group: IncomeGroup,
    rates: Rates,
    currency: str,
    unknown: tuple[UnknownCost, ...] = (),
) -> Income:
    """The amounts in rows, each at the rate of its day (rules.md, Income)."""
    sums: defaultdict[tuple[str, str], defaultdict[IncomeSource, int]]
    sums = defaultdict(lambda: defaultdict(int))
    total: defaultdict[IncomeSource, int] = defaultdict(int)
    unvalued: defaultdict[str, int] = defaultdict(int)
    cents = _Cents()
    for amount in sorted(amounts, key=lambda each: each.day):
        micros = rates.value(amount.micros, amount.currency, currency, amount.day)
        if micros is None:
            unvalued[amount.currency] += amount.micros
            continue
        if not amount.micros:
            continue
        decided = cents.decided(amount, micros)
        sums[_row_key(amount, group)][amount.source] += decided
        total[amount.source] += decided
    return Income(
        currency=currency,
        rows=tuple(_row(period, symbol, sums[period, symbol]) for period, symbol in sorted(sums)),
        total=_row("", "", total),
        unvalued={name: micros for name, micros in sorted(unvalued.items()) if micros},
        unknown=unknown,
    )


class _Cents:
    """Decides the whole cents of each amount once.

    What an amount has beyond its cents counts with the next one of the same account, underlying
    and column, so what is closed in parts adds up.
    """

    def __init__(self) -> None:
        self._exact: defaultdict[tuple[str, ...], int] = defaultdict(int)

    def decided(self, amount: IncomeAmount, micros: int) -> int:
        """The cents of the amount, which is worth `micros`."""
        key = (amount.source, amount.account, amount.symbol, amount.currency)
        before = self._exact[key]
        self._exact[key] = before + micros
        return _whole_cents(before + micros) - _whole_cents(before)


def _whole_cents(micros: int) -> int:
    return divided(micros, CENT_MICROS) * CENT_MICROS


def _row(period: str, symbol: str, sums: Mapping[IncomeSource, int]) -> IncomeRow:
    columns = {source.value: sums.get(source, 0) for source in IncomeSource}
    return convert({"period": period, "symbol": symbol, **columns}, IncomeRow)


def _gains(derived: Lots, sources: Container[IncomeSource]) -> Iterator[IncomeAmount]:
    """The plain gains before fees of closed lots whose cost is known: options, shares or both."""
    for lot in derived.closed:
        is_option = instrument_named(lot.instrument).right is not None
        source = IncomeSource.PREMIUM if is_option else IncomeSource.REALISED
        if lot.origin is Origin.RECORDED and source in sources:
            yield IncomeAmount(
                account=lot.account,
                day=lot.closed,
                source=source,
                instrument=lot.instrument,
                currency=lot.currency,
                micros=lot.realised_micros,
            )


def _of_fill(fill: Fill, source: IncomeSource, micros: int) -> IncomeAmount:
    account, instrument, currency = fill.key
    return IncomeAmount(
        account=account,
        day=fill.day,
        source=source,
        instrument=instrument,
        currency=currency,
        micros=micros,
    )


def _row_key(amount: IncomeAmount, group: IncomeGroup) -> tuple[str, str]:
    """(period, symbol); one of them is empty."""
    match group:
        case IncomeGroup.WEEK:
            year, week, _ = amount.day.isocalendar()
            return f"{year}-W{week:02d}", ""
        case IncomeGroup.MONTH:
            return f"{amount.day:%Y-%m}", ""
        case IncomeGroup.YEAR:
            return f"{amount.day:%Y}", ""
        case IncomeGroup.SYMBOL:
            return "", amount.symbol
