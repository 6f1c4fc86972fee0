"""Finding, reading and writing key material (security.md, Secrets at rest)."""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from alluse_tui.domain.model.errors import BadInput, StoreFailed
from alluse_tui.domain.model.text import printable
from alluse_tui.files import sync_folder

LARGEST_BYTES = 64 * 1024
"""The largest size of a key file."""

_READ_OR_WRITE = 0o066
"""Permission bits that group and others must not have on a key file."""

_from_environment: dict[str, bytes] = {}
"""Values of the environment variables that were read and removed, by name."""


@dataclass(frozen=True, slots=True)
class Found:
    """Key material and a description of its source."""

    content: bytes = field(repr=False)
    where: str


def find_key(name: str, path: Path) -> Found | None:
    """The key called `name`, such as "vault", from the first source that has it, else None.

    Sources are the variable ALLUSE_NAME_KEY, which is removed so that child processes do not
    inherit it (the kernel still shows it in /proc/PID/environ to this user and root), systemd's
    credential alluse.NAME, and the file `path`. Raises BadInput and StoreFailed as
    `read_key_file`.
    """
    variable = f"ALLUSE_{name.upper().replace('-', '_')}_KEY"
    if value := os.environ.get(variable):
        _from_environment[variable] = os.fsencode(value)
    os.environ.pop(variable, None)
    if variable in _from_environment:
        return Found(_from_environment[variable], f"the variable {variable}")
    if folder := os.environ.get("CREDENTIALS_DIRECTORY"):
        credential = Path(folder) / f"alluse.{name}"
        with contextlib.suppress(FileNotFoundError):
            return Found(_read(credential, credential=True), f"systemd's credential alluse.{name}")
    with contextlib.suppress(FileNotFoundError):
        return Found(_read(path), f"the file {printable(str(path))}")
    return None


def read_key_file(path: Path) -> bytes:
    """The content of a key file that only its owner (this user or root) can read or write.

    A link is followed, and its target is checked once it is open. Raises BadInput for a file with
    other permissions, that is not a regular file or is larger than LARGEST_BYTES; StoreFailed for
    one that cannot be read.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        raise StoreFailed(f"{printable(str(path))}: key file not found") from None


def write_key_file(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write `content` atomically to a new file of mode 0400; creates its folder with mode 0700.

    With `replace`, an existing file (or a link's target) is replaced. Raises BadInput if the file
    exists and `replace` is not set, StoreFailed.
    """
    place = Path(os.path.realpath(path)) if replace else path
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = _write_temporary(place, content)
    except OSError as error:
        raise _failed(path, "written", error) from None
    try:
        if replace:
            os.replace(temporary, place)
        else:
            os.link(temporary, place)
        temporary.unlink(missing_ok=True)
        sync_folder(place.parent)
    except FileExistsError:
        allowed = "already exists, and keys are never overwritten"
        raise BadInput(printable(str(path)), None, allowed) from None
    except OSError as error:
        raise _failed(path, "written", error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path, *, credential: bool = False) -> bytes:
    """As `read_key_file`, but raises FileNotFoundError if there is none."""
    try:
        # O_NONBLOCK: a pipe without a writer must be refused, not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            _check(path, os.fstat(descriptor), credential)
            with open(descriptor, "rb", closefd=False) as file:
                content = file.read(LARGEST_BYTES + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _failed(path, "read", error) from None
    if len(content) > LARGEST_BYTES:
        raise BadInput(printable(str(path)), None, f"holds more than {LARGEST_BYTES:,} bytes")
    return content


def _check(path: Path, status: os.stat_result, credential: bool) -> None:
    """Raises BadInput for a file that is not regular, or has the wrong owner or permissions."""
    path_text = printable(str(path))
    if not stat.S_ISREG(status.st_mode):
        raise BadInput(path_text, None, "must be a regular file to hold a key")
    if status.st_uid not in (os.geteuid(), 0):
        allowed = f"belongs to user {status.st_uid}: a key file must be yours, or root's"
        raise BadInput(path_text, None, allowed)
    open_to_others = status.st_mode & _READ_OR_WRITE
    if credential and status.st_uid == status.st_gid == 0:
        # systemd gives the service's user access by an ACL, whose mask stat shows as group bits.
        open_to_others &= ~stat.S_IRGRP
    if open_to_others:
        allowed = "can be read or written by other users than its owner"
        raise BadInput(path_text, None, f"{allowed}: `chmod 0400 {shlex.quote(path_text)}`")


def _write_temporary(place: Path, content: bytes) -> Path:
    """Write a temporary file next to `place`, flushed to disk, and return its path."""
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    temporary = Path(name)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, 0o400)
            os.fsync(descriptor)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _failed(path: Path, done: str, error: OSError) -> StoreFailed:
    return StoreFailed(f"{printable(str(path))} cannot be {done}: {error.strerror or error}")
