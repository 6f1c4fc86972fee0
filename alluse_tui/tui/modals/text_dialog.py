"""The base of dialogs that only show lines, which may be longer than the screen."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.inked import Listing, as_title

Result = TypeVar("Result")


class TextDialog(UsesShell, ModalScreen[Result | None]):
    """A title, lines that are read after the dialog has opened, and the keys below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
    ]

    def __init__(self, title: str, keys: str, reading: str) -> None:
        """`reading` is shown until there are lines."""
        super().__init__()
        self._heading, self._key_hint, self._reading = title, keys, reading

    def compose(self) -> ComposeResult:
        """The lines."""
        with VerticalScroll(id="dialog", can_focus=False) as dialog:
            dialog.border_title = as_title(self._heading)
            dialog.border_subtitle = self._key_hint
            yield Listing(self._reading)

    def on_mount(self) -> None:
        """Read what is shown."""
        self.read()

    @abstractmethod
    def read(self) -> object:
        """Read what is shown, off the event loop."""

    def action_scroll(self, lines: int) -> None:
        """Scroll lines that do not fit."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)
