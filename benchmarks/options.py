"""B16: prices of options back to volatilities and deltas, against lets-be-rational."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.option_math import (
    _total_volatility,
    implied_volatility,
    option_delta,
    option_price,
)
from benchmarks.measure import ROUNDS, Row, medians

ORACLE = "py_lets_be_rational"
SPOT, RATE = 100.3, 0.04
DAYS = (2, 9, 16, 30, 58, 93, 121, 184, 240, 365)
STRIKES = range(50, 150)
BOUND_S = 0.015
"""How long a chain of 1,000 contracts may take, in seconds of CPU."""


class Quote(Value):
    """What is known of a contract, and the volatility that its price was made with."""

    right: Right
    price: float
    strike: float
    years: float
    volatility: float


def chain() -> list[Quote]:
    """1,000 different contracts out of the money, with a smile."""
    quotes = []
    for days in DAYS:
        for strike in STRIKES:
            right = Right.PUT if strike < SPOT else Right.CALL
            volatility = 0.25 + 0.6 * abs(math.log(strike / SPOT))
            price = option_price(right, SPOT, strike, days / 365, volatility, RATE)
            quotes.append(Quote(right, price, float(strike), days / 365, volatility))
    return quotes


def option_chains(_: Path) -> list[Row]:
    """The chain's time, and the time per volatility in lets-be-rational's if it is installed.

    Remembered volatilities are forgotten before each round, so that every value is solved.
    """
    quotes = chain()
    worst = max(abs(_volatility(quote) / quote.volatility - 1) for quote in quotes)

    def deltas() -> None:
        _total_volatility.cache_clear()
        for quote in quotes:
            option_delta(
                quote.right, SPOT, quote.strike, quote.years, _volatility(quote), rate=RATE
            )

    ours = min(_cpu_seconds(deltas) for _ in range(2 * ROUNDS))
    note = f"{ours * 1_000:.1f} ms of CPU; largest relative error {worst:.0e}"
    title = "B16 chain of 1,000, price to volatility to delta; 15 ms"
    rows = [Row(title, ours / BOUND_S, "≤ 1×", ours, BOUND_S, note)]
    if find_spec(ORACLE) is None:
        print(f"B16 implied volatility: skipped, because {ORACLE} is not installed", flush=True)
        return rows
    return [*rows, _against_oracle(quotes)]


def _cpu_seconds(work: Callable[[], object]) -> float:
    """What the process itself takes: the bound is in seconds, and machines are shared."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _against_oracle(quotes: list[Quote]) -> Row:
    solve = import_module(ORACLE).implied_volatility_from_a_transformed_rational_guess
    given = []
    for quote in quotes:
        growth = math.exp(RATE * quote.years)
        sign = 1.0 if quote.right is Right.CALL else -1.0
        given.append((quote.price * growth, SPOT * growth, quote.strike, quote.years, sign))

    def ours() -> None:
        _total_volatility.cache_clear()
        for quote in quotes:
            _volatility(quote)

    def baseline() -> None:
        for inputs in given:
            solve(*inputs)

    ours_s, baseline_s = medians(ours, baseline)
    note = f"{ours_s / len(quotes) * 1e6:.1f} µs against {baseline_s / len(quotes) * 1e6:.1f} µs"
    title = "B16 implied volatility, per value; lets-be-rational"
    return Row(title, ours_s / baseline_s, "≤ 0.5×", ours_s, baseline_s, note)


def _volatility(quote: Quote) -> float:
    return implied_volatility(quote.right, quote.price, SPOT, quote.strike, quote.years, rate=RATE)
