"""Events of older records in the form that this program knows.

A record says of its form `v`. When the form of an event changes, `v` goes up and the step from
the form before is added here; records themselves are never written again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Plain = Mapping[str, Any]

STEPS: dict[int, Callable[[Plain], Plain]] = {}
"""From each form to the next, for one event. Forms 2 to 4 added events and fields, changed none."""


def needs_upcast(version: int) -> bool:
    """Whether events of that form differ from those of the newest one."""
    return any(step >= version for step in STEPS)


def upcast(event: Plain, version: int, newest: int) -> Plain:
    """`event` of a record of form `version` as form `newest` has it."""
    for step in range(version, newest):
        if step in STEPS:
            event = STEPS[step](event)
    return event
