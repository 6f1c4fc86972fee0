"""What was chosen on the screen, kept for the next time: the theme, and each list's columns.

Nothing hangs on it: what cannot be read is as if it had not been chosen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from alluse_tui.files import read_text, replace_file
from alluse_tui.tui.style.themes import THEMES

LIMIT_BYTES = 1024 * 1024
"""No file of choices is larger."""

Hidden = dict[str, frozenset[str]]
"""The titles of the columns that a list does not show, by the list's id."""


class UiState:
    """The choices of a session; saved in `folder` where there is one and `saves` is set.

    `warn` shows why a choice could not be saved.
    """

    def __init__(self, folder: Path | None, warn: Callable[[str], None], *, saves: bool) -> None:
        """As the last session left them."""
        self._folder = folder
        self._warn, self._saves = warn, saves
        self.columns: Hidden = kept_columns(folder) if folder else {}

    @property
    def theme(self) -> str:
        """The theme of the last session; empty where none was chosen."""
        return kept_theme(self._folder) if self._folder else ""

    def save_theme(self, name: str) -> None:
        """Use that theme next time too."""
        self._save(f"theme {name}", lambda folder: keep_theme(folder, name))

    def save_columns(self, name: str, hidden: frozenset[str] | None) -> None:
        """Hide those columns of that list next time too; None: what the width allows."""
        others = {n: titles for n, titles in self.columns.items() if n != name}
        self.columns = others if hidden is None else others | {name: hidden}
        self._save("columns", lambda folder: keep_columns(folder, self.columns))

    def _save(self, choice: str, save: Callable[[Path], None]) -> None:
        if self._folder is None or not self._saves:
            return
        try:
            save(self._folder)
        except OSError as error:
            self._warn(f"{choice}, not kept: {error.strerror}")


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
