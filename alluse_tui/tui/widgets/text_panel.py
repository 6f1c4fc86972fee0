"""A pane that shows the lines that it is given."""

from __future__ import annotations

from alluse_tui.tui.widgets.inked import Panel, Piece


class TextPanel(Panel):
    """Lines of text under a title."""

    def __init__(self, title: str, *, id: str, lines: list[list[Piece]] | None = None) -> None:
        """`lines` are shown until `show` replaces them."""
        super().__init__(id=id)
        self.border_title = title
        self._lines = lines or []

    def show(self, lines: list[list[Piece]]) -> None:
        """Draw these lines."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """The lines as they were given."""
        return self._lines
