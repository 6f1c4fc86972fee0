"""Passwords on the command line: typed unseen, or from a file; never an argument."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click

from alluse_tui.cli.asking import secret
from alluse_tui.cli.common import Common
from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.views import printable

LONGEST_BYTES = 8_192


def password_in(file: str, option: str) -> str:
    """The first line of `file` ('-': of stdin). Raises BadInput, which never shows it."""
    try:
        if file == "-":
            raw = os.read(0, LONGEST_BYTES)
        else:
            with Path(file).open("rb") as opened:
                mode = os.fstat(opened.fileno()).st_mode
                raw = opened.read(LONGEST_BYTES)
            if stat.S_ISREG(mode) and mode & 0o077:
                click.echo(
                    f"note: others may read {printable(file)}: chmod 0600 it", err=True
                )  # fmt: skip
        lines = raw.decode("utf-8").splitlines()
    except OSError as error:
        raise BadInput(option, file, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(option, file, "must be text in UTF-8") from None
    if not lines or not lines[0]:
        raise BadInput(option, file, "holds nothing in its first line")
    return lines[0]


def password_of(common: Common, file: str | None, option: str, what: str) -> str:
    """The password in `file`, or as it is typed. Raises BadInput where neither can be."""
    if file is not None:
        return password_in(file, option)
    if not common.interactive:
        raise BadInput(option, None, "is needed without a terminal")
    return secret(what, twice=False)


def new_password_of(common: Common, file: str | None, option: str, what: str) -> str:
    """A new password in `file`, or typed twice. Raises BadInput where neither can be."""
    if file is not None:
        return password_in(file, option)
    if not common.interactive:
        raise BadInput(option, None, "is needed without a terminal")
    return secret(what, twice=True)
