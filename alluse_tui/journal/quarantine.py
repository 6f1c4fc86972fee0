"""The mark that stops all writing once a check has failed, beside the file it protects."""

from __future__ import annotations

import os
from pathlib import Path

from alluse_tui.domain.errors import IntegrityFailed

ADVICE = (
    "reading goes on, writing is refused; `alluse verify` says what is wrong,"
    " `alluse recover` or `alluse restore` mend it"
)


def mark_path(journal: Path) -> Path:
    """Where the mark of `journal` stands."""
    return Path(f"{journal}.quarantine")


def quarantine(journal: Path, found: str) -> None:
    """Write the mark durably; the first finding stands."""
    path = mark_path(journal)
    if path.exists():
        return
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as file:
        file.write(found)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    synced(path.parent)


def synced(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def finding(journal: Path) -> str:
    """What put the journal into quarantine; empty when nothing did."""
    try:
        with open(f"{journal}.quarantine", encoding="utf-8", errors="replace") as file:
            return file.read() or "a check failed"
    except FileNotFoundError:
        return ""


def check_writable(journal: Path) -> None:
    """Raises IntegrityFailed while the mark stands."""
    if found := finding(journal):
        raise IntegrityFailed(f"{journal} is in quarantine: {found} ({ADVICE})")
