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

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.persistent_map import PersistentMap

T = TypeVar("T")
Decoder = Callable[[Any], Any]
Encoder = Callable[[Any], Any]

_AS_IT_IS = frozenset({str, int, bool, types.NoneType})


class Unknown(StoreFailed):
    """A newer program wrote this; to skip it would be wrong."""


def to_plain(value: Any) -> Any:
    """`value` as plain data."""
    kind = type(value)
    return value if kind in _AS_IT_IS else _encoder(typing.cast("Any", kind))(value)


def from_plain(cls: type[T], plain: Mapping[str, Any]) -> T:
    """The dataclass value that `to_plain` turned into `plain`. Raises Unknown for other fields."""
    known, others = _decoders(typing.cast("Any", cls))
    if not plain.keys() <= known:
        name = min(plain.keys() - known)
        raise Unknown(f"'{name}' of {cls.__name__} is of a newer program")
    values = dict(plain)
    for name, decode in others:
        if name in values:
            values[name] = decode(values[name])
    return cls(**values)


@cache
def _encoder(kind: Any) -> Callable[[Any], Any]:
    """How values of exactly this type become plain; made once a type."""
    if issubclass(kind, Enum):
        return lambda v: v.value
    if issubclass(kind, date):
        return lambda v: v.isoformat()
    if issubclass(kind, (tuple, list)):
        return lambda v: [x if type(x) in _AS_IT_IS else to_plain(x) for x in v]
    if issubclass(kind, Mapping):
        return lambda v: {str(k): x if type(x) in _AS_IT_IS else to_plain(x) for k, x in v.items()}
    if is_dataclass(kind):
        scalars, others = _fields(typing.cast("Any", kind))

        def encode(v: Any) -> dict[str, Any]:
            plain = {
                name: x
                for name, default in scalars
                if (x := getattr(v, name)) is not default and x != default
            }
            for name, default, encode_it in others:
                x = getattr(v, name)
                if x is not default and x != default:
                    plain[name] = encode_it(x)
            return plain

        return encode
    raise TypeError(f"no plain form for {kind.__name__}")


@cache
def _fields(cls: Hashable) -> tuple[list[tuple[str, Any]], list[tuple[str, Any, Encoder]]]:
    """Names and defaults: of the fields that are plain as they are, and of the others."""
    hints = typing.get_type_hints(cls)
    scalars: list[tuple[str, Any]] = []
    others: list[tuple[str, Any, Encoder]] = []
    for f in fields(typing.cast("Any", cls)):
        default = f.default_factory() if f.default_factory is not MISSING else f.default
        if hints[f.name] in _AS_IT_IS:
            scalars.append((f.name, default))
        else:
            others.append((f.name, default, _encoder_for(hints[f.name])))
    return scalars, others


def _encoder_for(hint: Any) -> Encoder:
    """Quicker where the hint alone says it: a tuple of plain values, or of tuples of them."""
    args = set(typing.get_args(hint)) - {...}
    if typing.get_origin(hint) is tuple:
        if args <= _AS_IT_IS:
            return list
        if all(_encoder_for(arg) is list for arg in args):
            return lambda v: [*map(list, v)]
    return to_plain


@cache
def _decoders(cls: Hashable) -> tuple[frozenset[str], list[tuple[str, Decoder]]]:
    """The names of all fields, and the decoders of those that are not plain as they are."""
    hints = typing.get_type_hints(cls)
    names = [f.name for f in fields(typing.cast("Any", cls))]
    decoders = [(name, _decoder(hints[name])) for name in names]
    return frozenset(names), [(name, decode) for name, decode in decoders if decode is not _itself]


def _decoder(hint: Any) -> Decoder:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = _decoder(next(a for a in args if a is not types.NoneType))
        return lambda v: None if v is None else inner(v)
    if origin is tuple:
        inner = _decoder(args[0])
        return tuple if inner is _itself else lambda v: tuple([inner(x) for x in v])
    if origin is PersistentMap:
        inner = _decoder(args[0])
        return lambda v: PersistentMap({k: inner(x) for k, x in v.items()})
    if origin is not None and issubclass(origin, Mapping):
        key, inner = _decoder(args[0]), _decoder(args[1])
        if key is inner is _itself:
            return lambda v: {**v}
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
