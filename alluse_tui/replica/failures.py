"""Errors of using and publishing the DuckDB file."""

from __future__ import annotations

from alluse_tui.domain.model.errors import StoreFailed


class Unproved(StoreFailed):
    """The file at the path is not verified as the published one; publish it again.

    `changed`: another program changed or damaged it. Otherwise it is missing, or belongs to another
    journal or version of the program.
    """

    def __init__(self, message: str, *, changed: bool) -> None:
        """`message` is one line with the file's path."""
        super().__init__(message)
        self.changed = changed


class CannotPublish(StoreFailed):
    """The file could not be built; the old one is untouched."""
