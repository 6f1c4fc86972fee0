"""Whether a new book may begin at a path."""

from __future__ import annotations

import os
from pathlib import Path

from alluse_tui.journal.replaced_files import no_book, replaced_files


def check_new_book(path: Path) -> None:
    """Refuse a new book where one is gone but kept by `restore` or `recover`. Raises NoBook."""
    path = Path(os.path.realpath(path))
    if not path.exists() and next(replaced_files(path), None) is not None:
        raise no_book(path)
