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
        """Keys and labels."""
        pieces: list[Piece] = []
        for action in ACTIONS:
            if action.id == "portfolio" and action.disabled_reason(self._situation):
                continue
            off = action.disabled_reason(self._situation) is not None
            pieces += [
                (action.shown, "dim" if off else "due"),
                (f" {action.label}  ", "dim" if off else ""),
            ]
        return self.line(pieces, self.content_size.width)
