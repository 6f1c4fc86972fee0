"""Events of older records in the form that this program knows.

A record says of its form `v`. When the form of an event changes, `v` goes up and the step from
the form before is added here; records themselves are never written again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Plain = Mapping[str, Any]

STEPS: dict[int, Callable[[Plain], Plain]] = {
    1: lambda event: event,  # form 2 added events and fields, and changed none
    2: lambda event: event,  # so did form 3: fork, merge, reinvest, alerts
    3: lambda event: event,  # and form 4: gaps, and what was recovered
}
"""From each form to the next, for one event."""


def upcast(event: Plain, version: int, newest: int) -> Plain:
    """`event` of a record of form `version` as form `newest` has it."""
    for step in range(version, newest):
        event = STEPS[step](event)
    return event
