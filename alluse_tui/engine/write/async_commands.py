"""Commands from one event loop, which are executed in batches by a single thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.engine.write.commands import Commands

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command
    from alluse_tui.domain.views import Receipt

Submitted = tuple["Command", "asyncio.Future[Receipt]"]


class AsyncCommands:
    """Submits commands of one event loop's coroutines; one thread executes whole batches."""

    def __init__(self, commands: Commands, actor: str = "") -> None:
        """`actor` is as in `Commands.submit`."""
        self._commands = commands
        self._actor = actor
        self._waiting: list[Submitted] = []
        self._leader: asyncio.Task[None] | None = None

    async def submit(self, command: Command) -> Receipt:
        """Execute `command`; it is durable on return. Raises as `Commands.submit`."""
        outcome: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, outcome))
        if self._leader is None:
            self._leader = asyncio.create_task(self._lead())
        return await outcome

    async def _lead(self) -> None:
        """Execute waiting commands in batches until none is left."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._execute(batch)
        finally:
            self._leader = None

    async def _execute(self, batch: Sequence[Submitted]) -> None:
        commands = [command for command, _ in batch]
        try:
            outcomes = await asyncio.to_thread(
                self._commands.submit_many, commands, actor=self._actor
            )
        except Exception as error:
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting), outcome in zip(batch, outcomes, strict=True):
            if waiting.done():  # its coroutine was cancelled meanwhile
                continue
            if isinstance(outcome, AllUseError):
                waiting.set_exception(outcome)
            else:
                waiting.set_result(outcome)
