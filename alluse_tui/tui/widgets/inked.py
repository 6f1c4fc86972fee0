"""The base of all widgets that draw their own lines in named inks."""

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
"""Text, and the name of its ink ('' for none)."""

EMOJI_SELECTOR = "\ufe0f"


class Drawn(Widget):
    """A widget that draws its own lines in named inks. Data is never parsed as markup."""

    app: Inked

    def ink(self, name: str) -> Style:
        """The style of that ink; no style for ''."""
        return self.app.ink(name)

    def line(self, pieces: Iterable[Piece], width: int) -> Text:
        """The pieces in one line of exactly `width` cells."""
        text = Text(no_wrap=True, end="")
        for content, ink in pieces:
            text.append(drawable(content), self.ink(ink))
        text.truncate(width, overflow="ellipsis", pad=True)
        return text


class Listing(Drawn):
    """Any number of lines; its container scrolls."""

    DEFAULT_CSS = """
    Listing { height: auto; }
    """

    def __init__(self, waiting: str) -> None:
        """`waiting` is shown until `show` is called."""
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
        """One cell for each line."""
        return len(self._lines)


class Panel(Drawn):
    """A pane with a title that draws its own lines."""

    DEFAULT_CSS = """
    Panel { height: 1fr; border-top: solid $line; padding: 0 1; }
    """

    @abstractmethod
    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """The lines to draw, each as pieces."""

    def render(self) -> Text:
        """Draw all lines, cut to the size of the pane."""
        width, height = self.content_size
        self._drawn = self.lines(width, height)[:height]
        return Text("\n", no_wrap=True).join(self.line(pieces, width) for pieces in self._drawn)

    def redraw(self) -> None:
        """Repaint only the lines that have changed."""
        width, height = self.content_size
        now, before = self.lines(width, height)[:height], self._drawn
        if len(now) != len(before):
            self.refresh()
            return
        changed = [y for y, line in enumerate(now) if line != before[y]]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    _drawn: Sequence[list[Piece]] = ()


def drawable(text: str) -> str:
    """`text`, printable, without emoji selectors: Rich miscounts a line that is cut at one."""
    return printable(text).replace(EMOJI_SELECTOR, "")


def as_title(text: str) -> str:
    """`text` escaped for a border title, which Textual parses as markup."""
    return drawable(text).replace("[", "\\[")


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """`text`, made printable, in exactly `width` cells; longer text is cut with an ellipsis."""
    text = drawable(text)
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
    padding = " " * (width - length)
    return padding + text if right else text + padding
