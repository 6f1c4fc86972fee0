"""What was chosen on the screen, kept for the next time: the theme, and each list's columns.

Nothing hangs on it: what cannot be read is as if it had not been chosen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from alluse_tui.files import read_text, replace_file
from alluse_tui.tui.style.themes import THEMES

LIMIT_BYTES = 1024 * 1024
"""No file of choices is larger."""

Hidden = dict[str, frozenset[str]]
"""The titles of the columns that a list does not show, by the list's id."""


def kept_theme(folder: Path) -> str:
    """The theme that was chosen last; empty where none was."""
    name = _text(folder / "theme").strip()
    return name if name in THEMES else ""


def keep_theme(folder: Path, name: str) -> None:
    """Have it next time too. Raises OSError."""
    _keep(folder / "theme", name)


def kept_columns(folder: Path) -> Hidden:
    """The choice of columns of every list in which one was made."""
    try:
        found = json.loads(_text(folder / "columns.json") or "{}")
        return {str(name): frozenset(map(str, titles)) for name, titles in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def keep_columns(folder: Path, hidden: Mapping[str, frozenset[str]]) -> None:
    """Have them next time too. Raises OSError."""
    _keep(folder / "columns.json", json.dumps({n: sorted(t) for n, t in hidden.items()}))


def _text(path: Path) -> str:
    try:
        return read_text(path, LIMIT_BYTES)
    except OSError:
        return ""


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(path, f"{text}\n".encode())
