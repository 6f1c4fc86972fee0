"""Help, made from the registry and the keys that hold here."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from alluse_tui.tui.actions.registry import GROUPS, key_of, of_page, shown_key
from alluse_tui.tui.shell import ActivePage, UsesShell

MOVING = (
    ("↑ ↓  k j", "Row up, row down"),
    ("PgUp PgDn", "A screenful"),
    ("Home End", "First row, last row"),
    ("Tab", "The next list"),
)


class HelpScreen(UsesShell, ModalScreen[None]):
    """Every key and what it does here; first what is possible now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", "Close", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
    ]

    def __init__(self, page: ActivePage) -> None:
        """`page` is the screen that help is about."""
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """A table of keys by group."""
        with VerticalScroll(id="dialog", can_focus=False) as dialog:
            dialog.border_title = f"Keys: {self._page.NAME.capitalize()}"
            dialog.border_subtitle = "↓ more · esc closes"
            yield Static(self._table())

    def action_close(self) -> None:
        """Back to where we were."""
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        """Through a list that is longer than the screen."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)

    def _table(self) -> Text:
        dim = self.shell.ink("dim")
        text = Text()
        situation, keymap = self._page.situation, self.shell.keymap
        text.append("Money moves only after its plan was shown and y was pressed;\n")
        text.append("u takes it back. Dim: not possible now, the key says why.\n")
        for group in GROUPS:
            actions = [a for a in of_page(self._page.NAME) if a.group == group]
            if not actions:
                continue
            text.append(f"\n{group}\n", "bold underline")
            for action in actions:
                key = shown_key(key_of(action, keymap)) or ":"
                reason = action.disabled_reason(situation)
                text.append(f"{key:>9}  ", "bold" if reason is None else dim)
                text.append(f"{action.help}", "" if reason is None else dim)
                text.append("\n")
        for key, said in MOVING:
            text.append(f"{key:>9}  ", "bold").append(f"{said}\n")
        text.append("\n: finds any action by its name, also those without a key.")
        return text
