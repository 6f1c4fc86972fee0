"""Journal records as JSON in the form of `show --json`: decimal strings for money, UTC for times.

The journal stores integers with the unit in the field's name; here the value carries the unit, and
the name is the one that the other commands use: `micros` becomes `amount`, `share_bps` `share`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from alluse_tui.cli.output import utc
from alluse_tui.domain.views import RecordView, plain

MONEY = frozenset({"amount", "capital", "deposit"})
"""Fields of commands that hold micros."""

MONEY_BY_NAME = frozenset({"held", "income", "taken"})
"""Fields that hold micros by currency or bucket."""

RENAMED = {"micros": "amount", "nanos": "rate", "previous_nanos": "previous_rate"}
"""Fields whose name is only a unit."""


def record_json(view: RecordView) -> dict[str, Any]:
    """The record with its hashes, as `alluse log --json` prints it."""
    document = converted(view.stored)
    document["recorded"] = utc(view.recorded_ns)
    return {**document, "prev": view.prev, "hash": view.hash}


def converted(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored fields with every value in the form of the other commands."""
    return dict(_field(name, value) for name, value in stored.items())


def _value(name: str, value: Any) -> Any:
    """The value of the stored field `name`, converted with everything in it."""
    if isinstance(value, dict):
        if name in MONEY_BY_NAME:
            return {key: _value("micros", micros) for key, micros in value.items()}
        return converted(value)
    if isinstance(value, list):
        return [_value("", part) for part in value]
    if type(value) is int and (name in MONEY or name == "micros"):
        return plain(value)
    return value


def _field(name: str, value: Any) -> tuple[str, Any]:
    """The field under its name without a unit, and its value."""
    if type(value) is int:
        for unit, convert in UNITS.items():
            if name == unit or name.endswith(f"_{unit}"):
                return RENAMED.get(name, name.removesuffix(f"_{unit}")), convert(value)
    return name, _value(name, value)


def _scaled(digits: int) -> Callable[[int], str]:
    """A converter of integers in units of 10^-`digits` to the shortest decimal."""

    def convert(value: int) -> str:
        number = Decimal(value).scaleb(-digits)
        return f"{number.normalize():f}" if number else "0"

    return convert


UNITS: dict[str, Callable[[int], str]] = {
    "micros": plain,
    "bps": _scaled(2),
    "hundredths": _scaled(2),
    "nanos": _scaled(9),
    "ns": utc,
}
"""How a field with the unit in its name is converted; shares become percentages."""
