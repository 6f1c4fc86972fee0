"""The files of the inbox as they are on disk: which can be read, and reading them safely.

Nothing in the folder is ever moved, changed or deleted. Links are not followed.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import open_regular

VARIABLE = "ALLUSE_INBOX"
"""The environment variable that names the folder."""

NAME = "inbox"
"""The folder beside the journal, where nothing else is chosen."""

SIZE_LIMIT_BYTES = 256 * 1024 * 1024
"""The largest statement."""

RECENT_SECONDS, SETTLE_SECONDS = 2.0, 0.3
"""A file that changed so recently is looked at again after that pause."""

UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp")
"""Endings of the names of files that a program is still writing."""

IS_LINK = "is a link, which is not followed: put the file itself into the inbox"
NOT_REGULAR = "is not a regular file"
IS_EMPTY = "is empty"
TOO_LARGE = f"is larger than {SIZE_LIMIT_BYTES:,} bytes"
STILL_WRITTEN = "is still being written: look again when it is complete"

Signature = tuple[int, int, int]
"""Inode, size and time of the last change: as long as they stay, so does the content."""


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A file of the folder. `why`: why it cannot be read; empty if it can.

    `is_unfinished`: it is still being written.
    """

    path: Path
    signature: Signature
    why: str = ""
    is_unfinished: bool = False


def inbox_folder(journal: Path, typed: str = "") -> Path:
    """The folder `typed`, else $ALLUSE_INBOX, that of inbox.toml, or inbox/ beside the journal.

    Raises BadInput if a folder was chosen that is not there.
    """
    from alluse_tui.config import chosen_inbox

    named = os.environ.get(VARIABLE, "")
    for where, folder in (("--dir", typed), (VARIABLE, named)):
        if folder:
            return _existing(where, Path(folder))
    chosen = chosen_inbox()
    return _existing("inbox.toml", chosen) if chosen is not None else journal.parent / NAME


def _existing(where: str, folder: Path) -> Path:
    if not os.path.isdir(folder):
        raise BadInput(where, folder, "is not a folder; create it, or name another one")
    return folder


def folder_entries(folder: Path) -> list[FolderEntry]:
    """The folder's files by name, without folders and hidden files; none if it does not exist.

    May pause for SETTLE_SECONDS, to see whether new files still grow. Raises BadInput.
    """
    try:
        with os.scandir(folder) as scanned:
            named = [entry.path for entry in scanned if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadInput("inbox", folder, f"cannot be read: {error.strerror}") from None
    entries = [file for path in sorted(named) if (file := _entry(Path(path))) is not None]
    recent = {file.path for file in entries if not file.why and _is_recent(file)}
    if not recent:
        return entries
    time.sleep(SETTLE_SECONDS)
    return [_settled(file) if file.path in recent else file for file in entries]


def content_of(file: FolderEntry) -> bytes:
    """The whole file, which has not changed since it was listed.

    Raises BadInput about 'file', whose `allowed` completes "NAME …".
    """
    try:
        with open_regular(file.path, follow=False) as opened:
            content = opened.read(file.signature[1] + 1)
            after = _signature(os.fstat(opened.fileno()))
    except OSError as error:
        raise BadInput("file", file.path, f"cannot be read: {error.strerror}") from None
    if after != file.signature or len(content) != after[1]:
        raise BadInput("file", file.path, STILL_WRITTEN)
    return content


def _entry(path: Path) -> FolderEntry | None:
    """The file at `path`; None for a folder, or if it has gone meanwhile."""
    try:
        status = path.lstat()
    except OSError:
        return None
    if stat.S_ISDIR(status.st_mode):
        return None
    file = FolderEntry(path, _signature(status))
    if path.suffix.lower() in UNFINISHED:
        return replace(file, why=STILL_WRITTEN, is_unfinished=True)
    return replace(file, why=_unreadable(status))


def _unreadable(status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return IS_LINK
    if not stat.S_ISREG(status.st_mode):
        return NOT_REGULAR
    if not status.st_size:
        return IS_EMPTY
    return TOO_LARGE if status.st_size > SIZE_LIMIT_BYTES else ""


def _is_recent(file: FolderEntry) -> bool:
    return time.time() - file.signature[2] / 1_000_000_000 < RECENT_SECONDS


def _settled(file: FolderEntry) -> FolderEntry:
    again = _entry(file.path)
    if again is not None and again.signature == file.signature:
        return file
    return replace(file, why=STILL_WRITTEN, is_unfinished=True)


def _signature(status: os.stat_result) -> Signature:
    return status.st_ino, status.st_size, status.st_mtime_ns
