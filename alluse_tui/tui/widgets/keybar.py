"""The keys at the bottom: what can be done now, dim where it cannot; or what there is to say."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from alluse_tui.tui.actions.disabled_reasons import Situation
from alluse_tui.tui.actions.registry import Action, key_of, of_page, shown_key
from alluse_tui.tui.widgets.inked import Drawn, Piece

Status = tuple[str, bool]
"""A line to show in place of the keys, and whether it is a warning."""

LEFT_OUT = (
    "quit", "find", "previous", "next", "portfolio", "open", "edit", "post", "snooze",
    "undo_record", "answer", "reinvest", "merge",
)  # fmt: skip
"""What makes way first where room is short; help names every key."""

HIDDEN_WHEN_OFF = ("portfolio", "answer", "ack", "snooze", "undo_record", "stop")


class KeyBar(Drawn):
    """One line made from the action registry."""

    DEFAULT_CSS = """
    KeyBar { height: 1; padding: 0 1; background: $boost; dock: bottom; }
    """

    def __init__(self, page: str) -> None:
        """Shows nothing as possible until it is told the situation."""
        super().__init__(id="keys")
        self._actions = tuple(a for a in of_page(page) if page in a.bar and a.key)
        self._situation = Situation(None, None)
        self._keymap: Mapping[str, str] = {}
        self._status: Status | None = None
        self._shown: object = None

    def show(self, situation: Situation, keymap: Mapping[str, str], status: Status | None) -> None:
        """Draw anew when a key became possible or impossible, or something is said."""
        self._situation, self._keymap, self._status = situation, keymap, status
        off = tuple(a.disabled_reason(situation) is not None for a in self._actions)
        shown = (off, status, tuple(keymap.items()))
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render(self) -> Text:
        """Keys and labels, as many as there is room for."""
        width = self.content_size.width
        if self._status is not None:
            text, warning = self._status
            return self.line(
                [("▲ " if warning else "✓ ", "warn" if warning else "good"), (text, "strong")],
                width,
            )
        left_out: set[str] = set()
        for name in ("", *LEFT_OUT):
            left_out.add(name)
            pieces = self._pieces(left_out)
            if sum(len(text) for text, _ in pieces) <= width:
                break
        return self.line(pieces, width) if pieces else Text()

    def _pieces(self, left_out: set[str]) -> list[Piece]:
        pieces: list[Piece] = []
        for action in self._actions:
            off = action.disabled_reason(self._situation) is not None
            if action.id not in left_out and not (off and action.id in HIDDEN_WHEN_OFF):
                pieces += self._piece(action, off=off)
        return pieces[:-1]

    def _piece(self, action: Action, *, off: bool) -> list[Piece]:
        return [
            (shown_key(key_of(action, self._keymap)), "dim" if off else "due"),
            (f" {action.label}", "dim" if off else ""),
            ("  ", ""),
        ]
