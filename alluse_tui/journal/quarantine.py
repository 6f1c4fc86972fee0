"""The quarantine mark: a file next to the journal that blocks writing after a failed check."""

from __future__ import annotations

import os
from pathlib import Path

from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.files import read_regular, replace_file
from alluse_tui.files import sync_folder as synced

ADVICE = (
    "reading works, writing is refused; run `alluse verify` to see what is wrong,"
    " then `alluse recover` or `alluse restore` to repair it"
)

LIMIT_BYTES = 64 * 1024

__all__ = ["ADVICE", "check_writable", "finding", "mark_path", "quarantine", "synced"]


def mark_path(journal: Path) -> Path:
    """The path of the quarantine mark of `journal`."""
    return Path(f"{journal}.quarantine")


def quarantine(journal: Path, reason: str) -> None:
    """Write the mark durably; the first reason is kept. Raises OSError."""
    if not mark_path(journal).exists():
        replace_file(mark_path(journal), reason.encode(), durable=True)


def finding(journal: Path) -> str:
    """Why the journal is in quarantine; empty without a mark.

    A mark that cannot be read still counts.
    """
    if not os.access(f"{journal}.quarantine", os.F_OK, follow_symlinks=False):
        return ""
    try:
        content = read_regular(f"{journal}.quarantine", LIMIT_BYTES)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{mark_path(journal)} cannot be read: {error.strerror}"
    return content.decode("utf-8", errors="replace") or "a check failed"


def check_writable(journal: Path) -> None:
    """Raises IntegrityFailed if there is a quarantine mark."""
    if reason := finding(journal):
        raise IntegrityFailed(f"{journal} is in quarantine: {reason} ({ADVICE})")
