"""Reading and replacing small files without following links, blocking or tearing."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import BinaryIO

_HERE = -100
"""AT_FDCWD: names are relative to the working directory."""

_RENAME_NOREPLACE = 1

_CHUNK_BYTES = 1024 * 1024


def replace_file(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Put `content` (mode 0600) at `path` in one step; a reader sees the old or the new file.

    The temporary file has an unpredictable name and is created exclusively, so a link planted
    beside `path` is never followed. `durable` makes content and name survive a power cut. Raises
    OSError, in which case `path` is unchanged.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def rename_new(source: Path, target: Path) -> None:
    """Rename a file to a name that nothing has yet, in one step.

    File systems that cannot do it in one step look first. Raises FileExistsError, OSError.
    """
    import ctypes  # used by restore and recover only

    libc = ctypes.CDLL(None, use_errno=True)
    old, new = os.fsencode(source), os.fsencode(target)
    if hasattr(libc, "renameat2"):
        if libc.renameat2(_HERE, old, _HERE, new, _RENAME_NOREPLACE) == 0:
            return
        problem = ctypes.get_errno()
        if problem not in (errno.EINVAL, errno.ENOSYS):
            raise OSError(problem, os.strerror(problem), str(source), None, str(target))
    if os.path.lexists(target):
        raise FileExistsError(
            errno.EEXIST, os.strerror(errno.EEXIST), str(source), None, str(target)
        )
    os.rename(source, target)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_regular(path: Path | str, *, follow: bool = True) -> BinaryIO:
    """A regular file, opened for reading; without `follow` a link is refused.

    Pipes, sockets, devices and folders are refused instead of opened, so no reader waits for a
    writer that never comes. Raises OSError, whose `strerror` completes "FILE cannot be read: …".
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(path))
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path | str, limit_bytes: int) -> bytes:
    """The content of a regular file of at most `limit_bytes`.

    Raises OSError as `open_regular`, and for a larger file, of which no more is read.
    """
    content = bytearray()
    with open_regular(path) as file:
        while len(content) <= limit_bytes:  # a read of the limit would allocate all of it
            part = file.read(min(_CHUNK_BYTES, limit_bytes + 1 - len(content)))
            if not part:
                return bytes(content)
            content += part
    raise OSError(errno.EFBIG, f"it is larger than {limit_bytes:,} bytes", os.fspath(path))


def read_text(path: Path | str, limit_bytes: int) -> str:
    """The text in UTF-8 of a regular file of at most `limit_bytes`.

    Raises OSError as `read_regular`, and for bytes that are not UTF-8.
    """
    try:
        return read_regular(path, limit_bytes).decode("utf-8")
    except UnicodeDecodeError:
        raise OSError(errno.EILSEQ, "it is not text in UTF-8", os.fspath(path)) from None
