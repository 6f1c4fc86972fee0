"""Files named by options, read whole up to a size limit."""

from __future__ import annotations

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import read_regular, read_text

SECRET_LIMIT_BYTES = 64 * 1024
"""The largest password, passphrase, identity or public key file that is read."""

_OPEN_ALREADY = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""Paths of inherited descriptors, such as the pipe of `<(pass show backup)`."""


def text_in(file: str, option: str, limit_bytes: int) -> str:
    """The text of the regular file that `option` names. Raises BadInput."""
    try:
        return read_text(file, limit_bytes)
    except OSError as error:
        raise _unreadable(option, file, error) from None


def secret_in(file: str, option: str) -> bytes:
    """The content of the file of secrets that `option` names.

    It may be a pipe that this process inherited, which has a writer. Raises BadInput.
    """
    try:
        if not file.startswith(_OPEN_ALREADY):
            return read_regular(file, SECRET_LIMIT_BYTES)
        with open(file, "rb") as inherited:
            content = inherited.read(SECRET_LIMIT_BYTES + 1)
    except OSError as error:
        raise _unreadable(option, file, error) from None
    if len(content) > SECRET_LIMIT_BYTES:
        raise BadInput(option, file, f"is larger than {SECRET_LIMIT_BYTES:,} bytes")
    return content


def standard_input(limit_bytes: int) -> bytes:
    """All of standard input. Raises BadInput if it is larger than `limit_bytes`."""
    with open(0, "rb", closefd=False) as stdin:
        content = stdin.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise BadInput("standard input", None, f"is larger than {limit_bytes:,} bytes")
    return content


def _unreadable(option: str, file: str, error: OSError) -> BadInput:
    return BadInput(option, file, f"cannot be read: {error.strerror}")
