"""Commands that pause trading, let it resume, and note what circuit breakers are judged by."""

from __future__ import annotations

from datetime import date as Date
from typing import ClassVar

from alluse_tui.domain.commands.command import Command


class Pause(Command, kw_only=True):
    """Pause trading in an account; without one, in the whole portfolio.

    `breaker`: the path of the circuit breaker that has been reached; empty if a person pauses.
    """

    NAME: ClassVar[str] = "pause"
    account: str = ""
    why: str = ""
    breaker: str = ""


class NoteVix(Command, kw_only=True):
    """Note the newest value of VIX; `stored`: it is the close of imported bars."""

    NAME: ClassVar[str] = "market vix"
    hundredths: int
    day: Date
    stored: bool = False


class Resume(Command, kw_only=True):
    """End the pause of an account; without one, that of the whole portfolio.

    `confirmed`: also if something that it checks is open.
    """

    NAME: ClassVar[str] = "resume"
    account: str = ""
    confirmed: bool = False
