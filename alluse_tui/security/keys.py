"""Where key material comes from, and how it is put into a file (security.md, Secrets at rest)."""

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
"""No key file is larger."""

_READ_OR_WRITE = 0o066
"""What group and others may not do with a key file."""

_from_environment: dict[str, bytes] = {}
"""By variable: what was found there, and removed."""


@dataclass(frozen=True, slots=True)
class Found:
    """Key material, and where it was found, in words."""

    content: bytes = field(repr=False)
    where: str


def find_key(name: str, path: Path) -> Found | None:
    """The key called `name`, such as "vault", from the first place that has one.

    The variable ALLUSE_NAME_KEY, which is removed so that no child inherits it (the kernel still
    shows it in /proc/PID/environ to this user and root); systemd's credential alluse.NAME; the
    file `path`. None if there is none. Raises BadInput and StoreFailed as `read_key_file`.
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
    """What a key file holds, if nobody but its owner (us, or root) may read or write it.

    A link is followed and its target judged, once it is open. Raises BadInput for a file that is
    not kept so, or is no regular file, or is larger than LARGEST_BYTES; StoreFailed for one that
    cannot be read.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        raise StoreFailed(f"{printable(str(path))}: there is no such key file") from None


def write_key_file(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Put `content` into a new file of mode 0400, whole or not at all; its folder is made 0700.

    With `replace` it takes the place of an older one at once (of a link's target, if it is a
    link). Raises BadInput if there is a file and it may not, StoreFailed.
    """
    place = Path(os.path.realpath(path)) if replace else path
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = _written_aside(place, content)
    except OSError as error:
        raise _failed(path, "written", error) from None
    try:
        if replace:
            os.replace(aside, place)
        else:
            os.link(aside, place)
        aside.unlink(missing_ok=True)
        sync_folder(place.parent)
    except FileExistsError:
        allowed = "is there already, and a key is not written over"
        raise BadInput(printable(str(path)), None, allowed) from None
    except OSError as error:
        raise _failed(path, "written", error) from None
    finally:
        aside.unlink(missing_ok=True)


def _read(path: Path, *, credential: bool = False) -> bytes:
    """As `read_key_file`, but FileNotFoundError where there is none."""
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
    """Raises BadInput for a file that is not as a key is kept."""
    shown = printable(str(path))
    if not stat.S_ISREG(status.st_mode):
        raise BadInput(shown, None, "must be a regular file to hold a key")
    if status.st_uid not in (os.geteuid(), 0):
        allowed = f"belongs to user {status.st_uid}: a key file must be yours, or root's"
        raise BadInput(shown, None, allowed)
    open_to_others = status.st_mode & _READ_OR_WRITE
    if credential and status.st_uid == status.st_gid == 0:
        # systemd lets the service's user in by an ACL, and stat shows its mask as the group's bits.
        open_to_others &= ~stat.S_IRGRP
    if open_to_others:
        allowed = "may be read or written by others than its owner"
        raise BadInput(shown, None, f"{allowed}: `chmod 0400 {shlex.quote(shown)}`")


def _written_aside(place: Path, content: bytes) -> Path:
    """A whole file beside `place`, on the disk."""
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    aside = Path(name)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, 0o400)
            os.fsync(descriptor)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return aside


def _failed(path: Path, done: str, error: OSError) -> StoreFailed:
    return StoreFailed(f"{printable(str(path))} cannot be {done}: {error.strerror or error}")
