"""Policy changes, alerts that somebody answered, and undo."""

from __future__ import annotations

from datetime import date as Date
from typing import ClassVar

from alluse_tui.domain.commands.command import Command


class AcknowledgeAlert(Command, kw_only=True):
    """Acknowledge an alert, or silence it until a day."""

    NAME: ClassVar[str] = "ack"
    alert: str
    until: Date | None = None


class PolicySet(Command, kw_only=True):
    """Change settings, each (path, text), of a portfolio or of one account over it."""

    NAME: ClassVar[str] = "policy"
    changes: tuple[tuple[str, str], ...]
    account: str = ""


class Undo(Command, kw_only=True):
    """Take back what record `seq` did (0: the actor's newest act that can be)."""

    NAME: ClassVar[str] = "undo"
    seq: int = 0
