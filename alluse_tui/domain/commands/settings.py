"""Commands that change the policy, acknowledge alerts and undo records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from typing import ClassVar

from alluse_tui.domain.commands.command import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlert(Command):
    """Acknowledge an alert, or hide it until a date."""

    NAME: ClassVar[str] = "ack"
    alert: str
    until: Date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet(Command):
    """Change settings, each (path, text), of a portfolio or of one of its accounts."""

    NAME: ClassVar[str] = "policy"
    changes: tuple[tuple[str, str], ...]
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo(Command):
    """Undo record `seq`; 0 means the actor's latest record that can be undone."""

    NAME: ClassVar[str] = "undo"
    seq: int = 0
