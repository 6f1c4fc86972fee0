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
    """The first line of `file` ('-': the next of stdin). Raises BadInput, which never shows it."""
    try:
        if file == "-":
            with open(0, "rb", buffering=0, closefd=False) as opened:
                raw = opened.readline(LONGEST_BYTES)  # no more: the next '-' is the next line
        else:
            with Path(file).open("rb") as opened:
                mode = os.fstat(opened.fileno()).st_mode
                raw = opened.readline(LONGEST_BYTES)
            if stat.S_ISREG(mode) and mode & 0o077:
                click.echo(
                    f"note: others may read {printable(file)}: chmod 0600 it", err=True
                )  # fmt: skip
        line = raw.decode("utf-8-sig").rstrip("\r\n")
    except OSError as error:
        raise BadInput(option, file, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(option, file, "must be text in UTF-8") from None
    if not line:
        raise BadInput(option, file, "holds nothing in its first line")
    return line


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
