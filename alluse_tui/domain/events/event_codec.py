"""Events as plain data and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alluse_tui.domain.events.codec import Unknown, from_plain, to_plain
from alluse_tui.domain.events.events import EVENT_TYPES, Event

_NAMES = {cls: name for name, cls in EVENT_TYPES.items()}


def event_to_plain(event: Event) -> dict[str, Any]:
    """The event with its name under 'type'."""
    return {"type": _NAMES[type(event)], **to_plain(event)}


def event_from_plain(plain: Mapping[str, Any]) -> Event:
    """The event that `event_to_plain` wrote. Raises Unknown for a name or field it does not know.

    Events of older records must have gone through `upcast` first.
    """
    fields_only = dict(plain)
    name = fields_only.pop("type")
    cls = EVENT_TYPES.get(name)
    if cls is None:
        raise Unknown(f"'{name}' is an event of a newer program")
    return from_plain(cls, fields_only)
