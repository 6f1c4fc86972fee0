"""Help, made from the bindings that are live on the screen below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from alluse_tui.tui.actions import BY_ID

_NAMES = {
    "question_mark": "?",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
}

_LEFT_OUT = ("ctrl+q", "ctrl+c", "super+c", "ctrl+p")


class HelpScreen(ModalScreen[None]):
    """Every key and what it does here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", "Close", show=False)
    ]

    def __init__(self, bindings: Mapping[str, ActiveBinding]) -> None:
        """`bindings` are those of the screen that help is about."""
        super().__init__()
        self._live = bindings

    def compose(self) -> ComposeResult:
        """A table of keys."""
        with VerticalScroll(id="dialog") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "esc closes"
            yield Static(self._table())

    def action_close(self) -> None:
        """Back to where we were."""
        self.dismiss()

    def _table(self) -> Text:
        by_help: dict[str, list[str]] = {}
        for key, active in self._live.items():
            binding = active.binding
            if key not in _LEFT_OUT and binding.description:
                by_help.setdefault(binding.description, []).append(_NAMES.get(key, key))
        ours = {a.help for a in BY_ID.values()}
        text = Text()
        for said, keys in sorted(by_help.items(), key=lambda item: item[0] not in ours):
            text.append(f"{', '.join(keys):>16}", "bold")
            text.append(f"   {said}\n")
        text.append("\nWhat moves money shows its plan first; nothing happens before you agree.")
        return text
