"""Money: integer micros (millionths of a currency unit), never a float (rules.md).

Amounts that a user or a rule decides are whole cents; amounts from a broker keep their micros.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money_text import CENT_MICROS as CENT_MICROS
from alluse_tui.domain.model.money_text import UNIT_MICROS as UNIT_MICROS
from alluse_tui.domain.model.money_text import divided as divided
from alluse_tui.domain.model.money_text import grouped as grouped
from alluse_tui.domain.model.money_text import plain as plain

MAX_MICROS = 999_999_999_999_990_000
"""The largest absolute value of an amount or a balance."""

ONE_BPS = 10_000
"""Basis points in a whole."""

_TYPED = re.compile(
    r"(?P<sign>[-−]?)\$?(?P<units>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.(?P<cents>[0-9]{1,2}))?"
    r"(?P<thousand>[kK]?)",
    re.ASCII,
)
_MOST_TYPED = 64
_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_UNIT = Decimal(UNIT_MICROS)


def amount(text: str, path: str = "amount", *, zero: bool = False, negative: bool = False) -> int:
    """The micros of a typed amount: '12500.00', '12,500.00', '$100', '250k'.

    `zero` and `negative` allow such amounts. Raises BadInput.
    """
    typed = _TYPED.fullmatch(text) if len(text) <= _MOST_TYPED else None
    if typed is None:
        rule = "must be a number with at most two decimals, such as 12500.00 or 12,500.00"
        raise BadInput(path, text, rule)
    units = typed["units"].replace(",", "")
    micros = int(units) * UNIT_MICROS + int((typed["cents"] or "").ljust(2, "0")) * CENT_MICROS
    if typed["thousand"]:
        micros *= 1_000
    if typed["sign"]:
        micros = -micros
    if abs(micros) > MAX_MICROS:
        raise BadInput(path, text, f"is too large; the largest amount is {grouped(MAX_MICROS)}")
    if micros < 0 and not negative:
        raise BadInput(path, text, "must not be negative")
    if micros == 0 and not zero:
        raise BadInput(path, text, "must be more than zero" if not negative else "must not be zero")
    return within(micros, path, text)


def exact_decimal(text: str, path: str) -> Decimal:
    """The exact decimal in `text`. Raises BadInput."""
    if not _DECIMAL.fullmatch(text):
        raise BadInput(path, text or None, "must be a decimal number" if text else "is empty")
    return Decimal(text)


def micros_of(value: Decimal, path: str) -> int:
    """`value` in micros, rounded half to even at the sixth decimal. Raises BadInput."""
    micros = _rounded(value)
    return micros if -MAX_MICROS <= micros <= MAX_MICROS else within(micros, path, value)


@lru_cache(maxsize=4_096)
def _rounded(value: Decimal) -> int:
    """Statements repeat most numbers: quantities, strikes, fees, zeros."""
    return int(_EXACT.to_integral_value(_EXACT.multiply(value, _UNIT)))


def within(micros: int, path: str, value: object = None) -> int:
    """`micros`, if it is within the bounds of rules.md. Raises BadInput."""
    if abs(micros) > MAX_MICROS:
        bad_value = plain(micros) if value is None else value
        raise BadInput(path, bad_value, f"must be within ±{plain(MAX_MICROS)}")
    return micros


def whole_cents(micros: int, path: str, *, zero: bool = False) -> int:
    """`micros`, if it is valid for a decision: positive (or zero), whole cents, within bounds.

    Raises BadInput.
    """
    if micros < 0 or (micros == 0 and not zero):
        raise BadInput(path, plain(micros), "must be more than zero")
    if micros % CENT_MICROS:
        raise BadInput(path, plain(micros), "must be in whole cents")
    return within(micros, path)


def split(total_micros: int, shares: Sequence[int]) -> tuple[int, ...]:
    """Split `total_micros` (whole cents, not negative) in proportion to `shares`.

    Uses the largest remainder in cents, ties to the earlier share; the parts add up to the total.
    """
    cents, fraction = divmod(total_micros, CENT_MICROS)
    whole = sum(shares)
    assert fraction == 0 and cents >= 0 and whole > 0 and min(shares) >= 0
    parts = [cents * share // whole for share in shares]
    left = cents - sum(parts)
    order = sorted(range(len(shares)), key=lambda i: -(cents * shares[i] % whole))
    for i in order[:left]:
        parts[i] += 1
    return tuple(part * CENT_MICROS for part in parts)


def share_up(micros: int, bps: int) -> int:
    """`bps` of `micros`, rounded up to the cent."""
    return -(-micros * bps // (ONE_BPS * CENT_MICROS)) * CENT_MICROS
