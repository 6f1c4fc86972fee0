"""One record as it is stored: what was asked, what happened, its hash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from alluse_tui.domain.errors import AllUseError

if TYPE_CHECKING:
    from alluse_tui.tui.app import AllUseApp

SHOWN_AT_MOST = 60_000
"""Characters: an import's part is longer than anybody reads."""


class RecordScreen(ModalScreen[None]):
    """The record's JSON, indented."""

    app: AllUseApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
    ]

    class Read(Message):
        """The record's text."""

        def __init__(self, text: str) -> None:
            """Or why there is none."""
            super().__init__()
            self.text = text

    def __init__(self, seq: int) -> None:
        """Which record."""
        super().__init__()
        self._seq = seq

    def compose(self) -> ComposeResult:
        """The text."""
        with VerticalScroll(id="dialog", can_focus=False) as dialog:
            dialog.border_title = f"Record {self._seq}"
            dialog.border_subtitle = "↓ more · esc closes"
            yield Static("reading …", id="text", markup=False)

    def on_mount(self) -> None:
        """Read it."""
        self.read()

    @work(thread=True)
    def read(self) -> None:
        """Ask the engine, off the event loop."""
        try:
            record = next(self.app.engine.records(self._seq - 1))
            plain = {**record.plain, "prev": record.prev.hex(), "hash": record.hash.hex()}
            text = json.dumps(plain, indent=1)  # in ASCII: no sign in it can move a cursor
            if len(text) > SHOWN_AT_MOST:
                text = f"{text[:SHOWN_AT_MOST]}\n… {len(text):,} characters in all: alluse log"
            self.post_message(self.Read(text))
        except AllUseError as error:
            self.post_message(self.Read(str(error)))

    @on(Read)
    def draw(self, message: Read) -> None:
        """Show it."""
        self.query_one("#text", Static).update(message.text)

    def action_scroll(self, lines: int) -> None:
        """Through a record that is longer than the screen."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
