"""Values of the old database, which were stored as floats and as text in several forms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import CENT_MICROS, MAX_MICROS, UNIT_MICROS, exact_decimal
from alluse_tui.domain.model.time_text import NEW_YORK

_CENT = Decimal("0.01")
_LARGEST = Decimal(MAX_MICROS) / UNIT_MICROS

_FORMS = ("%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M")
"""How dates are written apart from ISO 8601; a month comes before its day."""

_FIRST_YEAR = 1970

_SECONDS = (10**8, 10**11)
"""Numbers between these are seconds since 1970, those a thousand times larger milliseconds."""


@dataclass(slots=True)
class Rounding:
    """How many amounts were not whole cents, and the largest difference that rounding made."""

    count: int = 0
    largest: Decimal = Decimal(0)

    def micros(self, value: object) -> int | None:
        """The amount in whole cents, half to even; None if it is not an amount within bounds."""
        exact = _decimal(value)
        if exact is None or abs(exact) > _LARGEST:
            return None
        cents = exact.quantize(_CENT, ROUND_HALF_EVEN)
        if cents != exact:
            self.count += 1
            self.largest = max(self.largest, abs(cents - exact))
        return int(cents.scaleb(2)) * CENT_MICROS

    @property
    def remark(self) -> str:
        """The sentence for the report; empty if nothing was rounded."""
        if not self.count:
            return ""
        amounts = "1 amount was" if self.count == 1 else f"{self.count} amounts were"
        return f"{amounts} rounded to whole cents, by at most {self.largest:.2g}"


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, str):
        try:
            return exact_decimal(value.strip(), "amount")
        except BadInput:
            return None
    return None


def text_of(value: object) -> str:
    """The value as one line of printable text; empty for NULL and for bytes."""
    if value is None or isinstance(value, bytes):
        return ""
    text = str(value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def day_of(value: object) -> date | None:
    """The day of a timestamp in New York; None if it is not a time since 1970.

    Text without a time zone is a day in New York as it is written.
    """
    if isinstance(value, (int, float)):
        return _day_of_number(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    moment = _moment(text)
    if moment is None:
        number = _decimal(text)
        return _day_of_number(float(number)) if number is not None else None
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(NEW_YORK)
        except OverflowError:
            return None
    return moment.date() if moment.year >= _FIRST_YEAR else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        pass
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _day_of_number(number: float) -> date | None:
    first, last = _SECONDS
    seconds = number / 1_000 if number >= last else number
    if not first <= seconds < last:
        return None
    return datetime.fromtimestamp(seconds, UTC).astimezone(NEW_YORK).date()
