"""Checks of a journal's location: on a local file system, and together with its newest records."""

from __future__ import annotations

import os
import re
from pathlib import Path

from alluse_tui.domain.model.errors import StoreFailed

NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "coda",
        "ceph",
        "glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
        "gfs2",
        "ocfs2",
        "pvfs2",
        "davfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.ceph",
        "fuse.s3fs",
        "fuse.rclone",
        "fuse.davfs2",
        "fuse.gcsfuse",
    }
)
"""File system types, as Linux names them, on which SQLite's locks and shared memory fail."""

MOUNTS = Path("/proc/self/mountinfo")

_ESCAPE = re.compile(r"\\([0-7]{3})")


def check_filesystem(journal: Path, mounts: Path = MOUNTS) -> None:
    """Raises StoreFailed if `journal` is on a network file system (checked where /proc exists)."""
    if not mounts.exists():
        return
    kind = _type_at(os.path.realpath(journal), mounts.read_text(encoding="utf-8"))
    if kind in NETWORK:
        raise StoreFailed(
            f"{journal} is on a network file system ({kind}), where two writers can destroy it:"
            " move it to a local disk"
        )


def check_link(journal: Path) -> None:
    """Raises StoreFailed if `journal` is a link and part of the book is still next to the link.

    Without its `-wal` a moved file is incomplete, and without its quarantine mark it would pass as
    sound: both are expected next to the file itself.
    """
    if not journal.is_symlink():
        return
    real = os.path.realpath(journal)
    for suffix in ("-wal", ".quarantine"):
        left = Path(f"{journal}{suffix}")
        if left.is_file() and left.stat().st_size:
            raise StoreFailed(
                f"{left} belongs to {real}, to which {journal} is a link:"
                " move it to that folder, or remove it if it is another book's"
            )


def _type_at(path: str, mounts: str) -> str:
    """The file system type of the innermost mount that contains `path`."""
    longest, kind = -1, ""
    for line in mounts.splitlines():
        mounted, dash, described = line.partition(" - ")
        if not dash:
            continue
        point = _ESCAPE.sub(lambda m: chr(int(m[1], 8)), mounted.split()[4])
        under = path == point or path.startswith(point.rstrip("/") + "/")
        if under and len(point) >= longest:
            longest, kind = len(point), described.split()[0]
    return kind
