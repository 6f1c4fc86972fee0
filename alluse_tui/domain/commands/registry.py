"""Every command by its name; its traits are in model/traits.py, its planner in plans/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alluse_tui.domain import commands
from alluse_tui.domain.commands import user_commands
from alluse_tui.domain.commands.command import Command


def _kinds() -> Iterator[type[Command]]:
    for module in (commands, user_commands):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Command) and value.NAME:
                yield value


COMMANDS: Mapping[str, type[Command]] = {kind.NAME: kind for kind in _kinds()}
"""All commands by name. TRAITS has a row for each (tests/unit/test_registry.py)."""
