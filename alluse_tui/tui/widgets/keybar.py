"""The bar of keys at the bottom: bright where an action is possible now; or a status message."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len
from rich.text import Text
from textual import events

from alluse_tui.tui.actions.disabled_reasons import Situation
from alluse_tui.tui.actions.registry import (
    ACCOUNT,
    POSITION,
    Action,
    key_of,
    of_page,
    shown_key,
)
from alluse_tui.tui.widgets.inked import Drawn, Piece

Status = tuple[str, bool]
"""A message to show in place of the keys, and whether it is a warning."""

LEFT_OUT = (
    *("quit", "answer", "find", "previous", "next", "portfolio", "open", "edit", "post", "snooze"),
    *("pause", "undo_record", "reinvest", "merge"),
)
"""The actions that make way where room is short, the first one first; help names every key."""

HIDDEN_WHEN_OFF = ("portfolio", "answer", "ack", "snooze", "undo_record", "stop")
"""The actions that are not shown while they are impossible."""

GAP = "  "


class KeyBar(Drawn):
    """One line made from the action registry; a click on a key presses it."""

    DEFAULT_CSS = """
    KeyBar { height: 1; padding: 0 1; background: $boost; dock: bottom; }
    """

    def __init__(self, page: str) -> None:
        """`page` is the name of the page; nothing is possible until `show` is called."""
        super().__init__(id="keys")
        self._actions = tuple(a for a in of_page(page) if page in a.bar and a.key)
        self._situation = Situation(None, None)
        self._keymap: Mapping[str, str] = {}
        self._status: Status | None = None
        self._shown: object = None

    def show(self, situation: Situation, keymap: Mapping[str, str], status: Status | None) -> None:
        """Redraw when an action became possible or impossible, or the message changed."""
        self._situation, self._keymap, self._status = situation, keymap, status
        off = tuple(a.disabled_reason(situation) is not None for a in self._actions)
        shown = (off, situation.position is None, status, tuple(keymap.items()))
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
        pieces = [piece for action in self._fitting(width) for piece in self._pieces(action)]
        return self.line(pieces[:-1], width) if pieces else Text()

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        offset = event.get_content_offset(self)
        if offset is None or self._status is not None:
            return
        left = 0
        for action in self._fitting(self.content_size.width):
            *shown, gap = self._pieces(action)
            right = left + sum(cell_len(text) for text, _ in shown)
            if left <= offset.x < right:
                self.app.simulate_key(key_of(action, self._keymap))
                return
            left = right + cell_len(gap[0])

    def _fitting(self, width: int) -> list[Action]:
        """The actions for which there is room: with a position selected, those on it."""
        other = POSITION if self._situation.position is None else ACCOUNT
        shown = [
            action
            for action in self._actions
            if action.group != other and not (self._is_off(action) and action.id in HIDDEN_WHEN_OFF)
        ]
        for name in LEFT_OUT:
            cells = sum(cell_len(text) for action in shown for text, _ in self._pieces(action))
            if cells - len(GAP) <= width:
                break
            shown = [action for action in shown if action.id != name]
        return shown

    def _is_off(self, action: Action) -> bool:
        return action.disabled_reason(self._situation) is not None

    def _pieces(self, action: Action) -> list[Piece]:
        off = self._is_off(action)
        return [
            (shown_key(key_of(action, self._keymap)), "dim" if off else "due"),
            (f" {action.label}", "dim" if off else ""),
            (GAP, ""),
        ]
