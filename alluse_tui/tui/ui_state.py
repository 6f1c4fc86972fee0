"""UI choices that are saved between runs: the theme, each list's columns, ended accounts.

A file that cannot be read counts as no choice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from alluse_tui.files import read_text, replace_file
from alluse_tui.tui.style.themes import THEMES

LIMIT_BYTES = 1024 * 1024
"""The largest file of choices that is read."""

Hidden = dict[str, frozenset[str]]
"""List id → the titles of the columns that it does not show."""


class UiState:
    """The choices of this run; saved in `folder` when there is one and `saves` is set.

    `warn` shows why a choice could not be saved.
    """

    def __init__(self, folder: Path | None, warn: Callable[[str], None], *, saves: bool) -> None:
        """Load what the last run saved."""
        self._folder = folder
        self._warn, self._saves = warn, saves
        self.columns: Hidden = load_columns(folder) if folder else {}
        self.shows_ended = load_shows_ended(folder) if folder else False

    @property
    def theme(self) -> str:
        """The theme of the last run; empty where none was chosen."""
        return load_theme(self._folder) if self._folder else ""

    def save_theme(self, name: str) -> None:
        """Use that theme in the next run too."""
        self._save(f"theme {name}", lambda folder: save_theme(folder, name))

    def save_columns(self, name: str, hidden: frozenset[str] | None) -> None:
        """Hide those columns of list `name` in the next run too; None: decided by the width."""
        others = {n: titles for n, titles in self.columns.items() if n != name}
        self.columns = others if hidden is None else others | {name: hidden}
        self._save("columns", lambda folder: save_columns(folder, self.columns))

    def save_shows_ended(self, shows: bool) -> None:
        """Show closed and merged accounts in the next run too, or hide them."""
        self.shows_ended = shows
        self._save("closed accounts", lambda folder: save_shows_ended(folder, shows))

    def _save(self, choice: str, save: Callable[[Path], None]) -> None:
        if self._folder is None or not self._saves:
            return
        try:
            save(self._folder)
        except OSError as error:
            self._warn(f"{choice}: could not be saved: {error.strerror}")


def load_theme(folder: Path) -> str:
    """The saved theme; empty where there is none."""
    name = _text(folder / "theme").strip()
    return name if name in THEMES else ""


def save_theme(folder: Path, name: str) -> None:
    """Save the theme. Raises OSError."""
    _replace(folder / "theme", name)


def load_columns(folder: Path) -> Hidden:
    """The saved columns of each list for which columns were chosen."""
    try:
        saved = json.loads(_text(folder / "columns.json") or "{}")
        return {str(name): frozenset(map(str, titles)) for name, titles in saved.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def save_columns(folder: Path, hidden: Mapping[str, frozenset[str]]) -> None:
    """Save the columns of each list. Raises OSError."""
    _replace(folder / "columns.json", json.dumps({n: sorted(t) for n, t in hidden.items()}))


def load_shows_ended(folder: Path) -> bool:
    """Whether closed and merged accounts are shown."""
    return _text(folder / "closed-accounts").strip() == "shown"


def save_shows_ended(folder: Path, shows: bool) -> None:
    """Save whether closed and merged accounts are shown. Raises OSError."""
    _replace(folder / "closed-accounts", "shown" if shows else "hidden")


def _text(path: Path) -> str:
    try:
        return read_text(path, LIMIT_BYTES)
    except OSError:
        return ""


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(path, f"{text}\n".encode())
