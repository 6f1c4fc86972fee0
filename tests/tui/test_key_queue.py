"""The queue of keys, on an application that has nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App, ComposeResult
from textual.events import Event, Key
from textual.pilot import Pilot
from textual.widget import Widget

from alluse_tui.tui.key_queue import PASSED_SECONDS, KeyQueue


class Fails(Widget, can_focus=True):
    """Ends the application at a key, as an internal error does."""

    def on_key(self) -> None:
        self.app.panic("internal error")


class Queued(App[None]):
    """Nothing but a widget and the queue."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception] = []
        self.queue = KeyQueue(self, lambda key: True, self.failures.append)

    def compose(self) -> ComposeResult:
        yield Fails()

    async def on_event(self, event: Event) -> None:
        await self.queue.handle(event, super().on_event)


async def test_a_key_that_ends_the_program_causes_no_second_error() -> None:
    app = Queued()

    async def press(pilot: Pilot[Any]) -> None:
        app.query_one(Fails).focus()
        app.post_message(Key("q", "q"))

    await app.run_async(headless=True, auto_pilot=press)
    await asyncio.sleep(3 * PASSED_SECONDS)
    assert app.failures == []
