"""The text forms of settings: how the values of each kind are typed, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.market import market_symbol
from alluse_tui.domain.model.money import amount, exact_decimal, plain
from alluse_tui.domain.model.policy import OFF, PROPOSALS
from alluse_tui.domain.model.value import Value

Values = tuple[Any, ...]
"""The values of a setting's fields, in their order."""

NONE_OF_THEM = "none"
ALL_OF_THEM = "all"

OF_CURRENCY = "currency"
"""The unit of an amount: the portfolio's currency."""


class Form(Value):
    """One kind of setting.

    `read` parses the text typed for a path and raises BadInput, `written` formats the values.
    `unit` is '%', OF_CURRENCY or empty. `fields`: how many fields of the policy it fills.
    `is_whole`: in files it is one whole number or several. `may_be_off`: the text OFF is allowed.
    """

    read: Callable[[str, str], Values]
    written: Callable[[Values], str]
    unit: str = ""
    fields: int = 1
    is_whole: bool = False
    may_be_off: bool = False


def is_off(text: str) -> bool:
    """Whether a setting's text says that its rule is off."""
    return text in (NONE_OF_THEM, OFF)


def or_off(form: Form) -> Form:
    """The form of a setting that may also be off, which is None in each of its fields."""

    def read(path: str, text: str) -> Values:
        if text.strip() == OFF:
            return (None,) * form.fields
        try:
            return form.read(path, text)
        except BadInput as error:
            raise BadInput(error.path, error.value, f"{error.allowed}, or off") from None

    def written(values: Values) -> str:
        return OFF if values[0] is None else form.written(values)

    return Form(read, written, form.unit, form.fields, form.is_whole, may_be_off=True)


def _percent(path: str, text: str) -> Values:
    return (_scaled(path, text, "must be a percentage with at most two decimals"),)


def _hundredths(path: str, text: str) -> Values:
    return (_scaled(path, text, "must be a number with at most two decimals"),)


def _scaled(path: str, text: str, allowed: str) -> int:
    try:
        scaled = exact_decimal(text, path) * Decimal(100)
    except BadInput:
        raise BadInput(path, text, allowed) from None
    if scaled != int(scaled) or abs(scaled) > 10_000_000:
        raise BadInput(path, text, allowed)
    return int(scaled)


def _money(path: str, text: str) -> Values:
    return (amount(text, path, zero=True),)


def _limit(path: str, text: str) -> Values:
    return (0,) if text.strip() == NONE_OF_THEM else _money(path, text)


def _count(path: str, text: str) -> Values:
    if not _is_count(text, 6):
        raise BadInput(path, text, "must be a whole number, not negative")
    return (int(text),)


def _is_count(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits


def _deltas(path: str, text: str) -> Values:
    low, dash, high = text.partition("-")
    if not dash or not all(_is_count(t, 3) for t in (low, high)):
        raise BadInput(path, text, "must be two deltas in hundredths, such as 40-50")
    return int(low), int(high)


def _days(path: str, text: str) -> Values:
    low, dash, high = text.partition("-")
    high = high if dash else low
    if not all(_is_count(t, 4) for t in (low, high)):
        raise BadInput(path, text, "must be a number of days or a range, such as 5 or 3-5")
    return int(low), int(high)


def _percents(path: str, text: str) -> Values:
    allowed = "must be a percentage or a range of two, such as 65 or 50-80"
    low, dash, high = text.partition("-")
    return _scaled(path, low, allowed), _scaled(path, high if dash else low, allowed)


_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})", re.ASCII)


def _hours(path: str, text: str) -> Values:
    allowed = "must be two times in New York, the earlier one first, such as 09:45-11:00"
    typed = _HOURS.fullmatch(text.strip())
    if typed is None:
        raise BadInput(path, text, allowed)
    hour, minute, end_hour, end_minute = map(int, typed.groups())
    first, last = hour * 60 + minute, end_hour * 60 + end_minute
    if not (minute < 60 and end_minute < 60 and first < last < 24 * 60):
        raise BadInput(path, text, allowed)
    return first, last


def clock_text(minutes: int) -> str:
    """Minutes after midnight as '09:45'."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _words(path: str, text: str) -> Values:
    if text.strip() == NONE_OF_THEM:
        return ((),)
    return (tuple(word.strip() for word in text.split(",")),)


def _listed(path: str, text: str) -> Values:
    """Words in any order and case of which none is given twice; off is an empty tuple."""
    words = [] if text.strip() == OFF else [word.strip() for word in text.split(",")]
    if not all(0 < len(w) <= 16 and w.isascii() and w.isprintable() for w in words):
        raise BadInput(path, text, "must be words separated by commas, or off")
    return (tuple(dict.fromkeys(words)),)


_SYMBOL = re.compile(r"[A-Z0-9./]{1,12}", re.ASCII)


def _symbols(path: str, text: str) -> Values:
    symbols = _listed(path, text if text.strip() == OFF else text.upper())[0]
    if not all(map(_SYMBOL.fullmatch, symbols)):
        raise BadInput(path, text, "must be symbols separated by commas, such as AAPL,MSFT, or off")
    return (symbols,)


def _symbol(path: str, text: str) -> Values:
    return (market_symbol(path, text),)


def _proposals(path: str, text: str) -> Values:
    if text.strip() == ALL_OF_THEM:
        return (PROPOSALS,)
    named = _words(path, text)[0]
    return (
        tuple(p for p in PROPOSALS if p in named) + tuple(n for n in named if n not in PROPOSALS),
    )


def _word(path: str, text: str) -> Values:
    if not 0 < len(text) <= 64 or not text.isprintable():
        raise BadInput(path, text, "must be 1 to 64 printable characters")
    return (text,)


def _in_hundredths(values: Values) -> str:
    whole, rest = divmod(abs(values[0]), 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)
    return f"-{text}" if values[0] < 0 else text


def _range(ends: Values) -> str:
    """'3-5', or '5' where both ends are the same."""
    return f"{ends[0]}" if ends[0] == ends[1] else f"{ends[0]}-{ends[1]}"


PERCENT = Form(_percent, _in_hundredths, "%")
HUNDREDTHS = Form(_hundredths, _in_hundredths)
MONEY = Form(_money, lambda v: plain(v[0]), OF_CURRENCY)
LIMIT = Form(_limit, lambda v: plain(v[0]) if v[0] else NONE_OF_THEM, OF_CURRENCY)
COUNT = Form(_count, lambda v: str(v[0]), is_whole=True)
DELTAS = Form(_deltas, lambda v: f"{v[0]}-{v[1]}", fields=2, is_whole=True)
DAYS = Form(_days, _range, fields=2, is_whole=True)
PERCENTS = Form(
    _percents, lambda v: _range(tuple(_in_hundredths((end,)) for end in v)), "%", fields=2
)
HOURS = Form(_hours, lambda v: f"{clock_text(v[0])}-{clock_text(v[1])}", fields=2)
WORDS = Form(_words, lambda v: ",".join(v[0]) or NONE_OF_THEM)
LISTED = Form(_listed, lambda v: ",".join(v[0]) or OFF, may_be_off=True)
SYMBOLS = Form(_symbols, lambda v: ",".join(v[0]) or OFF, may_be_off=True)
SYMBOL = Form(_symbol, lambda v: str(v[0]))
PROPOSAL_NAMES = Form(
    _proposals, lambda v: ALL_OF_THEM if v[0] == PROPOSALS else ",".join(v[0]) or NONE_OF_THEM
)
WORD = Form(_word, lambda v: str(v[0]))
