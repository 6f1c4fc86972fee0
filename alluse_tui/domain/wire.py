"""Domain values as plain data (dicts, lists, str, int, bool) and back, exactly.

What equals its default is left out; floats have no way in.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from alluse_tui.domain.errors import StoreFailed
from alluse_tui.domain.events import EVENT_TYPES, Event
from alluse_tui.domain.layered import Layered

T = TypeVar("T")
Decoder = Callable[[Any], Any]

_NAMES = {cls: name for name, cls in EVENT_TYPES.items()}


def event_to_plain(event: Event) -> dict[str, Any]:
    """The event with its name under 'type'."""
    return {"type": _NAMES[type(event)], **to_plain(event)}


def event_from_plain(plain: Mapping[str, Any]) -> Event:
    """The event that `event_to_plain` wrote. Raises StoreFailed for a name it does not know."""
    cls = EVENT_TYPES.get(plain["type"])
    if cls is None:
        raise StoreFailed(f"event '{plain['type']}' was written by a newer program: upgrade")
    return from_plain(cls, plain)


def to_plain(value: Any) -> Any:
    """`value` as plain data."""
    if value is None or isinstance(value, (bool, Enum)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [to_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if is_dataclass(value):
        return {
            name: to_plain(v)
            for name, default in _defaults(value.__class__)
            if (v := getattr(value, name)) != default
        }
    raise TypeError(f"no plain form for {type(value).__name__}")


def from_plain(cls: type[T], plain: Mapping[str, Any]) -> T:
    """The dataclass value that `to_plain` turned into `plain`."""
    return cls(
        **{
            name: decode(plain[name])
            for name, decode in _decoders(typing.cast("Any", cls))
            if name in plain
        }
    )


@cache
def _defaults(cls: Hashable) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (f.name, f.default_factory() if f.default_factory is not MISSING else f.default)
        for f in fields(typing.cast("Any", cls))
    )


@cache
def _decoders(cls: Hashable) -> tuple[tuple[str, Decoder], ...]:
    hints = typing.get_type_hints(cls)
    return tuple((f.name, _decoder(hints[f.name])) for f in fields(typing.cast("Any", cls)))


def _decoder(hint: Any) -> Decoder:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = _decoder(next(a for a in args if a is not types.NoneType))
        return lambda v: None if v is None else inner(v)
    if origin is tuple:
        inner = _decoder(args[0])
        return lambda v: tuple([inner(x) for x in v])
    if origin is Layered:
        inner = _decoder(args[0])
        return lambda v: Layered({k: inner(x) for k, x in v.items()})
    if origin is not None and issubclass(origin, Mapping):
        key, inner = _decoder(args[0]), _decoder(args[1])
        return lambda v: {key(k): inner(x) for k, x in v.items()}
    if hint is date:
        return date.fromisoformat
    if is_dataclass(hint):
        cls = typing.cast("type[Any]", hint)
        return lambda v: from_plain(cls, v)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return _itself


def _itself(value: Any) -> Any:
    return value
