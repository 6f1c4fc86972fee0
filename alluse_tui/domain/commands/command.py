"""The base class of all commands."""

from __future__ import annotations

from datetime import date as Date
from typing import Any, ClassVar

from alluse_tui.domain.events.codec import to_plain
from alluse_tui.domain.model.traits import Traits, traits_of
from alluse_tui.domain.model.value import Value


class Command(Value, kw_only=True):
    """Base of all commands. `key` is an idempotency key: repeating it does nothing."""

    NAME: ClassVar[str] = ""
    portfolio: str = ""
    date: Date | None = None
    note: str = ""
    key: str = ""

    @property
    def traits(self) -> Traits:
        """The declared traits of this kind of command."""
        return traits_of(self.NAME)

    def content(self) -> dict[str, Any]:
        """The command as plain data; a reused key must come with equal content."""
        plain: dict[str, Any] = to_plain(self)
        plain.pop("key", None)
        plain.pop("confirmed", None)
        return plain
