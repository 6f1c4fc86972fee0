"""Counts the new statements in the inbox now and then, in a thread."""

from __future__ import annotations

from textual.message import Message

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.engine import Inbox, inbox_folder
from alluse_tui.tui.host import Host

MINUTES = 5
"""How often the folder is looked at while nothing is recorded."""


class InboxChanged(Message):
    """Statements of the inbox may have been imported."""


class InboxCounted(Message):
    """The folder was looked at."""

    def __init__(self, new: int) -> None:
        """`new`: how many statements are new; 0 if the folder cannot be read."""
        super().__init__()
        self.new = new


class InboxWatch:
    """How many new statements the inbox has, as far as is known."""

    def __init__(self, host: Host, *, watches: bool) -> None:
        """`watches`: whether to look at all; a demo does not."""
        self._host, self._watches = host, watches
        self.new = 0
        self._inbox: Inbox | None = None
        self._is_looking = False
        self._minutes = 0

    def each_minute(self, *, changed: bool) -> None:
        """Look if something was recorded in the last minute, or every MINUTES."""
        self._minutes += 1
        if changed or self._minutes >= MINUTES:
            self.look_soon()

    def look_soon(self) -> None:
        """Look now, unless that is going on already."""
        if self._watches and not self._is_looking:
            self._is_looking, self._minutes = True, 0
            self._host.run_in_thread(self._look, "inbox")

    def accept(self, message: InboxCounted) -> bool:
        """Keep the number. Returns whether it has changed."""
        self._is_looking = False
        before, self.new = self.new, message.new
        return before != self.new

    def _look(self) -> None:
        engine = self._host.engine
        try:
            folder = inbox_folder(engine.path)
            if self._inbox is None or self._inbox.folder != folder:
                self._inbox = Inbox(engine, folder)
            new = self._inbox.count()
        except AllUseError:  # `alluse inbox` and the morning close say what is wrong
            new = 0
        self._host.post_message(InboxCounted(new))
