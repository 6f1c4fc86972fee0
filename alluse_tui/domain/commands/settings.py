"""Commands that change the policy, acknowledge alerts and undo records."""

from __future__ import annotations

from datetime import date as Date
from typing import ClassVar

from alluse_tui.domain.commands.command import Command


class AcknowledgeAlert(Command, kw_only=True):
    """Acknowledge an alert, or hide it until a date."""

    NAME: ClassVar[str] = "ack"
    alert: str
    until: Date | None = None


class PolicySet(Command, kw_only=True):
    """Change settings, each (path, text), of a portfolio or of one of its accounts."""

    NAME: ClassVar[str] = "policy"
    changes: tuple[tuple[str, str], ...]
    account: str = ""


class Undo(Command, kw_only=True):
    """Undo record `seq`; 0 means the actor's latest record that can be undone."""

    NAME: ClassVar[str] = "undo"
    seq: int = 0
