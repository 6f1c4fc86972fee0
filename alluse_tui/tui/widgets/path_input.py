"""An input for a path: Tab or → completes it, and the matches are listed while typing.

Folders are read in daemon threads, so neither the screen nor the end of the program waits for a
network folder that does not answer. A folder is read by one thread at a time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from alluse_tui.domain.views import printable
from alluse_tui.tui import texts
from alluse_tui.tui.background.path_matches import PathMatches, folder_of, path_matches
from alluse_tui.tui.widgets.text_input import TextInput

LISTED = 6
"""Matches that are listed."""

KEY_SECONDS = 0.2
"""How long a key waits for the folder."""

ANSWER_SECONDS = 1.5
"""After how long the list says that a folder does not answer."""


class PathInput(TextInput):
    """A text input that completes paths."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False),
        Binding("right", "right", "Right, or complete", show=False),
    ]

    class Listed(Message):
        """What begins with the typed text, a line each."""

        def __init__(self, lines: Sequence[str]) -> None:
            """The lines below the field; none when it is left."""
            super().__init__()
            self.lines = lines

    def __init__(self, value: str = "", **options: Any) -> None:
        """`options` are those of Textual's Input."""
        super().__init__(value, **options)
        self._matches: PathMatches | None = None
        self._reading: set[str] = set()
        self._answered = asyncio.Event()

    def on_focus(self) -> None:
        """List what there is."""
        self._look()

    def on_blur(self) -> None:
        """Take the list away."""
        self.post_message(self.Listed(()))

    @on(Input.Changed)
    def _look(self) -> None:
        """Read the folder of the typed path, unless a thread is reading it."""
        typed = self.value
        folder = folder_of(typed)
        if self._current is not None or folder in self._reading or not self.is_attached:
            self._show()
            return
        self._reading.add(folder)
        self._answered.clear()
        loop = asyncio.get_running_loop()

        def read() -> None:
            matches = path_matches(typed)
            with suppress(RuntimeError):  # the program has ended meanwhile
                loop.call_soon_threadsafe(self._take, matches)

        threading.Thread(target=read, name="path", daemon=True).start()
        self.set_timer(ANSWER_SECONDS, self._show)

    def _take(self, matches: PathMatches) -> None:
        """Keep the answer, also while a key waits for it; the rest follows in the widget's turn."""
        self._reading.discard(folder_of(matches.typed))
        self._matches = matches
        if self._current is not None:
            self._answered.set()
        if self.is_attached:
            self.call_later(self._look)  # lists the matches, or asks for what was typed meanwhile

    @property
    def _current(self) -> PathMatches | None:
        """The answer for what the field has now."""
        matches = self._matches
        return matches if matches is not None and matches.typed == self.value else None

    def _show(self) -> None:
        matches = self._current
        if matches is not None and self.has_focus:
            self.post_message(self.Listed(match_lines(matches)))
        elif self.has_focus and folder_of(self.value) in self._reading:
            self.post_message(self.Listed((texts.PATH_WAITING,)))

    async def action_complete(self) -> None:
        """Complete the path; go to the next field where nothing is left to complete."""
        if not await self._complete():
            self.screen.focus_next()

    async def _complete(self) -> bool:
        if self._current is None:
            self._look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._answered.wait(), KEY_SECONDS)
        matches = self._current
        if matches is None or matches.completed == self.value:
            return False
        self.value = matches.completed
        self.cursor_position = len(self.value)
        return True

    async def action_right(self) -> None:
        """Move the cursor; at the end, complete the path."""
        if self.cursor_at_end:
            await self._complete()
        else:
            self.action_cursor_right()


def match_lines(matches: PathMatches) -> list[str]:
    """The first matches, how many more there are, or why there are none."""
    lines = [printable(name) for name in matches.names[:LISTED]]
    more = len(matches.names) - LISTED
    if matches.problem:
        lines.append(texts.PATH_PROBLEM.format(problem=matches.problem))
    elif more > 0:
        template = texts.PATH_PARTIAL if matches.is_partial else texts.PATH_MORE
        lines.append(template.format(more=more))
    elif matches.is_partial:
        lines.append(texts.PATH_CUT)
    return lines
