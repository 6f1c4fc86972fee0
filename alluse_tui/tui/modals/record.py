"""One record: who did what and when, and each event as text; or the record as stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import RecordView
from alluse_tui.engine import new_york, record_view, span_text
from alluse_tui.tui import texts
from alluse_tui.tui.event_text import WIDTH, Lines, event_lines, named, wrapped
from alluse_tui.tui.modals.text_dialog import TextDialog
from alluse_tui.tui.widgets.inked import Listing, Piece

SHOWN_AT_MOST = 60_000
"""Characters of a stored record; a part of an import is longer than anybody reads."""

_LABEL = 10


class RecordScreen(TextDialog[None]):
    """The record as text; r switches to its JSON and back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "turn", "As stored, and back")]

    class Read(Message):
        """The record has been read."""

        def __init__(self, worded: Lines, stored: Lines) -> None:
            """The record as text, and as it is stored."""
            super().__init__()
            self.worded, self.stored = worded, stored

    def __init__(self, seq: int) -> None:
        """`seq` is the record's number."""
        super().__init__(texts.RECORD_TITLE.format(seq=seq), "", texts.RECORD_READING)
        self._seq = seq
        self._read: RecordScreen.Read | None = None
        self._raw = False

    def on_mount(self) -> None:
        """Read it."""
        self._show_keys()
        super().on_mount()

    @work(thread=True)
    def read(self) -> None:
        """Ask the engine, off the event loop."""
        engine = self.shell.engine
        try:
            record = engine.queries.record(self._seq)
            view = record_view(record, engine.queries.undone_by(self._seq))
            plain = {**view.stored, "prev": view.prev, "hash": view.hash}
            self.post_message(self.Read(record_lines(view), stored_lines(plain)))
        except AllUseError as error:
            lines = wrapped(str(error), "bad")
            self.post_message(self.Read(lines, lines))

    @on(Read)
    def draw(self, message: Read) -> None:
        """Show it."""
        self._read = message
        self.query_one(Listing).show(message.stored if self._raw else message.worded)

    def action_turn(self) -> None:
        """Switch between text and JSON."""
        if self._read is not None:
            self._raw = not self._raw
            self._show_keys()
            self.query_one("#dialog").scroll_home(animate=False)
            self.draw(self._read)

    def _show_keys(self) -> None:
        other = texts.RECORD_IN_WORDS if self._raw else texts.RECORD_STORED
        self.query_one("#dialog").border_subtitle = texts.RECORD_KEYS.format(other=other)


def record_lines(view: RecordView) -> Lines:
    """The head, the refusal if any, the events, and the hashes."""
    lines = [*_head(view), [("", "")]]
    if view.refusal:
        lines += wrapped(f"✗ {view.refusal}", "bad")
    count = len(view.events)
    if count:
        lines.append([(f"{count} event{'s' if count > 1 else ''}", "dim")])
    for event in view.events:
        lines += event_lines(event)
    lines.append([("", "")])
    lines += [[("prev ", "dim"), (view.prev, "")], [("hash ", "dim"), (view.hash, "")]]
    return lines


def _head(view: RecordView) -> Lines:
    utc = datetime.fromtimestamp(view.recorded_ns // 1_000_000_000, UTC)
    local = new_york(view.recorded_ns)
    content = {k: v for k, v in view.content.items() if k != "policy"}
    record = f"#{view.seq}"
    if view.parts > 1:
        record = texts.RECORD_PART.format(seq=view.seq, part=view.part, parts=view.parts)
    times = texts.RECORD_TIMES.format(
        local=f"{local.day} {local:%b %Y %H:%M:%S}", utc=f"{utc:%Y-%m-%d %H:%M:%S}"
    )
    command = view.act
    if view.portfolio:
        command = texts.RECORD_COMMAND.format(command=command, portfolio=view.portfolio)
    head: list[tuple[str, str]] = [
        ("record", record),
        ("recorded", times),
        ("by", view.actor),
        ("command", command),
        ("typed", named(content)),
        ("undo of", span_text(view.undoes) if view.undoes else ""),
        ("undone by", f"#{view.undone_by}" if view.undone_by else ""),
    ]
    return [line for label, text in head if text for line in _labelled(label, text)]


def _labelled(label: str, text: str) -> Lines:
    """The text in lines, the label before the first."""
    first, *more = wrapped(text, indent="", width=WIDTH - _LABEL)
    label_piece: Piece = (f"{label:<{_LABEL}}", "dim")
    return [[label_piece, *first], *([(" " * _LABEL, ""), *line] for line in more)]


def stored_lines(plain: Mapping[str, Any]) -> Lines:
    """The JSON, indented and in ASCII: no sign in it can move a cursor."""
    text = json.dumps(plain, indent=1)
    lines: Lines = [[(line, "")] for line in text[:SHOWN_AT_MOST].splitlines()]
    if len(text) > SHOWN_AT_MOST:
        lines.append([(texts.RECORD_TRUNCATED.format(count=len(text)), "dim")])
    return lines
