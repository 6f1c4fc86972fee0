"""A line to type in, whose cursor does not blink: nothing is sent to a terminal at rest."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input


class Line(Input):
    """An input without a blink and without a border."""

    def __init__(self, value: str = "", **options: Any) -> None:
        """As Textual's Input."""
        super().__init__(value, compact=True, **options)
        self.cursor_blink = False
