"""Commands from one event loop: those that wait together share a turn, without a thread each."""

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
    """Submits for the coroutines of one event loop; one thread carries out whole batches."""

    def __init__(self, commands: Commands, actor: str = "") -> None:
        """`actor` is as in `Commands.submit`."""
        self._commands = commands
        self._actor = actor
        self._waiting: list[Submitted] = []
        self._leader: asyncio.Task[None] | None = None

    async def submit(self, command: Command) -> Receipt:
        """Carry out `command`; durable when it returns. Raises as `Commands.submit` does."""
        outcome: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, outcome))
        if self._leader is None:
            self._leader = asyncio.create_task(self._lead())
        return await outcome

    async def _lead(self) -> None:
        """Carry out what waits, and what came meanwhile, until nothing does."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._carry_out(batch)
        finally:
            self._leader = None

    async def _carry_out(self, batch: Sequence[Submitted]) -> None:
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
