"""The mark that stops all writing once a check has failed, beside the file it protects."""

from __future__ import annotations

import os
from pathlib import Path

from alluse_tui.domain.errors import IntegrityFailed

ADVICE = "reading goes on, writing is refused; restore a backup or ask `alluse verify` for details"


def mark_path(journal: Path) -> Path:
    """Where the mark of `journal` stands."""
    return journal.with_name(journal.name + ".quarantine")


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
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def finding(journal: Path) -> str:
    """What put the journal into quarantine; empty when nothing did."""
    path = mark_path(journal)
    return path.read_text(encoding="utf-8") if path.exists() else ""


def check_writable(journal: Path) -> None:
    """Raises IntegrityFailed while the mark stands."""
    if found := finding(journal):
        raise IntegrityFailed(f"{journal} is in quarantine: {found} ({ADVICE})")
