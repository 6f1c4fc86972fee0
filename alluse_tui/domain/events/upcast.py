"""Conversion of events from older record formats.

A record has the version `v` of its format. If the format of an event changes, `v` is incremented
and a step from the previous version is added here; stored records are never rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Plain = Mapping[str, Any]

STEPS: dict[int, Callable[[Plain], Plain]] = {}
"""Conversions of one event from each version to the next. Versions 2 to 6 have the same events:
2 to 4 added kinds, 5 stores the sentence and the values of each rule (record_bodies.py), and 6
added adjustments and the lots that a trade names."""


def needs_upcast(version: int) -> bool:
    """Whether events of that version differ from those of the newest one."""
    return any(step >= version for step in STEPS)


def upcast(event: Plain, version: int, newest: int) -> Plain:
    """`event` converted from version `version` to `newest`."""
    for step in range(version, newest):
        if step in STEPS:
            event = STEPS[step](event)
    return event
