"""The base of all domain values: an immutable msgspec struct with one canonical JSON form.

The JSON omits fields that equal their default, and unknown fields are an error. msgspec recognises
a default by identity (or as an empty dict, list or tuple), so a class with defaults that are not
unique objects, such as large ints, calls `share_defaults`.
"""

from __future__ import annotations

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The base of all values: immutable and compared by content."""


def share_defaults(value: Value) -> None:
    """Replace each field that equals its default by the default; call it in __post_init__."""
    defaults = value.__struct_defaults__
    for name, default in zip(value.__struct_fields__[-len(defaults) :], defaults, strict=True):
        current = getattr(value, name)
        if current is not default and current == default:
            msgspec.structs.force_setattr(value, name, default)


def repr_without(value: Value, *hidden: str) -> str:
    """The usual repr, without the fields `hidden`, which are secret or too long."""
    fields = (name for name in value.__struct_fields__ if name not in hidden)
    listed = ", ".join(f"{name}={getattr(value, name)!r}" for name in fields)
    return f"{type(value).__name__}({listed})"
