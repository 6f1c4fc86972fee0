"""What every command carries."""

from __future__ import annotations

from datetime import date as Date
from typing import Any, ClassVar

from alluse_tui.domain.events.codec import to_plain
from alluse_tui.domain.model.traits import Traits, traits_of
from alluse_tui.domain.model.value import Value


class Command(Value, kw_only=True):
    """What every command carries. `key` makes a repeated submit harmless."""

    NAME: ClassVar[str] = ""
    portfolio: str = ""
    date: Date | None = None
    note: str = ""
    key: str = ""

    @property
    def traits(self) -> Traits:
        """What the program must know about commands of this kind."""
        return traits_of(self.NAME)

    def content(self) -> dict[str, Any]:
        """The typed command as plain data, without its key: what a reused key must equal."""
        plain: dict[str, Any] = to_plain(self)
        plain.pop("key", None)
        plain.pop("confirmed", None)
        return plain
