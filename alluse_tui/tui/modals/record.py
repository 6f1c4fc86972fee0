"""One record: who did what and when, each event in words and figures; or as it is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.engine import new_york
from alluse_tui.tui.event_text import WIDTH, Lines, act_of, event_lines, named, undoes, wrapped
from alluse_tui.tui.widgets.inked import Listing, Piece

if TYPE_CHECKING:
    from alluse_tui.tui.app import AllUseApp

SHOWN_AT_MOST = 60_000
"""Characters: an import's part is longer than anybody reads."""

_LABEL = 10


class RecordScreen(ModalScreen[None]):
    """The record for people; r turns to its JSON, indented, and back."""

    app: AllUseApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close"),
        Binding("r", "turn", "As it is stored, and back"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
    ]

    class Read(Message):
        """The record has been read."""

        def __init__(self, told: Lines, stored: Lines) -> None:
            """In words, and as it is stored."""
            super().__init__()
            self.told, self.stored = told, stored

    def __init__(self, seq: int) -> None:
        """Which record."""
        super().__init__()
        self._seq = seq
        self._read: RecordScreen.Read | None = None
        self._raw = False

    def compose(self) -> ComposeResult:
        """The text."""
        with VerticalScroll(id="dialog", can_focus=False) as dialog:
            dialog.border_title = f"Record {self._seq}"
            yield Listing("reading …")

    def on_mount(self) -> None:
        """Read it."""
        self._entitle()
        self.read()

    @work(thread=True)
    def read(self) -> None:
        """Ask the engine, off the event loop."""
        engine = self.app.engine
        try:
            record = engine.queries.record(self._seq)
            plain = {**record.plain, "prev": record.prev.hex(), "hash": record.hash.hex()}
            told = record_lines(plain, engine.queries.undone_by(self._seq))
            self.post_message(self.Read(told, stored_lines(plain)))
        except AllUseError as error:
            trouble = wrapped(str(error), "bad")
            self.post_message(self.Read(trouble, trouble))

    @on(Read)
    def draw(self, message: Read) -> None:
        """Show it."""
        self._read = message
        self.query_one(Listing).show(message.stored if self._raw else message.told)

    def action_turn(self) -> None:
        """As it is stored, or for people again."""
        if self._read is not None:
            self._raw = not self._raw
            self._entitle()
            self.query_one("#dialog").scroll_home(animate=False)
            self.draw(self._read)

    def _entitle(self) -> None:
        other = "in words" if self._raw else "as stored"
        self.query_one("#dialog").border_subtitle = f"↓ more · r {other} · esc closes"

    def action_scroll(self, lines: int) -> None:
        """Through a record that is longer than the screen."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()


def record_lines(plain: Mapping[str, Any], undone_by: int) -> Lines:
    """The head, what was asked, what was refused, and what happened."""
    lines = [*_head(plain, undone_by), [("", "")]]
    for rule in plain.get("refusals") or ():
        if not rule["ok"]:
            lines += wrapped(f"✗ {rule['message']}", "bad")
    events = plain["events"]
    if events:
        lines.append([(f"{len(events)} event{'s' if len(events) > 1 else ''}", "dim")])
    for event in events:
        lines += event_lines(event)
    lines.append([("", "")])
    lines += [[(f"{name} ", "dim"), (plain[name], "")] for name in ("prev", "hash")]
    return lines


def _head(plain: Mapping[str, Any], undone_by: int) -> Lines:
    moment = datetime.fromtimestamp(plain["recorded"] // 1_000_000_000, UTC)
    here = new_york(plain["recorded"])
    content = {k: v for k, v in plain.get("content", {}).items() if k != "policy"}
    part, parts = plain.get("part", (1, 1))
    head: list[tuple[str, str]] = [
        ("record", f"#{plain['seq']}" + (f", part {part} of {parts}" if parts > 1 else "")),
        ("recorded", f"{here.day} {here:%b %Y %H:%M:%S} New York, {moment:%Y-%m-%d %H:%M:%S} UTC"),
        ("by", plain["actor"]),
        ("command", f"{act_of(plain)} in {plain['portfolio']}"),
        ("asked", named(content)),
        ("undoes", undoes(plain["events"])),
        ("undone by", f"#{undone_by}" if undone_by else ""),
    ]
    return [line for label, said in head if said for line in _labelled(label, said)]


def _labelled(label: str, said: str) -> Lines:
    """The label before the first of its lines."""
    first, *more = wrapped(said, indent="", width=WIDTH - _LABEL)
    label_piece: Piece = (f"{label:<{_LABEL}}", "dim")
    return [[label_piece, *first], *([(" " * _LABEL, ""), *line] for line in more)]


def stored_lines(plain: Mapping[str, Any]) -> Lines:
    """The JSON, indented and in ASCII: no sign in it can move a cursor."""
    text = json.dumps(plain, indent=1)
    lines: Lines = [[(line, "")] for line in text[:SHOWN_AT_MOST].splitlines()]
    if len(text) > SHOWN_AT_MOST:
        lines.append([(f"… {len(text):,} characters in all: alluse log --json", "dim")])
    return lines
