"""Keys in turn: each is handed on when the one before it has had its effect.

Textual hands a key to whatever has the focus when the key comes. Of keys that are typed ahead all
but the first would go to a screen that the first one is about to leave.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump
from textual.widgets import Input

AHEAD_AT_MOST = 4_096
"""So many keys are kept while one has its effect; nobody types more."""

PASSED_SECONDS = 0.25
"""So long a widget may take to come to what was asked of it last; then it is passed by."""


class KeyQueue(App[str]):
    """An application in which no key is lost, however fast they come."""

    def __init__(self, **options: Any) -> None:
        """As Textual's App."""
        super().__init__(**options)
        self._ahead: deque[Key | Paste] = deque()
        self._effect: asyncio.Task[None] | None = None
        self._next: Key | Paste | None = None

    def is_heard(self, event: Key | Paste) -> bool:
        """Whether what is to be seen now may take this key."""
        return True

    @property
    def in_effect(self) -> bool:
        """Whether a key is having its effect, or waits for its turn."""
        return self._effect is not None

    async def on_event(self, event: Event) -> None:
        """Hand on a key at once, or when it is its turn."""
        if not isinstance(event, (Key, Paste)) or event.is_forwarded:
            await super().on_event(event)
            return
        if event is self._next:
            self._next = None
        elif self._effect is not None:
            if len(self._ahead) < AHEAD_AT_MOST:
                self._ahead.append(event)
            return
        if not self.is_heard(event):
            self._take_next()
            return
        target = self.focused or self.screen
        await super().on_event(event)
        if _typed_into(target, event):
            self._take_next()
        else:
            self._effect = asyncio.create_task(self._follow(target))

    async def _follow(self, target: DOMNode) -> None:
        """Wait for the effect of the key that `target` got; then it is the next one's turn."""
        try:
            before = self.screen
            for _ in ("the key", "what it made them say"):
                for node in list(target.ancestors_with_self):
                    await _passed(node)
            if self.screen is not before:
                await _passed(self.screen)
                await _passed(self)
        except Exception as error:
            self._handle_exception(error)
        self._take_next()

    def _take_next(self) -> None:
        if self._ahead:
            self._next = self._ahead.popleft()
            self.post_message(self._next)
        else:
            self._effect = None


def _typed_into(target: DOMNode, event: Key | Paste) -> bool:
    """Whether it only adds to a line, in the order in which it comes."""
    return isinstance(target, Input) and (isinstance(event, Paste) or event.is_printable)


async def _passed(pump: MessagePump) -> None:
    """Waits until `pump` has come to the end of what is in its queue now."""
    reached = asyncio.Event()
    if pump.call_later(reached.set):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PASSED_SECONDS):
                await reached.wait()
