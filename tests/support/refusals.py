"""Submitting what is refused, or is bad input: what was said, and that nothing changed."""

from __future__ import annotations

import pytest

from alluse_tui.domain.commands import Command
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.engine import LocalEngine


def refused(engine: LocalEngine, command: Command) -> dict[str, str]:
    """The rules that refuse `command`, which changes nothing and is journalled."""
    before, alerts, seq = engine.queries.accounts(), engine.queries.alerts(), engine.seq
    with pytest.raises(Refused) as error:
        engine.commands.submit(command)
    assert (engine.queries.accounts(), engine.queries.alerts(), engine.seq) == (
        before,
        alerts,
        seq + 1,
    )
    return {r.rule: r.message for r in error.value.reasons if not r.ok}


def bad(engine: LocalEngine, command: Command) -> BadInput:
    """What is wrong with `command`, which leaves no trace."""
    before, seq = engine.queries.accounts(), engine.seq
    with pytest.raises(BadInput) as error:
        engine.commands.submit(command)
    assert (engine.queries.accounts(), engine.seq) == (before, seq)
    return error.value
