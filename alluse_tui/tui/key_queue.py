"""One key at a time: each is delivered once the one before it has had its effect.

Textual delivers a key to the widget that has the focus when the key arrives. Of keys typed ahead,
all but the first would go to a screen that the first one is about to leave.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump
from textual.widgets import Input

AHEAD_AT_MOST = 4_096
"""Keys queued while one takes effect."""

PASSED_SECONDS = 0.25
"""How long a widget may take to handle its messages before the queue moves on."""

Deliver = Callable[[Event], Awaitable[None]]


class KeyQueue:
    """Delivers the keys of an application in order, so that none is lost however fast they come.

    `accepts` says whether the current screen may take a key; `failed` gets an unexpected error.
    """

    def __init__(
        self,
        app: App[Any],
        accepts: Callable[[Key | Paste], bool],
        failed: Callable[[Exception], None],
    ) -> None:
        """Start with an empty queue."""
        self._app, self._accepts, self._failed = app, accepts, failed
        self._ahead: deque[Key | Paste] = deque()
        self._effect: asyncio.Task[None] | None = None
        self._next: Key | Paste | None = None

    @property
    def in_effect(self) -> bool:
        """Whether a key is taking effect or is queued."""
        return self._effect is not None

    async def handle(self, event: Event, deliver: Deliver) -> None:
        """Deliver a key now or in its turn; any other event now."""
        if not isinstance(event, (Key, Paste)) or event.is_forwarded:
            await deliver(event)
            return
        if event is self._next:
            self._next = None
        elif self._effect is not None:
            if len(self._ahead) < AHEAD_AT_MOST:
                self._ahead.append(event)
            return
        if not self._accepts(event):
            self._take_next()
            return
        target = self._app.focused or self._app.screen
        await deliver(event)
        if _typed_into(target, event):
            self._take_next()
        else:
            self._effect = asyncio.create_task(self._follow(target))

    async def _follow(self, target: DOMNode) -> None:
        """Wait for the effect of the key that `target` received, then take the next one."""
        try:
            before = self._app.screen
            for _ in ("the key", "the messages that it caused"):
                for node in list(target.ancestors_with_self):
                    await _passed(node)
            if not self._app.is_running:
                return  # the key ended the program: it has no screens any more
            if self._app.screen is not before:
                await _passed(self._app.screen)
                await _passed(self._app)
        except Exception as error:
            self._failed(error)
        self._take_next()

    def _take_next(self) -> None:
        if self._ahead:
            self._next = self._ahead.popleft()
            self._app.post_message(self._next)
        else:
            self._effect = None


def _typed_into(target: DOMNode, event: Key | Paste) -> bool:
    """Whether the event only adds text to an input."""
    return isinstance(target, Input) and (isinstance(event, Paste) or event.is_printable)


async def _passed(pump: MessagePump) -> None:
    """Wait until `pump` has handled what is in its queue now."""
    reached = asyncio.Event()
    if pump.call_later(reached.set):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PASSED_SECONDS):
                await reached.wait()
