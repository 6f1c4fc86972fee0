"""Parse typed text into values. Every function raises BadInput that says what is allowed."""

from __future__ import annotations

import re
from datetime import date as Date
from decimal import Decimal
from functools import lru_cache

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import ONE_MICROS
from alluse_tui.domain.model.money import exact_decimal, micros_of
from alluse_tui.domain.model.rates import MAX_NANOS, ONE_NANOS

LARGEST_RATIO = 10_000
"""The most new or old shares of a split."""

_RATIO = re.compile(r"([0-9]{1,5}):([0-9]{1,5})", re.ASCII)


def exact(path: str, text: str) -> int:
    """A price, strike or quantity in exact millionths."""
    return exact_micros(path, exact_decimal(text, path), text)


def exact_micros(path: str, value: Decimal, text: str = "") -> int:
    """The number in exact millionths; `text` is how it was typed."""
    micros = micros_of(value, path)
    if not _is_exact(value, micros):
        raise BadInput(path, text or str(value), "must have at most six decimals")
    return micros


@lru_cache(maxsize=4_096)
def _is_exact(value: Decimal, micros: int) -> bool:
    """Whether `micros` is not rounded; statements repeat quantities and strikes."""
    numerator, denominator = value.as_integer_ratio()
    return numerator * ONE_MICROS == micros * denominator


def exchange_rate(text: str) -> int:
    """An exchange rate in nanos."""
    return rate_nanos(exact_decimal(text, "rate"), "rate")


def rate_nanos(rate: Decimal, path: str) -> int:
    """A rate in exact nanos."""
    numerator, denominator = rate.as_integer_ratio()
    nanos, rest = divmod(numerator * ONE_NANOS, denominator)
    if rest or not 0 < nanos <= MAX_NANOS:
        most = f"{MAX_NANOS // ONE_NANOS:,}"
        allowed = f"must be above 0 and at most {most}, with up to nine decimals"
        raise BadInput(path, rate, allowed)
    return nanos


def currency_code(path: str, text: str) -> str:
    """A currency code in the form of ISO 4217."""
    if not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        raise BadInput(path, text, "must be a currency code of three capital letters, such as USD")
    return text


def iso_date(path: str, text: str) -> Date:
    """A date, written YYYY-MM-DD."""
    try:
        day = Date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadInput(path, text, "must be a date in the form YYYY-MM-DD")
    if not 1970 <= day.year <= 2199:
        raise BadInput(path, text, "must be between 1970 and 2199")
    return day


def clock_minutes(path: str, text: str) -> int:
    """A time of day, written HH:MM, in minutes after midnight."""
    hours, colon, minutes = text.partition(":")
    is_time = colon and all(t.isascii() and t.isdigit() for t in (hours, minutes))
    if not (is_time and 1 <= len(hours) <= 2 == len(minutes) and int(hours) < 24):
        raise BadInput(path, text, "must be a time in the form HH:MM, such as 09:45")
    if int(minutes) > 59:
        raise BadInput(path, text, "must be a time in the form HH:MM, such as 09:45")
    return int(hours) * 60 + int(minutes)


def record_numbers(path: str, text: str) -> tuple[int, ...]:
    """Numbers of records separated by commas: '12,15' or '#12, #15'."""
    words = [word.strip().removeprefix("#") for word in text.split(",")]
    if not all(word.isascii() and word.isdecimal() and len(word) <= 18 for word in words):
        raise BadInput(path, text, "must be record numbers separated by commas, such as 12,15")
    return tuple(map(int, words))


def share_ratio(path: str, text: str) -> tuple[int, int]:
    """New and old shares of a split: (3, 2) for '3:2'."""
    typed = _RATIO.fullmatch(text.strip())
    new, old = (int(typed[1]), int(typed[2])) if typed else (0, 0)
    if not (0 < new <= LARGEST_RATIO and 0 < old <= LARGEST_RATIO) or new == old:
        allowed = "must be new shares : old shares, such as 3:2, or 1:10 for a reverse split"
        raise BadInput(path, text, allowed)
    return new, old


def positive(path: str, text: str, *, zero: bool = False) -> int:
    """A price or quantity in micros, above zero; with `zero`, zero is allowed."""
    micros = exact(path, text)
    if micros < 0 or (micros == 0 and not zero):
        raise BadInput(path, text, "must be more than zero" if not zero else "must not be negative")
    return micros
