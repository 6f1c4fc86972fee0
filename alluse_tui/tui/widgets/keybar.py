"""The keys at the bottom: what can be done now, dim where it cannot."""

from __future__ import annotations

from rich.text import Text

from alluse_tui.tui.actions import ACTIONS, Situation
from alluse_tui.tui.widgets.drawn import Drawn, Piece


class KeyBar(Drawn):
    """One line made from the action registry."""

    DEFAULT_CSS = """
    KeyBar { height: 1; padding: 0 1; background: $boost; dock: bottom; }
    """

    def __init__(self) -> None:
        """Shows nothing as possible until it is told the situation."""
        super().__init__(id="keys")
        self._situation = Situation(None, None)
        self._dim: tuple[bool, ...] = ()

    def show(self, situation: Situation) -> None:
        """Draw anew when a key became possible or impossible."""
        self._situation = situation
        dim = tuple(a.disabled_reason(situation) is not None for a in ACTIONS)
        if dim != self._dim:
            self._dim = dim
            self.refresh()

    def render(self) -> Text:
        """Keys and labels; where room is short, keys that are not possible stand alone."""
        width = self.content_size.width
        for without in ((), ("off",), ("off", "undo", "help", "quit")):
            pieces = self._pieces(without)
            if sum(len(text) for text, _ in pieces) <= width:
                break
        return self.line(pieces, width)

    def _pieces(self, without: tuple[str, ...]) -> list[Piece]:
        """`without`: whose labels are left out, by action or 'off' for what is not possible."""
        gap = " " if without else "  "
        pieces: list[Piece] = []
        for action in ACTIONS:
            off = action.disabled_reason(self._situation) is not None
            if off and action.id in ("portfolio", "answer", "ack"):
                continue
            bare = action.id in without or (off and "off" in without)
            label = "" if bare else f" {action.label}"
            pieces += [
                (action.shown, "dim" if off else "due"),
                (f"{label}{gap}", "dim" if off else ""),
            ]
        return pieces
