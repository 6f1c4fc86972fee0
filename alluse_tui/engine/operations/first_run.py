"""The check before a new book is created."""

from __future__ import annotations

import os
from pathlib import Path

from alluse_tui.journal.replaced_files import no_book, replaced_files


def check_new_book(path: Path) -> None:
    """Raises NoBook if there is no book at `path` but a replaced one is kept next to it."""
    path = Path(os.path.realpath(path))
    if not path.exists() and next(replaced_files(path), None) is not None:
        raise no_book(path)
