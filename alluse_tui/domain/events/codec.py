"""Encoding of domain values as canonical JSON and plain data: sorted keys, no spaces, no floats.

Equal values have equal bytes. Fields that equal their default are omitted.
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
    """The data was written by a newer program and must not be skipped."""


def canonical(value: Any) -> bytes:
    """`value` (values, dicts, lists, str, int, bool, None) as canonical JSON in UTF-8.

    Untyped data, such as a command's content, must go through `to_plain` first, which refuses
    floats.
    """
    return _encode(value)


def to_plain(value: Any) -> Any:
    """`value` as dicts, lists, str, int, bool and None. Raises TypeError for anything else.

    The fields of a Value are not checked, as their types exclude anything else.
    """
    if isinstance(value, Value):
        return msgspec.json.decode(msgspec.json.encode(value))
    return _checked(msgspec.to_builtins(value, builtin_types=(bytes, bytearray, memoryview)))


def from_plain(cls: type[T], plain: Mapping[str, Any]) -> T:
    """The value that `to_plain` encoded as `plain`. Raises Unknown for unknown content."""
    try:
        return msgspec.convert(plain, cls)
    except msgspec.ValidationError as error:
        raise Unknown(f"{cls.__name__} of a newer program: {error}") from error


def event_from_plain(plain: Mapping[str, Any]) -> Event:
    """The event that `to_plain` encoded as `plain`. Raises Unknown for unknown content.

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
