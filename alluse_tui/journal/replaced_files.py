"""Journals that `restore` and `recover` replaced, which are kept next to the new one."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from alluse_tui.domain.model.errors import NoBook

REPLACED, DAMAGED = "replaced", "damaged"
"""Name parts of files that `restore` and `recover` replaced."""

_SUFFIX = re.compile(rf"\.({REPLACED}|{DAMAGED})-([0-9]{{8}}-[0-9]{{6}})(?:-([0-9]{{1,9}}))?")


def free_name(path: Path, reason: str) -> Path:
    """The first free name to keep the file at `path`: 'PATH.reason', 'PATH.reason-2' and so on."""
    number, name = 1, Path(f"{path}.{reason}")
    while any(os.path.lexists(f"{name}{suffix}") for suffix in ("", "-wal", "-journal")):
        number += 1
        name = Path(f"{path}.{reason}-{number}")
    return name


def replaced_files(path: Path) -> Iterator[Path]:
    """The replaced files next to `path`, newest first. Raises OSError."""
    if not path.parent.is_dir():
        return
    by_time = []
    for name in os.listdir(path.parent):
        if name.startswith(path.name) and (match := _SUFFIX.fullmatch(name, len(path.name))):
            by_time.append((match[2], int(match[3] or 1), name))
    for *_, name in sorted(by_time, reverse=True):
        yield path.with_name(name)


def no_book(path: Path) -> NoBook:
    """The error for a missing book at `path`, which says how to get one."""
    path = Path(os.path.realpath(path))
    newest = next(replaced_files(path), None)
    if newest is None:
        return NoBook(f"no book at {path}: `alluse init`, or `alluse restore` a backup")
    file = shlex.quote(str(newest))
    back = f"`alluse restore {file}` brings it back"
    if newest.name.startswith(f"{path.name}.{DAMAGED}-"):
        back = f"`alluse recover --db {file}`, then `alluse restore {file}` bring it back"
    return NoBook(
        f"no book at {path}, but the one that was there is kept as {newest.name}: {back};"
        " `alluse init --anyway` begins a new one"
    )
