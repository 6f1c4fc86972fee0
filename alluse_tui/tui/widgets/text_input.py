"""A line to type in, whose cursor does not blink: nothing is sent to a terminal at rest."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.widgets import Input


class TextInput(Input):
    """An input without a blink and without a border."""

    def __init__(self, value: str = "", **options: Any) -> None:
        """As Textual's Input."""
        super().__init__(value, compact=True, **options)
        self.cursor_blink = False

    @property
    def _value(self) -> Text:
        """What is drawn: a sign that a terminal would obey has a stand-in, one for one."""
        if self.password:
            return Text("•" * len(self.value), no_wrap=True, overflow="ignore", end="")
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in self.value)
        return Text(shown, no_wrap=True, overflow="ignore", end="")
