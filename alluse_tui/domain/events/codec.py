"""Domain values as canonical JSON and as plain data, exactly: sorted keys, no spaces, no floats.

The same value has the same bytes everywhere. What equals its default is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from alluse_tui.domain.events.events import EVENT_TYPES, Event
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.value import Value

T = TypeVar("T")

PLAIN_TYPES = frozenset((str, int, bool, type(None)))

_encode = msgspec.json.Encoder(order="sorted").encode


class Unknown(StoreFailed):
    """A newer program wrote this; to skip it would be wrong."""


def canonical(value: Any) -> bytes:
    """`value` (values, dicts, lists, str, int, bool, None) as canonical JSON in UTF-8.

    What is not typed, such as a command's content, goes through `to_plain` first, which refuses
    floats.
    """
    return _encode(value)


def to_plain(value: Any) -> Any:
    """`value` as dicts, lists, str, int, bool and None. Raises TypeError for anything else.

    What a field holds is checked by its type only, in the fields of values.
    """
    if isinstance(value, Value):
        return msgspec.json.decode(msgspec.json.encode(value))
    return _checked(msgspec.to_builtins(value, builtin_types=(bytes, bytearray, memoryview)))


def from_plain(cls: type[T], plain: Mapping[str, Any]) -> T:
    """The value that `to_plain` turned into `plain`. Raises Unknown for what it does not know."""
    try:
        return msgspec.convert(plain, cls)
    except msgspec.ValidationError as error:
        raise Unknown(f"{cls.__name__} of a newer program: {error}") from error


def event_from_plain(plain: Mapping[str, Any]) -> Event:
    """The event that `to_plain` wrote. Raises Unknown for a name or field it does not know.

    Events of older records must have gone through `upcast` first.
    """
    name = plain["type"]
    if name not in EVENT_TYPES:
        raise Unknown(f"'{name}' is an event of a newer program")
    return from_plain(EVENT_TYPES[name], plain)


def _checked(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {key: _checked(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [_checked(value) for value in plain]
    if type(plain) not in PLAIN_TYPES:
        raise TypeError(f"no plain form for {type(plain).__name__}")
    return plain
