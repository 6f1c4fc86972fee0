"""Commands that pause trading and let it resume."""

from __future__ import annotations

from typing import ClassVar

from alluse_tui.domain.commands.command import Command


class Pause(Command, kw_only=True):
    """Pause trading in an account; without one, in the whole portfolio."""

    NAME: ClassVar[str] = "pause"
    account: str = ""
    why: str = ""


class Resume(Command, kw_only=True):
    """End the pause of an account; without one, that of the whole portfolio.

    `confirmed`: also if something that it checks is open.
    """

    NAME: ClassVar[str] = "resume"
    account: str = ""
    confirmed: bool = False
