"""A text input whose cursor does not blink, so an idle program sends nothing to the terminal."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.widgets import Input


class TextInput(Input):
    """An input without border and without a blinking cursor."""

    def __init__(self, value: str = "", **options: Any) -> None:
        """`options` are those of Textual's Input."""
        super().__init__(value, compact=True, **options)
        self.cursor_blink = False

    @property
    def _value(self) -> Text:
        """What is drawn: each control character is replaced by one that is safe to print."""
        if self.password:
            return Text("•" * len(self.value), no_wrap=True, overflow="ignore", end="")
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in self.value)
        return Text(shown, no_wrap=True, overflow="ignore", end="")
