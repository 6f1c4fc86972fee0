"""Why the DuckDB file cannot be used, or cannot be published."""

from __future__ import annotations

from alluse_tui.domain.errors import StoreFailed


class Unproved(StoreFailed):
    """The file at the path is not proved to be the published one; publish again from the journal.

    `changed`: another program changed or damaged it. Otherwise there is none yet, or it belongs to
    another journal or version of the program.
    """

    def __init__(self, message: str, *, changed: bool) -> None:
        """`message` is one line that names the file."""
        super().__init__(message)
        self.changed = changed


class CannotPublish(StoreFailed):
    """The file could not be built; what was there before is untouched."""
