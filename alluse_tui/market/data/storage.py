"""The immutable Parquet files beside the journal, named by their SHA-256."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.market import MarketFile
from alluse_tui.files import open_regular, replace_file, sync_folder

_CHUNK_BYTES = 1024 * 1024


def sha256_of(content: bytes) -> str:
    """The SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class MarketFolder:
    """The folder `market` beside a journal. Files are added and read, never changed or deleted."""

    def __init__(self, journal: Path) -> None:
        """The folder is created by the first `keep`."""
        self.path = journal.parent / "market"
        self._intact: dict[str, tuple[int, ...]] = {}
        self._lock = threading.Lock()

    def path_of(self, sha256: str) -> Path:
        """Where the file with that digest is, or would be."""
        return self.path / f"{sha256}.parquet"

    def keep(self, content: bytes) -> bool:
        """Store `content` durably under its digest; False if it is there. Raises StoreFailed.

        A reader sees the whole file or none; after a crash there may be an unused file.
        """
        sha256 = sha256_of(content)
        target = self.path_of(sha256)
        try:
            if not self.path.is_dir():
                self.path.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self.path.parent)
            if target.exists() and self._is_intact(sha256):
                return False
            replace_file(target, content, durable=True)
            return True
        except OSError as error:
            raise StoreFailed(f"{target} cannot be written: {error.strerror}") from error

    def problem(self, file: MarketFile) -> str:
        """Why the file's data cannot be used, and what to do; empty if it can."""
        path = self.path_of(file.sha256)
        try:
            if self._is_intact(file.sha256):
                return ""
            fault = f"the file {path} was changed after its import"
        except FileNotFoundError:
            fault = f"the file {path} is missing"
        except OSError as error:
            fault = f"the file {path} cannot be read ({error.strerror})"
        return (
            f"{file.symbol} {file.kind}: {fault}, so this data counts as missing;"
            " import it again, or copy the file back"
        )

    def _is_intact(self, sha256: str) -> bool:
        """Whether the file has its digest; read again only after it was written. Raises OSError."""
        with open_regular(self.path_of(sha256)) as file:
            facts = os.fstat(file.fileno())
            written = (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
            with self._lock:
                if self._intact.get(sha256) == written:
                    return True
            digest = hashlib.sha256()
            while part := file.read(_CHUNK_BYTES):
                digest.update(part)
        if digest.hexdigest() != sha256:
            return False
        with self._lock:
            self._intact[sha256] = written
        return True
