"""The base of all events."""

from __future__ import annotations

from alluse_tui.domain.model.value import Value


class RecordedEvent(Value, tag_field="type"):
    """The base of all events; the tag is its name in records and never changes its meaning."""
