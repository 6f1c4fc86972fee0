"""Saved mappings of CSV files: mappings/NAME.toml in the XDG configuration directory of alluse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import read_text, replace_file

LIMIT_BYTES = 1024 * 1024
"""The largest size of a mapping."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


def mappings_folder() -> Path:
    """Where mappings are saved."""
    return Path(platformdirs.user_config_dir("alluse")) / "mappings"


def mapping_file(name: str) -> tuple[str, str]:
    """(file, TOML text) of a saved mapping, or of the file that `name` is a path of.

    Raises BadInput.
    """
    is_path = name.endswith(".toml") or "/" in name
    path = Path(name) if is_path else saved_path(name)
    if not is_path and not path.is_file():
        known = ", ".join(sorted(each.stem for each in _saved())) or "none is saved yet"
        raise BadInput("--mapping", name, f"must be a TOML file or a saved mapping: {known}")
    return str(path), _text(path)


def saved_mappings() -> Iterator[tuple[str, str]]:
    """(file, TOML text) of every saved mapping. Raises BadInput for one that cannot be read."""
    for path in _saved():
        yield str(path), _text(path)


def saved_path(name: str) -> Path:
    """Where the mapping of that name is saved. Raises BadInput for a bad name."""
    if not _NAME.fullmatch(name):
        allowed = "must be 1 to 64 letters, digits, '-' and '_'"
        raise BadInput("--save-mapping", name, allowed)
    return mappings_folder() / f"{name}.toml"


def save_mapping(name: str, text: str) -> Path:
    """Save a mapping; where it is. Raises BadInput if it cannot be written."""
    path = saved_path(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, text.encode())
    except OSError as error:
        raise BadInput("file", path, f"cannot be written: {error.strerror}") from None
    return path


def _saved() -> list[Path]:
    folder = mappings_folder()
    return sorted(folder.glob("*.toml")) if folder.is_dir() else []


def _text(path: Path) -> str:
    try:
        return read_text(path, LIMIT_BYTES)
    except OSError as error:
        raise BadInput("file", path, f"cannot be read: {error.strerror}") from None
