"""What all our widgets share: lines in named inks; words carry the meaning."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.widget import Widget

from alluse_tui.domain.views import printable
from alluse_tui.tui.style.inks import Inked

Piece = tuple[str, str]
"""Text and the name of its ink ('' for plain)."""


class Drawn(Widget):
    """A widget that draws its own lines with named inks. Data never passes through markup."""

    app: Inked

    def ink(self, name: str) -> Style:
        """The style of that ink; none for ''."""
        return self.app.ink(name)

    def line(self, pieces: Iterable[Piece], width: int) -> Text:
        """The pieces in a row, exactly `width` cells."""
        text = Text(no_wrap=True, end="")
        for content, ink in pieces:
            text.append(printable(content), self.ink(ink))
        text.truncate(width, overflow="ellipsis", pad=True)
        return text


class Listing(Drawn):
    """Lines one under the other, as many as there are; something around it scrolls."""

    DEFAULT_CSS = """
    Listing { height: auto; }
    """

    def __init__(self, waiting: str) -> None:
        """Says `waiting` until it is shown something."""
        super().__init__()
        self._lines: list[list[Piece]] = [[(waiting, "dim")]]

    def show(self, lines: list[list[Piece]]) -> None:
        """Draw these lines."""
        self._lines = lines
        self.refresh(layout=True)

    def render(self) -> Text:
        """All lines."""
        width = self.content_size.width
        return Text("\n", no_wrap=True).join(self.line(pieces, width) for pieces in self._lines)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """A line each."""
        return len(self._lines)


class Panel(Drawn):
    """A titled pane that draws all its lines itself."""

    DEFAULT_CSS = """
    Panel { height: 1fr; border-top: solid $line; padding: 0 1; }
    """

    @abstractmethod
    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """The rows of pieces to draw."""

    def render(self) -> Text:
        """All lines, cut to the size of the pane."""
        width, height = self.content_size
        self._drawn = self.lines(width, height)[:height]
        return Text("\n", no_wrap=True).join(self.line(pieces, width) for pieces in self._drawn)

    def redraw(self) -> None:
        """Repaint the lines that are not as they were drawn."""
        width, height = self.content_size
        now, before = self.lines(width, height)[:height], self._drawn
        if len(now) != len(before):
            self.refresh()
            return
        changed = [y for y, line in enumerate(now) if line != before[y]]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    _drawn: Sequence[list[Piece]] = ()


def as_title(text: str) -> str:
    """`text` for a border's title, which Textual reads as markup."""
    return printable(text).replace("[", "\\[")


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """`text`, printable, in exactly `width` cells; cut with an ellipsis."""
    text = printable(text)
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
    padding = " " * (width - length)
    return padding + text if right else text + padding
